"""Numbers, names and durations as people read them: one way of writing each, on terminal and page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from adsw.metrics import digits_of

if TYPE_CHECKING:
    from adsw.stats.interval import Interval

MINUS = "\N{MINUS SIGN}"


def number(value: float | None, digits: int = 4, minus: str = MINUS, none: str = "–") -> str:
    """Write a number with fixed digits; a dash if there is none.

    >>> number(0.26314), number(None), number(-0.5, 3, minus="-"), number(None, none="")
    ('0.2631', '–', '-0.500', '')
    """
    if value is None or not math.isfinite(value):
        return none
    return f"{value:.{digits}f}".replace("-", minus)


def metric_number(metric: str, value: float | None, fraction: int = 4, minus: str = MINUS) -> str:
    """Write a metric's value: ranks with one digit, fractions with four or as many as asked for.

    >>> metric_number("test/t2m/MedR", 12.5), metric_number("test/t2m/R@10", 0.5)
    ('12.5', '0.5000')
    """
    return number(value, digits_of(metric, fraction), minus)


def signed(value: float | None, digits: int = 4, minus: str = MINUS, none: str = "–") -> str:
    """Write a difference, always with its sign.

    >>> signed(0.02)
    '+0.0200'
    """
    if value is None or not math.isfinite(value):
        return none
    return f"{value:+.{digits}f}".replace("-", minus)


def gap_number(value: float, digits: int) -> str:
    """Write a difference with its sign, which a rounded zero has not.

    >>> gap_number(-0.00001, 4), gap_number(0.02, 4)
    ('0.0000', '+0.0200')
    """
    # Otherwise -0.00001 would read as −0.0000, a direction that the figure does not show.
    return number(0.0, digits) if round(value, digits) == 0 else signed(value, digits)


def span(interval: Interval, digits: int = 4, write: Callable[[float, int], str] = number) -> str:
    """Write the ends of an interval with `number`, `signed` or `gap_number`."""
    return f"{write(interval.low, digits)} to {write(interval.high, digits)}"


def kept_digits(interval: Interval | None, most: int = 4) -> int:
    """Return the digits that a figure's interval allows: two of its half-width are kept, and no more than `most`.

    The one rule by which every figure with an interval is written.

    >>> from adsw.stats.interval import Interval
    >>> kept_digits(Interval(0.3608, 0.3324, 0.3893)), kept_digits(Interval(0.0028, -0.0030, 0.0087)), kept_digits(None)
    (3, 4, 4)
    """
    half = (interval.high - interval.low) / 2 if interval is not None else 0.0
    if not half > 0 or not math.isfinite(half):
        return most
    return max(0, min(most, 1 - math.floor(math.log10(half))))


def aim(metric: str, mode: str) -> str:
    """Return a metric and which way it is better.

    >>> aim("valid/t2m/MedR", "min")
    'valid/t2m/MedR, lower is better'
    """
    return f"{metric}, {'higher' if mode == 'max' else 'lower'} is better"


def short(value: Any, digits: int = 4) -> str:
    """Write a parameter's value in few significant digits.

    >>> short(0.000731234), short("cosine"), short([1, 2]), short(None)
    ('0.0007312', 'cosine', '1, 2', '–')
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        text = f"{value:.{digits}g}"
        return MINUS + text[1:] if text.startswith("-") else text
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {short(item, digits)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(short(item, digits) for item in value)
    return str(value)


def duration(seconds: float | None) -> str:
    """Write a span of time in its two largest units.

    >>> duration(4.25), duration(75), duration(7260), duration(None)
    ('4.2 s', '1 min 15 s', '2 h 1 min', '–')
    """
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < 60:
        return f"{seconds:.1f} s"
    # Rounded first, so that 119.7 s are 2 min 0 s and not 1 min 60 s.
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def correlation(value: float) -> str:
    """Write a correlation with two digits and its sign.

    >>> correlation(0.9712)
    '+0.97'
    """
    return signed(value, 2)


def percent(share: float) -> str:
    """Write a share in whole per cent, without the sign.

    >>> percent(0.934)
    '93'
    """
    return f"{100 * share:.0f}"


def plural(count: int, noun: str) -> str:
    """Write a count with its noun.

    >>> plural(1, "trial"), plural(3, "trial"), plural(0, "query")
    ('1 trial', '3 trials', '0 queries')
    """
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("ry") else f"{count:,} {noun}s"


def listed(items: Iterable[Any]) -> str:
    """Write items as in a sentence, with commas and "and".

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    texts = [str(item) for item in items]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}" if texts else ""


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Return the shortest ends of dotted names that still tell them apart, of two parts or more.

    >>> short_names(["text.swap.probability.end", "text.swap.probability.epochs", "optim.lr"])["optim.lr"]
    'optim.lr'
    """
    full = sorted(set(names))

    def ending(name: str, parts: int) -> str:
        """Return the last parts of a dotted name."""
        return ".".join(name.split(".")[-parts:])

    endings = {}
    for name in full:
        parts = 2
        while sum(ending(other, parts) == ending(name, parts) for other in full) > 1:
            parts += 1
        endings[name] = ending(name, parts)
    return endings

"""Numbers, names and durations as people read them: one way of writing each, on terminal and page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

MINUS = "\N{MINUS SIGN}"


def number(value: float | None, digits: int = 4) -> str:
    """A metric with fixed digits; a dash where there is none.

    >>> number(0.26314), number(None)
    ('0.2631', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.{digits}f}".replace("-", MINUS)


def metric_number(metric: str, value: float | None) -> str:
    """A metric's value: ranks with one digit, fractions with four.

    >>> metric_number("test/t2m/MedR", 12.5), metric_number("test/t2m/R@10", 0.5)
    ('12.5', '0.5000')
    """
    return number(value, digits_of(metric))


def signed(value: float | None, digits: int = 4) -> str:
    """A difference, always with its sign.

    >>> signed(0.02)
    '+0.0200'
    """
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:+.{digits}f}".replace("-", MINUS)


def gap_number(value: float, digits: int) -> str:
    """A difference with its sign, which a rounded zero has not.

    >>> gap_number(-0.00001, 4), gap_number(0.02, 4)
    ('0.0000', '+0.0200')
    """
    return number(0.0, digits) if round(value, digits) == 0 else signed(value, digits)


def short(value: Any, digits: int = 4) -> str:
    """A parameter's value in few significant digits.

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
    """A span of time in its two largest units.

    >>> duration(4.25), duration(75), duration(7260), duration(None)
    ('4.2 s', '1 min 15 s', '2 h 1 min', '–')
    """
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def correlation(value: float) -> str:
    """Return a correlation with two digits and its sign.

    >>> correlation(0.9712)
    '+0.97'
    """
    return signed(value, 2)


def percent(share: float) -> str:
    """Return a share in whole per cent, without the sign.

    >>> percent(0.934)
    '93'
    """
    return f"{100 * share:.0f}"


def plural(count: int, noun: str) -> str:
    """A count with its noun.

    >>> plural(1, "trial"), plural(3, "trial"), plural(0, "query")
    ('1 trial', '3 trials', '0 queries')
    """
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("ry") else f"{count:,} {noun}s"


def listed(items: Iterable[Any]) -> str:
    """Items in a sentence.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    texts = [str(item) for item in items]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}" if texts else ""


def digits_of(metric: str) -> int:
    """Return after how many digits a metric's values and differences are cut: ranks 1, fractions 4.

    >>> digits_of("test/t2m/MedR"), digits_of("test/t2m/R@10")
    (1, 4)
    """
    return 1 if is_rank(metric) else 4


def is_rank(metric: str) -> bool:
    """Whether a metric is a rank, where lower is better, and no fraction."""
    return metric.rsplit("/", 1)[-1] in {"MedR", "meanR"}


def short_names(names: Iterable[str]) -> dict[str, str]:
    """The shortest ends of dotted names that still tell them apart, of two parts or more.

    >>> short_names(["text.swap.probability.end", "text.swap.probability.epochs", "optim.lr"])["optim.lr"]
    'optim.lr'
    """
    full = sorted(set(names))

    def ending(name: str, parts: int) -> str:
        return ".".join(name.split(".")[-parts:])

    found = {}
    for name in full:
        parts = 2
        while sum(ending(other, parts) == ending(name, parts) for other in full) > 1:
            parts += 1
        found[name] = ending(name, parts)
    return found

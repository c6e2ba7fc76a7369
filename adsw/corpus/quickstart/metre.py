"""The metre a score states, checked against its bars, and the beat that it is counted in."""

from __future__ import annotations

from adsw.corpus.quickstart.scores import Piece

_REGULAR = 0.85
"""Share of the bars that must be as long as the metre says."""


def stated_metre(piece: Piece) -> str | None:
    """Return the time signature at the beginning: the tune's header if it has one, else the first in the bars."""
    header = next(iter(piece.headers.get("metre", ())), None)
    # ABC's signs for common time and alla breve.
    named = {"C": "4/4", "C|": "2/2"}.get(header or "", header)
    if named is None:
        named = piece.metres[0][1] if piece.metres else None
    numbers = (named or "").split("/")
    return named if len(numbers) == 2 and all(number.isdigit() for number in numbers) else None


def bar_quarters(metre: str) -> float:
    """Return the number of quarter notes in a bar.

    >>> bar_quarters("6/8")
    3.0
    """
    count, unit = metre.split("/")
    return 4 * int(count) / int(unit)


def beat_quarters(metre: str | None) -> float:
    """Return the quarter notes in one counted beat: a dotted note in compound metres, a half note over 2.

    >>> beat_quarters("6/8"), beat_quarters("2/2"), beat_quarters("3/4"), beat_quarters("3/8")
    (1.5, 2.0, 1.0, 0.5)
    """
    if metre is None:
        return 1.0
    count, unit = (int(number) for number in metre.split("/"))
    if count > 3 and count % 3 == 0:  # 6/8, 9/8, 12/8: three units make a beat
        return 12 / unit
    return min(4 / unit, 2.0) if unit != 8 or count == 3 else 1.0


def true_metre(piece: Piece, until: float) -> str | None:
    """Return the stated metre if the bars heard agree with it, or None if they do not.

    Args:
        piece: the score.
        until: where the excerpt ends, in quarter notes; a repeat from the beginning adds nothing new.
    """
    metre = stated_metre(piece)
    if metre is None or not piece.bars:
        return None
    full = bar_quarters(metre)
    lengths = [length for start, length in _whole_bars(piece, full) if start < until]
    right = sum(abs(length - full) < 1e-6 for length in lengths)
    return metre if len(lengths) >= 2 and right >= _REGULAR * len(lengths) else None


def downbeats(piece: Piece) -> frozenset[float]:
    """Return where whole bars begin; where every bar begins if there is no metre."""
    metre = stated_metre(piece)
    if metre is None or not piece.bars:
        return frozenset(round(bar, 4) for bar in piece.bars)
    return frozenset(round(start, 4) for start, _ in _whole_bars(piece, bar_quarters(metre)))


def _whole_bars(piece: Piece, full: float) -> list[tuple[float, float]]:
    """Return (start, length) of the whole bars.

    A bar that a repeat sign cuts in two counts as one. An upbeat is left out, and the last bar if it is too short.
    """
    ends = [*piece.bars[1:], piece.length]
    bars = [(start, end - start) for start, end in zip(piece.bars, ends, strict=True)]
    if bars[0][1] < full - 1e-6:
        bars = bars[1:]
    if bars and bars[-1][1] < full - 1e-6:
        bars = bars[:-1]
    whole: list[tuple[float, float]] = []
    for start, length in bars:
        if whole and whole[-1][1] < full - 1e-6 and whole[-1][1] + length <= full + 1e-6:
            whole[-1] = (whole[-1][0], whole[-1][1] + length)
        else:
            whole.append((start, length))
    return whole

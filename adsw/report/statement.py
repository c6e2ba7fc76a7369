"""A sentence of the verdict and how it is to be taken."""

from __future__ import annotations

from dataclasses import dataclass

GOOD, OPEN, WARN, PLAIN = "good", "open", "warn", "plain"
LABELS = {GOOD: "found", OPEN: "not decided", WARN: "mind", PLAIN: "note"}
"""Each tone in words."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence or two of the verdict, and how it is to be taken."""

    tone: str
    """`GOOD` found, `OPEN` not decided, `WARN` something to mend, `PLAIN` neither."""
    text: str

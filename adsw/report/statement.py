"""A sentence of the verdict and how it is to be taken."""

from __future__ import annotations

from dataclasses import dataclass

GOOD, OPEN, WARN, PLAIN = "good", "open", "warn", "plain"
LABELS = {GOOD: "found", OPEN: "not decided", WARN: "mind", PLAIN: "note"}
"""Each tone in words, as it is printed."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence or two of the verdict, and how it is to be taken."""

    tone: str
    """`GOOD` for a finding, `OPEN` for what is not decided, `WARN` for something to mend, `PLAIN` for anything else."""
    text: str

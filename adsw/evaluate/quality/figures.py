"""The figures of a group of texts as tables show them: labels, formats, topics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from adsw.evaluate.quality.diversity import SELF_BLEU_TEXTS
from adsw.evaluate.quality.report import GroupReport
from adsw.evaluate.quality.spread import RANK_TEXTS
from adsw.stats.estimates import Estimate

Form = Literal["share", "number", "cosine"]
_FULL: Final = {"self_bleu": SELF_BLEU_TEXTS, "effective_rank": RANK_TEXTS}
"""Sample sizes below which a figure is marked with a star."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of `GroupReport.figures`."""

    name: str
    label: str
    short: str
    """Label of a narrow column."""
    form: Form
    topic: str

    def estimate(self, report: GroupReport) -> Estimate | None:
        """Return the figure of a group, or None if it was not measured."""
        return report.figures[self.name]

    def value(self, report: GroupReport) -> str | None:
        """Return the figure as text, with a star if its sample is small, or None if it was not measured."""
        estimate = self.estimate(report)
        if estimate is None:
            return None
        return self._text(estimate.value) + ("*" if estimate.n < _FULL.get(self.name, 0) else "")

    def interval(self, report: GroupReport) -> str | None:
        """Return its 95 % interval as text, or None if it has none or one too narrow to show."""
        estimate = self.estimate(report)
        if estimate is None or estimate.low is None or estimate.high is None:
            return None
        low, high = self._text(estimate.low), self._text(estimate.high)
        return None if low == high else f"{low}–{high}"

    def _text(self, value: float) -> str:
        if self.form == "share":
            return f"{100 * value:.1f}"
        return f"{value:.3f}" if self.form == "cosine" else _number(value)


def _number(value: float) -> str:
    """Write a number with two decimals below 10, one below 100, and none from there on.

    >>> _number(0.0312), _number(3.14159), _number(31.4159), _number(314.159)
    ('0.03', '3.14', '31.4', '314')
    """
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"


FIGURES: Final = (
    Figure("coverage", "tags stated, %", "stated %", "share", "truth"),
    Figure("complete", "all tags stated, %", "all stated %", "share", "truth"),
    Figure("hallucinated", "with added terms, %", "adding %", "share", "truth"),
    Figure("added", "added terms per text", "added", "number", "truth"),
    Figure("attempts", "attempts", "attempts", "number", "truth"),
    Figure("retried", "asked again, %", "retried %", "share", "truth"),
    Figure("words", "words", "words", "number", "variety"),
    Figure("distinct_1", "distinct-1", "dist-1", "cosine", "variety"),
    Figure("distinct_2", "distinct-2", "dist-2", "cosine", "variety"),
    Figure("self_bleu", "self-BLEU", "self BLEU", "cosine", "variety"),
    Figure("list_copy", "list copies, %", "lists %", "share", "variety"),
    Figure("near_copy", "near copies, %", "near %", "share", "variety"),
    Figure("shared", "on other tracks too, %", "shared %", "share", "specificity"),
    Figure("fits", "fits other tracks, %", "fits %", "share", "specificity"),
    Figure("pair_cosine", "pair cosine", "pair cos", "cosine", "spread"),
    Figure("effective_rank", "effective rank", "eff. rank", "number", "spread"),
    Figure("human_own", "human: cosine to own", "own", "cosine", "likeness"),
    Figure("human_others", "human: to others'", "others", "cosine", "likeness"),
    Figure("human_margin", "human: difference", "margin", "cosine", "likeness"),
    Figure("human_closer", "human: closer, %", "closer %", "share", "likeness"),
    Figure("chrf_own", "chrF to own", "chrF own", "cosine", "likeness"),
    Figure("chrf_others", "chrF to others'", "chrF others", "cosine", "likeness"),
    Figure("chrf_margin", "chrF difference", "chrF margin", "cosine", "likeness"),
)
"""In the order in which they are read."""

_LEVEL_NAMES = (
    "coverage",
    "hallucinated",
    "words",
    "distinct_2",
    "self_bleu",
    "shared",
    "fits",
    "pair_cosine",
    "human_margin",
)
OF_LEVELS: Final = tuple(figure for figure in FIGURES if figure.name in _LEVEL_NAMES)
"""The figures in tables by kept count."""

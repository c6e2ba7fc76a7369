"""The tables of the quality of texts: every group, a group by kept count, and what a group talks about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

from adsw.report.table import NOTHING, Cell, Column, TableModel, head_columns, row, words
from adsw.stats.estimates import Estimate
from adsw.text_quality.diversity import RANK_TEXTS, SELF_BLEU_TEXTS
from adsw.text_quality.measure import Quality
from adsw.text_quality.report import GroupReport
from adsw.text_quality.sample import is_in_short_reports

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

_TERMS = 6

_WORDS = 15


def group_table(reports: Sequence[GroupReport]) -> TableModel:
    """Return a table of every measured figure, a column per group, figures of one topic together."""
    counts = [
        words("texts", *(f"{report.texts:,}" for report in reports)),
        words("distinct texts", *(f"{report.distinct:,}" for report in reports)),
        words("words, 5 to 95 %", *(f"{report.length[0]:.0f} to {report.length[-1]:.0f}" for report in reports)),
    ]
    measured = [figure for figure in FIGURES if any(report.figures[figure.name] for report in reports)]
    topics = [
        [row(figure.label, *(_cell(figure, report) for report in reports)) for figure in figures]
        for _, figures in groupby(measured, lambda figure: figure.topic)
    ]
    return TableModel.grouped(
        "groups",
        "Quality by group",
        f"Small print: 95 % intervals over tracks. {NOTHING}: not measured, or nothing to measure.",
        head_columns("figure", *(report.group.name for report in reports)),
        [counts, *topics],
    )


def level_tables(quality: Quality, reports: Iterable[GroupReport]) -> list[TableModel]:
    """Return a table by the number of tags kept for each group that has more than one level, tag lists last."""
    tables: list[TableModel] = []
    for report in sorted(reports, key=lambda report: report.group.source == "tags"):
        levels = quality.level_reports(report.group)
        if len(levels) > 1:
            tables.append(_levels(f"levels-{len(tables)}", levels))
    return tables


def _levels(name: str, levels: Sequence[GroupReport]) -> TableModel:
    shown = [figure for figure in OF_LEVELS if any(level.figures[figure.name] for level in levels)]
    return TableModel(
        name,
        f"{levels[0].group.name}, by the number of tags kept",
        "",
        (Column("kept"), Column("texts"), *(Column(figure.label, short=figure.short) for figure in shown)),
        tuple(
            row(str(level.group.level), f"{level.texts:,}", *(_cell(figure, level) for figure in shown))
            for level in levels
        ),
    )


def talk_tables(reports: Iterable[GroupReport]) -> list[TableModel]:
    """Return a table of words and terms for each group whose texts are not tag lists."""
    writing = (report for report in reports if report.group.source != "tags")
    return [_talk(f"talk-{place}", report) for place, report in enumerate(writing)]


def shown_groups(reports: Sequence[GroupReport]) -> list[GroupReport]:
    """Return the reports to show where there is little room (`is_in_short_reports`)."""
    groups = [report.group for report in reports]
    return [report for report in reports if is_in_short_reports(report.group, groups)]


def _talk(name: str, report: GroupReport) -> TableModel:
    """Return a table of words, terms by category, and last the terms that no tag gives."""
    used = report.usage
    caption = ""
    categories: list[tuple[Cell, ...]] = []
    if used is not None:
        shares = _shares(used.top_words, _WORDS)
        caption = f"{used.vocabulary:,} different words of {used.words:,}. In most texts: {shares}."
        for category, use in used.categories.items():
            categories.append(row(category, f"{use.texts:.0%}", str(use.distinct), _shares(use.top, _TERMS)))
    # People may say what no tag gives; a captioner that does so invents it.
    label, tone = ("untagged", "") if report.group.source == "human" else ("not given", "bad")
    added = [row(label, "", "", Cell(_shares(report.added_terms, _WORDS), tone=tone))] if report.added_terms else []
    return TableModel.grouped(
        name,
        f"{report.group.name}: what is said",
        caption,
        (*head_columns("category", "texts", "terms"), Column("most frequent", left=True, long=True)),
        [categories, added],
    )


def _cell(figure: Figure, report: GroupReport) -> Cell:
    """Write a figure of a group with its interval; a faint dash if it was not measured."""
    value, estimate = figure.value(report), figure.estimate(report)
    if value is None or estimate is None:
        return Cell(NOTHING, tone="faint")
    return Cell(value, figure.interval(report) or "", exact=estimate.value)


def _shares(terms: Iterable[tuple[str, float]], most: int) -> str:
    """Write the first terms with their shares."""
    return ", ".join(f"{name} {share:.1%}" for name, share in list(terms)[:most])

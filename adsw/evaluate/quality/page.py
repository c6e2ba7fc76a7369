"""The quality of a store's texts as a page: one file that holds everything, drawing library included, and loads
nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from adsw.evaluate.quality.examples import Example
from adsw.evaluate.quality.figures import FIGURES, OF_LEVELS, Figure
from adsw.evaluate.quality.groups import is_told
from adsw.evaluate.quality.measure import Quality
from adsw.evaluate.quality.plots import all_plots
from adsw.evaluate.quality.report import GroupReport
from adsw.publish import publish_text
from adsw.report.page import render_page

_TERMS = 6


def write_page(quality: Quality, path: Path) -> None:
    """Publish the page atomically; its folder is made."""
    publish_text(path, render(quality))


def render(quality: Quality) -> str:
    """The whole page. It connects nowhere; without scripts its tables say it all."""
    return render_page(
        "adsw.evaluate.quality",
        "page.html",
        all_plots(quality),
        quality=quality,
        reports=quality.groups,
        rows=_rows(quality.groups),
        levels=list(_levels(quality)),
        talking=_talking(quality),
        terms=_TERMS,
        examples=_examples(quality),
    )


def _rows(reports: tuple[GroupReport, ...]) -> list[tuple[Figure, list[tuple[str, str]]]]:
    """The figures that some group has: of every group its value and its interval."""
    found = []
    for figure in FIGURES:
        cells = [(figure.value(report) or "–", figure.interval(report) or "") for report in reports]
        if any(value != "–" for value, _ in cells):
            found.append((figure, cells))
    return found


def _levels(quality: Quality) -> Iterator[tuple[str, list[Figure], list[GroupReport]]]:
    """The groups that have levels, tag lists last: name, the figures they have, the levels."""
    for report in sorted(quality.groups, key=lambda report: report.group.source == "tags"):
        levels = quality.level_reports(report.group)
        if len(levels) > 1:
            yield report.group.name, [f for f in OF_LEVELS if any(level.figures[f.name] for level in levels)], levels


def _talking(quality: Quality) -> list[GroupReport]:
    """The groups whose words are shown: tag lists say only the tags."""
    groups = [report.group for report in quality.groups]
    return [
        report
        for report in quality.groups
        if report.usage is not None and report.group.source != "tags" and is_told(report.group, groups)
    ]


def _examples(quality: Quality) -> dict[str, dict[str, list[Example]]]:
    """Examples by group and kind."""
    found: dict[str, dict[str, list[Example]]] = {}
    for example in quality.examples:
        found.setdefault(example.group, {}).setdefault(example.kind, []).append(example)
    return found

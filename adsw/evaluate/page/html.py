"""An evaluation as one HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adsw.align.checkpoint import Checkpoint
from adsw.evaluate.against import Against
from adsw.evaluate.cells import number, span
from adsw.evaluate.full_report import FullReport
from adsw.evaluate.page.figures import figures_of
from adsw.evaluate.page.table_rows import PageTable, page_table
from adsw.evaluate.set_tables import set_tables
from adsw.metrics import DIRECTIONS
from adsw.report.page import Figure, render_page

_TITLES = {
    "retrieval": "Retrieval",
    "categories": "By category",
    "baselines": "Against rankings that know less",
    "novelty": "Near and far from the training",
    "tagging": "Zero-shot tagging",
    "probes": "Linear probes",
    "swaps": "Swap accuracy",
}
_FIGURES_OF = {
    "retrieval": ("ranks", "sources"),
    "categories": ("worth", "alone"),
    "baselines": ("baselines",),
    "novelty": ("novelty",),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the page: its figures (name and caption) and tables."""

    id: str
    title: str
    figures: tuple[tuple[str, str], ...]
    tables: tuple[PageTable, ...]


@dataclass(frozen=True, slots=True)
class SetPart:
    """All sections of one set; a tile is a label, a number and what stands below it."""

    report: FullReport
    tiles: tuple[tuple[str, str, str], ...]
    sections: tuple[Section, ...]


def render(path: str, checkpoint: Checkpoint, reports: Sequence[FullReport]) -> str:
    """The page of a checkpoint on one or more sets.

    Args:
        path: the checkpoint's folder, as the reader knows it.
        checkpoint: the trained pair.
        reports: of every set.

    Returns:
        HTML without any link to the outside.
    """
    figures: dict[str, Figure] = {}
    parts = []
    for index, report in enumerate(reports):
        drawn = {name: (f"{index}-{name}", *found) for name, found in figures_of(report).items()}
        figures |= {name: figure for name, figure, _ in drawn.values()}
        captions = {name: (full, caption) for name, (full, _, caption) in drawn.items()}
        parts.append(SetPart(report, tuple(_tiles(report)), tuple(_sections(index, report, captions))))
    return render_page(
        "adsw.evaluate.page",
        "page.html",
        figures,
        path=path,
        parts=parts,
        facts=_facts(checkpoint),
    )


def _sections(index: int, report: FullReport, captions: dict[str, tuple[str, str]]) -> list[Section]:
    tables = {"retrieval": set_tables(report.figures)} | {name: part.tables() for name, part in report.parts.items()}
    return [
        Section(
            f"{name}-{index}",
            _TITLES.get(name, name),
            tuple(captions[figure] for figure in _FIGURES_OF.get(name, ()) if figure in captions),
            tuple(page_table(table) for table in found),
        )
        for name, found in tables.items()
        if found
    ]


def _tiles(report: FullReport) -> list[tuple[str, str, str]]:
    """The numbers to see first."""
    tiles = []
    for way, words in DIRECTIONS.items():
        part = report.figures.directions[way]
        figure = part.figures["R@10"]
        below = f"95 % {span('R@10', figure.interval)}, chance {number('R@10', figure.chance)}, pool {part.pool:,}"
        tiles.append((f"R@10, {words}", number("R@10", figure.interval.value), below))
    figure = report.figures.directions["t2m"].figures["MedR"]
    below = f"95 % {span('MedR', figure.interval)}, chance {number('MedR', figure.chance)}, ranks from 1"
    tiles.append(("median rank, text to music", number("MedR", figure.interval.value), below))
    baselines = report.parts.get("baselines")
    if isinstance(baselines, Against):
        gain = baselines.gains["look_up"][f"{report.figures.name}/t2m/mAP@10"]
        below = f"95 % {gain.low:+.3f} to {gain.high:+.3f}, paired"
        tiles.append(("mAP@10 over a look-up in the training", f"{gain.value:+.3f}", below))
    return tiles


def _facts(checkpoint: Checkpoint) -> list[tuple[str, Any]]:
    info = checkpoint.info
    return [
        ("audio encoder", f"{info.audio_encoder.name}@{info.audio_encoder.revision}"),
        ("text encoder", f"{info.text_encoder.name}@{info.text_encoder.revision}"),
        ("trained on store", info.store_fingerprint[:12]),
        ("captioner", info.captioner),
        ("parameters trained", f"{info.parameters.trainable:,} of {info.parameters.total:,}"),
        ("epochs, seed", f"{info.recipe.epochs}, {info.recipe.seed}"),
    ]

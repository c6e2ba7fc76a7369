"""An evaluation as one HTML file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adsw.align.checkpoint import Checkpoint
from adsw.evaluate.against import Against
from adsw.evaluate.cells import number, span
from adsw.evaluate.full_report import FullReport
from adsw.evaluate.page.figures import figures_of
from adsw.report.section import Beside, Block, Document, Notes, Paragraph, Plot, Section, Tile, Tiles
from adsw.report.section_page import render_document

_FIGURES_OF = {
    "retrieval": ("ranks", "sources"),
    "categories": ("worth", "alone"),
    "baselines": ("baselines",),
    "novelty": ("novelty",),
}


def render(path: str, checkpoint: Checkpoint, reports: Sequence[FullReport]) -> str:
    """Render the page of a checkpoint on one or more sets.

    Args:
        path: the checkpoint's folder, as the reader knows it.
        checkpoint: the trained pair.
        reports: one of every set.

    Returns:
        HTML without any link to the outside.
    """
    page = Document(
        "Evaluation of a checkpoint",
        path,
        _facts(checkpoint),
        tuple(section for index, report in enumerate(reports) for section in sections_of(report, index, len(reports))),
    )
    return render_document(page, [("adsw.evaluate.page", "page.css")], downloads=False)


def sections_of(report: FullReport, index: int = 0, sets: int = 1) -> Iterator[Section]:
    """Yield the sections of one set: its main figures, every part, and how they were counted.

    Args:
        report: the report of the set.
        index: its place among the sets, from 0.
        sets: how many sets there are; if several, titles name the set.
    """
    figures = report.figures
    name = figures.name

    def section(key: str, title: str, *blocks: Block) -> Section:
        if sets == 1:
            return Section(f"{key}-{index}", title, blocks)
        return Section(f"{key}-{index}", f"{title} on {name}", blocks, label=f"{name}: {title}")

    intro = f"Split {figures.split} of {figures.store} ({figures.fingerprint[:12]})"
    remarks = (Paragraph(remark, "notice") for remark in figures.remarks)
    yield Section(f"set-{index}", name, (Tiles(tuple(_tiles(report))), *remarks), intro)
    drawn = figures_of(report)
    for key, part in {"retrieval": figures, **report.parts}.items():
        if tables := part.tables():
            plots = [
                Plot(f"{index}-{figure}", drawn[figure][0], drawn[figure][1], drawn[figure][1])
                for figure in _FIGURES_OF.get(key, ())
                if figure in drawn
            ]
            shown = [Beside(tuple(plots))] if len(plots) > 1 else plots
            yield section(key, part.title, *shown, *tables)
    yield section("counted", "How it was counted", Notes(figures.conventions))


def _tiles(report: FullReport) -> Iterator[Tile]:
    """Yield the main figures of a set: R@10 both ways, median rank, and the gain over a look-up."""
    for way, words in (("t2m", "text to music"), ("m2t", "music to text")):
        part = report.figures.directions[way]
        figure = part.figures["R@10"]
        below = f"95 % {span('R@10', figure.interval)}, chance {number('R@10', figure.chance)}, pool {part.pool:,}"
        yield Tile(f"R@10, {words}", number("R@10", figure.interval.value), below)
    figure = report.figures.directions["t2m"].figures["MedR"]
    below = f"95 % {span('MedR', figure.interval)}, chance {number('MedR', figure.chance)}, ranks from 1"
    yield Tile("median rank, text to music", number("MedR", figure.interval.value), below)
    baselines = report.parts.get("baselines")
    if isinstance(baselines, Against):
        gain = baselines.gains["look_up"][f"{report.figures.name}/t2m/mAP@10"]
        below = f"95 % {gain.low:+.3f} to {gain.high:+.3f}, paired"
        yield Tile("mAP@10 over a look-up in the training", f"{gain.value:+.3f}", below)


def _facts(checkpoint: Checkpoint) -> tuple[tuple[str, ...], ...]:
    """Return what the page's head says of the checkpoint, as pairs of label and value."""
    info = checkpoint.info
    return (
        ("audio encoder ", f"{info.audio_encoder.name}@{info.audio_encoder.revision}"),
        ("text encoder ", f"{info.text_encoder.name}@{info.text_encoder.revision}"),
        ("trained on store ", info.store_fingerprint[:12]),
        ("captioner ", info.captioner),
        ("parameters trained ", f"{info.parameters.trainable:,} of {info.parameters.total:,}"),
        ("epochs, seed ", f"{info.recipe.epochs}, {info.recipe.seed}"),
    )

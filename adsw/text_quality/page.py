"""The quality of a store's texts as one HTML page, drawing library included."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from adsw.files import publish_text
from adsw.report.page import Figure, render_document
from adsw.report.section import Beside, Block, Document, Fold, Key, Notes, Paragraph, Part, Plot, Section
from adsw.text_quality.measure import Quality
from adsw.text_quality.plots import COLOURS, all_plots
from adsw.text_quality.report import Example
from adsw.text_quality.tables import group_table, level_tables, shown_groups, talk_tables

_CAPTIONS = {
    "stated": (
        "Share of tags stated by kept count",
        "Share of a view's tags that its caption states, by how many tags the view keeps.",
    ),
    "added": (
        "Share of captions with added terms by kept count",
        "Share of captions that state a term of the vocabulary which their tags do not give.",
    ),
    "terms": (
        "Terms that captions add",
        "Terms that no tag gives, as the vocabulary knows them, and the share of captions that state them.",
    ),
    "fits": (
        "Share of other tracks a text fits by kept count",
        "Share of the other tracks whose tags include every tag that the text states.",
    ),
    "shared": (
        "Share of texts that stand on other tracks by kept count",
        "Share of texts that stand, word for word, on another track too. Training must not take these for negatives.",
    ),
    "distinct": (
        "Distinct-2 by kept count",
        "Different word pairs over all, in blocks of 500: higher is more varied.",
    ),
    "alike": (
        "Self-BLEU by kept count",
        "BLEU of a text against all others of a sample: lower is more varied. Levels of fewer than 300 tracks read "
        "lower.",
    ),
    "cosine": (
        "Mean cosine of texts of different tracks by kept count",
        "Mean cosine of the frozen embeddings of two texts of different tracks: lower is further apart.",
    ),
    "lengths": ("Length of texts", "How long they are."),
    "human": (
        "Cosine to human captions",
        "Filled: to the human captions of the same track. Hollow: to those of other tracks. Human captions are held "
        "against the others of their track.",
    ),
    "margin": (
        "Difference of cosines by kept count",
        "How much nearer a text is to its own track's human captions than to others', by kept count.",
    ),
}
"""Each figure's description for screen readers, and its caption."""
_KINDS = {
    "random": ("drawn at random", ""),
    "states least": ("those that state least of their tags", "{:.0%} stated"),
    "adds most": ("those that add most", "{:.0f} added"),
    "on most tracks": ("those on most tracks", "on {:.0f} other tracks"),
    "least like its human captions": ("those least like the human captions of their track", "{:+.2f}"),
}
"""Each kind of example in words, and the format of the figure it was chosen by."""


def write_page(quality: Quality, path: Path) -> None:
    """Write the page atomically, with its folder if need be."""
    publish_text(path, render(quality))


def render(quality: Quality) -> str:
    """Render the whole page; without scripts its tables still have every figure."""
    return render_document(document(quality), [("adsw.text_quality", "page.css")], downloads=False)


def document(quality: Quality) -> Document:
    """Return the page as a list of sections."""
    store = quality.store
    of = f" of {quality.of:,}" if quality.tracks < quality.of else ""
    meta = (
        ("captioner ", store.info.captioner),
        ("text encoder ", store.info.text_encoder.name),
        ("splits ", ", ".join(quality.splits)),
        ("tracks ", f"{quality.tracks:,}", of),
        ("store ", store.info.fingerprint[:12]),
    )
    sections = (_groups(quality), *_drawn(all_plots(quality)), _levels(quality), _talk(quality), *_examples(quality))
    counted = Section("counted", "How it was counted", (Notes(quality.conventions),), label="Counted")
    return Document("Quality of texts", store.path.name, meta, (*sections, counted))


def _groups(quality: Quality) -> Section:
    """Return the section with the table of all groups and the key to their colours."""
    inks = tuple((report.group.name, f"g{place % COLOURS}", True) for place, report in enumerate(quality.groups))
    table = group_table(quality.groups)
    return Section(
        "groups",
        "Every group",
        (*(Paragraph(remark, "notice") for remark in quality.remarks), Key(inks), Part("", (table,))),
        f"{table.caption} How each is counted stands at the end.",
        "Groups",
    )


def _drawn(plots: dict[str, Figure]) -> Iterator[Section]:
    """Yield the sections of figures; a figure or section without data is left out."""

    def pair(*names: str) -> list[Block]:
        drawn = tuple(Plot(name, plots[name], *_CAPTIONS[name]) for name in names if name in plots)
        return [Beside(drawn)] if drawn else []

    if truth := pair("stated", "added"):
        if "terms" in plots:
            truth.append(Part("What they add most", (Plot("terms", plots["terms"], *_CAPTIONS["terms"]),)))
        yield Section("truth", "Do captions say what is true?", tuple(truth), label="True?")
    yield Section(
        "generic",
        "Are they generic?",
        tuple(pair("fits", "shared")),
        "A view of few tags fits many tracks, whatever is written about it.",
        "Generic?",
    )
    varied = (*pair("distinct", "alike"), *pair("cosine", "lengths"))
    yield Section("varied", "How varied are they?", varied, label="Varied?")
    if "human" in plots:
        title = "Are they like what people write?"
        yield Section("human", title, tuple(pair("human", "margin")), label="Like people's?")


def _levels(quality: Quality) -> Section:
    """Return the section of tables by kept count, the first one open."""
    tables = level_tables(quality, quality.groups)
    folds = tuple(Fold(table.title, (table,), open=table is tables[0]) for table in tables)
    return Section(
        "levels", "By kept count, in numbers", folds or (Paragraph("There are no views."),), label="By kept count"
    )


def _talk(quality: Quality) -> Section:
    """Return the section on the words and terms of every group."""
    tables = talk_tables(shown_groups(quality.groups))
    return Section(
        "talk", "What they talk about", tuple(tables) or (Paragraph("There are only tag lists."),), label="Words"
    )


def _examples(quality: Quality) -> Iterator[Section]:
    """Yield the captions to read, by group and kind."""
    by_group: dict[str, dict[str, list[Example]]] = {}
    for example in quality.examples:
        by_group.setdefault(example.group, {}).setdefault(example.kind, []).append(example)
    if by_group:
        parts = tuple(
            Part(name, tuple(_fold(kind, examples, kind == next(iter(kinds))) for kind, examples in kinds.items()))
            for name, kinds in by_group.items()
        )
        yield Section("examples", "Read some", parts, label="Examples")


def _fold(kind: str, examples: list[Example], shown: bool) -> Fold:
    """Return the examples of one kind as a block that opens; open at first if `shown`."""
    lines = tuple(f"“{example.text}”" for example in examples)
    return Fold(_KINDS[kind][0], (Notes(lines, tuple(map(_below, examples))),), open=shown)


def _below(example: Example) -> str:
    """Write the line below an example: the figure it was chosen by, its tags, the terms it adds, and its track."""
    parts = [] if example.figure is None else [_KINDS[example.kind][1].format(example.figure)]
    parts.append(f"tags: {', '.join(example.tags) or 'none'}")
    parts += [f"adds: {', '.join(example.added)}"] if example.added else []
    return " · ".join([*parts, example.track_id])

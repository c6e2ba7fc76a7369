"""A report as plain data: a document of sections, a section of blocks. Every writer knows these and nothing else.

A subject of a report returns a `Section`; page (`section_page`), Markdown (`section_markdown`), LaTeX, CSV and
terminal are written from it. The page shows all blocks. Markdown holds notes, statements, facts and tables with their
captions; LaTeX the tables alone; CSV every table, folded away or not. Paragraphs and figures are the page's own: what
a table needs to be understood stands in its caption.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from markupsafe import Markup

from adsw.report.opening import Opening, Picture, Step
from adsw.report.statement import Statement
from adsw.report.table import TableModel


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences that say how to read the blocks below them."""

    kind: ClassVar[str] = "paragraph"
    text: str
    tone: str = ""
    """``what`` for an introduction, ``small`` for a footnote, ``notice`` for a warning; nothing for plain text."""


@dataclass(frozen=True, slots=True)
class Notes:
    """A list of sentences."""

    kind: ClassVar[str] = "notes"
    lines: tuple[str, ...]
    below: tuple[str, ...] = ()
    """Small text below the lines: one for each, or none at all."""


@dataclass(frozen=True, slots=True)
class Statements:
    """Sentences, each with how it is to be taken."""

    kind: ClassVar[str] = "statements"
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values."""

    kind: ClassVar[str] = "facts"
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure to see first."""

    label: str
    figure: str
    below: str = ""
    side: str = ""
    """``better``, ``worse`` or ``open``; ``best`` or ``default`` for a trial; nothing for anything else."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """Figures to see first, side by side."""

    kind: ClassVar[str] = "tiles"
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Text to show literally, such as a file."""

    kind: ClassVar[str] = "code"
    text: str


@dataclass(frozen=True, slots=True)
class Steps:
    """Commands to copy, each with what it is for."""

    kind: ClassVar[str] = "steps"
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """What the colours of the figures below mean."""

    kind: ClassVar[str] = "key"
    inks: tuple[tuple[str, str, bool], ...]
    """Words, name of the colour, whether the mark is filled."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure with what it shows."""

    kind: ClassVar[str] = "plot"
    name: str
    """Name, unique in the document."""
    figure: dict[str, Any] | None
    """Plotly's JSON, whose layout has a height; None if there is nothing to draw, and the caption says why."""
    label: str
    """Description for those who cannot see it."""
    caption: str = ""
    wide: bool = False
    """Whether narrow screens scroll it instead of squeezing it."""


@dataclass(frozen=True, slots=True)
class Own:
    """HTML that only one page shows, such as tracks with their sound."""

    kind: ClassVar[str] = "own"
    html: Markup


@dataclass(frozen=True, slots=True)
class Beside:
    """Blocks side by side."""

    kind: ClassVar[str] = "beside"
    blocks: tuple[Block, ...]
    layout: str = "pair"
    """``pair`` for two columns, ``grid`` for as many as there is room for."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a section, with a heading or without; its tables show no title and caption, which its text replaces."""

    kind: ClassVar[str] = "part"
    title: str
    blocks: tuple[Block, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that are folded away at first; their tables show no title and caption."""

    kind: ClassVar[str] = "fold"
    summary: str
    blocks: tuple[Block, ...]
    open: bool = False
    """Whether it is unfolded at first."""


Block: TypeAlias = (
    "Paragraph | Notes | Statements | Facts | Tiles | Code | Steps | Key | Plot | Picture | TableModel | Own | Beside "
    "| Part | Fold"
)
"""What a section is made of."""


@dataclass(frozen=True, slots=True)
class Section:
    """One subject of a report."""

    key: str
    """Short name, the anchor on the page."""
    title: str
    blocks: tuple[Block, ...]
    intro: str = ""
    """What the section is about and how to read it."""
    label: str = ""
    """Text of links to it, if that is not its title."""
    group: str = ""
    """Heading of the sections that it stands with, such as ``Evidence``."""
    folded: bool = False
    """Whether it is folded away at first; on paper it is not."""

    @property
    def link(self) -> str:
        """Text of links to the section."""
        return self.label or self.title


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    sort: str
    """Kind of the report: ``Sweep report``."""
    title: str
    """Subject of the report, such as the run's name."""
    meta: tuple[tuple[str, ...], ...]
    """Facts under the title, each in pieces: plain and emphasised by turns."""
    sections: tuple[Section, ...]
    lead: str = ""
    verdict: tuple[Statement, ...] = ()
    """The headline, then the other findings; empty if nothing is judged."""
    tiles: tuple[Tile, ...] = ()
    prefix: str = ""
    """Beginning of the names of files to download, if that is not the title."""
    sound: bool = False
    """Whether it plays sound, from inside of it or from files that it links to."""
    linked: bool = False
    """Whether there are such files, so that it is not whole without them."""
    opening: Opening | None = None
    """What is said first, on a screen of its own."""

    @property
    def name(self) -> str:
        """Full title: ``my-run: sweep report``."""
        return f"{self.title}: {self.sort[:1].lower()}{self.sort[1:]}"


def every_block(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield blocks, and those inside of them, in the order of the page."""
    for block in blocks:
        yield block
        if isinstance(block, Beside | Part | Fold):
            yield from every_block(block.blocks)


def every_table(sections: Iterable[Section]) -> tuple[TableModel, ...]:
    """Return all tables, in the order of the page."""
    return tuple(
        block for section in sections for block in every_block(section.blocks) if isinstance(block, TableModel)
    )


def printed_tables(sections: Iterable[Section]) -> tuple[TableModel, ...]:
    """Return the tables that Markdown and LaTeX write: those with rows, without columns that hold nothing."""
    return tuple(
        table.printed().filled() for table in every_table(sections) if table.rows and table.place == "everywhere"
    )


def every_figure(sections: Iterable[Section]) -> dict[str, dict[str, Any]]:
    """Return all figures by name.

    Raises:
        ValueError: two figures have one name.
    """
    figures: dict[str, dict[str, Any]] = {}
    for section in sections:
        for block in every_block(section.blocks):
            if not isinstance(block, Plot) or block.figure is None:
                continue
            if block.name in figures:
                raise ValueError(f"two figures are called {block.name}")
            figures[block.name] = block.figure
    return figures

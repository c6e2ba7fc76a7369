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

from adsw.report.statement import Statement
from adsw.report.table import TableModel


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences that say how to read what stands below them."""

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
    """What stands small below each; nothing, or one for each line."""


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
    """Text as it is, such as a file."""

    kind: ClassVar[str] = "code"
    text: str


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
    """Of its own in the document."""
    figure: dict[str, Any] | None
    """Plotly's JSON, whose layout has a height; None where there is nothing to draw, so that the caption says why."""
    label: str
    """For those who do not see it."""
    caption: str = ""
    wide: bool = False
    """Whether it is scrolled, rather than squeezed, where there is little room."""


@dataclass(frozen=True, slots=True)
class Own:
    """What one page alone shows, such as tracks with their sound, as HTML."""

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
    """A part of a section with a heading of its own, or without: its tables stand bare, as the text says it all."""

    kind: ClassVar[str] = "part"
    title: str
    blocks: tuple[Block, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Fold:
    """What is folded away until it is asked for; its tables stand bare."""

    kind: ClassVar[str] = "fold"
    summary: str
    blocks: tuple[Block, ...]
    open: bool = False
    """Whether it is unfolded at first."""


Block: TypeAlias = (
    "Paragraph | Notes | Statements | Facts | Tiles | Code | Key | Plot | TableModel | Own | Beside | Part | Fold"
)
"""What a section is made of."""


@dataclass(frozen=True, slots=True)
class Section:
    """One subject of a report."""

    key: str
    """Short, its anchor on the page."""
    title: str
    blocks: tuple[Block, ...]
    intro: str = ""
    """What it is about and how to read it."""
    label: str = ""
    """What links to it are called, where that is not its title."""

    @property
    def link(self) -> str:
        """Return what links to the section are called."""
        return self.label or self.title


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    sort: str
    """What it is: ``Sweep report``."""
    title: str
    """What it is about, such as the run's name."""
    meta: tuple[tuple[str, ...], ...]
    """Facts under the title, each in pieces: plain and emphasised by turns."""
    sections: tuple[Section, ...]
    lead: str = ""
    verdict: tuple[Statement, ...] = ()
    """The headline, then what else is found; empty where nothing is judged."""
    tiles: tuple[Tile, ...] = ()
    prefix: str = ""
    """Of the names of files that can be downloaded, where that is not the title."""
    sound: bool = False
    """Whether it plays sound, from inside of it or from files that it links to."""
    linked: bool = False
    """Whether there are such files, so that it is not whole without them."""

    @property
    def name(self) -> str:
        """Return the title of the whole: ``my-run: sweep report``."""
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
    found: dict[str, dict[str, Any]] = {}
    for section in sections:
        for block in every_block(section.blocks):
            if not isinstance(block, Plot) or block.figure is None:
                continue
            if block.name in found:
                raise ValueError(f"two figures are called {block.name}")
            found[block.name] = block.figure
    return found

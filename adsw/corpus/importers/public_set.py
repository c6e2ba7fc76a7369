"""Description of a public set to import: its name, the form of its files, how its audio is named, how to read rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from adsw.corpus import cells
from adsw.corpus.importers.entry import Reading
from adsw.corpus.importers.table import Form, Table
from adsw.errors import Faults

OTHER = cells.OTHER
"""The category of tags that no vocabulary knows."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The user's settings of an import."""

    subset: str = ""
    """One of the set's `subsets`; empty: its first."""
    patterns: tuple[str, ...] = ()
    """How audio files are named, the likeliest first; see `patterns`. Empty: the set's default patterns."""
    whole_videos: bool = False
    """Whether the audio files are whole videos, from which the clips have to be cut."""
    category_of: Callable[[str], str] = field(default=cells.uncategorised)
    """The category of a plain tag."""


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A public data set that can be imported."""

    name: str
    """Its name on the command line, and the `dataset` of its tracks."""
    title: str
    """Its name for people."""
    form: Form
    """How its files are written."""
    fields: tuple[str, ...]
    """What a pattern of audio files may name."""
    patterns: tuple[str, ...]
    """How its audio files are named, as published and by those who downloaded them."""
    group: str
    """What its groups are: ``artist`` or ``video``."""
    read: Callable[[Sequence[Table], Choice, Faults], Reading]
    """Returns its entries, one per row that is not left out, and notes what is wrong with a row."""
    subsets: tuple[str, ...] = ("all",)
    """Parts of it that can be chosen; the first is the default."""
    clip_seconds: float | None = None
    """Length of its clips in seconds, where they are cut out of videos."""

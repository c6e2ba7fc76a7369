"""What a captioner is: views in, a caption of one sentence or more for each out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

TagView = Mapping[str, tuple[str, ...]]
"""Category -> tags."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption and how it came about."""

    text: str
    captioner: str
    """What worded it, as ``name@version``: the captioner asked, or the one that stood in for it."""
    attempts: int = 1
    """How often it was asked for."""
    rejected: tuple[str, ...] = ()
    """Why each attempt before was not taken."""


class Captioner(Protocol):
    """Turns views into captions. A caption depends on its view, its key and the captioner's version, on
    nothing else."""

    @property
    def name(self) -> str:
        """Its name on the command line and in a store."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever captions do."""
        ...

    def caption(self, views: Sequence[TagView], keys: Sequence[str]) -> list[Caption]:
        """One caption per view.

        Args:
            views: each non-empty.
            keys: one per view: two keys may word the same view differently, one key always words it alike.
        """
        ...

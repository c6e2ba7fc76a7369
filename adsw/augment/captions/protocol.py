"""Interface of a captioner, which writes a caption of one sentence or more for each view."""

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
    """What wrote it, as ``name@version``: the captioner asked, or the one used in its place."""
    attempts: int = 1
    """Number of attempts made."""
    rejected: tuple[str, ...] = ()
    """Why each rejected attempt was rejected."""


class Captioner(Protocol):
    """Turns views into captions. A caption depends only on its view, its key and the captioner's version."""

    @property
    def name(self) -> str:
        """Its name on the command line and in a store."""
        ...

    @property
    def version(self) -> str:
        """Its version, which changes whenever its captions do."""
        ...

    def caption(self, views: Sequence[TagView], keys: Sequence[str]) -> list[Caption]:
        """Return one caption per view.

        Args:
            views: each non-empty.
            keys: one per view: captions of one view may differ between keys; for one key they are the same.
        """
        ...

"""What a captioner is: views in, one sentence or more for each out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

TagView = Mapping[str, tuple[str, ...]]
"""Category -> tags."""


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

    def caption(self, views: Sequence[TagView], keys: Sequence[str]) -> list[str]:
        """One caption per view.

        Args:
            views: each non-empty.
            keys: one per view: two keys may word the same view differently, one key always words it alike.
        """
        ...

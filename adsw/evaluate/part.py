"""What every part of an evaluation can do, whatever it measures: be told as data, and be shown as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich.table import Table


class Part(Protocol):
    """One part of an evaluation: retrieval by category, zero-shot tagging, probes, ..."""

    def document(self) -> dict[str, Any]:
        """As plain JSON values, without NaN."""
        ...

    def tables(self) -> list[Table]:
        """For the terminal and for pages, conventions in their captions."""
        ...

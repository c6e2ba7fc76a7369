"""What a cell trains and judges the trials of one store with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from adsw.align.batches import DataConfig
from adsw.align.block import Block
from adsw.encode.store import StoreInfo
from adsw.evaluate.queries import QuerySet

VALID = "valid"
"""Name of the validation queries, which every store has."""


class Windows(Protocol):
    """The windows of the training split, epoch after epoch."""

    def __call__(self) -> Iterable[Block]:
        """One epoch's windows."""
        ...

    def steps(self, data: DataConfig) -> int:
        """Steps of an epoch over them."""
        ...


@dataclass(frozen=True, slots=True)
class CellData:
    """One store of a run."""

    info: StoreInfo
    windows: Windows
    queries: QuerySet
    """Of the validation split."""
    sets: Mapping[str, QuerySet] = field(default_factory=dict)
    """Further evaluation sets by name."""

    def judged_on(self) -> dict[str, QuerySet]:
        """Every set that an epoch is evaluated on, validation first."""
        return {VALID: self.queries, **self.sets}

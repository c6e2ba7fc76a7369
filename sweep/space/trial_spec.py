"""The one description of a trial: what it trains, on which store, and why.

A space lists or suggests `TrialSpec`s; classes that know more of a trial hold one and add to it: its number
(`sweep.search.protocol.Proposal`), a client's token and the epochs it has had (`sweep.cell.messages.TrialRequest`),
how it ended (`sweep.run.records.TrialRecord`). As plain data (`TrialSpec.document`) it is in
``started/NNNN.json``, in Tune's configuration of a trial's client, and in messages to the broker and its cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adsw.train.recipe import Recipe, identity, resolve
from sweep.space.part import Purpose


@dataclass(frozen=True, slots=True)
class TrialSpec:
    """A trial as it is planned."""

    recipe: Recipe
    params: dict[str, Any] = field(default_factory=dict)
    """Searched values by dotted name, active ones only."""
    arm: str | None = None
    """Name of an arm or of an included configuration; None for a searched trial."""
    origin: str = ""
    """Who chose it: ``included``, ``grid``, ``confirm``, ``random``, or a sampler such as ``tpe``."""
    store: str = ""
    """Name of the store it trains on; ``""`` is the run's first."""
    purpose: Purpose = ""
    """``tune`` or ``confirm`` if it is no result of its arm (`sweep.space.stages`), else empty."""

    @property
    def seed(self) -> int:
        """Training seed: the same for all trials but replicates (common random numbers)."""
        return self.recipe.seed

    @property
    def epochs(self) -> int:
        """Epochs of the whole trial."""
        return self.recipe.epochs

    @property
    def exempt(self) -> bool:
        """Whether the scheduler never stops it early: it has a name, or it tunes or confirms."""
        return self.arm is not None or bool(self.purpose)

    @property
    def training(self) -> tuple[str, str]:
        """Store and identity of the recipe, seed included: trials that share it train the same."""
        return self.store, identity(self.recipe)

    def document(self) -> dict[str, Any]:
        """Return the trial as plain data, which `from_document` reads back."""
        return {
            "arm": self.arm,
            "params": self.params,
            "recipe": self.recipe.model_dump(mode="json"),
            "seed": self.seed,
            "origin": self.origin,
            "purpose": self.purpose,
            "store": self.store,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> TrialSpec:
        """Read plain data made by `document`; all keys but the recipe may be missing, and others are ignored.

        Raises:
            InputError: the recipe cannot be read.
        """
        return cls(
            recipe=resolve(document["recipe"]),
            params=dict(document.get("params", {})),
            arm=document.get("arm"),
            origin=document.get("origin", ""),
            store=document.get("store", ""),
            purpose=document.get("purpose", ""),
        )

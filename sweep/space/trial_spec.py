"""The one description of a trial: what it trains, on which store, and why.

A space lists or suggests `TrialSpec`s; whatever knows more of a trial holds one and adds to it: its number
(`sweep.searchers.protocol.Proposal`), a client's token and the epochs it has had (`sweep.cell.protocol.TrialRequest`),
how it ended (`sweep.state.TrialRecord`). As plain data (`TrialSpec.document`) it stands in ``started/NNNN.json``, in
Tune's configuration of a trial's client, and in messages to the broker and its cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adsw.align.recipe import Recipe, identity, resolve
from sweep.state import Purpose, TrialRecord, TrialState


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
    """``tune`` or ``confirm`` for what is no result of its arm; see `sweep.space.stages`."""

    @property
    def seed(self) -> int:
        """Training seed: one for all trials but for replicates (common random numbers)."""
        return self.recipe.seed

    @property
    def epochs(self) -> int:
        """Of the whole trial."""
        return self.recipe.epochs

    @property
    def exempt(self) -> bool:
        """Whether the scheduler lets it go on to its end whatever its rank: named, or with a purpose of its own."""
        return self.arm is not None or bool(self.purpose)

    @property
    def training(self) -> tuple[str, str]:
        """Store and identity of the recipe, seed included: trials that share it train the same."""
        return self.store, identity(self.recipe)

    def document(self) -> dict[str, Any]:
        """Return it as plain data, from which `from_document` makes it again."""
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
        """Read `document`'s plain data, which may lack all but the recipe and hold more.

        Raises:
            InputError: the recipe is none.
        """
        return cls(
            recipe=resolve(document["recipe"]),
            params=dict(document.get("params", {})),
            arm=document.get("arm"),
            origin=document.get("origin", ""),
            store=document.get("store", ""),
            purpose=document.get("purpose", ""),
        )

    @classmethod
    def of_record(cls, record: TrialRecord) -> TrialSpec:
        """Return what an ended trial was; who chose it is not in its record.

        Raises:
            InputError: its recipe is none of this version.
        """
        return cls(resolve(record.recipe), record.params, record.arm, "", record.store, record.purpose)

    def record(self, number: int, state: TrialState, **ending: Any) -> TrialRecord:
        """Return the record of a trial of this description that has ended.

        Args:
            number: of the trial.
            state: how it ended.
            ending: further fields of `TrialRecord`.
        """
        return TrialRecord(
            number=number,
            arm=self.arm,
            params=self.params,
            recipe=self.recipe.model_dump(mode="json"),
            seed=self.seed,
            state=state,
            purpose=self.purpose,
            store=self.store,
            **ending,
        )

"""One trial of a run, as `sweep best` describes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from adsw.model import Model
    from sweep.run.folder import RunFolder
    from sweep.run.records import TrialRecord
    from sweep.space.sections import Objective


@dataclass(frozen=True, slots=True)
class Trial:
    """An ended trial."""

    name: str
    """The run's name."""
    number: int
    arm: str | None
    objective: dict[str, str]
    """Its metric and mode."""
    value: float | None
    """The objective at the epoch at which it is judged: the last, or `best_epoch`."""
    epochs: int
    best_epoch: int | None
    """The epoch of the best objective, where trials are judged at it (`judge: best`); else None."""
    params: dict[str, Any]
    """Searched values only, by dotted name."""
    overrides: dict[str, Any]
    """The recipe where it is not the default: what ``adsw train --set`` and ``adsw.train(set=...)`` take."""
    metrics: dict[str, float]
    checkpoint: Path | None
    """Its checkpoint; None if it was not kept."""

    @classmethod
    def best_of(cls, folder: RunFolder) -> Trial | None:
        """Return the best completed trial of a run; None before one has completed."""
        from sweep.run.ranking import best_of

        record, objective = best_of(folder)
        return None if record is None else cls.of(folder, record, objective)

    @classmethod
    def of(cls, folder: RunFolder, record: TrialRecord, objective: Objective) -> Trial:
        """Return a trial of a run by its record."""
        from adsw.train.recipe import Recipe, dotted, repeated, resolve

        default, recipe = dotted(Recipe()), dotted(resolve(record.recipe))
        bare = repeated(recipe)
        changed = {name: value for name, value in recipe.items() if default.get(name, ...) != value}
        return cls(
            name=folder.path.name,
            number=record.number,
            arm=record.arm,
            objective={"metric": objective.metric, "mode": objective.mode},
            value=record.value(objective.metric),
            epochs=record.epochs,
            best_epoch=record.best_epoch,
            params=record.params,
            overrides={name: value for name, value in changed.items() if name not in bare},
            metrics=record.metrics,
            checkpoint=folder.kept_checkpoint(record.number),
        )

    def document(self) -> dict[str, Any]:
        """Return what ``sweep best --json`` prints."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {**fields, "checkpoint": None if self.checkpoint is None else str(self.checkpoint)}

    def model(self) -> Model:
        """Load the model to embed audio and texts with.

        Raises:
            InputError: its checkpoint was not kept.
        """
        from adsw.errors import Fault, InputError
        from adsw.model import load

        if self.checkpoint is None:
            fix = "Train it again: adsw.train(store, out, set=trial.overrides)"
            fault = Fault(f"trial {self.number}", "has no checkpoint any more", None, fix)
            raise InputError("The model cannot be loaded", [fault])
        return load(self.checkpoint)

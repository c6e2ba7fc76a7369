"""The state of one training's adaptive schedules: what they follow, and the recipe with their present values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from adsw.train.epoch_log import EpochLog
from adsw.train.recipe import Recipe, schedules_of, with_constants
from adsw.train.schedules import Adaptive, AdaptiveState, Signals


def adaptive_schedules(recipe: Recipe) -> dict[str, Adaptive]:
    """Return the adaptive schedules of a recipe by dotted name; most recipes have none."""
    return {name: schedule for name, schedule in schedules_of(recipe).items() if isinstance(schedule, Adaptive)}


def signals_of(log: EpochLog, metrics: Mapping[str, float]) -> Signals:
    """Return the signals of an epoch: the accuracies in its log, and the figures on validation after it."""
    return Signals((log.audio_accuracy + log.text_accuracy) / 2, metrics)


@dataclass(frozen=True, slots=True)
class Adaptation:
    """The states of a recipe's adaptive schedules after some epochs. Immutable, empty where there are none."""

    epoch: int = 0
    """Epochs whose signals were counted."""
    states: Mapping[str, AdaptiveState] = field(default_factory=dict)

    @classmethod
    def resumed(cls, recipe: Recipe, epoch: int, saved: Mapping[str, Any]) -> Adaptation:
        """Return the states of a recipe after `epoch` epochs, as far as they were saved.

        The recipe may differ from the saved one: a new schedule begins at its start; one that had come further than
        it now can is at its end; one that now watches something else begins to wait anew.

        Args:
            recipe: gives the schedules.
            epoch: epochs trained.
            saved: what `saved_state` gave; empty for a training that begins.
        """
        states = {}
        for name, schedule in adaptive_schedules(recipe).items():
            plain = dict(saved.get("states", {}).get(name, {}))
            watched = plain.pop("watches", None)
            state = AdaptiveState(**plain)
            state = replace(state, raises=min(state.raises, schedule.steps))
            # The best value of another metric would be no measure for this one.
            states[name] = state if watched == schedule.watches else AdaptiveState(raises=state.raises)
        return cls(int(saved.get("epoch", epoch)) if states else epoch, states)

    def saved_state(self, recipe: Recipe) -> dict[str, Any]:
        """Return plain data from which `resumed` restores the states exactly."""
        schedules = adaptive_schedules(recipe)
        states = {name: asdict(state) | {"watches": schedules[name].watches} for name, state in self.states.items()}
        return {"epoch": self.epoch, "states": states}

    def advance(self, recipe: Recipe, signals: Signals) -> Adaptation:
        """Return the states after one more epoch.

        Raises:
            ValueError: what a schedule watches is missing, or is NaN or infinite.
        """
        schedules = adaptive_schedules(recipe)
        states = {name: schedules[name].advance(state, signals) for name, state in self.states.items()}
        return Adaptation(self.epoch + 1, states)

    def held(self, recipe: Recipe, epoch: int) -> Recipe:
        """Return the recipe for its next epoch: adaptive schedules are constants of their present values.

        Raises:
            RuntimeError: the signals of `epoch` epochs were not all counted, so the values would be old ones.
        """
        if not self.states:
            return recipe
        if self.epoch != epoch:
            message = f"{epoch} epochs were trained, and adaptive schedules were told of {self.epoch}"
            raise RuntimeError(f"{message}: call SlotGroup.advance after each epoch")
        schedules = adaptive_schedules(recipe)
        return with_constants(recipe, {name: schedules[name].value(state) for name, state in self.states.items()})

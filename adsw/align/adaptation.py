"""Where the adaptive schedules of one training stand: what they follow, what they make of the recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from adsw.align.epoch_log import EpochLog
from adsw.align.recipe import Recipe, schedules_of, with_constants
from adsw.align.schedules import Adaptive, AdaptiveState, Signals


def adaptive_schedules(recipe: Recipe) -> dict[str, Adaptive]:
    """The adaptive schedules of a recipe by dotted name; most recipes have none."""
    return {name: schedule for name, schedule in schedules_of(recipe).items() if isinstance(schedule, Adaptive)}


def signals_of(log: EpochLog, metrics: Mapping[str, float]) -> Signals:
    """What adaptive schedules look at in an epoch: its log, and the figures on validation after it."""
    return Signals((log.audio_accuracy + log.text_accuracy) / 2, metrics)


@dataclass(frozen=True, slots=True)
class Adaptation:
    """The states of a recipe's adaptive schedules after some epochs. Immutable, empty where there are none."""

    epoch: int = 0
    """Epochs whose signals were counted."""
    states: Mapping[str, AdaptiveState] = field(default_factory=dict)

    @classmethod
    def resumed(cls, recipe: Recipe, epoch: int, saved: Mapping[str, Any]) -> Adaptation:
        """The states of a recipe after `epoch` epochs, as far as they were saved.

        The recipe may be another one than the saved: a schedule that is new begins at its start; one that had come
        further than it now can is at its end; one that now watches something else has its waiting begin anew.

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
            states[name] = state if watched == schedule.watches else AdaptiveState(raises=state.raises)
        return cls(int(saved.get("epoch", epoch)) if states else epoch, states)

    def saved_state(self, recipe: Recipe) -> dict[str, Any]:
        """Plain data that `resumed` takes up, equal to the bit."""
        schedules = adaptive_schedules(recipe)
        states = {name: asdict(state) | {"watches": schedules[name].watches} for name, state in self.states.items()}
        return {"epoch": self.epoch, "states": states}

    def advance(self, recipe: Recipe, signals: Signals) -> Adaptation:
        """The states after one more epoch.

        Raises:
            ValueError: what a schedule watches is missing, or is NaN or infinite.
        """
        schedules = adaptive_schedules(recipe)
        states = {name: schedules[name].advance(state, signals) for name, state in self.states.items()}
        return Adaptation(self.epoch + 1, states)

    def held(self, recipe: Recipe, epoch: int) -> Recipe:
        """The recipe for its next epoch: adaptive schedules are constants of their present values.

        Raises:
            RuntimeError: the signals of `epoch` epochs were not all counted, so the values would be old ones.
        """
        if not self.states:
            return recipe
        if self.epoch != epoch:
            told = f"{epoch} epochs were trained, and adaptive schedules were told of {self.epoch}"
            raise RuntimeError(f"{told}: call SlotGroup.advance after each epoch")
        schedules = adaptive_schedules(recipe)
        return with_constants(recipe, {name: schedules[name].value(state) for name, state in self.states.items()})

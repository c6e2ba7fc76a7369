"""The parts of a sweep that do not change while it runs: objectives, size, arms."""

from __future__ import annotations

from dataclasses import dataclass

from sweep.space.model import Space
from sweep.space.objective import Objective
from sweep.trial_counts import replicates_of


@dataclass(frozen=True, slots=True)
class Outline:
    """The fixed facts of a sweep that its live view shows."""

    name: str
    objectives: tuple[Objective, ...]
    trials: int
    """Most trials; the number that have ended already if the space names none."""
    epochs: int
    """Most epochs of a trial."""
    arms: tuple[str, ...] = ()
    """Included configurations and arms, in the space's order; empty if arms are not compared."""
    compared: bool = False
    """Whether arms are compared (an ablation) instead of searching for the best trial."""
    replicates: int = 1
    """Most replicates of an arm."""
    looks: tuple[int, ...] = ()
    """Numbers of replicates after which arms are tested; empty if the number is fixed."""


def outline_of(name: str, space: Space, trials: int | None, epochs: int) -> Outline:
    """Return the outline of a sweep.

    Args:
        name: name of the run.
        space: what is searched.
        trials: number of trials planned, or ended so far.
        epochs: most epochs of a trial.
    """
    compared = space.is_ablation
    return Outline(
        name=name,
        objectives=space.objectives,
        trials=trials or 0,
        epochs=epochs,
        arms=(*space.include, *space.arms) if compared else (),
        compared=compared,
        replicates=replicates_of(space)[1],
        looks=space.until_decided.looks() if space.until_decided else (),
    )

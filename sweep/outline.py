"""What of a sweep does not change while it runs: its aim, its size, its arms."""

from __future__ import annotations

from dataclasses import dataclass

from sweep.space.model import Space
from sweep.space.objective import Objective
from sweep.trial_counts import replicates_of


@dataclass(frozen=True, slots=True)
class Outline:
    """The frame that a live view fills in."""

    name: str
    objectives: tuple[Objective, ...]
    trials: int
    """At most; those that have ended already where the space names no number."""
    epochs: int
    """Of a whole trial, at most."""
    arms: tuple[str, ...] = ()
    """Included configurations and arms, in the space's order; none where arms are not compared."""
    compared: bool = False
    """Whether arms are compared, and not the best of many looked for."""
    replicates: int = 1
    """Of every arm, at most."""
    looks: tuple[int, ...] = ()
    """Replicates at which arms are judged; none where their number is fixed."""


def outline_of(name: str, space: Space, trials: int | None, epochs: int) -> Outline:
    """The outline of a sweep.

    Args:
        name: of the run.
        space: what is searched.
        trials: how many there are, or have been so far.
        epochs: of a whole trial.
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

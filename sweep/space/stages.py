"""Lists of trials of sweeps in stages, where each stage depends on a choice made after the one before.

An ablation that tunes its nuisance parameters first tries the whole grid on every arm (`tuning`), then trains the
replicates of each arm with the point that was best for it (`replicate_list`). A search may end by training its winner
and the included default again with fresh seeds (`confirmations`). The choices come as arguments; functions are pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from adsw.train.recipe import resolve
from sweep.space.configurations import arms_of, at_point, base_recipe, grid, included
from sweep.space.model import DEFAULT, Space
from sweep.space.part import Purpose
from sweep.space.replication import CONFIRMATION_SEEDS
from sweep.space.trial_spec import TrialSpec

TUNING: Purpose = "tune"
"""Purpose of trials that only choose nuisance values."""
CONFIRMATION: Purpose = "confirm"
"""Purpose of trials that only repeat a recipe of a search with another seed."""


def tuning_seeds(space: Space) -> tuple[int, ...]:
    """Return the seeds of the tuning trials, none if nothing is tuned."""
    return space.tune.seeds(base_recipe(space).seed) if space.tune else ()


def confirmation_seeds(space: Space) -> tuple[int, ...]:
    """Return the `confirm` seeds with which the winner of a search is trained again."""
    first = base_recipe(space).seed + CONFIRMATION_SEEDS
    return tuple(range(first, first + space.confirm))


def tuning(space: Space) -> list[TrialSpec]:
    """List the trials of every arm x point of the nuisance grid x tuning seed; all of one seed before the next.

    Included configurations are not tuned: their values are given.
    """
    arms, points = arms_of(space), list(grid(space))
    return [
        at_point(space, arm, params, seed, TUNING) for seed in tuning_seeds(space) for arm in arms for params in points
    ]


def replicate_list(
    space: Space,
    chosen: Mapping[str, Mapping[str, Any]],
    seeds: Sequence[int],
    arms: Collection[str] | None = None,
) -> list[TrialSpec]:
    """List the trials of arms x seeds, every arm of one seed before the next; included configurations are arms too.

    Args:
        space: of method grid.
        chosen: tuned params by arm; an arm that is not among them is listed at every point of the grid.
        seeds: training seeds.
        arms: names of arms and of included configurations to list; None for all.
    """
    wanted = [arm for arm in arms_of(space) if arms is None or arm.arm in arms]
    trials: list[TrialSpec] = []
    # Seed by seed: a sweep that is cut off has then compared all arms on the seeds that are done.
    for seed in seeds:
        trials += [trial for trial in included(space, [seed]) if arms is None or trial.arm in arms]
        for arm in wanted:
            trials += [at_point(space, arm, params, seed) for params in _points(space, arm, chosen)]
    return trials


def _points(space: Space, arm: TrialSpec, chosen: Mapping[str, Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    if arm.arm is not None and arm.arm in chosen:
        return [chosen[arm.arm]]
    return list(grid(space))


def confirmations(space: Space, winner: TrialSpec) -> list[TrialSpec]:
    """List the winner of a search, and the default if it is included, with every fresh seed.

    The winner is listed without an arm, even if it was an included configuration; the default as the arm of that name.

    Args:
        space: what was searched.
        winner: the best trial of the search.
    """
    trials = []
    for seed in confirmation_seeds(space):
        trials.append(replace(winner, recipe=resolve({"seed": seed}, winner.recipe), arm=None))
        trials += [trial for trial in included(space, [seed]) if trial.arm == DEFAULT]
    return [replace(trial, origin=CONFIRMATION, purpose=CONFIRMATION) for trial in trials]

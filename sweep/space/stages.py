"""What a sweep runs in stages, each chosen after the one before: lists to be run, and no choices made here. Pure.

An ablation that tunes its nuisance parameters first tries the whole grid on every arm (`tuning`), then trains the
replicates of each arm with the point that was best for it (`replicate_list`). A search may end by training its winner
and the included default again with fresh seeds (`confirmations`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from adsw.align.recipe import resolve
from sweep.space.compile import arms_of, at_point, base_recipe, grid, included
from sweep.space.model import DEFAULT, Space
from sweep.space.replication import CONFIRMATION_SEEDS
from sweep.space.trial_spec import TrialSpec
from sweep.state import Purpose

TUNING: Purpose = "tune"
"""Purpose of trials that only choose nuisance values."""
CONFIRMATION: Purpose = "confirm"
"""Purpose of trials that only repeat a recipe of a search with another seed."""


def tuning_seeds(space: Space) -> tuple[int, ...]:
    """Seeds of the trials that tune, none where nothing is tuned."""
    return space.tune.seeds(base_recipe(space).seed) if space.tune else ()


def confirmation_seeds(space: Space) -> tuple[int, ...]:
    """Seeds of the trials that confirm."""
    first = base_recipe(space).seed + CONFIRMATION_SEEDS
    return tuple(range(first, first + space.confirm))


def tuning(space: Space) -> list[TrialSpec]:
    """Every arm x every point of the nuisance grid x every tuning seed; all of one seed before the next.

    Included configurations are not tuned: they are what they are.
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
    """Arms x seeds, every arm of one seed before the next; included configurations are arms of the comparison.

    Args:
        space: of method grid.
        chosen: params by arm, as tuned; an arm that is not among them is listed at every point of the grid.
        seeds: training seeds.
        arms: names of arms and of included configurations to list; all where None.
    """
    wanted = [arm for arm in arms_of(space) if arms is None or arm.arm in arms]
    found: list[TrialSpec] = []
    for seed in seeds:
        found += [item for item in included(space, [seed]) if arms is None or item.arm in arms]
        for arm in wanted:
            found += [at_point(space, arm, params, seed) for params in _points(space, arm, chosen)]
    return found


def _points(space: Space, arm: TrialSpec, chosen: Mapping[str, Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    if arm.arm is not None and arm.arm in chosen:
        return [chosen[arm.arm]]
    return list(grid(space))


def confirmations(space: Space, winner: TrialSpec) -> list[TrialSpec]:
    """The winner of a search and the included default, if it is included, with every fresh seed.

    The winner is listed without an arm, whichever it was found as; the default as the arm of that name.

    Args:
        space: what was searched.
        winner: the best of the search.
    """
    found = []
    for seed in confirmation_seeds(space):
        found.append(replace(winner, recipe=resolve({"seed": seed}, winner.recipe), arm=None))
        found += [item for item in included(space, [seed]) if item.arm == DEFAULT]
    return [replace(item, origin=CONFIRMATION, purpose=CONFIRMATION) for item in found]

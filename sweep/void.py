"""What in a space can have no effect, or is likely not meant: told before anything starts."""

from __future__ import annotations

from collections.abc import Iterator

from adsw.align.adaptation import adaptive_schedules
from adsw.align.recipe import Recipe
from sweep.space.distributions import is_number
from sweep.space.model import Space
from sweep.space.scheduler import Asha
from sweep.store_facts import StoreFacts

SHAPE = ("head.", "data.batch_size", "data.fraction", "precision")
"""Names whose values decide which trials can share a cell's computation."""


def warnings_of(
    space: Space, base: Recipe, train_tracks: int, cells: int, trials: int | None, facts: StoreFacts | None
) -> Iterator[str]:
    """Warnings, one sentence each.

    Args:
        space: a checked space.
        base: the recipe under it.
        train_tracks: tracks of the training split.
        cells: training cells.
        trials: trials in all, where known.
        facts: what the store holds; without it nothing is said of parameters that the store makes void.
    """
    yield from _sizes(space, base, train_tracks, cells, trials)
    yield from _schedules(space, base)
    if facts is not None:
        yield from _void(space, facts)


def _sizes(space: Space, base: Recipe, train_tracks: int, cells: int, trials: int | None) -> Iterator[str]:
    batch = base.data.batch_size
    if batch > train_tracks:
        yield f"data.batch_size {batch} exceeds the {train_tracks} training tracks: a batch holds them all."
    if trials is not None and trials < cells:
        yield f"{cells} cells for {trials} trials: {cells - trials} will stand idle."
    startup = space.searcher.startup
    models = space.method == "optuna" and space.searcher.sampler == "tpe"
    if models and trials is not None and trials <= startup:
        yield f"TPE begins after {startup} ended trials, and there are {trials}: all are drawn at random."
    shaping = [name for name in space.space if name.startswith(SHAPE) and name != "head.dropout"]
    if shaping:
        names = " and ".join(shaping)
        yield f"{names} decide a training's shape: trials of several shapes share no computation."


def _schedules(space: Space, base: Recipe) -> Iterator[str]:
    if "epochs" in space.space:
        return
    stop = space.scheduler
    if isinstance(stop, Asha) and stop.grace_epochs >= base.epochs:
        yield f"scheduler.grace_epochs {stop.grace_epochs} leaves nothing to stop of {base.epochs} epochs."
    for name, schedule in adaptive_schedules(base).items():
        if schedule.fastest > base.epochs:
            rate = f"{name} takes {schedule.fastest} epochs or more to reach its end"
            yield f"{rate}, and the trials have {base.epochs}: fewer steps or less patience would."
    for name, parameter in space.space.items():
        longest = max((end for end in parameter.distribution.ends() if is_number(end)), default=0)
        if name.endswith(".epochs") and longest > base.epochs:
            yield f"{name} goes up to {longest:g}, beyond the trials' {base.epochs} epochs."


def _void(space: Space, facts: StoreFacts) -> Iterator[str]:
    searched = [name for name, parameter in space.space.items() if parameter.searched]
    for name in searched:
        if name.startswith("text.mix.human") and not facts.human_captions:
            yield f"{name} has no effect: the store holds no human captions."
        if name == "text.view_dropout.balance" and facts.even_views:
            yield f"{name} has no effect: both laws weigh every view of this store alike."
        if name.startswith("text.swap.") and not facts.swaps:
            yield f"{name} has no effect: the store holds no swapped texts."

"""Numbers of trials of a sweep by stage, as far as they are known before it starts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from sweep.space.compile import grid
from sweep.space.model import DEFAULT, Space
from sweep.space.rules import MOST_GRID_TRIALS


@dataclass(frozen=True, slots=True)
class TrialStage:
    """Trials of one purpose, which run together."""

    words: str
    """Description for people: ``48 tuning trials: 8 arms x 3 points x 2 seeds``."""
    least: int
    most: int | None
    """None if only a budget of epochs ends the stage."""
    purpose: str = ""
    """``tune`` or ``confirm``; see `TrialRecord`."""


def stages_of(space: Space) -> tuple[TrialStage, ...]:
    """Return the stages of a sweep, in order."""
    return _grid_stages(space) if space.method == "grid" else _search_stages(space)


def trials_of(space: Space) -> int | None:
    """Return the most trials of a sweep, or None if only a budget of epochs ends it."""
    most = [stage.most for stage in stages_of(space)]
    return sum(count for count in most if count is not None) if None not in most else None


def _search_stages(space: Space) -> tuple[TrialStage, ...]:
    """Return the search, and the confirmation of its winner if there is one."""
    trials = space.trials
    words = f"{counted(trials, 'trial')} of the search" if trials is not None else "as many trials as the budget allows"
    search = TrialStage(words, 0 if trials is None else trials, trials)
    if not space.confirm:
        return (search,)
    again = ("the winner", "the default") if DEFAULT in space.include else ("the winner",)
    count, seeds = space.confirm * len(again), counted(space.confirm, "fresh seed")
    confirm = "confirms" if count == 1 else "confirm"
    words = f"{counted(count, 'trial')} that {confirm}: {' and '.join(again)} on {seeds}"
    return search, TrialStage(words, count, count, "confirm")


def _grid_stages(space: Space) -> tuple[TrialStage, ...]:
    """Return the tuning of nuisance values, if there is one, and the comparison of arms."""
    # Counted up to the largest grid allowed: one far beyond it would take for ever.
    points = sum(1 for _ in islice(grid(space), MOST_GRID_TRIALS))
    arms = max(len(space.arms), 1)
    arm_words = [counted(len(space.arms), "arm")] if space.arms else []
    point_words = [counted(points, "point")] if any(parameter.searched for parameter in space.space.values()) else []
    stages = []
    if space.tune is not None:
        count = arms * points * space.tune.replicates
        words = " x ".join([*arm_words, *point_words, counted(space.tune.replicates, "seed")])
        stages.append(TrialStage(f"{counted(count, 'tuning trial')}: {words}", count, count, "tune"))
        points, point_words = 1, []  # each arm is compared with its best point only
    listed = " x ".join([*arm_words, *point_words]) or counted(1, "configuration")
    compared = f"({' and '.join([listed, *space.include])})" if space.include else listed
    least, most = replicates_of(space)
    fewest, all_of_them = (count * (arms * points + len(space.include)) for count in (least, most))
    trials, seeds = counted(all_of_them, "trial"), counted(most, "replicate")
    if least < most:
        trials, seeds = f"{fewest} to {trials}", f"{least} to {seeds}"
    return *stages, TrialStage(f"{trials}: {compared} x {seeds}", fewest, all_of_them)


def replicates_of(space: Space) -> tuple[int, int]:
    """Return the fewest and the most replicates that every arm gets if nothing fails."""
    return space.replication.counts


def counted(count: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "arm"), counted(3, "arm")
    ('1 arm', '3 arms')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"

"""How many trials a sweep has, stage by stage, as far as that is known before it starts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from sweep.space.compile import grid
from sweep.space.model import DEFAULT, Space
from sweep.space.rules import MOST_GRID_TRIALS


@dataclass(frozen=True, slots=True)
class Stage:
    """Trials that are of one sort."""

    words: str
    """As people read it: ``48 tuning trials: 8 arms x 3 points x 2 seeds``."""
    least: int
    most: int | None
    """None where only a budget of epochs ends it."""
    purpose: str = ""
    """``tune`` or ``confirm``; see `TrialRecord`."""


def stages_of(space: Space) -> tuple[Stage, ...]:
    """The stages of a sweep, in order."""
    return _grid_stages(space) if space.method == "grid" else _search_stages(space)


def trials_of(space: Space) -> int | None:
    """How many trials a sweep has at most; None where only a budget of epochs ends it."""
    most = [stage.most for stage in stages_of(space)]
    return sum(count for count in most if count is not None) if None not in most else None


def _search_stages(space: Space) -> tuple[Stage, ...]:
    trials = space.trials
    words = f"{counted(trials, 'trial')} of the search" if trials is not None else "as many trials as the budget allows"
    search = Stage(words, 0 if trials is None else trials, trials)
    if not space.confirm:
        return (search,)
    again = ("the winner", "the default") if DEFAULT in space.include else ("the winner",)
    count, seeds = space.confirm * len(again), counted(space.confirm, "fresh seed")
    confirm = "confirms" if count == 1 else "confirm"
    words = f"{counted(count, 'trial')} that {confirm}: {' and '.join(again)} on {seeds}"
    return search, Stage(words, count, count, "confirm")


def _grid_stages(space: Space) -> tuple[Stage, ...]:
    points = sum(1 for _ in islice(grid(space), MOST_GRID_TRIALS))
    arms = max(len(space.arms), 1)
    arm_words = [counted(len(space.arms), "arm")] if space.arms else []
    point_words = [counted(points, "point")] if any(one.searched for one in space.space.values()) else []
    stages = []
    if space.tune is not None:
        count = arms * points * space.tune.replicates
        words = " x ".join([*arm_words, *point_words, counted(space.tune.replicates, "seed")])
        stages.append(Stage(f"{counted(count, 'tuning trial')}: {words}", count, count, "tune"))
        points, point_words = 1, []
    listed = " x ".join([*arm_words, *point_words]) or counted(1, "configuration")
    compared = f"({' and '.join([listed, *space.include])})" if space.include else listed
    least, most = replicates_of(space)
    fewest, all_of_them = (count * (arms * points + len(space.include)) for count in (least, most))
    trials, seeds = counted(all_of_them, "trial"), counted(most, "replicate")
    if least < most:
        trials, seeds = f"{fewest} to {trials}", f"{least} to {seeds}"
    return *stages, Stage(f"{trials}: {compared} x {seeds}", fewest, all_of_them)


def replicates_of(space: Space) -> tuple[int, int]:
    """Return the fewest and the most replicates that every arm gets if nothing fails."""
    if space.until_decided is not None:
        return space.until_decided.first, space.until_decided.most
    return max(len(space.replicates), 1), max(len(space.replicates), 1)


def counted(count: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "arm"), counted(3, "arm")
    ('1 arm', '3 arms')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"

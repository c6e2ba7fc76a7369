"""Whether evaluation sets agree (validation, extra sets, test) over the same trials, and what picking by one costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np

from adsw.stats.bootstrap import Interval
from sweep.state import TrialState
from sweep.statistics.rank_agreement import FEWEST
from sweep.statistics.set_agreement import SetAgreement, picking_cost, set_agreement
from sweep.view.ablation.design import arms_of
from sweep.view.leaderboard import DEFAULT_ARM, Leaderboard
from sweep.view.run_data import RunData
from sweep.view.scores import Metric, difference
from sweep.view.series import part_of

TEST = "test"


@dataclass(frozen=True, slots=True)
class Unit:
    """What is ordered: a trial, or an arm's mean over its replicates."""

    label: str
    """``trial 7``, or the arm's name."""
    number: int
    """Of the trial, or of the arm's first."""
    part: str
    values: Mapping[str, float]
    """By set."""


@dataclass(frozen=True, slots=True)
class PairOfSets:
    """How alike two sets order the same trials."""

    one: str
    other: str
    trials: int
    agreement: SetAgreement | None
    """None for fewer than `rank_agreement.FEWEST` trials, or where one side does not vary."""


@dataclass(frozen=True, slots=True)
class Picking:
    """Picking by one set and using the pick on another."""

    by: str
    on: str
    units: int
    picked: str
    best: str
    place: int
    lost: float
    """What the pick has less there than that set's own best."""
    gap: Interval | None
    """That best minus the pick, paired over that set's tracks; None where per-query results are missing."""

    @property
    def same(self) -> bool:
        """Whether both sets pick the same."""
        return self.picked == self.best


@dataclass(frozen=True, slots=True)
class AgreementOfSets:
    """What the evaluation sets say of each other."""

    measure: str
    """Direction and measure, the same for every set: ``t2m/mAP@10``."""
    mode: str
    own: str
    """The set of the objective."""
    sets: tuple[str, ...]
    """The objective's first."""
    units: tuple[Unit, ...]
    noun: str
    """``trial``, or ``arm`` where arms are compared by their means."""
    pairs: tuple[PairOfSets, ...]
    pickings: tuple[Picking, ...]

    def pair(self, one: str, other: str) -> PairOfSets | None:
        """Those two, in either order."""
        return next((pair for pair in self.pairs if {pair.one, pair.other} == {one, other}), None)


def agreement_of_sets(run: RunData, board: Leaderboard) -> AgreementOfSets | None:
    """Compare the sets that completed trials were measured on; None where there is but one.

    Correlations are over trials, in an ablation over all replicates of all arms; the winner of an ablation's set is
    the arm of the best mean.
    """
    metric = Metric.parse(board.metric)
    trials = _trials(run, board, metric)
    found = {name for unit in trials for name in unit.values}
    tested = sum(TEST in unit.values for unit in trials)
    sets = [metric.dataset, *sorted(found - {metric.dataset, TEST}), *([TEST] if tested >= FEWEST else [])]
    if len(sets) < 2:
        return None
    ablation = run.space.is_ablation
    units = _arms(run, trials) if ablation else trials
    return AgreementOfSets(
        measure=f"{metric.way}/{metric.name}",
        mode=board.mode,
        own=metric.dataset,
        sets=tuple(sets),
        units=units,
        noun="arm" if ablation else "trial",
        pairs=tuple(_pair(trials, one, other) for one, other in combinations(sets, 2)),
        pickings=tuple(
            picking
            for one, other in permutations(sets, 2)
            if (picking := _picking(run, units, metric, board.mode, one, other, paired=not ablation)) is not None
        ),
    )


def _trials(run: RunData, board: Leaderboard, metric: Metric) -> tuple[Unit, ...]:
    """Completed trials with their values on every set."""
    found = []
    for record in run.records:
        if record.state is not TrialState.COMPLETED:
            continue
        values = {}
        for name, value in record.metrics.items():
            one = Metric.parse(name) if name.count("/") == 2 else None
            if one is not None and (one.way, one.name) == (metric.way, metric.name):
                values[one.dataset] = value
        if record.number in run.test:
            values[TEST] = run.test[record.number].metrics[metric.on(TEST).full]
        found.append(Unit(f"trial {record.number}", record.number, part_of(record, board), values))
    return tuple(found)


def _arms(run: RunData, trials: Sequence[Unit]) -> tuple[Unit, ...]:
    """Means of the arms over their replicates, of the sets that every replicate was measured on."""
    by_number = {unit.number: unit for unit in trials}
    found = []
    for arm in arms_of(run):
        members = [by_number[number] for number in dict.fromkeys(arm.trials.values())]
        shared = set.intersection(*(set(unit.values) for unit in members))
        means = {key: float(np.mean([unit.values[key] for unit in members])) for key in shared}
        found.append(Unit(arm.name, members[0].number, "default" if arm.name == DEFAULT_ARM else "completed", means))
    return tuple(found)


def _both(units: Sequence[Unit], one: str, other: str) -> list[Unit]:
    return [unit for unit in units if one in unit.values and other in unit.values]


def _pair(trials: Sequence[Unit], one: str, other: str) -> PairOfSets:
    shared = _both(trials, one, other)
    first, second = ([unit.values[name] for unit in shared] for name in (one, other))
    return PairOfSets(one, other, len(shared), set_agreement(first, second))


def _picking(
    run: RunData, units: Sequence[Unit], metric: Metric, mode: str, by: str, on: str, paired: bool
) -> Picking | None:
    shared = _both(units, by, on)
    if len(shared) < 2:
        return None
    cost = picking_cost([unit.values[by] for unit in shared], [unit.values[on] for unit in shared], mode)
    picked, best = shared[cost.picked], shared[cost.best]
    gap = None
    if paired and picked is not best:
        mine, theirs = run.evaluation(on, best.number), run.evaluation(on, picked.number)
        gap = difference(mine, theirs, metric.on(on)) if mine and theirs else None
    return Picking(by, on, len(shared), picked.label, best.label, cost.place, cost.lost, gap)

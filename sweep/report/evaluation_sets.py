"""Agreement of evaluation sets (validation, extra sets, test) over the same trials, and the costs of picking by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np

from adsw.metrics import Metric
from adsw.report.format import listed, metric_number, plural, signed
from adsw.report.statement import GOOD, OPEN, PLAIN, WARN, Statement
from adsw.stats.interval import Interval
from sweep.report.ablation.design import arms_of
from sweep.report.data import RunData, difference, ends_text, excludes_zero
from sweep.report.leaderboard import DEFAULT_ARM, Leaderboard, part_of
from sweep.run.records import TrialState
from sweep.stats.rank_agreement import FEWEST, SetAgreement, picking_cost, set_agreement

TEST = "test"
ALIKE, IN_PART = 0.7, 0.4
"""From these Kendall correlations on, two sets are said to order trials alike, and in part alike."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A trial, or an arm's mean over its replicates, to be ordered by its values."""

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
    """None for fewer than `rank_agreement.FEWEST` trials, or if one side does not vary."""


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
    """How much worse the pick is there than that set's own best."""
    gap: Interval | None
    """That best minus the pick, paired over that set's tracks; None if per-query results are missing."""

    @property
    def same(self) -> bool:
        """Whether both sets pick the same."""
        return self.picked == self.best


@dataclass(frozen=True, slots=True)
class AgreementOfSets:
    """Evaluation sets compared with each other."""

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
        """Return the pair of two sets, in either order, or None if they were not compared."""
        return next((pair for pair in self.pairs if {pair.one, pair.other} == {one, other}), None)


def agreement_of_sets(run: RunData, board: Leaderboard) -> AgreementOfSets | None:
    """Compare the sets that completed trials were measured on; return None if there is only one.

    Correlations are over trials, in an ablation over all replicates of all arms; the winner of an ablation's set is
    the arm of the best mean.
    """
    metric = Metric.parse(board.metric)
    trials = _trials(run, board, metric)
    measured = {name for unit in trials for name in unit.values}
    tested = sum(TEST in unit.values for unit in trials)
    # A search opens test for its winner, the default and the like: often too few trials to compare orders.
    sets = [metric.dataset, *sorted(measured - {metric.dataset, TEST}), *([TEST] if tested >= FEWEST else [])]
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
    """Return the completed trials with their values on every set."""
    units = []
    for record in run.records:
        if record.state is not TrialState.COMPLETED:
            continue
        values = {}
        for name, value in record.metrics.items():
            recorded = Metric.parse(name) if name.count("/") == 2 else None
            if recorded is not None and (recorded.way, recorded.name) == (metric.way, metric.name):
                values[recorded.dataset] = value
        if record.number in run.test:
            values[TEST] = run.test[record.number].metrics[metric.on(TEST).full]
        units.append(Unit(f"trial {record.number}", record.number, part_of(record, board), values))
    return tuple(units)


def _arms(run: RunData, trials: Sequence[Unit]) -> tuple[Unit, ...]:
    """Return the arms with their means over replicates, on the sets that every replicate was measured on."""
    by_number = {unit.number: unit for unit in trials}
    units = []
    for arm in arms_of(run):
        members = [by_number[number] for number in dict.fromkeys(arm.trials.values())]
        shared = set.intersection(*(set(unit.values) for unit in members))
        means = {key: float(np.mean([unit.values[key] for unit in members])) for key in sorted(shared)}
        units.append(Unit(arm.name, members[0].number, "default" if arm.name == DEFAULT_ARM else "completed", means))
    return tuple(units)


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
    # An arm's value is a mean over replicates: there is no one evaluation to pair over tracks.
    if paired and picked is not best:
        of_best, of_picked = run.evaluation(on, best.number), run.evaluation(on, picked.number)
        gap = difference(of_best, of_picked, metric.on(on)) if of_best and of_picked else None
    return Picking(by, on, len(shared), picked.label, best.label, cost.place, cost.lost, gap)


def pair_words(pair: PairOfSets) -> str:
    """Say how alike two sets order trials."""
    names = f"{pair.one} and {pair.other}"
    if pair.agreement is None:
        return f"{names}: {plural(pair.trials, 'trial')} on both, too few or too alike to tell whether they agree."
    return f"{names}: {order_words(pair.agreement)}, over {plural(pair.trials, 'trial')}."


def order_words(agreement: SetAgreement) -> str:
    """Say how alike two orders of the same trials are, with Kendall's tau and its interval.

    >>> tau = Interval(0.8, 0.7, 0.9)
    >>> order_words(SetAgreement(40, tau, tau))
    'nearly the same order of trials (Kendall +0.80, 95 % +0.70 to +0.90)'
    """
    tau = agreement.tau
    if tau.low <= 0 <= tau.high:
        how = "not shown to have the same order of trials"
    elif tau.high < 0:
        how = "reverse orders of trials"
    else:
        much = "nearly" if tau.value >= ALIKE else "partly" if tau.value >= IN_PART else "hardly"
        how = f"{much} the same order of trials"
    return f"{how} (Kendall {signed(tau.value, 2)}, 95 % {signed(tau.low, 2)} to {signed(tau.high, 2)})"


def picking_words(picking: Picking, sets: AgreementOfSets) -> str:
    """Say what picking by one set costs on another."""
    if picking.same:
        return f"Picking by {picking.by}: {picking.picked}, which is the best on {picking.on} too."
    text = (
        f"Picking by {picking.by}: {picking.picked}, which is number {picking.place} of {picking.units} on "
        f"{picking.on} and loses {metric_number(sets.measure, picking.lost)} there against {picking.best}"
    )
    if picking.gap is None:
        return f"{text}."
    sure = "a real loss" if excludes_zero(picking.gap) else "which may be none"
    return f"{text} ({sure}: 95 % {ends_text(picking.gap, sets.measure)}, paired over tracks)."


def statements(sets: AgreementOfSets | None, but: str = "") -> list[Statement]:
    """Return the verdict's sentences on whether the other sets would have picked the same trial.

    Args:
        sets: the sets, compared; None gives no sentence.
        but: a set to leave out, because another sentence is on it.
    """
    if sets is None:
        return []
    others = [pair for pair in sets.pairs if sets.own in (pair.one, pair.other) and but not in (pair.one, pair.other)]
    pickings = [picking for picking in sets.pickings if picking.by == sets.own and picking.on != but]
    same = [picking.on for picking in pickings if picking.same]
    differing = [picking for picking in pickings if not picking.same]
    sentences = []
    if differing:
        sure = [picking for picking in differing if picking.gap is not None and excludes_zero(picking.gap)]
        parts = [
            f"on {picking.on} {picking.best} leads{'' if picking in sure else ', not for certain'}"
            for picking in differing
        ]
        also = f"; on {listed(same)} it is the same" if same else ""
        text = f"Other evaluation sets have another best {sets.noun} than {sets.own}: {'; '.join(parts)}{also}."
        sentences.append(Statement(WARN if sure else OPEN, text))
    elif same:
        names = listed([sets.own, *same])
        sentences.append(Statement(GOOD, f"Sets {names} have the same best {sets.noun}: {pickings[0].picked}."))
    known = [(_other(pair, sets.own), pair.agreement) for pair in others if pair.agreement is not None]
    if not known:
        return sentences
    parts = [f"{name}: {order_words(agreement)}" for name, agreement in known]
    tone = PLAIN if all(agreement.tau.low > 0 for _, agreement in known) else OPEN
    return [*sentences, Statement(tone, f"Against {sets.own}, {'; '.join(parts)}.")]


def _other(pair: PairOfSets, objective_set: str) -> str:
    return pair.other if pair.one == objective_set else pair.one


def disagreeing(sets: AgreementOfSets | None) -> list[PairOfSets]:
    """Return the pairs with the objective's set that are not shown to order trials alike."""
    if sets is None:
        return []
    return [
        pair
        for pair in sets.pairs
        if sets.own in (pair.one, pair.other)
        and pair.agreement is not None
        and (pair.agreement.tau.low <= 0 or pair.agreement.tau.value < IN_PART)
    ]

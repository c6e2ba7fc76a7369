"""Several objectives: the trials that no other beats on all of them, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from adsw.arrays import Floats
from adsw.draws import generator
from adsw.metrics import Metric, sign_of
from adsw.retrieval.evaluation import Evaluation
from adsw.stats.interval import Interval, containing_interval
from adsw.stats.resampling import resampled, weighted_figures
from sweep.report.data import RunData, difference, is_gain, matches
from sweep.report.leaderboard import DEFAULT_ARM
from sweep.run.ranking import front, measured_on
from sweep.run.records import TrialRecord
from sweep.space.sections import Objective
from sweep.stats.pareto import front_shares, hypervolume, volume_draws
from sweep.stats.rank_agreement import SetAgreement, set_agreement

RESAMPLES = 1000
"""Of query tracks."""
SURE = 0.95
"""Share of resamples from which on a trial is called sure to be on the front."""
NEAR = 0.1
"""Share of resamples from which on a trial off the front is named with those on it."""


@dataclass(frozen=True, slots=True)
class FrontTrial:
    """One completed trial; values, intervals and differences by objective."""

    number: int
    arm: str | None
    on_front: bool
    values: tuple[float, ...]
    intervals: tuple[Interval | None, ...]
    """95 % over query tracks; None if per-query results are missing."""
    to_default: tuple[Interval | None, ...]
    """Paired over the same resampled tracks; None for the default itself too."""
    share: float | None
    """Share of the paired resamples in which it is on the front."""
    dominates_default: float | None
    """Share of them in which it is better than the default on every objective."""
    tested: tuple[Interval | None, ...] = ()
    """Differences to the default on test; empty if it was not measured there."""

    @property
    def is_default(self) -> bool:
        """Whether this is the default configuration."""
        return self.arm == DEFAULT_ARM


@dataclass(frozen=True, slots=True)
class Front:
    """The trials of a run of several objectives, and which of them no other beats."""

    objectives: tuple[Objective, ...]
    trials: tuple[FrontTrial, ...]
    """Completed trials with all values: those on the front by the first objective, then the others by it."""
    default: FrontTrial | None
    volume: float | None
    """Hypervolume against the default; None without one."""
    volume_interval: Interval | None
    on_test: tuple[str, ...]
    """Names of the objectives' metrics on the test split."""
    agreements: tuple[tuple[int, int, SetAgreement], ...]
    """How alike each two objectives, by their places, order the trials from worst to best."""

    @property
    def front(self) -> tuple[FrontTrial, ...]:
        """The trials on it."""
        return tuple(trial for trial in self.trials if trial.on_front)

    @property
    def ahead(self) -> tuple[FrontTrial, ...]:
        """Trials that are better than the default on every objective by their values."""
        if self.default is None:
            return ()
        base, modes = self.default.values, [objective.mode for objective in self.objectives]
        return tuple(trial for trial in self.trials if _all_better(trial.values, base, modes))

    def surely_ahead(self, tested: bool = False) -> tuple[FrontTrial, ...]:
        """Return the trials whose every difference to the default lies wholly on the better side.

        Args:
            tested: whether to take the differences on test instead of those on the objectives' sets.
        """
        return tuple(trial for trial in self.trials if self._sure(trial.tested if tested else trial.to_default))

    def _sure(self, gaps: tuple[Interval | None, ...]) -> bool:
        pairs = list(zip(gaps, self.objectives, strict=False))
        return bool(pairs) and all(gap is not None and is_gain(gap, objective.mode) for gap, objective in pairs)


def front_of(run: RunData) -> Front | None:
    """Compute the front of the completed trials; return None for one objective, or if no trial completed."""
    objectives = run.objectives
    records = measured_on(run.records, objectives)
    if len(objectives) < 2 or not records:
        return None
    modes = [objective.mode for objective in objectives]
    values_NK = np.array([[record.metrics[objective.metric] for objective in objectives] for record in records])
    place = next((index for index, record in enumerate(records) if record.arm == DEFAULT_ARM), None)
    best = {record.number for record in front(records, objectives)}
    on_front = [record.number in best for record in records]
    drawn = _draws(run, records, objectives)
    sign = sign_of(modes[0])
    order = sorted(range(len(records)), key=lambda index: (not on_front[index], -sign * values_NK[index, 0]))
    measured = _Measured(drawn, values_NK, modes, place)
    trials = tuple(
        measured.trial(index, records[index], on_front[index], _tested(run, records, index, place)) for index in order
    )
    return Front(
        objectives=objectives,
        trials=trials,
        default=None if place is None else next(trial for trial in trials if trial.number == records[place].number),
        volume=None if place is None else hypervolume(values_NK, values_NK[place], modes),
        volume_interval=measured.volume(),
        on_test=tuple(run.on_test(Metric.parse(objective.metric)).full for objective in objectives),
        agreements=_agreements(values_NK, modes),
    )


class _Measured:
    """Intervals and shares of every trial over paired resamples of tracks."""

    def __init__(
        self, drawn: Mapping[int, Floats], values_NK: Floats, modes: Sequence[str], default: int | None
    ) -> None:
        self._drawn = drawn
        self._values = values_NK
        self._modes = modes
        self._default = default if default in drawn else None
        self._stacked = np.stack(list(drawn.values()), axis=1) if drawn else np.empty((0, 0, len(modes)))
        shares = map(float, front_shares(self._stacked, modes)) if drawn else ()
        self._shares = dict(zip(drawn, shares, strict=True))

    def trial(self, place: int, record: TrialRecord, on_front: bool, tested: tuple[Interval | None, ...]) -> FrontTrial:
        """Return one trial with its intervals, its differences to the default and its share of resamples."""
        values, draws = self._values[place], self._drawn.get(place)
        unknown: tuple[Interval | None, ...] = (None,) * len(values)
        intervals, gaps, ahead = unknown, unknown, None
        if draws is not None:
            intervals = _spans(values, draws)
        if draws is not None and self._default is not None and self._default != place:
            apart = draws - self._drawn[self._default]
            gaps = _spans(values - self._values[self._default], apart)
            signs = np.where(np.array(self._modes) == "max", 1.0, -1.0)
            ahead = float((apart * signs > 0).all(axis=1).mean())
        return FrontTrial(
            number=record.number,
            arm=record.arm,
            on_front=on_front,
            values=tuple(map(float, values)),
            intervals=intervals,
            to_default=gaps,
            share=self._shares.get(place),
            dominates_default=ahead,
            tested=tested,
        )

    def volume(self) -> Interval | None:
        """Return the hypervolume with its interval, or None without the default's resamples."""
        if self._default is None:
            return None
        draws = volume_draws(self._stacked, self._drawn[self._default], self._modes)
        value = hypervolume(self._values[list(self._drawn)], self._values[self._default], self._modes)
        return containing_interval(value, draws)


def _draws(run: RunData, records: Sequence[TrialRecord], objectives: Sequence[Objective]) -> dict[int, Floats]:
    """Return every objective of every trial on shared resamples of tracks, [B, K], by the trial's place.

    Objectives of one set share its resamples; sets are resampled each on its own. Trials whose results are missing on
    a set, or were measured on other queries than most, are left out.
    """
    metrics = [Metric.parse(objective.metric) for objective in objectives]
    known = {
        place: evaluations
        for place, record in enumerate(records)
        if (evaluations := _evaluations(run, record, metrics)) is not None
    }
    queries = [tuple(evaluation.queries for evaluation in evaluations) for evaluations in known.values()]
    if not queries:
        return {}
    usual = max(set(queries), key=queries.count)
    known = {
        place: evaluations
        for place, evaluations in known.items()
        if tuple(evaluation.queries for evaluation in evaluations) == usual
    }
    first = next(iter(known.values()))
    columns = []
    for k, metric in enumerate(metrics):
        directions = [evaluations[k].direction(metric.way) for evaluations in known.values()]
        values = np.stack([direction.scores.of(metric.name) for direction in directions])
        figures = partial(weighted_figures, values, directions[0].clusters, statistic=metric.statistic)
        # Seeded by the length of the set's name, so all metrics of a set are resampled alike.
        rng = generator(len(metric.dataset), "track draws")
        columns.append(resampled(figures, first[k].t2m.pool, RESAMPLES, rng, width=values.shape[1]))
    drawn_BNK = np.stack(columns, axis=2)
    return {place: drawn_BNK[:, row] for row, place in enumerate(known)}


def _evaluations(run: RunData, record: TrialRecord, metrics: Sequence[Metric]) -> list[Evaluation] | None:
    """Return the trial's results on the set of each metric, or None unless all are there and of the judged epoch."""
    evaluations = []
    for metric in metrics:
        evaluation = run.evaluation(metric.dataset, record.number)
        if evaluation is None or not matches(evaluation, metric, record.value(metric.full)):
            return None
        evaluations.append(evaluation)
    return evaluations


def _tested(
    run: RunData, records: Sequence[TrialRecord], place: int, default: int | None
) -> tuple[Interval | None, ...]:
    """Return the differences to the default on test; none if test lacks the kind of queries of an objective's set."""
    metrics = [Metric.parse(objective.metric) for objective in run.objectives]
    if default is None or place == default or not all(run.has_counterpart(metric) for metric in metrics):
        return ()
    of_trial, of_default = run.test.get(records[place].number), run.test.get(records[default].number)
    if of_trial is None or of_default is None:
        return ()
    return tuple(difference(of_trial, of_default, run.on_test(metric)) for metric in metrics)


def _agreements(values_NK: Floats, modes: Sequence[str]) -> tuple[tuple[int, int, SetAgreement], ...]:
    upwards = values_NK * np.where(np.array(modes) == "max", 1.0, -1.0)
    count = values_NK.shape[1]
    pairs = [(one, other) for one in range(count) for other in range(one + 1, count)]
    agreements = ((one, other, set_agreement(upwards[:, one], upwards[:, other])) for one, other in pairs)
    return tuple((one, other, agreement) for one, other, agreement in agreements if agreement is not None)


def _all_better(values: Sequence[float], base: Sequence[float], modes: Sequence[str]) -> bool:
    return all(
        value > other if mode == "max" else value < other
        for value, other, mode in zip(values, base, modes, strict=True)
    )


def _spans(values_K: Floats, draws_BK: Floats) -> tuple[Interval, ...]:
    return tuple(containing_interval(float(value), draws) for value, draws in zip(values_K, draws_BK.T, strict=True))

"""The winner trained again on fresh seeds: what it loses of the value it was picked by, and what of its lead is left."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from adsw.evaluate.intervals import Interval
from sweep.state import TrialRecord, TrialState
from sweep.statistics.hierarchical import hierarchical_interval
from sweep.statistics.paired import Judgement, Pairing, judged, pairing
from sweep.statistics.selection import fresh_seed_drop
from sweep.view.leaderboard import DEFAULT_ARM, Leaderboard
from sweep.view.run_data import RunData
from sweep.view.scores import Metric, is_gain


@dataclass(frozen=True, slots=True)
class FreshGap:
    """The winner minus the default over fresh seeds, on one set."""

    metric: Metric
    seeds: tuple[int, ...]
    winner: tuple[float, ...]
    """One per seed."""
    default: tuple[float, ...]
    pairing: Pairing | None
    """None with one seed."""
    judgement: Judgement | None
    """The one comparison that was planned beforehand."""
    tracks: Interval | None
    """Over seeds and query tracks; None with one seed, or where per-query results are missing."""

    @property
    def value(self) -> float:
        """The mean difference."""
        return float(np.mean(self.winner) - np.mean(self.default))

    def holds(self, mode: str) -> bool:
        """Whether the winner may be called better than the default."""
        found = self.pairing
        return found is not None and self._decided and is_gain(found.difference, mode)

    def turned(self, mode: str) -> bool:
        """Whether it may be called worse."""
        return self._decided and (self.value < 0 if mode == "max" else self.value > 0)

    @property
    def _decided(self) -> bool:
        return self.judgement is not None and self.judgement.decided


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What fresh seeds say of a search's winner."""

    trial: int
    """The winner's number."""
    planned: int
    picked: float
    """The value it was picked by."""
    values: Mapping[int, float]
    """Its values on the same set, by fresh seed."""
    drop: Interval | None
    """The value it was picked by minus their mean; None with one seed."""
    gaps: tuple[FreshGap, ...]
    """Against the default: on test first, where every fresh trial was measured there, then as it was picked."""
    failed: int
    """Fresh trials, of winner and default, that did not complete."""

    @property
    def primary(self) -> FreshGap | None:
        """What counts: test where it was opened for the fresh trials."""
        return next(iter(self.gaps), None)

    @property
    def lost(self) -> float:
        """The value it was picked by minus the mean of the fresh ones."""
        return self.picked - float(np.mean(list(self.values.values())))


def confirmation_of(run: RunData, board: Leaderboard) -> Confirmation | None:
    """Collect the fresh seeds of the winner; None where it was not trained again."""
    best = board.best
    if best is None or best.value is None:
        return None
    recipe = _without_seed(next(record for record in run.records if record.number == best.number))
    ended = [record for record in run.confirming if record.state in (TrialState.COMPLETED, TrialState.DUPLICATE)]
    winner = {record.seed: record for record in ended if _without_seed(record) == recipe}
    default = {record.seed: record for record in ended if record.arm == DEFAULT_ARM}
    values = {
        seed: value for seed, record in sorted(winner.items()) if (value := record.value(board.metric)) is not None
    }
    if not values:
        return None
    metric = Metric.parse(board.metric)
    seeds = sorted(winner.keys() & default.keys()) if not best.is_default else []
    pairs = [(winner[seed], default[seed]) for seed in seeds]
    sets = [metric.on("test"), metric] if pairs and all(one.number in run.test for row in pairs for one in row) else [metric]
    return Confirmation(
        trial=best.number,
        planned=run.space.confirm,
        picked=best.value,
        values=values,
        drop=fresh_seed_drop(best.value, list(values.values())) if len(values) > 1 else None,
        gaps=tuple(gap for one in sets if (gap := _gap(run, one, pairs)) is not None),
        failed=len(run.confirming) - len(ended),
    )


def _gap(run: RunData, metric: Metric, pairs: Sequence[tuple[TrialRecord, TrialRecord]]) -> FreshGap | None:
    known = [
        (one, *values)
        for one, other in pairs
        if None not in (values := (_value(run, one, metric), _value(run, other, metric)))
    ]
    if not known:
        return None
    seeds = tuple(record.seed for record, _, _ in known)
    mine, theirs = (tuple(float(row[side] or 0.0) for row in known) for side in (1, 2))
    found = pairing(np.subtract(mine, theirs)) if len(known) > 1 else None
    return FreshGap(
        metric=metric,
        seeds=seeds,
        winner=mine,
        default=theirs,
        pairing=found,
        judgement=judged([found])[0] if found else None,
        tracks=_over_tracks(run, metric, [row for row in pairs if row[0].seed in seeds]),
    )


def _value(run: RunData, record: TrialRecord, metric: Metric) -> float | None:
    if metric.dataset != "test":
        return record.value(metric.full)
    found = run.test.get(record.number)
    return found.metrics.get(metric.full) if found else None


def _over_tracks(
    run: RunData, metric: Metric, pairs: Sequence[tuple[TrialRecord, TrialRecord]]
) -> Interval | None:
    """The difference over seeds and query tracks at once."""
    found = [[run.evaluation(metric.dataset, record.number) for record in row] for row in pairs]
    known = [one for row in found for one in row if one is not None]
    if len(pairs) < 2 or len(known) < 2 * len(pairs) or len({one.queries for one in known}) > 1:
        return None
    directions = [one.direction(metric.way) for one in known]
    values = np.stack([direction.scores.of(metric.name) for direction in directions])
    return hierarchical_interval(values[::2], values[1::2], directions[0].clusters, metric.statistic)


def _without_seed(record: TrialRecord) -> str:
    return json.dumps({key: value for key, value in record.recipe.items() if key != "seed"}, sort_keys=True)

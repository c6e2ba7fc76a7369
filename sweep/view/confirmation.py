"""The winner trained again on fresh seeds: what is left of the value it was picked by, and of its lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from adsw.metrics import Metric
from adsw.stats.interval import Interval
from sweep.state import TrialRecord
from sweep.statistics.hierarchical import hierarchical_interval
from sweep.statistics.paired import Judgement, Pairing, judged, pairing
from sweep.statistics.selection import fresh_seed_drop
from sweep.view.leaderboard import DEFAULT_ARM, Leaderboard
from sweep.view.run_data import RunData
from sweep.view.scores import direction_of, is_gain, value_of


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
    """Against the default: on test, where every fresh trial was measured there, and on the set it was picked by; first
    the one that counts, which is test where it has the same kind of queries."""
    failed: int
    """Fresh trials, of winner and default, that did not complete."""

    @property
    def primary(self) -> FreshGap | None:
        """What counts."""
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
    recipe = next(record for record in run.records if record.number == best.number).configuration()
    ended = [record for record in run.confirming if record.has_result]
    winner = {record.seed: record for record in ended if record.configuration() == recipe}
    default = {record.seed: record for record in ended if record.arm == DEFAULT_ARM}
    values = {
        seed: value for seed, record in sorted(winner.items()) if (value := record.value(board.metric)) is not None
    }
    if not values:
        return None
    metric = Metric.parse(board.metric)
    seeds = sorted(winner.keys() & default.keys()) if not best.is_default else []
    pairs = [(winner[seed], default[seed]) for seed in seeds]
    opened = bool(pairs) and all(one.number in run.test for row in pairs for one in row)
    alike = run.has_counterpart(metric)
    sets = [run.on_test(metric), metric] if opened and alike else [metric, run.on_test(metric)] if opened else [metric]
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
        (row, mine, theirs)
        for row in pairs
        if (mine := _value(run, row[0], metric)) is not None and (theirs := _value(run, row[1], metric)) is not None
    ]
    if not known:
        return None
    winner, default = tuple(mine for _, mine, _ in known), tuple(theirs for _, _, theirs in known)
    found = pairing(np.subtract(winner, default)) if len(known) > 1 else None
    return FreshGap(
        metric=metric,
        seeds=tuple(row[0].seed for row, _, _ in known),
        winner=winner,
        default=default,
        pairing=found,
        judgement=judged([found])[0] if found else None,
        tracks=_over_tracks(run, metric, [row for row, _, _ in known]),
    )


def _value(run: RunData, record: TrialRecord, metric: Metric) -> float | None:
    if metric.dataset != "test":
        return record.value(metric.full)
    found = run.test.get(record.number)
    return value_of(found, metric) if found is not None else None


def _over_tracks(run: RunData, metric: Metric, pairs: Sequence[tuple[TrialRecord, TrialRecord]]) -> Interval | None:
    """The difference over seeds and query tracks at once."""
    found = [run.evaluation(metric.dataset, record.number) for row in pairs for record in row]
    known = [
        (one.queries, part) for one in found if one is not None and (part := direction_of(one, metric)) is not None
    ]
    if len(pairs) < 2 or len(known) < len(found) or len({queries for queries, _ in known}) > 1:
        return None
    values = np.stack([part.scores.of(metric.name) for _, part in known])
    return hierarchical_interval(values[::2], values[1::2], known[0][1].clusters, metric.statistic)

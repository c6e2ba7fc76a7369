"""The winner trained again on fresh seeds: how much of the value it was picked by and of its lead is left; in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from adsw.metrics import Metric, digits_of
from adsw.report.format import MINUS, kept_digits, metric_number, number, plural, signed
from adsw.report.statement import GOOD, OPEN, PLAIN, WARN, Statement
from adsw.report.table import Cell, TableModel, exact_cell, figure, head_columns
from adsw.stats.interval import Interval
from sweep.report.ablation.text import p_number
from sweep.report.data import RunData, direction_of, ends_text, gap_text, is_gain, value_of
from sweep.report.leaderboard import DEFAULT_ARM, Leaderboard
from sweep.run.records import TrialRecord
from sweep.stats.paired import Judgement, Pairing, judged, pairing
from sweep.stats.replicates import hierarchical_interval
from sweep.stats.selection import fresh_seed_drop


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
    """Over seeds and query tracks; None with one seed, or if per-query results are missing."""

    @property
    def value(self) -> float:
        """The mean difference."""
        return float(np.mean(self.winner) - np.mean(self.default))

    def holds(self, mode: str) -> bool:
        """Return whether the winner may be called better than the default."""
        over_seeds = self.pairing
        return over_seeds is not None and self._decided and is_gain(over_seeds.difference, mode)

    def turned(self, mode: str) -> bool:
        """Return whether the winner may be called worse than the default."""
        return self._decided and (self.value < 0 if mode == "max" else self.value > 0)

    @property
    def _decided(self) -> bool:
        return self.judgement is not None and self.judgement.decided


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A search's winner on fresh seeds."""

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
    """Winner minus default on test, if every fresh trial was measured there, and on the set it was picked by.

    The one that counts comes first: test, if it has the same kind of queries.
    """
    failed: int
    """Fresh trials, of winner and default, that did not complete."""

    @property
    def primary(self) -> FreshGap | None:
        """The comparison that counts: the first."""
        return next(iter(self.gaps), None)

    @property
    def lost(self) -> float:
        """The value it was picked by minus the mean of the fresh ones."""
        return self.picked - float(np.mean(list(self.values.values())))


def confirmation_of(run: RunData, board: Leaderboard) -> Confirmation | None:
    """Collect the fresh seeds of the winner; return None if it was not trained again."""
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
    opened = bool(pairs) and all(record.number in run.test for row in pairs for record in row)
    alike = run.has_counterpart(metric)
    # The first set counts: test, unless its queries are of another kind than those of the objective.
    sets = [run.on_test(metric), metric] if opened and alike else [metric, run.on_test(metric)] if opened else [metric]
    return Confirmation(
        trial=best.number,
        planned=run.space.confirm,
        picked=best.value,
        values=values,
        drop=fresh_seed_drop(best.value, list(values.values())) if len(values) > 1 else None,
        gaps=tuple(gap for measure in sets if (gap := _gap(run, measure, pairs)) is not None),
        failed=len(run.confirming) - len(ended),
    )


def _gap(run: RunData, metric: Metric, pairs: Sequence[tuple[TrialRecord, TrialRecord]]) -> FreshGap | None:
    known = [
        (row, of_winner, of_default)
        for row in pairs
        if (of_winner := _value(run, row[0], metric)) is not None
        and (of_default := _value(run, row[1], metric)) is not None
    ]
    if not known:
        return None
    winner, default = tuple(of_winner for _, of_winner, _ in known), tuple(of_default for _, _, of_default in known)
    over_seeds = pairing(np.subtract(winner, default)) if len(known) > 1 else None
    return FreshGap(
        metric=metric,
        seeds=tuple(row[0].seed for row, _, _ in known),
        winner=winner,
        default=default,
        pairing=over_seeds,
        judgement=judged([over_seeds])[0] if over_seeds else None,
        tracks=_over_tracks(run, metric, [row for row, _, _ in known]),
    )


def _value(run: RunData, record: TrialRecord, metric: Metric) -> float | None:
    if metric.dataset != "test":
        return record.value(metric.full)
    evaluation = run.test.get(record.number)
    return value_of(evaluation, metric) if evaluation is not None else None


def _over_tracks(run: RunData, metric: Metric, pairs: Sequence[tuple[TrialRecord, TrialRecord]]) -> Interval | None:
    """Return the difference with its interval over seeds and query tracks at once, or None if results are missing."""
    evaluations = [run.evaluation(metric.dataset, record.number) for row in pairs for record in row]
    known = [
        (evaluation.queries, part)
        for evaluation in evaluations
        if evaluation is not None and (part := direction_of(evaluation, metric)) is not None
    ]
    if len(pairs) < 2 or len(known) < len(evaluations) or len({queries for queries, _ in known}) > 1:
        return None
    # Rows go winner, default, winner, default, ..., a pair of rows for each seed.
    values = np.stack([part.scores.of(metric.name) for _, part in known])
    return hierarchical_interval(values[::2], values[1::2], known[0][1].clusters, metric.statistic)


def clause(confirmation: Confirmation | None, board: Leaderboard) -> str:
    """Return what the fresh seeds add to the headline, as a sentence; empty if the winner was not trained again."""
    if confirmation is None or confirmation.primary is None:
        return ""
    gap = confirmation.primary
    seeds = plural(len(gap.seeds), "fresh seed")
    if gap.holds(board.mode):
        return f" On {seeds} it still beats the default, by {lead_text(gap)}."
    if gap.turned(board.mode):
        return f" On {seeds} it is worse than the default, by {lead_text(gap)}."
    return f" On {seeds} its lead over the default is not confirmed: {lead_text(gap)}."


def statements(confirmation: Confirmation | None, board: Leaderboard) -> list[Statement]:
    """Return sentences on the winner's lead over fresh seeds, and on how much of its value was luck."""
    if confirmation is None:
        return []
    leads = [_lead(gap, board) for gap in confirmation.gaps]
    return [*leads, _drop(confirmation, board)]


def _lead(gap: FreshGap, board: Leaderboard) -> Statement:
    where = f"On {gap.metric.full}, over {plural(len(gap.seeds), 'fresh seed')} of winner and default"
    text = f"{where}: {lead_text(gap)}"
    if gap.judgement is None:
        return Statement(OPEN, f"{text}. One seed decides nothing.")
    text += f", {gap.judgement.test} p {p_number(gap.judgement.p)}"
    if gap.tracks is not None:
        text += f"; over seeds and tracks {ends_text(gap.tracks, gap.metric.full)}"
    if gap.holds(board.mode):
        return Statement(GOOD, f"{text}. These seeds played no part in picking it.")
    if gap.turned(board.mode):
        return Statement(WARN, f"{text}. The default is better.")
    return Statement(OPEN, f"{text}: undecided.")


def _drop(confirmation: Confirmation, board: Leaderboard) -> Statement:
    fresh = plural(len(confirmation.values), "fresh seed")
    digits = digits_of(board.metric)
    text = f"The winner was picked by {board.metric} {metric_number(board.metric, confirmation.picked)}; on {fresh} it "
    worse = confirmation.lost > 0 if board.mode == "max" else confirmation.lost < 0
    text += f"{'loses' if worse else 'gains'} {number(abs(confirmation.lost), digits)} of it on average"
    if confirmation.drop is not None:
        text += f" (picked minus fresh: {gap_text(confirmation.drop, board.metric)})"
    return Statement(PLAIN, f"{text}.")


def lead_text(gap: FreshGap) -> str:
    """Return the mean difference with its interval over seeds, as text."""
    if gap.pairing is None:
        return f"{signed(gap.value, digits_of(gap.metric.full))} (one seed)"
    digits = kept_digits(gap.pairing.difference, digits_of(gap.metric.full))
    return f"{signed(gap.value, digits)} (95 % over seeds {ends_text(gap.pairing.difference, gap.metric.full)})"


def seed_table(confirmation: Confirmation, name: str) -> TableModel:
    """Return the table of winner and default on every fresh seed; without such pairs its file has the winner alone."""
    rows = tuple(
        (
            Cell(gap.metric.full),
            exact_cell(seed),
            figure(gap.metric.full, winner),
            figure(gap.metric.full, default),
            Cell(signed(winner - default, digits_of(gap.metric.full)), exact=winner - default),
        )
        for gap in confirmation.gaps
        for seed, winner, default in zip(gap.seeds, gap.winner, gap.default, strict=True)
    )
    alone = tuple(
        tuple(map(exact_cell, ("as picked", seed, value, None, None))) for seed, value in confirmation.values.items()
    )
    columns = head_columns("set", "seed", "winner", "default", f"winner {MINUS} default")
    return TableModel(
        name="fresh-seeds",
        title="Winner and default on fresh seeds",
        caption=f"Winner and default of {name}, trained again with seeds that played no part in picking the winner.",
        columns=(*columns[:-1], replace(columns[-1], field="winner minus default")),
        rows=rows,
        every=rows or alone,
    )

"""The winner on fresh seeds, in plain words and as tables."""

from __future__ import annotations

from adsw.report.format import is_rank, metric_number, number, plural, signed
from adsw.report.statement import GOOD, OPEN, PLAIN, WARN, Statement
from adsw.stats.bootstrap import Interval
from sweep.view.ablation.text import p_number
from sweep.view.confirmation import Confirmation, FreshGap
from sweep.view.leaderboard import Leaderboard


def clause(found: Confirmation | None, board: Leaderboard) -> str:
    """What stands behind the headline; empty where there is nothing to say."""
    if found is None or found.primary is None:
        return ""
    gap = found.primary
    seeds = plural(len(gap.seeds), "fresh seed")
    if gap.holds(board.mode):
        return f" On {seeds} it still beats the default, by {gap_text(gap)}."
    if gap.turned(board.mode):
        return f" On {seeds} it is worse than the default, by {gap_text(gap)}."
    return f" On {seeds} its lead over the default is not confirmed: {gap_text(gap)}."


def statements(found: Confirmation | None, board: Leaderboard) -> list[Statement]:
    """On the winner's lead over fresh seeds and on what of its value was luck."""
    if found is None:
        return []
    told = [_lead(gap, board) for gap in found.gaps]
    return [*told, _drop(found, board)]


def _lead(gap: FreshGap, board: Leaderboard) -> Statement:
    where = f"On {gap.metric.full}, over {plural(len(gap.seeds), 'fresh seed')} of winner and default"
    text = f"{where}: {gap_text(gap)}"
    if gap.judgement is None:
        return Statement(OPEN, f"{text}. One seed decides nothing.")
    text += f", {gap.judgement.test} p {p_number(gap.judgement.p)}"
    if gap.tracks is not None:
        text += f"; over seeds and tracks {_ends(gap.tracks, gap.metric.full)}"
    if gap.holds(board.mode):
        return Statement(GOOD, f"{text}. These seeds played no part in picking it.")
    if gap.turned(board.mode):
        return Statement(WARN, f"{text}. The default is better.")
    return Statement(OPEN, f"{text}: undecided.")


def _drop(found: Confirmation, board: Leaderboard) -> Statement:
    fresh = plural(len(found.values), "fresh seed")
    digits = _digits(board.metric)
    text = f"The winner was picked by {board.metric} {metric_number(board.metric, found.picked)}; on {fresh} it "
    worse = found.lost > 0 if board.mode == "max" else found.lost < 0
    text += f"{'loses' if worse else 'gains'} {number(abs(found.lost), digits)} of it on average"
    if found.drop is not None:
        text += f" (picked minus fresh: {signed(found.drop.value, digits)}, 95 % {_ends(found.drop, board.metric)})"
    return Statement(PLAIN, f"{text}.")


def gap_text(gap: FreshGap) -> str:
    """The mean difference with its interval over seeds."""
    digits = _digits(gap.metric.full)
    if gap.pairing is None:
        return f"{signed(gap.value, digits)} (one seed)"
    return f"{signed(gap.value, digits)} (95 % over seeds {_ends(gap.pairing.difference, gap.metric.full)})"


def seed_lines(found: Confirmation) -> list[tuple[str, ...]]:
    """Set, seed, winner, default, difference."""
    return [
        (
            gap.metric.full,
            str(seed),
            metric_number(gap.metric.full, mine),
            metric_number(gap.metric.full, theirs),
            signed(mine - theirs, _digits(gap.metric.full)),
        )
        for gap in found.gaps
        for seed, mine, theirs in zip(gap.seeds, gap.winner, gap.default, strict=True)
    ]


def _ends(span: Interval, metric: str) -> str:
    return f"{signed(span.low, _digits(metric))} to {signed(span.high, _digits(metric))}"


def _digits(metric: str) -> int:
    return 1 if is_rank(metric) else 4

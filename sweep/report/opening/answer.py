"""The first screen: the answer in one sentence, its size as a picture, how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

from adsw.metrics import Metric, digits_of
from adsw.report.format import kept_digits, metric_number, number, percent, plural
from adsw.report.opening import Bar, Opening, Picture
from adsw.report.statement import GOOD, OPEN, PLAIN, WARN, Statement
from adsw.stats.interval import Interval
from sweep.report.ablation.results import Ablation, Comparison
from sweep.report.ablation.text import p_number, quoted, side_of
from sweep.report.confirmation import FreshGap
from sweep.report.data import RunData, excludes_zero, is_gain
from sweep.report.data import side_of as side_of_gap
from sweep.report.findings import Findings
from sweep.report.front import Front
from sweep.report.front_text import headline as front_headline
from sweep.report.held_out_results import TestResults
from sweep.report.hyperparameters import Influence
from sweep.report.leaderboard import Leaderboard
from sweep.report.opening.steps import next_steps

MOST_BARS = 6
"""Most intervals of the picture."""


@dataclass(frozen=True, slots=True)
class _Answer:
    sentence: Statement
    sure: Statement
    picture: Picture | None = None


def opening_of(
    run: RunData, board: Leaderboard, results: TestResults | None, influence: Influence, more: Findings
) -> Opening:
    """Return what the report says first of an ablation, of several objectives, or of a search."""
    if more.ablation is not None:
        answer = _of_arms(more.ablation)
    elif more.front is not None:
        answer = _of_front(more.front)
    else:
        answer = _of_search(board, results, more)
    sure = answer.sure
    if run.status != "done":
        planned = f" of {run.space.trials}" if run.space.trials else ""
        state = f"The sweep is {run.status}, with {len(run.records)}{planned} trials ended. "
        sure = Statement(WARN, state + sure.text)
    return Opening(answer.sentence, sure, answer.picture, next_steps(run, board, influence, more))


def _of_arms(ablation: Ablation) -> _Answer:
    """Return the answer of an ablation: which arms differ from the reference."""
    split = ablation.primary
    name, reference = _metric_words(split.metric), quoted(ablation.reference)
    decided = [comparison for comparison in split.comparisons if comparison.decided]
    better = [comparison for comparison in decided if side_of(comparison, split) == "better"]
    if better:
        best = max(better, key=lambda comparison: abs(comparison.shown))
        others = f", and {plural(len(better) - 1, 'more arm')} {'does' if len(better) == 2 else 'do'}"
        also = others if len(better) > 1 else ""
        by = _amount(best.over_seeds, best.shown, split.metric.full)
        sentence = Statement(GOOD, f"{quoted(best.name)} beats {reference} by {by} {name}{also}.")
        sure = _arm_certainty(best)
    elif decided:
        worse = f"{quoted(decided[0].name)} is worse" if len(decided) == 1 else f"{len(decided)} are worse"
        sentence = Statement(PLAIN, f"No arm beats {reference} on {name}; {worse}.")
        sure = _arm_certainty(decided[0])
    else:
        sentence = Statement(OPEN, f"No arm can be told from {reference} on {name}.")
        sure = _left_open(ablation)
    shown = sorted(split.comparisons, key=lambda comparison: not comparison.decided)[:MOST_BARS]
    bars = tuple(
        Bar(comparison.name, span, side_of(comparison, split))
        for comparison in split.comparisons
        if comparison in shown and (span := comparison.over_seeds or comparison.tracks) is not None
    )
    over = f"over {plural(ablation.replicates, 'seed')}" if ablation.replicates > 1 else "over tracks, with one seed"
    left = len(split.comparisons) - len(bars)
    caption = f"Each arm minus {ablation.reference}, {split.metric.full}, 95 % {over}."
    caption += f" {left} more below." if left else ""
    return _Answer(sentence, sure, _differences(split.metric.full, bars, caption, split.mode))


def _arm_certainty(comparison: Comparison) -> Statement:
    judgement = comparison.judgement
    p = f" (Holm p {p_number(judgement.adjusted)})" if judgement and comparison.decision is None else ""
    text = f"Decided over {plural(len(comparison.seeds), 'seed')}{p}"
    if comparison.tracks is None:
        return Statement(GOOD, f"{text}; whether other tracks would agree was not measured.")
    if comparison.holds_for_tracks:
        return Statement(GOOD, f"{text}; with other tracks it would hold too.")
    return Statement(WARN, f"{text}, on these tracks; with others it might not hold.")


def _left_open(ablation: Ablation) -> Statement:
    """Say how large a difference the intervals still allow."""
    spans = [comparison.over_seeds for comparison in ablation.primary.comparisons if comparison.over_seeds]
    if not spans:
        return Statement(OPEN, "Not at all: with one seed nothing is decided, as another might turn it round.")
    widest = max(spans, key=lambda span: max(abs(span.low), abs(span.high)))
    most = max(abs(widest.low), abs(widest.high))
    level = next((arm.value for arm in ablation.primary.arms if arm.name == ablation.reference), 0.0)
    share = f" ({percent(most / level)} % of the level)" if level else ""
    digits = kept_digits(widest, digits_of(ablation.primary.metric.full))
    text = f"{plural(ablation.replicates, 'seed')} leave differences of up to {number(most, digits)}{share} open"
    return Statement(OPEN, f"{text}; larger ones are ruled out at 95 %, arm by arm.")


def _of_front(front: Front) -> _Answer:
    """Return the answer for several objectives: whether a trial beats the default on all of them."""
    full = front_headline(front)
    sentence = Statement(full.tone, f"{full.text.partition(': ')[0].rstrip('.')}.")
    sure_count = sum((trial.share or 0.0) >= 0.95 for trial in front.front)
    tested = front.surely_ahead(tested=True)
    leading = tested or front.surely_ahead() or front.ahead
    text = f"{sure_count} of {plural(len(front.front), 'trial')} on the front stay there whatever tracks are asked"
    sure = Statement(GOOD if tested else OPEN, f"{text}; one seed each.")
    if front.default is None or not leading:
        return _Answer(sentence, sure)
    first = leading[0] if tested else max(leading, key=lambda trial: trial.dominates_default or 0.0)
    names = front.on_test if tested else tuple(objective.metric for objective in front.objectives)
    gaps = first.tested if tested else first.to_default
    bars = tuple(
        Bar(name, gap, side_of_gap(gap, objective.mode))
        for name, gap, objective in zip(names, gaps, front.objectives, strict=True)
        if gap is not None
    )
    caption = f"Trial {first.number} minus the default on each objective, 95 % over tracks."
    mode = front.objectives[0].mode if len({objective.mode for objective in front.objectives}) == 1 else ""
    return _Answer(sentence, sure, _differences(names[0], bars, caption, mode))


def _of_search(board: Leaderboard, results: TestResults | None, more: Findings) -> _Answer:
    """Return the answer of a search: whether its best trial beats the default."""
    best, default = board.best, board.default
    if best is None:
        ended = len(board.rows) + board.failed + board.duplicates
        what = f"No result: none of {plural(ended, 'ended trial')} completed." if ended else "No trial has ended yet."
        return _Answer(Statement(WARN, what), Statement(WARN, "There is nothing to be sure of."))
    picture = _search_picture(board, results, more)
    name = Metric.parse(board.metric).name
    if best.is_default:
        others = len(board.ranked) - 1
        than = f"none of {plural(others, 'other completed trial')} did better" if others else "nothing else completed"
        return _Answer(Statement(PLAIN, f"The default wins: {than}."), _validation_only(board), picture)
    level = metric_number(board.metric, best.value, 3)
    if default is None:
        sentence = Statement(OPEN, f"Trial {best.number} leads with {name} {level}; the sweep held no default to beat.")
        return _Answer(sentence, _validation_only(board), picture)
    gap = results.objective.difference if results is not None else None
    fresh = more.confirmation.primary if more.confirmation is not None else None
    if gap is None:
        sentence = Statement(OPEN, f"Trial {best.number} leads with {name} {level}, not yet compared on test.")
        return _Answer(sentence, _validation_only(board), picture)
    return _Answer(*_against_default(best.number, gap, fresh, board, results), picture)


def _against_default(
    trial: int, gap: Interval, fresh: FreshGap | None, board: Leaderboard, results: TestResults | None
) -> tuple[Statement, Statement]:
    """Return the sentence on the winner against the default, and how sure it is."""
    metric = Metric.parse(board.metric)
    tracks = plural(results.objective.tracks, "test track") if results else "the test tracks"
    if fresh is not None:
        seeds = plural(len(fresh.seeds), "fresh seed")
        span = fresh.pairing.difference if fresh.pairing else None
        by = _amount(span, fresh.value, fresh.metric.full)
        p = f" (p {p_number(fresh.judgement.p)})" if fresh.judgement else ""
        if fresh.holds(board.mode):
            sentence = Statement(GOOD, f"Trial {trial} beats the default by {by} {metric.name}, on fresh seeds too.")
            wide = fresh.tracks is not None and excludes_zero(fresh.tracks)
            also = "with other tracks it would hold too" if wide else "with other tracks it might not hold"
            return sentence, Statement(GOOD if wide else WARN, f"Decided over {seeds} that did not pick it{p}; {also}.")
        if fresh.turned(board.mode):
            sentence = Statement(WARN, f"The default is better: on {seeds} trial {trial} falls behind by {by}.")
            return sentence, Statement(WARN, f"Decided over {seeds}{p}: its lead was the luck of the pick.")
        sentence = Statement(OPEN, f"Trial {trial} leads, but its lead is not confirmed on {seeds}.")
        return sentence, Statement(OPEN, f"Undecided{p}: as few seeds leave either order open.")
    unsure = "one seed each, so another seed may change it"
    by = _amount(gap, gap.value, metric.full)
    if is_gain(gap, board.mode):
        sentence = Statement(GOOD, f"Trial {trial} beats the default by {by} {metric.name} on test.")
        return sentence, Statement(OPEN, f"Sure for other tracks (95 % over {tracks}); {unsure}.")
    if excludes_zero(gap):
        sentence = Statement(WARN, f"The default is better on test than trial {trial}, by {by} {metric.name}.")
        return sentence, Statement(WARN, f"Sure for other tracks (95 % over {tracks}); {unsure}.")
    sentence = Statement(OPEN, f"Trial {trial} led on validation, but can't be told from the default on test.")
    return sentence, Statement(OPEN, f"Undecided: the interval over {tracks} contains zero; {unsure}.")


def _validation_only(board: Leaderboard) -> Statement:
    few = f"{plural(len(board.ranked), 'trial')} completed" if len(board.ranked) < 2 else "one seed each"
    return Statement(OPEN, f"Little: picked and judged on the same validation queries; {few}.")


def _search_picture(board: Leaderboard, results: TestResults | None, more: Findings) -> Picture | None:
    """Draw the winner minus the default where both were measured, else the first trials' levels."""
    best = board.best
    bars: list[Bar] = []
    metric = board.metric
    if best is not None and not best.is_default and board.default is not None:
        gap = results.objective.difference if results is not None else None
        confirmation = more.confirmation
        for fresh in confirmation.gaps if confirmation is not None else ():
            if fresh.pairing is not None:
                where = f"{fresh.metric.dataset}, {plural(len(fresh.seeds), 'fresh seed')}"
                side = "better" if fresh.holds(board.mode) else "worse" if fresh.turned(board.mode) else "open"
                bars.append(Bar(where, fresh.pairing.difference, side))
        if gap is not None and results is not None:
            bars.append(Bar("test, one seed", gap, side_of_gap(gap, board.mode)))
        if best.to_default is not None:
            where = f"{Metric.parse(metric).dataset}, as picked"
            bars.append(Bar(where, best.to_default, side_of_gap(best.to_default, board.mode)))
    if bars:
        caption = f"Trial {best.number if best else ''} minus the default, {Metric.parse(metric).short}, 95 %: over "
        caption += "seeds where fresh, else over tracks."
        return _differences(metric, tuple(bars), caption, board.mode)
    levels = tuple(
        Bar(
            f"trial {row.number}" + (f" ({row.arm})" if row.arm else ""),
            row.interval,
            "default" if row.is_default else "best" if row.rank == 1 else "open",
        )
        for row in board.ranked[:MOST_BARS]
        if row.interval is not None
    )
    return Picture(metric, levels, f"{metric}, 95 % over tracks.") if levels else None


def _differences(metric: str, bars: tuple[Bar, ...], caption: str, mode: str) -> Picture | None:
    """Return a picture of differences, its sides named; None without any."""
    if not bars:
        return None
    ends = ("worse", "better") if mode == "max" else ("better", "worse") if mode == "min" else ("lower", "higher")
    return Picture(metric, bars, caption, ends)


def _amount(span: Interval | None, value: float, metric: str) -> str:
    return number(abs(value), kept_digits(span, digits_of(metric)))


def _metric_words(metric: Metric) -> str:
    return f"{metric.name} ({metric.dataset})"

"""The numbers to see first, on top of the page."""

from __future__ import annotations

from adsw.report.format import is_rank, metric_number, number, plural, signed
from sweep.view.ablation.results import Ablation
from sweep.view.ablation_tables import arm_lines
from sweep.view.confirmation import Confirmation
from sweep.view.front import Front
from sweep.view.front_words import share_text
from sweep.view.held_out import DEFAULT, TestResults
from sweep.view.leaderboard import Leaderboard
from sweep.view.report import Report
from sweep.view.tables import gap_of

MOST_TILES = 4
Tile = tuple[str, str, str, str]
"""Label, number, what stands below it, side."""


def tiles_of(report: Report) -> list[Tile]:
    """The tiles of a search, of an ablation or of several objectives."""
    board, results = report.board, report.results
    if report.ablation is not None:
        return _of_arms(report.ablation)
    if report.front is not None:
        return _of_front(report.front)
    if results is not None:
        return [*_of_test(results, board), *_of_confirmation(report.confirmation, board)]
    if board.best is None:
        return []
    value = metric_number(board.metric, board.best.value)
    best = (f"best on validation, {board.metric}", value, f"trial {board.best.number}", "")
    return [best, *_of_confirmation(report.confirmation, board)]


def _of_test(results: TestResults, board: Leaderboard) -> list[Tile]:
    name = results.objective.metric.full
    tiles = [_score(results, system.key, system.label) for system in results.systems[:2]]
    gap = gap_of(results.objective.difference, name, board.mode)
    if gap is not None:
        tiles.append((f"difference to the {DEFAULT}", gap.text, gap.interval, gap.side))
    recall = results.of("R@10")
    leader = results.systems[0].key
    times = recall.scores[leader].value / recall.chance
    below = f"R@10 {number(recall.scores[leader].value, 3)}, chance {number(recall.chance, 3)}"
    tiles.append(("R@10 against chance", f"{times:.1f} ×", below, ""))
    return tiles


def _of_confirmation(found: Confirmation | None, board: Leaderboard) -> list[Tile]:
    """What is left of the lead on fresh seeds."""
    gap = found.primary if found is not None else None
    if gap is None:
        return []
    digits = 1 if is_rank(gap.metric.full) else 4
    side = "better" if gap.holds(board.mode) else "worse" if gap.turned(board.mode) else "open"
    span = gap.pairing.difference if gap.pairing else None
    below = f"{signed(span.low, digits)} to {signed(span.high, digits)}" if span else "one seed"
    label = f"difference on {plural(len(gap.seeds), 'fresh seed')}"
    return [(label, signed(gap.value, digits), f"{gap.metric.full}, {below}", side)]


def _of_arms(found: Ablation) -> list[Tile]:
    """The reference arm's level, and how far each of the first others is from it."""
    metric = found.primary.metric.full
    level = next(score for score in found.primary.arms if score.name == found.reference)
    below = f"{metric}, mean of {plural(level.replicates, 'seed')}"
    tiles = [(f"{found.reference}, the reference", metric_number(metric, level.value), below, "default")]
    for line in [line for line in arm_lines(found.primary) if line.gap is not None][: MOST_TILES - 1]:
        if line.gap is not None:
            tiles.append((f"{line.name} against it", line.gap.text, f"{line.gap.interval}, {line.verdict}", line.side))
    return tiles


def _of_front(found: Front) -> list[Tile]:
    """How many trials are on the front, the best on each objective, the volume."""
    sure = sum((trial.share or 0.0) >= 0.95 for trial in found.front)
    tiles = [("trials on the front", f"{len(found.front)} of {len(found.trials)}", f"{sure} of them for sure", "best")]
    for k, objective in enumerate(found.objectives[: MOST_TILES - 2]):
        pick = (max if objective.mode == "max" else min)(found.front, key=lambda trial: trial.values[k])
        below = f"trial {pick.number}, on the front in {share_text(pick.share)}"
        value = metric_number(objective.metric, pick.values[k])
        tiles.append((f"best {objective.metric}", value, below, "default" if pick.is_default else ""))
    if found.volume is not None:
        span = found.volume_interval
        ends = f"95 % {span.low:.3g} to {span.high:.3g}" if span else ""
        tiles.append(("hypervolume over the default", f"{found.volume:.3g}", ends, ""))
    return tiles


def _score(results: TestResults, key: str, label: str) -> Tile:
    name = results.objective.metric.full
    score = results.objective.scores[key]
    span = f"{metric_number(name, score.low)} to {metric_number(name, score.high)}"
    return label, metric_number(name, score.value), f"{name}, 95 % {span}", key

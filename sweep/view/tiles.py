"""The figures to see first, on top of the page."""

from __future__ import annotations

from adsw.report.format import digits_of, metric_number, number, plural, signed
from adsw.report.section import Tile
from sweep.view.ablation.results import Ablation
from sweep.view.ablation.tables import difference_cell
from sweep.view.ablation.text import verdict_word
from sweep.view.confirmation import Confirmation
from sweep.view.front import Front
from sweep.view.front_text import share_text
from sweep.view.leaderboard import Leaderboard
from sweep.view.report import Report
from sweep.view.scores import ends_text, gap_cell
from sweep.view.test_results import DEFAULT, TestResults

MOST_TILES = 4


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
    best = Tile(f"best on validation, {board.metric}", value, f"trial {board.best.number}")
    return [best, *_of_confirmation(report.confirmation, board)]


def _of_test(results: TestResults, board: Leaderboard) -> list[Tile]:
    name = results.objective.metric.full
    tiles = [_score(results, system.key, system.label) for system in results.systems[:2]]
    if results.objective.difference is not None:
        gap = gap_cell(results.objective.difference, name, board.mode)
        tiles.append(Tile(f"difference to the {DEFAULT}", gap.text, gap.span, gap.side))
    recall = results.of("R@10")
    leader = results.systems[0].key
    times = recall.scores[leader].value / recall.chance
    below = f"R@10 {number(recall.scores[leader].value, 3)}, chance {number(recall.chance, 3)}"
    tiles.append(Tile("R@10 against chance", f"{times:.1f} ×", below))
    return tiles


def _of_confirmation(found: Confirmation | None, board: Leaderboard) -> list[Tile]:
    """What is left of the lead on fresh seeds."""
    gap = found.primary if found is not None else None
    if gap is None:
        return []
    name = gap.metric.full
    side = "better" if gap.holds(board.mode) else "worse" if gap.turned(board.mode) else "open"
    span = gap.pairing.difference if gap.pairing else None
    below = ends_text(span, name) if span else "one seed"
    label = f"difference on {plural(len(gap.seeds), 'fresh seed')}"
    return [Tile(label, signed(gap.value, digits_of(name)), f"{name}, {below}", side)]


def _of_arms(found: Ablation) -> list[Tile]:
    """The reference arm's level, and how far each of the first others is from it."""
    metric = found.primary.metric.full
    level = next(score for score in found.primary.arms if score.name == found.reference)
    below = f"{metric}, mean of {plural(level.replicates, 'seed')}"
    tiles = [Tile(f"{found.reference}, the reference", metric_number(metric, level.value), below, "default")]
    for one in found.primary.comparisons[: MOST_TILES - 1]:
        gap, verdict = difference_cell(one, found.primary), verdict_word(one, found.primary)
        tiles.append(Tile(f"{one.name} against it", gap.text, f"{gap.span}, {verdict}", gap.side))
    return tiles


def _of_front(found: Front) -> list[Tile]:
    """How many trials are on the front, the best on each objective, the volume."""
    sure = sum((trial.share or 0.0) >= 0.95 for trial in found.front)
    tiles = [
        Tile("trials on the front", f"{len(found.front)} of {len(found.trials)}", f"{sure} of them for sure", "best")
    ]
    for k, objective in enumerate(found.objectives[: MOST_TILES - 2]):
        pick = (max if objective.mode == "max" else min)(found.front, key=lambda trial: trial.values[k])
        below = f"trial {pick.number}, on the front in {share_text(pick.share)}"
        value = metric_number(objective.metric, pick.values[k])
        tiles.append(Tile(f"best {objective.metric}", value, below, "default" if pick.is_default else ""))
    if found.volume is not None:
        span = found.volume_interval
        ends = f"95 % {span.low:.3g} to {span.high:.3g}" if span else ""
        tiles.append(Tile("hypervolume over the default", f"{found.volume:.3g}", ends))
    return tiles


def _score(results: TestResults, key: str, label: str) -> Tile:
    name = results.objective.metric.full
    score = results.objective.scores[key]
    span = f"{metric_number(name, score.low)} to {metric_number(name, score.high)}"
    return Tile(label, metric_number(name, score.value), f"{name}, 95 % {span}", key)

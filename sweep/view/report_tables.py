"""The report's tables as plain data, made of the lines that the page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adsw.report.format import is_rank, plural, short_names
from adsw.report.table import NOTHING, Cell, Column, TableModel, head_columns, with_best, words
from sweep.statistics.paired import LEVEL
from sweep.view.ablation.results import Ablation, SplitResults
from sweep.view.ablation.text import looks_text
from sweep.view.ablation_tables import ArmLine, arm_lines, effect_lines, gap_lines, needed_lines, step_lines
from sweep.view.evidence_tables import rung_lines, share_lines
from sweep.view.front import Front
from sweep.view.further_tables import (
    CAPTIONS,
    FRONT,
    SETS,
    caption_table,
    front_table,
    look_table,
    seed_table,
    set_tables,
    tuned_table,
)
from sweep.view.held_out import BEST, Comparison, TestResults
from sweep.view.leaderboard import Leaderboard
from sweep.view.report import Report
from sweep.view.tables import Gap, ResultLine, board_lines, parameter_lines, result_lines

TOP = 10
"""Rows of the leaderboard; the CSV file holds all."""
ABLATION, TEST, LEADERBOARD = "Ablation", "Test results", "Leaderboard"
HYPERPARAMETERS, SEARCH = "Hyperparameters", "How far to trust the search"
SECTIONS = (ABLATION, FRONT, TEST, LEADERBOARD, HYPERPARAMETERS, SEARCH, SETS, CAPTIONS)
"""In the order of the page."""


def report_tables(report: Report, most: int = TOP) -> tuple[TableModel, ...]:
    """Every table of the report that has a row, without empty columns, in the order of `SECTIONS`.

    Args:
        report: what to write of.
        most: rows of the leaderboard, beside the default's.
    """
    board = report.board
    found = [
        *_ablation(report),
        *([front_table(report.front, board.name)] if report.front else []),
        *_test(report),
        *_leaderboard(board, report.front, most),
        *_searched(report),
        *([seed_table(report.confirmation, SEARCH, board.name)] if report.confirmation else []),
        *(set_tables(report.sets, board.name) if report.sets else []),
        *([caption_table(report.captioners, board.name)] if report.captioners else []),
    ]
    return tuple(table.filled() for table in found if table.rows)


def _gap(gap: Gap | None) -> Cell:
    return Cell(NOTHING) if gap is None else Cell(gap.text, gap.interval, side=gap.side)


def _aim(metric: str) -> str:
    return f"{metric}, {'lower' if is_rank(metric) else 'higher'} is better"


def _ablation(report: Report) -> list[TableModel]:
    found, name = report.ablation, report.board.name
    if found is None:
        return []
    splits = [("ablation", found.primary), ("ablation-validation", found.other)]
    return [
        *(_arms(key, split, found, name) for key, split in splits if split is not None),
        *(look_table(split, ABLATION, name) for _, split in splits if split is not None),
        _step_table(found, name),
        tuned_table(found, report.board.metric, ABLATION, name),
        _effects(found, name),
        *([] if found.primary.sequential else [_needed(found, name)]),
        _gaps(found, name),
    ]


def _arms(key: str, split: SplitResults, found: Ablation, name: str) -> TableModel:
    tracks = "over seeds and tracks" if found.replicates > 1 else "over tracks"
    heads = ("arm", "seeds", "mean", "difference", "verdict", "p", "Holm p", tracks)
    rest = ("effect size", "P(better)", "interquartile mean")
    lines = arm_lines(split)
    values = {score.name: score.value for score in split.arms}
    levels = with_best((Cell(*line.mean, exact=values[line.name]) for line in lines), split.mode)
    columns = head_columns(*heads, *rest, details=("p", *rest))
    return TableModel(
        name=key,
        section=ABLATION,
        title=split.metric.full,
        caption=_arms_caption(split, found, name),
        columns=tuple(replace(column, left=column.left or column.head == "verdict") for column in columns),
        rows=tuple(_arm(line, level) for line, level in zip(lines, levels, strict=True)),
    )


def _arm(line: ArmLine, level: Cell) -> tuple[Cell, ...]:
    ps = words(line.p, line.adjusted, line.tracks)
    rest = (Cell(*line.effect), Cell(*line.improvement), Cell(*line.middle))
    seeds = str(line.replicates)
    return (Cell(line.name), Cell(seeds), level, _gap(line.gap), Cell(line.verdict, side=line.side), *ps, *rest)


def _arms_caption(split: SplitResults, found: Ablation, name: str) -> str:
    text = f"Ablation {name}: {_aim(split.metric.full)}. "
    if split.sequential is not None:
        by = found.other if found.other is not None and found.primary.metric.dataset == "test" else found.primary
        return text + looks_text(split.sequential, len(split.comparisons), by.metric.full)
    judgement = next((one.judgement for one in split.comparisons if one.judgement), None)
    if judgement is None:
        return (
            f"{text}One seed per arm: differences to {found.reference} have intervals over query tracks, and what "
            "another seed would change is not known, so nothing is called decided."
        )
    test = "the exact sign-flip test" if judgement.test == "sign flips" else "the paired t test"
    return (
        f"{text}Means over seeds with 95 % intervals (expanded percentile bootstrap); differences to "
        f"{found.reference} are paired over shared seeds. Verdict by {test}, Holm over "
        f"{plural(len(split.comparisons), 'comparison')} at {100 * LEVEL:.0f} %."
    )


def _effects(found: Ablation, name: str) -> TableModel:
    metric = found.primary.metric
    factors = found.design.factors if found.design else ()
    levels = "; ".join(f"{factor.name} from {factor.low} to {factor.high}" for factor in factors)
    rows = [
        (Cell(effect), Cell(value, span), *words(p, adjusted, verdict))
        for effect, value, span, p, adjusted, verdict in effect_lines(found)
    ]
    columns = head_columns("effect", metric.name, "p", "Holm p", "verdict")
    return TableModel(
        name="ablation-effects",
        section=ABLATION,
        title="Factors and interactions",
        caption=(
            f"Factorial effects of {name} on {metric.full}, 95 % intervals over seeds as blocks, Holm over all "
            f"effects. Factors: {levels}."
        ),
        columns=(*columns[:-1], replace(columns[-1], left=True)),
        rows=tuple(rows),
    )


def _step_table(found: Ablation, name: str) -> TableModel:
    metric = found.primary.metric.full
    columns = head_columns("step", "difference", "p", "Holm p", "over seeds and tracks", "verdict")
    return TableModel(
        name="ablation-steps",
        section=ABLATION,
        title="Step by step",
        caption=(
            f"Each arm of {name} minus the one before it, {_aim(metric)}: paired over shared seeds with 95 % "
            f"intervals, Holm over {plural(len(found.steps), 'step')}."
        ),
        columns=(*columns[:-1], replace(columns[-1], left=True)),
        rows=tuple((Cell(step), Cell(gap, span), *words(*rest)) for step, gap, span, *rest in step_lines(found)),
    )


def _needed(found: Ablation, name: str) -> TableModel:
    return TableModel(
        name="ablation-replicates-needed",
        section=ABLATION,
        title="Replicates needed",
        caption=(
            f"Replicates that {name} would need for 80 % power at this family's level, by the scatter of the paired "
            "differences; in brackets what the scatter's own interval allows."
        ),
        columns=head_columns("arm", "scatter", "for the difference seen", "for 5 % of the reference"),
        rows=tuple(words(*line) for line in needed_lines(found)),
    )


def _gaps(found: Ablation, name: str) -> TableModel:
    return TableModel(
        name="ablation-splits",
        section=ABLATION,
        title="Validation minus test, by arm",
        caption=f"Validation minus test of every arm of {name}, with 95 % intervals over seeds.",
        columns=head_columns("arm", "gap"),
        rows=tuple((Cell(arm), Cell(value, span)) for arm, value, span in gap_lines(found)),
    )


def _test(report: Report) -> list[TableModel]:
    results, name = report.results, report.board.name
    if results is None:
        return []
    over = (
        f"{plural(results.objective.tracks, 'track')}, a pool of {results.pool:,}. 95 % percentile bootstrap over "
        "tracks; best minus default is paired over the same queries."
    )
    objective = results.objective.metric
    sources = [results.objective, *results.by_source]
    about = f"Test results of {name}, {_aim(objective.full)}, by kind of query: {over}"
    return [
        _results("test-sources", objective.short, about, "kind of query", sources, results),
        _results(
            "test-metrics",
            "All metrics",
            f"Test results of {name}, all metrics over all queries: {over}",
            "metric",
            results.by_metric,
            results,
        ),
    ]


def _results(
    key: str, title: str, caption: str, first: str, rows: Sequence[Comparison], results: TestResults
) -> TableModel:
    keys = [system.key for system in results.systems]
    heads = (first, "queries", *(system.label for system in results.systems), "chance", f"{BEST} - default")
    lines = zip(rows, result_lines(rows, keys), strict=True)
    return TableModel(
        name=key,
        section=TEST,
        title=title,
        caption=caption,
        columns=head_columns(*heads, details=("queries",)),
        rows=tuple(_result(row, line, keys) for row, line in lines),
    )


def _result(row: Comparison, line: ResultLine, keys: Sequence[str]) -> tuple[Cell, ...]:
    scores = [row.scores.get(key) for key in keys]
    cells = [Cell(*cell, exact=score) for cell, score in zip(line.cells, scores, strict=True)]
    best = with_best(cells, "min" if is_rank(row.metric.full) else "max")
    return (Cell(line.label), Cell(f"{line.queries:,}"), *best, Cell(line.chance), _gap(line.gap))


def _leaderboard(board: Leaderboard, front: Front | None, most: int) -> list[TableModel]:
    names = short_names(board.parameters)
    default = board.default.number if board.default else None
    lines = [line for place, line in enumerate(board_lines(board, front)) if place < most or line.number == default]
    rows = tuple(
        (
            Cell(line.rank),
            Cell(str(line.number) + (f" ({', '.join(line.badges)})" if line.badges else "")),
            Cell(line.value, "" if line.interval == NOTHING else line.interval, strong=line.rank == "1"),
            _gap(line.gap),
            Cell(str(line.epochs)),
            *words(*line.others, *line.params),
        )
        for line in lines
    )
    parameters = [names[name] for name in board.parameters]
    others = [one.metric for one in front.objectives[1:]] if front else []
    columns = head_columns(
        "rank", "trial", board.metric, "to default", "epochs", *others, *parameters, left=0, details=parameters
    )
    hidden = len(board.rows) - len(lines)
    rest = f" {plural(hidden, 'more trial')} not shown." if hidden else ""
    table = TableModel(
        name="leaderboard",
        section=LEADERBOARD,
        title="Trials",
        caption=(
            f"Leaderboard of {board.name}: {_aim(board.metric)}, on the validation queries, with 95 % intervals over "
            "tracks. To default: paired difference on the same queries. Stopped trials saw fewer epochs and have no "
            f"rank.{rest}"
        ),
        columns=(columns[0], replace(columns[1], left=True), *columns[2:]),
        rows=rows,
    )
    return [table]


def _searched(report: Report) -> list[TableModel]:
    name = report.board.name
    return [
        _importances(report, name),
        TableModel(
            name="variance-shares",
            section=HYPERPARAMETERS,
            title="Shares of variance",
            caption=f"Functional ANOVA over the completed trials of {name}, with 95 % intervals over trials.",
            columns=head_columns("parameter", "share", "above random"),
            rows=tuple(
                (Cell(parameter), Cell(share, span), Cell(above))
                for parameter, share, span, above in share_lines(report.evidence)
            ),
        ),
        TableModel(
            name="rank-agreement",
            section=SEARCH,
            title="Do early ranks foretell the last ones",
            caption=(
                f"Agreement of early ranks with those at epoch {report.evidence.last_epoch}, over trials of {name} "
                "that got there, with 95 % intervals over trials."
            ),
            columns=head_columns(
                "epoch", "trials", "Kendall tau-b", "Spearman", "early place of the best", "kept by the rung", left=0
            ),
            rows=tuple(
                (*words(epoch, trials, tau), Cell(rho, span), *words(place, kept))
                for epoch, trials, tau, rho, span, place, kept in rung_lines(report.evidence)
            ),
        ),
    ]


def _importances(report: Report, name: str) -> TableModel:
    bases = [basis for basis in report.influence.bases if basis.found]
    heads = ("parameter", "searched", "best", "default", "rank correlation")
    shares = [
        Column(head, detail=place > 0)
        for place, basis in enumerate(bases)
        for head in (f"importance ({basis.label})", "shuffled stays below")
    ]
    rows = [
        (
            Cell(line.name, line.role),
            *words(line.searched, line.best, line.default, line.correlation),
            *(cell for share, span, noise in line.shares for cell in (Cell(share, span), Cell(noise))),
        )
        for line in parameter_lines(report.influence)
    ]
    return TableModel(
        name="importances",
        section=HYPERPARAMETERS,
        title="Which ones mattered",
        caption=(
            f"Searched parameters of {name}. Importance: PED-ANOVA with 95 % bootstrap intervals over trials; in 95 "
            "of 100 shuffles of the results no parameter is above the mark beside it. Rank correlation is Spearman's."
        ),
        columns=(*head_columns(*heads, left=2, details=("searched", "rank correlation")), *shares),
        rows=tuple(rows),
    )

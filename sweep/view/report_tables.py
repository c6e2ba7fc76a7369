"""The report's tables as plain data, made of the lines that the page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adsw.report.format import is_rank, plural, short_names
from adsw.report.table import NOTHING, Cell, Column, TableModel, head_columns, with_best, words
from sweep.view.ablation.show import ABLATION, ablation_tables
from sweep.view.evidence_tables import rung_lines, share_lines
from sweep.view.front import Front
from sweep.view.further_tables import (
    CAPTIONS,
    FRONT,
    SETS,
    caption_table,
    front_table,
    seed_table,
    set_tables,
)
from sweep.view.held_out import BEST, Comparison, TestResults
from sweep.view.leaderboard import Leaderboard
from sweep.view.report import Report
from sweep.view.tables import Gap, ResultLine, board_lines, parameter_lines, result_lines

TOP = 10
"""Rows of the leaderboard; the CSV file holds all."""
TEST, LEADERBOARD = "Test results", "Leaderboard"
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
        *(ablation_tables(report.ablation, board.name, board.metric) if report.ablation else []),
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

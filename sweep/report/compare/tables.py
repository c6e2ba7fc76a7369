"""The tables of a comparison as plain data: page, terminal, Markdown, LaTeX and CSV write the same ones."""

from __future__ import annotations

from collections.abc import Sequence

from adsw.report.format import aim, listed, number, plural, short
from adsw.report.table import NOTHING, Cell, Column, TableModel, change, figure, head_columns, with_best, words
from sweep.report.ablation.text import p_number
from sweep.report.compare.arms import ArmGap
from sweep.report.compare.comparison import SweepComparison
from sweep.report.compare.standings import Score
from sweep.report.data import gap_cell

DIFFERENCES, BEST_OF_EACH, GAPS = "What differs", "Best of each", "Set against each other"
BUDGET, ARMS, REPEATS = "At equal budget", "Arms in common", "Reproducibility"
SECTIONS = (BEST_OF_EACH, GAPS, ARMS, BUDGET, REPEATS, DIFFERENCES)
"""Titles of the sections, in the order of the page."""


def comparison_tables(comparison: SweepComparison) -> tuple[TableModel, ...]:
    """Return every table that has a row, without empty columns, in the order of `SECTIONS`."""
    return tuple(table for tables in tables_by_section(comparison).values() for table in tables)


def tables_by_section(comparison: SweepComparison) -> dict[str, tuple[TableModel, ...]]:
    """Return the tables that have a row by the titles of `SECTIONS`."""
    made = {
        BEST_OF_EACH: (_standings(comparison),),
        GAPS: (_gaps(comparison), _fresh(comparison)),
        ARMS: (_arms(comparison),),
        BUDGET: (_budgets(comparison),),
        REPEATS: (_repeats(comparison),),
        DIFFERENCES: (_differences(comparison),),
    }
    return {title: tuple(table.filled() for table in made[title] if table.rows) for title in SECTIONS}


def _score(metric: str, score: Score | None) -> Cell:
    """Return a cell with a figure and its interval."""
    return figure(metric, score.value, score.interval) if score else Cell(NOTHING)


def _standings(comparison: SweepComparison) -> TableModel:
    """Return the table of the best and the default of each sweep."""
    metric = comparison.metric
    figures = [
        tuple(_score(metric, score) for score in column)
        for column in (
            [standing.test for standing in comparison.standings],
            [standing.valid for standing in comparison.standings],
            [standing.default_test for standing in comparison.standings],
            [standing.default_valid for standing in comparison.standings],
        )
    ]
    if _same_queries(comparison):
        figures[:2] = [with_best(column, comparison.mode) for column in figures[:2]]
    rows = []
    for place, standing in enumerate(comparison.standings):
        side = comparison.sides[place]
        test, valid, default_test, default_valid = (column[place] for column in figures)
        seconds = sum(record.seconds for record in side.run.records)
        epochs = sum(record.epochs for record in side.run.records if record.state != "duplicate")
        spent = (
            Cell(str(len(side.completed)), exact=len(side.completed)),
            Cell(f"{epochs:,}", exact=epochs),
            Cell(f"{seconds / 3600:.2f}", exact=seconds / 3600),
        )
        defaults = (Cell(standing.default or NOTHING), default_test, default_valid)
        rows.append((Cell(standing.name), Cell(standing.best or NOTHING), test, valid, *defaults, *spent))
    heads = ("sweep", "best", "best on test", "best on validation", "default", "default on test")
    spent_heads = ("default on validation", "completed", "trial-epochs", "hours of cells")
    columns = [
        Column(head, head in ("sweep", "best", "default"), head in ("default", *spent_heads[:1]))
        for head in (*heads, *spent_heads)
    ]
    over = "95 % intervals over query tracks; of an ablation the arm with the best mean, over seeds"
    return TableModel(
        name="standings",
        title="Best and default of each",
        caption=f"Best and default of {listed(comparison.names)}: {aim(comparison.metric, comparison.mode)}. {over}.",
        columns=tuple(columns),
        rows=tuple(rows),
    )


def _same_queries(comparison: SweepComparison) -> bool:
    """Return whether a column's best may be marked: figures on other queries are of another task."""
    return len({side.store for side in comparison.sides}) == 1 or (
        bool(comparison.findings.gaps) and all(gap.paired for gap in comparison.findings.gaps)
    )


def _gaps(comparison: SweepComparison) -> TableModel:
    """Return the table of differences of best trials and defaults."""
    rows = tuple(
        (
            *words(f"{gap.name} - {gap.reference}", gap.who, gap.metric.full),
            figure(gap.metric.full, gap.value),
            figure(gap.metric.full, gap.reference_value),
            change(gap.metric.full, gap.gap, gap.side(comparison.mode)),
            Cell("paired" if gap.paired else "other queries: not comparable"),
        )
        for gap in comparison.findings.gaps
    )
    heads = head_columns("sweeps", "of", "metric", "value", f"of {comparison.names[0]}", "difference", left=3)
    return TableModel(
        name="winners",
        title="Differences of winners and defaults",
        caption=(
            f"Best and default of the other sweeps minus those of {comparison.names[0]}, with 95 % intervals over "
            "query tracks, paired where both answered the same queries. The best was picked on validation: judge by "
            "test."
        ),
        columns=(*heads, Column("queries", left=True)),
        rows=rows,
    )


def _arms(comparison: SweepComparison) -> TableModel:
    """Return the table of arms in common."""
    caption = (
        f"Arms of the other ablations minus the same arms of {comparison.names[0]}, matched by recipe or else by name. "
        "95 % intervals; verdict by Holm over all of them that are paired over seeds, at 5 %."
    )
    return _seed_table("arms", ARMS, "Arms in common", caption, comparison, comparison.findings.arms)


def _fresh(comparison: SweepComparison) -> TableModel:
    """Return the table of best trials and defaults on fresh seeds."""
    caption = (
        f"Best and default of the other searches minus those of {comparison.names[0]}, trained again on seeds that "
        "played no part in picking them. 95 % intervals over seeds; verdict by Holm over all of them that are "
        "paired, at 5 %."
    )
    return _seed_table("fresh-winners", GAPS, "On fresh seeds", caption, comparison, comparison.findings.fresh)


def _seed_table(
    key: str, section: str, title: str, caption: str, comparison: SweepComparison, gaps: Sequence[ArmGap]
) -> TableModel:
    """Return a table of differences of arms over seeds."""
    heads = (
        *head_columns("arm" if section == ARMS else "of", "sweeps", left=2),
        Column("recipe", left=True, detail=True, long=True),
    )
    figures = head_columns("shared seeds", "value", f"of {comparison.names[0]}", "difference", left=0)
    verdicts = (Column("interval", left=True), Column("Holm p"), Column("verdict", left=True))
    rows = tuple(_arm(gap, comparison.mode) for gap in gaps)
    return TableModel(key, title, caption, (*heads, *figures, *verdicts), rows)


def _arm(gap: ArmGap, mode: str) -> tuple[Cell, ...]:
    """Return the row of a difference of arms."""
    name = gap.metric.full
    better = gap.difference > 0 if mode == "max" else gap.difference < 0
    side = ("better" if better else "worse") if gap.decided else "open"
    span = change(name, gap.interval, side) if gap.interval else Cell(number(gap.difference), exact=gap.difference)
    open_ = "identical" if gap.identical else "undecided" if gap.judgement else "not judged"
    open_ = open_ if gap.same_queries else "other queries: not comparable"
    verdict = f"decided: {side}" if gap.decided else open_
    return (
        Cell(gap.arm if gap.arm == gap.other_arm else f"{gap.arm} (there {gap.other_arm})"),
        Cell(f"{gap.name} - {gap.reference}"),
        Cell("the same" if gap.same_recipe else f"differs: {short(list(gap.changed[:3]))}"),
        Cell(str(len(gap.seeds)), exact=len(gap.seeds)),
        figure(name, gap.value),
        figure(name, gap.reference_value),
        span,
        Cell(gap.covers or NOTHING),
        Cell(p_number(gap.judgement.adjusted), exact=gap.judgement.adjusted) if gap.judgement else Cell(NOTHING),
        Cell(verdict, side=side),
    )


def _budgets(comparison: SweepComparison) -> TableModel:
    """Return the table of the expected best of random trials, by budget and sweep."""
    rows = []
    for budget in comparison.budgets:
        levels = with_best((figure(comparison.metric, sweep.expected) for sweep in budget.bought), comparison.mode)
        for sweep, level in zip(budget.bought, levels, strict=True):
            trials = Cell(str(sweep.trials), exact=sweep.trials)
            rows.append(
                (
                    *words(budget.words, sweep.name),
                    trials,
                    level,
                    gap_cell(sweep.difference, comparison.metric, comparison.mode),
                )
            )
    return TableModel(
        name="equal-budget",
        title="Expected best of random trials",
        caption=(
            f"Expected best {comparison.metric} of the random trials that each budget buys (Tang et al., 2020), on "
            f"validation. Differences to {comparison.names[0]} have 95 % bootstrap intervals over trials; none where "
            "the budget takes more than half of a sweep's random trials, of which the best is known from one draw."
        ),
        columns=head_columns("budget", "sweep", "random trials", "expected best", "difference to the first", left=2),
        rows=tuple(rows),
    )


def _repeats(comparison: SweepComparison) -> TableModel:
    """Return the table of repeated trainings that came out otherwise."""
    rows = tuple(
        (
            *words(
                f"{violation.name}, trial {violation.number}",
                f"{violation.reference}, trial {violation.reference_number}",
                violation.metric,
            ),
            Cell(number(violation.value, 6), exact=violation.value),
            Cell(number(violation.reference_value, 6), exact=violation.reference_value),
            Cell(str(violation.metrics), exact=violation.metrics),
            *words(violation.revision, violation.reference_revision),
        )
        for violation in comparison.findings.repeats.violations
    )
    checked = plural(comparison.findings.repeats.checked, "training")
    heads = head_columns("first", "second", "metric", "of the first", "of the second", "metrics that differ", left=3)
    return TableModel(
        name="not-reproduced",
        title="What did not come out the same",
        caption=(
            f"Trials with the same recipe, seed and store whose figures differ, of {checked} that were checked, with "
            "the revisions of the code that trained them."
        ),
        columns=(*heads, Column("code of the first", left=True), Column("code of the second", left=True)),
        rows=rows,
    )


def _differences(comparison: SweepComparison) -> TableModel:
    """Return the table of what the sweeps do not share."""
    rows = tuple((*words(fact.kind, fact.name, *fact.values),) for fact in comparison.differences)
    return TableModel(
        name="differences",
        title="Space, store, code, versions, seeds, budgets",
        caption="Everything in which the sweeps differ; what is the same is not shown.",
        columns=(
            *head_columns("kind", "what", left=2),
            *(Column(name, left=True, long=True) for name in comparison.names),
        ),
        rows=rows,
    )

"""The tables of a comparison as plain data: page, terminal, Markdown, LaTeX and CSV write the same ones."""

from __future__ import annotations

from collections.abc import Sequence

from adsw.report.format import listed, number, plural, short
from adsw.report.table import NOTHING, Cell, Column, TableModel, change, figure, head_columns, with_best, words
from sweep.report.ablation.text import p_number
from sweep.report.compare.arms import ArmGap
from sweep.report.compare.comparison import SweepComparison
from sweep.report.compare.standings import Score
from sweep.report.data import gap_cell

DIFFERENCES, BEST_OF_EACH, GAPS = "What differs", "Best of each", "Set against each other"
BUDGET, ARMS, REPEATS = "At equal budget", "Arms in common", "Reproducibility"
SECTIONS = (BEST_OF_EACH, GAPS, ARMS, BUDGET, REPEATS, DIFFERENCES)
"""In the order of the page."""


def comparison_tables(found: SweepComparison) -> tuple[TableModel, ...]:
    """Return every table that has a row, without empty columns, in the order of `SECTIONS`."""
    return tuple(table for tables in tables_by_section(found).values() for table in tables)


def tables_by_section(found: SweepComparison) -> dict[str, tuple[TableModel, ...]]:
    """Return the tables that have a row by the titles of `SECTIONS`."""
    made = {
        BEST_OF_EACH: (_standings(found),),
        GAPS: (_gaps(found), _fresh(found)),
        ARMS: (_arms(found),),
        BUDGET: (_budgets(found),),
        REPEATS: (_repeats(found),),
        DIFFERENCES: (_differences(found),),
    }
    return {title: tuple(table.filled() for table in made[title] if table.rows) for title in SECTIONS}


def _aim(found: SweepComparison) -> str:
    return f"{found.metric}, {'higher' if found.mode == 'max' else 'lower'} is better"


def _score(metric: str, score: Score | None) -> Cell:
    return figure(metric, score.value, score.interval) if score else Cell(NOTHING)


def _standings(found: SweepComparison) -> TableModel:
    metric = found.metric
    figures = [
        tuple(_score(metric, score) for score in column)
        for column in (
            [one.test for one in found.standings],
            [one.valid for one in found.standings],
            [one.default_test for one in found.standings],
            [one.default_valid for one in found.standings],
        )
    ]
    if _same_queries(found):
        figures[:2] = [with_best(column, found.mode) for column in figures[:2]]
    rows = []
    for place, one in enumerate(found.standings):
        side = found.sides[place]
        test, valid, default_test, default_valid = (column[place] for column in figures)
        seconds = sum(record.seconds for record in side.run.records)
        epochs = sum(record.epochs for record in side.run.records if record.state != "duplicate")
        spent = (
            Cell(str(len(side.completed)), exact=len(side.completed)),
            Cell(f"{epochs:,}", exact=epochs),
            Cell(f"{seconds / 3600:.2f}", exact=seconds / 3600),
        )
        defaults = (Cell(one.default or NOTHING), default_test, default_valid)
        rows.append((Cell(one.name), Cell(one.best or NOTHING), test, valid, *defaults, *spent))
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
        caption=f"Best and default of {listed(found.names)}: {_aim(found)}. {over}.",
        columns=tuple(columns),
        rows=tuple(rows),
    )


def _same_queries(found: SweepComparison) -> bool:
    """Return whether a column's best may be marked: figures of other queries are of another task."""
    return len({side.store for side in found.sides}) == 1 or (
        bool(found.findings.gaps) and all(gap.paired for gap in found.findings.gaps)
    )


def _gaps(found: SweepComparison) -> TableModel:
    rows = tuple(
        (
            *words(f"{gap.name} - {gap.reference}", gap.who, gap.metric.full),
            figure(gap.metric.full, gap.value),
            figure(gap.metric.full, gap.reference_value),
            change(gap.metric.full, gap.gap, gap.side(found.mode)),
            Cell("paired" if gap.paired else "other queries: not comparable"),
        )
        for gap in found.findings.gaps
    )
    heads = head_columns("sweeps", "of", "metric", "value", f"of {found.names[0]}", "difference", left=3)
    return TableModel(
        name="winners",
        title="Differences of winners and defaults",
        caption=(
            f"Best and default of the other sweeps minus those of {found.names[0]}, with 95 % intervals over query "
            "tracks, paired where both answered the same queries. The best was picked on validation: judge by test."
        ),
        columns=(*heads, Column("queries", left=True)),
        rows=rows,
    )


def _arms(found: SweepComparison) -> TableModel:
    caption = (
        f"Arms of the other ablations minus the same arms of {found.names[0]}, matched by recipe or else by name. "
        "95 % intervals; verdict by Holm over all of them that are paired over seeds, at 5 %."
    )
    return _seed_table("arms", ARMS, "Arms in common", caption, found, found.findings.arms)


def _fresh(found: SweepComparison) -> TableModel:
    caption = (
        f"Best and default of the other searches minus those of {found.names[0]}, trained again on seeds that played "
        "no part in picking them. 95 % intervals over seeds; verdict by Holm over all of them that are paired, at 5 %."
    )
    return _seed_table("fresh-winners", GAPS, "On fresh seeds", caption, found, found.findings.fresh)


def _seed_table(
    key: str, section: str, title: str, caption: str, found: SweepComparison, gaps: Sequence[ArmGap]
) -> TableModel:
    heads = (
        *head_columns("arm" if section == ARMS else "of", "sweeps", left=2),
        Column("recipe", left=True, detail=True, long=True),
    )
    figures = head_columns("shared seeds", "value", f"of {found.names[0]}", "difference", left=0)
    judged = (Column("interval", left=True), Column("Holm p"), Column("verdict", left=True))
    rows = tuple(_arm(gap, found.mode) for gap in gaps)
    return TableModel(key, title, caption, (*heads, *figures, *judged), rows)


def _arm(gap: ArmGap, mode: str) -> tuple[Cell, ...]:
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


def _budgets(found: SweepComparison) -> TableModel:
    rows = []
    for budget in found.budgets:
        levels = with_best((figure(found.metric, one.expected) for one in budget.bought), found.mode)
        for one, level in zip(budget.bought, levels, strict=True):
            trials = Cell(str(one.trials), exact=one.trials)
            rows.append(
                (*words(budget.words, one.name), trials, level, gap_cell(one.difference, found.metric, found.mode))
            )
    return TableModel(
        name="equal-budget",
        title="Expected best of random trials",
        caption=(
            f"Expected best {found.metric} of the random trials that each budget buys (Tang et al., 2020), on "
            f"validation. Differences to {found.names[0]} have 95 % bootstrap intervals over trials; none where the "
            "budget takes more than half of a sweep's random trials, of which the best is known from one draw."
        ),
        columns=head_columns("budget", "sweep", "random trials", "expected best", "difference to the first", left=2),
        rows=tuple(rows),
    )


def _repeats(found: SweepComparison) -> TableModel:
    rows = tuple(
        (
            *words(f"{one.name}, trial {one.number}", f"{one.reference}, trial {one.reference_number}", one.metric),
            Cell(number(one.value, 6), exact=one.value),
            Cell(number(one.reference_value, 6), exact=one.reference_value),
            Cell(str(one.metrics), exact=one.metrics),
            *words(one.revision, one.reference_revision),
        )
        for one in found.findings.repeats.violations
    )
    checked = plural(found.findings.repeats.checked, "training")
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


def _differences(found: SweepComparison) -> TableModel:
    rows = tuple((*words(one.kind, one.name, *one.values),) for one in found.differences)
    return TableModel(
        name="differences",
        title="Space, store, code, versions, seeds, budgets",
        caption="Everything in which the sweeps differ; what is the same is not shown.",
        columns=(*head_columns("kind", "what", left=2), *(Column(name, left=True, long=True) for name in found.names)),
        rows=rows,
    )

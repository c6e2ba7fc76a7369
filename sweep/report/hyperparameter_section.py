"""The section on hyperparameters: how far trials are apart, which parameters mattered, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adsw.report.format import number, percent, plural, short, short_names, signed
from adsw.report.plots import Shades
from adsw.report.section import Beside, Block, Key, Paragraph, Part, Plot, Section
from adsw.report.table import NOTHING, Cell, Column, TableModel, exact_cell, file_table, head_columns, interval_cell
from adsw.stats.interval import Interval
from sweep.report.hyperparameter_plots import importance_dots, parallel_lines, shared_range, slice_points
from sweep.report.hyperparameters import Influence, ParameterRow, Slice
from sweep.report.leaderboard import Leaderboard
from sweep.report.surfaces import Contours, contour_part
from sweep.stats.fanova import VarianceShares
from sweep.stats.importance import Importance

_KEY = Key(
    (
        ("best (star)", "best", True),
        ("default (diamond)", "default", True),
        ("completed", "completed", True),
        ("stopped early, fewer epochs (hollow)", "stopped", False),
    )
)


def hyperparameter_section(
    influence: Influence,
    slices: Sequence[Slice],
    surfaces: Contours | None,
    shares: VarianceShares | None,
    board: Leaderboard,
    shades: Shades,
) -> Section:
    """Return the section, with a part for each subject that there are figures of."""
    parts: list[Block] = [_spread(influence)] if influence.held_out else []
    parts.append(_importances(influence, board.name))
    if shares is not None:
        parts.append(_variance(shares, board))
    if slices:
        names = short_names(row.name for row in influence.parameters)
        reach = shared_range(slices)
        plots = tuple(
            Plot(
                f"slice-{index}",
                slice_points(cut, names.get(cut.name, cut.name), reach),
                f"{cut.name} against the objective",
            )
            for index, cut in enumerate(slices)
        )
        last = Paragraph(f"{board.metric} at {board.judged_at}. The leaderboard holds the numbers.", "small")
        parts.append(Part("Each parameter against the objective", (_KEY, Beside(plots, "grid"), last)))
    if surfaces is not None:
        parts.append(contour_part(surfaces, board.mode))
    if len(slices) > 1:
        caption = (
            "Every line is a trial, from its values to its objective; the more its colour stands out from the page the "
            "better it did; dotted ones were stopped early. The leaderboard holds the numbers."
        )
        lines = parallel_lines(slices, short_names(row.name for row in influence.parameters), board.metric, shades)
        plot = Plot("parallel", lines, "Parallel coordinates of all trials", caption, wide=True)
        parts.append(Part("All at once", (plot,)))
    return Section("hyperparameters", "Hyperparameters", tuple(parts))


def _spread(influence: Influence) -> Part:
    spread, every = influence.held_out, influence.all_trials
    if spread is None:
        raise ValueError("there is no spread to tell of")
    text = (
        f"Best and worst of {influence.compared} completed trials are {number(spread.value)} apart "
        f"({number(spread.low)} to {number(spread.high)}). Both are picked on a random half of the validation tracks "
        f"and measured on the other half, {spread.splits} times over, so that luck in the picking does not count; "
        "95 % of the splits lie in that span. Trials of equal worth would be 0 apart on average."
    )
    if every is not None:
        text += (
            f" Stopped trials count at epoch {every.epoch}, the last that all {every.trials} trials saw: from "
            f"{number(every.lowest)} to {number(every.highest)}, median {number(every.median)}."
        )
    return Part("How far apart good and bad ones are", (), text)


def _importances(influence: Influence, name: str) -> Part:
    usable = [basis for basis in influence.bases if basis.shares]
    blocks: list[Block] = []
    if usable:
        caption = (
            "PED-ANOVA: the share of each parameter in telling good trials from all trials, with 95 % bootstrap "
            "intervals over trials. A dot right of its tick stands out: when results are shuffled among trials, in 95 "
            "of 100 cases no parameter passes its tick."
        )
        label = "Importances of the searched parameters"
        blocks.append(Plot("importance", importance_dots(influence), label, caption))
    else:
        text = "Importances could not be computed: too few comparable trials, or all of one value."
        blocks.append(Paragraph(text))
    blocks += [parameter_table(influence, name), _every_importance(influence)]
    if influence.parameters:
        text = (
            "Rank correlation is Spearman's, with the objective at the last epoch that all trials saw. “Shuffled stays "
            "below”: in 95 of 100 shuffles of the results no parameter is above its own mark."
        )
        for basis in usable:
            dummy = percent(basis.shares.dummy if basis.shares else 0.0)
            text += (
                f" Dummy parameters, columns of random values in their place, stay below {dummy} % in 95 of 100 "
                f"draws ({basis.label})."
            )
        blocks.append(Paragraph(text, "small"))
    return Part("Which ones mattered", tuple(blocks))


def parameter_table(influence: Influence, name: str) -> TableModel:
    """Return the table of the searched parameters: their ranges, the best's and default's values, their importances."""
    names = short_names(row.name for row in influence.parameters)
    usable = [place for place, basis in enumerate(influence.bases) if basis.shares]
    shares = [
        column
        for place in usable
        for label, detail in [(influence.bases[place].label, place != usable[0])]
        for column in (
            Column(f"importance ({label})", detail=detail),
            Column("shuffled stays below", detail=detail, field=f"shuffled stays below ({label})"),
        )
    ]

    def cells(row: ParameterRow) -> tuple[Cell, ...]:
        return (
            Cell(names[row.name], row.role, exact=row.name),
            exact_cell(row.role),
            Cell(row.values),
            *(replace(exact_cell(value), text=short(value)) for value in (row.best, row.default)),
            Cell(signed(row.correlation, 2), exact=row.correlation),
            *(cell for place in usable for cell in _share(row.importances[place])),
        )

    return TableModel(
        name="importances",
        title="Which ones mattered",
        caption=(
            f"Searched parameters of {name}. Importance: PED-ANOVA with 95 % bootstrap intervals over trials; in 95 "
            "of 100 shuffles of the results no parameter is above the mark beside it. Rank correlation is Spearman's."
        ),
        columns=(
            Column("parameter", left=True),
            Column("role", only="file"),
            Column("searched", left=True, detail=True),
            *(Column(head) for head in ("best", "default")),
            Column("rank correlation", detail=True),
            *shares,
        ),
        rows=tuple(map(cells, influence.parameters)),
        file="parameters",
        link="parameters as CSV",
    )


def _share(importance: Importance | None) -> tuple[Cell, Cell]:
    if importance is None:
        return Cell(NOTHING), Cell("", exact=None)
    noise = Cell(f"{percent(importance.noise)} %", exact=importance.noise)
    return interval_cell(Interval(importance.share, importance.low, importance.high), percent, " %"), noise


def _every_importance(influence: Influence) -> TableModel:
    rows = [
        (basis.label, row.name, row.share, row.low, row.high, row.noise, row.above_noise, basis.shares.dummy)
        for basis in influence.bases
        if basis.shares
        for row in basis.shares.rows
    ]
    fields = ("over", "parameter", "share", "low95", "high95", "shuffled", "above shuffled", "dummy")
    return file_table("importances", fields, rows, "importances as CSV")


def _variance(shares: VarianceShares, board: Leaderboard) -> Part:
    drawn = f", drawn from {len(board.ranked)}" if len(board.ranked) > shares.trials else ""
    text = (
        f"Functional ANOVA over {plural(shares.trials, 'completed trial')}{drawn}: how much of what single parameters "
        "explain of the objective, over bad trials too. Columns of random values, as many as parameters, got "
        f"{percent(shares.dummy)} % at most."
    )
    if shares.left_out:
        text += f" Conditional parameters are left out: {', '.join(shares.left_out)}."
    return Part("Shares of variance", (variance_table(shares, board.name),), text)


def variance_table(shares: VarianceShares, name: str) -> TableModel:
    """Return the table of each parameter's share of the objective's variance."""
    names = short_names(row.name for row in shares.rows)
    share, above = head_columns("share", "above random", left=0)
    return TableModel(
        name="variance-shares",
        title="Shares of variance",
        caption=f"Functional ANOVA over the completed trials of {name}, with 95 % intervals over trials.",
        columns=(Column("parameter", left=True), replace(share, ends=""), above, Column("dummy", only="file")),
        rows=tuple(
            (
                Cell(names[row.name], exact=row.name),
                interval_cell(Interval(row.share, row.low, row.high), percent, " %"),
                Cell("yes" if row.above_dummy else "no"),
                exact_cell(shares.dummy),
            )
            for row in shares.rows
        ),
    )

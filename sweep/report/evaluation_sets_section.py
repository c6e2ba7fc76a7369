"""The section on evaluation sets: how alike they order trials, and what picking by one costs on another."""

from __future__ import annotations

from dataclasses import replace

from adsw.report.format import correlation, metric_number, plural
from adsw.report.section import Beside, Notes, Paragraph, Part, Plot, Section
from adsw.report.table import NOTHING, PAGE, Cell, Column, TableModel, exact_cell, file_table, interval_cell
from adsw.stats.interval import Interval
from sweep.report.data import ends_text
from sweep.report.drawing import LABELS, PARTS, SIZES, SYMBOLS, Figure, colour, layout
from sweep.report.evaluation_sets import AgreementOfSets, PairOfSets, Picking, pair_words, picking_words

MOST_PANELS = 4
_DEEPEST = 55
"""Per cent of colour in a cell of full agreement: dark enough to see, light enough to read on."""


def sets_section(agreement: AgreementOfSets, name: str) -> Section:
    """Return the section: the matrix of agreements, a figure per other set, and the costs of picking."""
    what = "trials" if agreement.noun == "trial" else "trials, in all replicates of all arms,"
    intro = (
        f"{agreement.measure} of the same {what} on {plural(len(agreement.sets), 'set')}: Kendall's tau-b of their "
        "orders, with 95 % bootstrap intervals over trials. 1 is the same order, 0 none, −1 the reverse."
    )
    others = [other for other in agreement.sets if other != agreement.own][:MOST_PANELS]
    plots = tuple(
        Plot(
            f"sets-{index}",
            set_scatter(agreement, other),
            "One set against another",
            f"Every {agreement.noun} on two sets." if index == 0 else "",
        )
        for index, other in enumerate(others)
    )
    matrix = Part("", (heat_table(agreement), Notes(tuple(map(pair_words, agreement.pairs)))))
    costs = tuple(picking_words(picking, agreement) for picking in agreement.pickings if picking.by == agreement.own)
    how = (
        "Intervals are paired over that set's tracks."
        if agreement.noun == "trial"
        else "Arms are compared by their means over replicates."
    )
    below = (
        "Lost: that set's own best minus the pick, on that set. The best there is itself picked by luck, so the loss "
        f"is told too high rather than too low. {how}"
    )
    values = file_table(
        "set-values",
        (agreement.noun, *(f"{dataset}/{agreement.measure}" for dataset in agreement.sets)),
        [(unit.label, *map(unit.values.get, agreement.sets)) for unit in agreement.units],
        f"every {agreement.noun} as CSV",
    )
    picking = Part(
        "What picking by one set costs on another",
        (Notes(costs), picking_table(agreement, name), Paragraph(below, "small"), values),
    )
    blocks = (Beside((matrix, *plots)), Part("", (pair_table(agreement, name),)), picking)
    return Section("sets", "Do the evaluation sets agree", blocks, intro, label="Sets")


def heat_table(agreement: AgreementOfSets) -> TableModel:
    """Return the matrix of Kendall's tau-b of each set with each other, as a table."""
    return TableModel(
        name="set-heat",
        title="Kendall's tau-b",
        caption="Kendall's tau-b of each set's order with each other's.",
        columns=(Column("", left=True), *(Column(dataset) for dataset in agreement.sets)),
        rows=tuple(
            (Cell(dataset), *(_heat(agreement, dataset, other) for other in agreement.sets))
            for dataset in agreement.sets
        ),
        place=PAGE,
        file=None,
    )


def _heat(agreement: AgreementOfSets, one: str, other: str) -> Cell:
    if one == other:
        return Cell("1", shade=("default", _DEEPEST))
    pair = agreement.pair(one, other)
    if pair is None or pair.agreement is None:
        return Cell(NOTHING, shade=("default", 0))
    tau = pair.agreement.tau
    depth = round(_DEEPEST * abs(tau.value))
    return replace(interval_cell(tau, correlation), shade=("default" if tau.value >= 0 else "warn", depth))


def pair_table(agreement: AgreementOfSets, name: str) -> TableModel:
    """Return the table of how alike each two sets order the trials."""
    return TableModel(
        name="set-agreement",
        title="Order of trials",
        caption=f"How alike evaluation sets order the {agreement.noun}s of {name}, with 95 % intervals over them.",
        columns=(
            Column("sets", left=True, only="shown"),
            *(Column(field, only="file") for field in ("set", "other", "measure")),
            Column("trials"),
            Column("Kendall tau-b", field="kendall tau-b", ends="tau"),
            Column("Spearman", field="spearman", ends="rho"),
        ),
        rows=tuple(_pair_row(pair, agreement.measure) for pair in agreement.pairs),
    )


def _pair_row(pair: PairOfSets, measure: str) -> tuple[Cell, ...]:
    known = pair.agreement
    return (
        Cell(f"{pair.one}, {pair.other}"),
        *map(exact_cell, (pair.one, pair.other, measure, pair.trials)),
        *(interval_cell(span, correlation) for span in ((known.tau, known.rho) if known else (None, None))),
    )


def picking_table(agreement: AgreementOfSets, name: str) -> TableModel:
    """Return the table of what picking by each set costs on each other."""
    return TableModel(
        name="set-picking",
        title="What picking by one set costs on another",
        caption=(
            f"Picking the best of {name} by one set and using it on another: {agreement.measure} lost against that "
            "set's own best, with 95 % intervals paired over its tracks."
        ),
        columns=(
            *(Column(head, left=True) for head in ("picked by", "used on")),
            Column("measure", only="file"),
            Column("of", only="file"),
            Column("the pick", left=True, field="picked"),
            Column("its place there", field="place"),
            Column("best there", field="best"),
            Column("lost", ends=""),
        ),
        rows=tuple(_picking_row(picking, agreement.measure) for picking in agreement.pickings),
        link="costs of picking as CSV",
    )


def _picking_row(picking: Picking, measure: str) -> tuple[Cell, ...]:
    span = Interval(picking.lost, picking.gap.low, picking.gap.high) if picking.gap else None
    return (
        *map(exact_cell, (picking.by, picking.on, measure, picking.units, picking.picked)),
        Cell(f"{picking.place} of {picking.units}", exact=picking.place),
        Cell(picking.best),
        Cell(
            metric_number(measure, picking.lost),
            ends_text(picking.gap, measure) if picking.gap else "",
            exact=span or picking.lost,
        ),
    )


def set_scatter(agreement: AgreementOfSets, other: str) -> Figure:
    """Draw every trial, or arm, by its values on the objective's set and on another."""
    data = []
    for part in PARTS:
        units = [u for u in agreement.units if u.part == part and agreement.own in u.values and other in u.values]
        if not units:
            continue
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": LABELS[part] if agreement.noun == "trial" else part,
                "showlegend": False,
                "x": [round(unit.values[agreement.own], 6) for unit in units],
                "y": [round(unit.values[other], 6) for unit in units],
                "customdata": [[unit.label] for unit in units],
                "marker": {
                    "symbol": SYMBOLS[part],
                    "size": SIZES.get(part, 9),
                    "color": colour(part),
                    "line": {"width": 1.2, "color": colour("paper")},
                },
                "hovertemplate": "%{customdata[0]}: %{x:.4f}, %{y:.4f}<extra></extra>",
            }
        )
    plot = layout(320, x=f"{agreement.own}/{agreement.measure}", y=f"{other}/{agreement.measure}")
    plot["margin"] |= {"t": 12}
    return {"data": data, "layout": plot}

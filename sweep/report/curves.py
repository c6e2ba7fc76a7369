"""Learning curves: the objective at every epoch of every trial."""

from __future__ import annotations

from collections.abc import Sequence

from adsw.report.format import number, plural
from adsw.report.section import Fold, Paragraph, Plot, Section
from adsw.report.table import PAGE, Cell, TableModel, figure, file_table, head_columns
from sweep.report.data import RunData
from sweep.report.drawing import LABELS, LINES, PARTS, Figure, colour, in_order, layout
from sweep.report.hyperparameters import EpochRange
from sweep.report.leaderboard import Leaderboard, Trace, at_epoch, part_of
from sweep.run.records import TrialState


def curves(run: RunData, board: Leaderboard) -> tuple[Trace, ...]:
    """Return the objective at each epoch of every trial that has a value of it, failed trials up to their end."""
    traces = []
    for record in run.records:
        if record.state is TrialState.DUPLICATE:
            continue
        points = [
            (float(point["epoch"]), float(point[board.metric]))
            for point in record.curve
            if point.get(board.metric) is not None
        ]
        if points:
            epochs, values = zip(*points, strict=True)
            traces.append(Trace(record.number, part_of(record, board), epochs, values, record.value(board.metric)))
    return tuple(traces)


def curves_section(run: RunData, metric: str, traces: Sequence[Trace], common: EpochRange | None) -> Section:
    """Return the section; `common` holds the range of values at the last epoch that all trials saw."""
    if not traces:
        blocks = (Paragraph("No trial has finished an epoch yet."),)
        return Section("curves", "Learning curves", blocks, label="Curves")
    caption = (
        f"{metric} after every epoch of {plural(len(traces), 'trial')}. Dotted lines that end in a cross were stopped "
        "early or failed."
    )
    if common is not None:
        caption += (
            f" At epoch {common.epoch}, the last that all saw, values ran from {number(common.lowest)} to "
            f"{number(common.highest)}."
        )
    plot = Plot("curves", learning_curves(traces, metric), "Learning curves of all trials", caption)
    every = [
        (trace.number, trace.part, int(epoch), float(f"{value:.7g}"))
        for trace in traces
        for epoch, value in zip(trace.epochs, trace.values, strict=True)
    ]
    tables = (
        curve_table(run, metric, common),
        file_table("curves", ("trial", "state", "epoch", metric), every, "every epoch as CSV"),
    )
    return Section("curves", "Learning curves", (plot, Fold("The numbers", tables)), label="Curves")


def curve_table(run: RunData, metric: str, common: EpochRange | None) -> TableModel:
    """Return the table of every trial's objective after its first epoch, at the common one and at its end."""
    rows = tuple(
        (
            *(Cell(str(field)) for field in (record.number, record.state, record.epochs)),
            figure(metric, at_epoch(record, metric, 1)),
            figure(metric, at_epoch(record, metric, common.epoch) if common else None),
            figure(metric, record.value(metric)),
        )
        for record in run.records
        if record.state is not TrialState.DUPLICATE and record.curve
    )
    middle = f"after epoch {common.epoch}" if common else "common epoch"
    return TableModel(
        name="curve-ends",
        title="Learning curves in numbers",
        caption=f"{metric} at three epochs of every trial.",
        columns=head_columns("trial", "state", "epochs", "after epoch 1", middle, "at its end", left=2),
        rows=rows,
        place=PAGE,
        file=None,
    )


def learning_curves(traces: Sequence[Trace], metric: str) -> Figure:
    """Draw the objective at every epoch of every trial; stopped and failed ones end in a cross."""
    data = []
    named: set[str] = set()
    for trace in in_order(traces):
        ends_early = trace.part in ("stopped", "failed")
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": LABELS[trace.part],
                "legendgroup": trace.part,
                # One entry of the legend for each kind of trial, not for each trial.
                "showlegend": trace.part not in named,
                "legendrank": 1000 - PARTS.index(trace.part),
                "x": list(trace.epochs),
                "y": [round(value, 5) for value in trace.values],
                "line": LINES[trace.part] | {"color": colour(trace.part)},
                "marker": {
                    "color": colour(trace.part),
                    "symbol": "x-thin-open" if ends_early else "circle",
                    "size": [0] * (len(trace.epochs) - 1) + [8 if ends_early else 6],
                    "line": {"width": 1.5},
                },
                "hovertemplate": f"trial {trace.number}, epoch %{{x}}: %{{y:.4f}}<extra></extra>",
            }
        )
        named.add(trace.part)
    return {"data": data, "layout": layout(440, x="epoch", y=metric)}

"""Trials, curves and tables of a run as pandas frames with typed columns."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from adsw.files import publishing
from adsw.report.csv import table_csv
from sweep.run.records import TrialRecord, TrialState

if TYPE_CHECKING:
    from adsw.report.table import TableModel
    from sweep.report.hyperparameters import Influence

_TYPES = {
    "state": pd.CategoricalDtype([str(state) for state in TrialState if state.ended]),
    "arm": "string",
    "store": "string",
    "purpose": pd.CategoricalDtype(["", "tune", "confirm"]),
    "seed": "int64",
    "epochs": "int64",
    "best_epoch": "Int64",
    "seconds": "float64",
    "why": "string",
}


def trials_frame(records: Sequence[TrialRecord]) -> pd.DataFrame:
    """Return a row per ended trial: what it was, its searched values, its metrics at the epoch that is judged."""
    about = pd.DataFrame(
        [{name: getattr(record, name) for name in _TYPES} for record in records],
        index=pd.Index([record.number for record in records], name="trial", dtype="int64"),
        columns=[*_TYPES],
    ).astype(_TYPES)
    params = _columns([record.params for record in records], about.index).convert_dtypes()
    metrics = _columns([record.metrics for record in records], about.index).astype("float64")
    return pd.concat([about, params, metrics], axis="columns")


def curves_frame(records: Iterable[TrialRecord]) -> pd.DataFrame:
    """Return a row per trial and epoch, with every figure of the epoch."""
    rows = [{"trial": record.number, **point} for record in records for point in record.curve]
    frame = pd.DataFrame(rows, columns=None if rows else ["trial", "epoch"])
    return frame.convert_dtypes(convert_string=False).set_index(["trial", "epoch"])


def leaderboard_frame(document: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows of `leaderboard.json`: best first, intervals as two columns, figures on the test split last."""
    rows = []
    for row in document["rows"]:
        low, high = row["interval"] or (None, None)
        gap = row["to_default"] or {}
        test = row["test"] or {"metrics": {}}
        rows.append(
            {
                **{name: row[name] for name in ("rank", "number", "arm", "state", "epochs", "value")},
                "low": low,
                "high": high,
                "to_default": gap.get("value"),
                "to_default_low": gap.get("low"),
                "to_default_high": gap.get("high"),
                "seconds": row["seconds"],
                **row["params"],
                **test["metrics"],
            }
        )
    frame = pd.DataFrame(rows).convert_dtypes()
    return frame.set_index("number").rename_axis("trial") if rows else frame


def importance_frame(influence: Influence) -> pd.DataFrame:
    """Return a row per searched parameter and choice of trials: its share of what the objective varies, with interval.

    ``stands_out`` says whether the share is above what shuffled results give.
    """
    rows = [
        {
            "parameter": row.name,
            "trials": basis.label,
            "epoch": basis.epoch,
            "share": share.share,
            "low": share.low,
            "high": share.high,
            "noise": share.noise,
            "stands_out": share.above_noise,
        }
        for row in influence.parameters
        for basis, share in zip(influence.bases, row.importances, strict=True)
        if share is not None
    ]
    columns = ["parameter", "trials", "epoch", "share", "low", "high", "noise", "stands_out"]
    frame = pd.DataFrame(rows, columns=columns).set_index(["parameter", "trials"])
    return frame.sort_values("share", ascending=False)


def table_frame(table: TableModel) -> pd.DataFrame:
    """Return a table of a report with full precision."""
    return pd.read_csv(io.StringIO(table_csv(table))).convert_dtypes()


def _columns(values: Sequence[Mapping[str, Any]], index: pd.Index) -> pd.DataFrame:
    """Return a column per name, in the order in which names first appear; trials without a value have none."""
    names = dict.fromkeys(name for row in values for name in row)
    return pd.DataFrame([dict(row) for row in values], index=index, columns=[*names])


def write_frames(frames: Mapping[str, pd.DataFrame], folder: Path, kind: str) -> list[str]:
    """Write frames into a folder, a file each, as ``csv`` or ``parquet``; return the paths as text.

    Parquet has one type per column: what has several (choices of lists among numbers) is written as text there.
    """
    written = []
    for name, frame in frames.items():
        file = folder / f"{name}.{kind}"
        whole = frame.reset_index()
        with publishing(file) as temporary:
            if kind == "csv":
                whole.to_csv(temporary, index=False)
            else:
                mixed = {column: "string" for column in whole.columns if whole[column].dtype == object}
                whole.astype(mixed).to_parquet(temporary, index=False)
        written.append(str(file))
    return written

"""`trials.jsonl` is a table for whoever has pandas: one row per trial, what is nested spread out by its names.

pandas rounds numbers in their last digit unless told otherwise (`precise_float`).
"""

from __future__ import annotations

import pandas as pd
import pytest

from sweep.run.folder import RunFolder
from tests.sweep.report.simulated import EPOCHS, METRIC, Simulation


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return Simulation(tested=False).write(tmp_path_factory.mktemp("runs"))


def test_it_opens_as_it_is(folder: RunFolder) -> None:
    table = pd.read_json(folder.trials_file, lines=True)
    assert len(table) == 16
    assert list(table.columns[:6]) == ["number", "arm", "params", "recipe", "seed", "state"]
    assert set(table.state) == {"completed", "stopped", "failed"}
    assert table.number.tolist() == list(range(16))
    assert table.epochs.dtype.kind == "i"


def test_nested_columns_spread_into_numbers(folder: RunFolder) -> None:
    table = pd.read_json(folder.trials_file, lines=True, precise_float=True)
    flat = table[["number", "state"]].join(pd.json_normalize(table.params)).join(pd.json_normalize(table.metrics))
    done = flat[flat.state == "completed"]
    assert done[METRIC].dtype == float
    assert done[METRIC].notna().all()
    assert done["optim.lr"].between(1e-4, 1e-2).all()
    records = {record.number: record for record in folder.trials()}
    assert dict(zip(done.number, done[METRIC], strict=True)) == {n: records[n].metrics[METRIC] for n in done.number}
    assert flat.loc[flat.state == "failed", METRIC].isna().all()


def test_curves_become_one_long_table(folder: RunFolder) -> None:
    table = pd.read_json(folder.trials_file, lines=True, precise_float=True)
    rows = table[["number", "curve"]].explode("curve").dropna()
    curves = pd.json_normalize(rows.curve).assign(number=rows.number.to_numpy())
    wide = curves.pivot(index="epoch", columns="number", values=METRIC)
    assert wide.index.tolist() == [float(epoch) for epoch in range(1, EPOCHS + 1)]
    for record in folder.trials():
        if record.curve:
            assert wide[record.number].dropna().tolist() == [point[METRIC] for point in record.curve]

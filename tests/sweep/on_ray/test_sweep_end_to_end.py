"""A whole sweep on a real local Ray: interrupted, resumed, every trial equal to its own training alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from adsw.retrieval.evaluation import Evaluation, evaluate
from adsw.retrieval.queries import QuerySet
from adsw.store.store import Store
from adsw.train.batches import windows
from adsw.train.checkpoint import load
from adsw.train.recipe import Recipe, resolve
from adsw.train.slots import SlotGroup
from sweep.trackers.tensorboard import read_events
from tests.adsw.train.synthetic import synthetic_store

pytestmark = pytest.mark.ray

TRIALS, EPOCHS = 6, 30
SPACE = {
    "name": "small",
    "objective": {"metric": "valid/t2m/mAP@10", "mode": "max"},
    "trials": TRIALS,
    "searcher": {"sampler": "tpe", "seed": 0, "startup": 3},
    "scheduler": {"kind": "asha", "grace_epochs": 10, "reduction_factor": 3},
    "recipe": {"epochs": EPOCHS, "data.batch_size": 32, "head": {"width": 32, "out": 32}},
    "space": {
        "text.swap.probability.kind": {"choice": ["constant", "linear"]},
        "text.swap.probability.value": {"uniform": [0.0, 0.5], "when": {"text.swap.probability.kind": "constant"}},
        "text.swap.probability.end": {"uniform": [0.0, 0.5], "when": {"text.swap.probability.kind": "linear"}},
        "optim.lr": {"loguniform": [1e-4, 1e-2]},
    },
    "include": ["default"],
}


class Run:
    """A sweep's command lines in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "runs" / "small"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-c", "from sweep.cli import main; main()", *words]

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*words), capture_output=True, text=True, cwd=self.folder, timeout=300)

    def interrupted(self, *words: str, after: int) -> tuple[int, str]:
        """Begin, press Ctrl-C once so many trials have ended, and give exit status and standard error."""
        with subprocess.Popen(
            self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder
        ) as process:
            for _ in range(1200):
                if len(self.trials()) >= after or process.poll() is not None:
                    break
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            _, error = process.communicate(timeout=120)
        return process.returncode, error

    def trials(self) -> list[dict[str, Any]]:
        file = self.path / "trials.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Store, dict[str, Any]]:
    """A sweep that was interrupted after its first trial and resumed to its end."""
    folder = tmp_path_factory.mktemp("sweep")
    store = synthetic_store(folder / "store", tracks=300)
    (folder / "space.yaml").write_text(yaml.safe_dump(SPACE))
    run = Run(folder)
    status, said = run.interrupted("run", "space.yaml", "--store", "store", "--name", "small", "--cells", "2", after=1)
    seen = {"status": status, "said": said, "ended": run.trials(), "begun": sorted(run.path.glob("started/*.json"))}
    shown = json.loads(run("status", "small", "--json").stdout)
    resumed = run("resume", "small", "--json")
    assert resumed.returncode == 0, resumed.stderr
    return run, store, {**seen, "shown": shown, "resumed": json.loads(resumed.stdout)}


def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(done: tuple[Run, Store, dict[str, Any]]) -> None:
    _, _, seen = done
    assert seen["status"] == 130
    assert "sweep resume small" in seen["said"]
    assert "Traceback" not in seen["said"]
    assert seen["shown"]["status"] == "interrupted"
    assert 1 <= len(seen["ended"]) < TRIALS
    assert len(seen["begun"]) > len(seen["ended"]), "something was under way"


def test_every_trial_ends_once_and_no_epoch_is_lost_or_counted_twice(done: tuple[Run, Store, dict[str, Any]]) -> None:
    run, _, seen = done
    trials = run.trials()
    assert sorted(trial["number"] for trial in trials) == list(range(TRIALS))
    assert trials[: len(seen["ended"])] == seen["ended"]
    for trial in trials:
        assert [point["epoch"] for point in trial["curve"]] == [float(epoch + 1) for epoch in range(trial["epochs"])]
        whole = trial["epochs"] == EPOCHS
        assert trial["state"] == ("completed" if whole else "stopped")
    assert next(trial for trial in trials if trial["arm"] == "default")["state"] == "completed"
    assert list((run.path / "state").iterdir()) == []


def test_a_trial_in_the_sweep_equals_its_training_alone_to_the_bit(done: tuple[Run, Store, dict[str, Any]]) -> None:
    run, store, _ = done
    table, dimensions = store.table("train"), store.info.dimensions
    blocks = list(windows([table], len(table), dimensions))
    queries = QuerySet.from_table(store.table("valid"), dimensions)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for trial in run.trials():
            recipe = resolve(trial["recipe"])
            assert trial["metrics"] == _alone(recipe, trial["epochs"], store, blocks, queries)
    finally:
        torch.set_num_threads(before)


def _alone(recipe: Recipe, epochs: int, store: Store, blocks: list[Any], queries: QuerySet) -> dict[str, float]:
    group = SlotGroup(store.info.dimensions, recipe, 1)
    slot = group.join(recipe)
    for _ in range(epochs):
        group.train_epoch(blocks)
    return evaluate(group.heads(slot), queries, "valid").metrics


def test_the_test_split_is_opened_for_winner_default_and_untrained_heads(
    done: tuple[Run, Store, dict[str, Any]],
) -> None:
    run, store, seen = done
    completed = [trial for trial in run.trials() if trial["state"] == "completed"]
    best = max(completed, key=lambda trial: (trial["metrics"]["valid/t2m/mAP@10"], -trial["number"]))
    names = {path.name for path in (run.path / "evaluations").glob("*.test.npz")}
    assert names == {f"{best['number']:04d}.test.npz", "0000.test.npz", "untrained.test.npz"}
    winner = Evaluation.load(run.path / "evaluations" / f"{best['number']:04d}.test.npz")
    heads = load(run.path / "checkpoints" / f"{best['number']:04d}").heads
    again = evaluate(heads, QuerySet.from_table(store.table("test"), store.info.dimensions), "test")
    assert winner.metrics == again.metrics
    assert seen["resumed"]["rows"][0]["number"] == best["number"]
    assert winner.metrics["test/t2m/R@10"] > winner.chance["test/t2m/R@10"]


def test_the_run_leaves_its_report_and_tensorboard_and_quiet_standard_output(
    done: tuple[Run, Store, dict[str, Any]],
) -> None:
    run, _, _ = done
    assert (run.path / "report.html").stat().st_size > 10_000
    boards = [entry for entry in (run.path / "tensorboard").iterdir() if entry.is_dir()]
    assert len(boards) == TRIALS
    steps = {board.name[:4]: [event.step for event in read_events(board) if event.step] for board in boards}
    epochs = {f"{trial['number']:04d}": list(range(1, trial["epochs"] + 1)) for trial in run.trials()}
    assert steps == epochs, "every epoch once, those before the interruption too"
    assert not (run.path / "live.json").exists()
    again = run("resume", "small")
    assert again.returncode == 0
    assert "done" in again.stderr
    assert len(run.trials()) == TRIALS, "nothing runs twice"


def test_more_trials_can_be_given_but_not_to_a_grid_and_a_stopped_sweep_is_not_stopped(
    done: tuple[Run, Store, dict[str, Any]],
) -> None:
    run, _, _ = done
    assert run("stop", "small").returncode == 2
    sweep_file = run.path / "sweep.json"
    before = sweep_file.read_text()
    assert run("extend", "small", "--trials", "2").returncode == 0
    assert json.loads(run("status", "small", "--json").stdout)["trials"] == TRIALS + 2
    document = json.loads(before)
    document["space"] |= {"method": "grid", "trials": None}
    sweep_file.write_text(json.dumps(document))
    refused = run("extend", "small", "--trials", "2")
    sweep_file.write_text(before)
    assert refused.returncode == 2
    assert "grid" in refused.stderr


def test_a_store_that_became_another_is_refused(done: tuple[Run, Store, dict[str, Any]]) -> None:
    run, store, _ = done
    file = store.path / "store.json"
    before = file.read_text()
    file.write_text(before.replace(store.info.fingerprint, "0" * 64))
    (run.path / "sweep.json").write_text(
        (run.path / "sweep.json").read_text().replace('"status": "done"', '"status": "interrupted"')
    )
    refused = run("resume", "small")
    file.write_text(before)
    assert refused.returncode == 2
    assert "fingerprint" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_two_workers_that_share_a_cell_train_as_one(tmp_path: Path) -> None:
    """Without dropout, whose masks are each worker's own, the curves differ by rounding only."""
    store = synthetic_store(tmp_path / "store", tracks=150)
    fixed = {**SPACE["recipe"], "epochs": 3, "head": {"width": 32, "out": 32, "dropout": 0.0}}  # type: ignore[dict-item]
    space = {**SPACE, "trials": 1, "recipe": fixed, "scheduler": {"kind": "none"}}
    (tmp_path / "space.yaml").write_text(yaml.safe_dump(space))
    run = Run(tmp_path)
    words = ("--store", "store", "--name", "small", "--cells", "1", "--workers-per-cell", "2")
    done = run("run", "space.yaml", *words)
    assert done.returncode == 0, done.stderr
    (trial,) = run.trials()
    table = store.table("train")
    blocks = list(windows([table], len(table), store.info.dimensions))
    group = SlotGroup(store.info.dimensions, resolve(trial["recipe"]), 1)
    slot = group.join(resolve(trial["recipe"]))
    losses = [group.train_epoch(blocks)[slot].loss for _ in range(3)]
    assert [point["loss"] for point in trial["curve"]] == pytest.approx(losses, rel=1e-4)

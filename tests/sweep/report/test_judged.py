"""A whole sweep judged at its best epochs, in one process: records, test results, report, reuse, rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adsw.errors import InputError
from adsw.retrieval.evaluation import Evaluation, evaluate
from adsw.retrieval.queries import QuerySet
from adsw.store.store import Store
from adsw.train.checkpoint import load
from sweep.plan.describe import method_words
from sweep.plan.warnings import warnings_of
from sweep.report.ablation.results import ablation_of
from sweep.report.data import read_run
from sweep.report.document import write_report
from sweep.report.leaderboard import build_leaderboard
from sweep.run.folder import RunFolder
from sweep.space.configurations import base_recipe
from sweep.space.load import parse_space
from sweep.space.model import Space
from tests.adsw.train.synthetic import synthetic_store
from tests.sweep.in_process import begun, run_through

METRIC = "valid/t2m/mAP@10"


def space_of(**keys: Any) -> Space:
    return parse_space(
        {
            "objective": {"metric": METRIC},
            "method": "grid",
            "recipe": {"epochs": 8, "data.batch_size": 32, "head": {"width": 16, "out": 16}},
            "arms": {"fast": {"optim.lr": 6e-2}, "faster": {"optim.lr": 9e-2}},
            "replicates": [0, 1],
            **keys,
        }
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return synthetic_store(tmp_path_factory.mktemp("store") / "store", tracks=150)


@pytest.fixture(scope="module")
def patient(store: Store, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    space = space_of(judge="best", patience=2)
    folder = begun(tmp_path_factory.mktemp("runs"), "patient", space, {"": store})
    run_through(folder, space, {"": store})
    return folder


def test_records_tell_both_epochs(patient: RunFolder, store: Store) -> None:
    queries = QuerySet.from_table(store.table("test"), store.info.dimensions)
    records = patient.trials()
    assert min(record.epochs for record in records) < 8
    for record in records:
        assert record.state == "completed"
        assert record.fidelity == 8
        assert record.best_epoch is not None
        assert record.value(METRIC) == record.curve[record.best_epoch - 1][METRIC]
        assert record.last_metrics[METRIC] == record.curve[-1][METRIC]
        assert bool(record.why) == (record.epochs < 8)
        heads = load(patient.checkpoints / f"{record.number:04d}").heads
        tested = Evaluation.load(patient.evaluations / f"{record.number:04d}.test.npz")
        assert tested.metrics == evaluate(heads, queries, "test").metrics


def test_the_report_shows_both_epochs_and_says_what_is_optimistic(patient: RunFolder) -> None:
    run = read_run(patient.path)
    found = ablation_of(run)
    assert found is not None
    for arm in found.epochs:
        records = [record for record in run.records if record.arm == arm.name]
        assert arm.best == pytest.approx(sum(record.metrics[METRIC] for record in records) / 2)
        assert arm.last == pytest.approx(sum(record.last_metrics[METRIC] for record in records) / 2)
        assert arm.best > arm.last
    board = build_leaderboard(run)
    assert all(row.interval is not None for row in board.ranked), "the evaluations are of the epoch that is judged"
    write_report(patient.path)
    page = patient.report.read_text()
    assert "Best and last epoch" in page
    assert "The best epoch is judged" in page
    assert "therefore optimistic" in page


def test_results_are_taken_over_only_where_the_same_epoch_is_judged(patient: RunFolder, store: Store) -> None:
    runs = patient.path.parent
    for name, keys, trained in (
        ("same", {"judge": "best", "patience": 2}, 0),
        ("longer", {"judge": "best"}, 4),
        ("last", {}, 4),
    ):
        space = space_of(**keys)
        folder = begun(runs, name, space, {"": store}, reuse=True)
        assert len(run_through(folder, space, {"": store}, reuse=True)) == trained
    taken = {record.number: record for record in RunFolder(runs / "same").trials()}
    for record in patient.trials():
        other = taken[record.number]
        assert (other.metrics, other.best_epoch, other.last_metrics) == (
            record.metrics,
            record.best_epoch,
            record.last_metrics,
        )


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"patience": 3}, "Add judge: best"),
        ({"judge": "best", "patience": 3, "scheduler": {"kind": "asha"}}, "the scheduler ends trials too"),
        ({"judge": "best", "objective": [{"metric": METRIC}, {"metric": "valid/m2t/R@1"}]}, "one objective"),
        ({"judge": "first"}, "judge"),
        ({"judge": "best", "patience": 0}, "patience"),
    ],
)
def test_what_does_not_go_together_is_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as refused:
        space_of(**keys)
    assert said in str(refused.value)


def test_the_plan_says_what_it_means() -> None:
    space = space_of(judge="best", patience=2)
    assert "ending after 2 epochs without a better one" in method_words(space)
    told = " ".join(warnings_of(space, base_recipe(space), 100, 1, 4, None))
    assert "optimistic" in told
    assert "schedules" in told
    space = space_of(judge="best", patience=8)
    assert "patience 8 has no effect" in " ".join(warnings_of(space, base_recipe(space), 100, 1, 4, None))


def test_swap_accuracy_stands_beside_the_objective_and_can_be_it(
    store: Store, patient: RunFolder, tmp_path: Path
) -> None:
    run = read_run(patient.path)
    found = ablation_of(run)
    assert found is not None
    assert found.beside is not None
    assert found.beside.metric.full == "test/swap/accuracy"
    for score in found.beside.arms:
        numbers = [record.number for record in run.records if record.arm == score.name]
        figures = [run.test[number].metrics["test/swap/accuracy"] for number in numbers]
        assert score.value == pytest.approx(sum(figures) / len(figures))
    assert "test/swap/accuracy, beside the objective" in patient.report.read_text()
    space = space_of(objective={"metric": "valid/swap/accuracy"}, judge="best")
    folder = begun(tmp_path, "swaps", space, {"": store})
    run_through(folder, space, {"": store})
    write_report(folder.path)
    turned = ablation_of(read_run(folder.path))
    assert turned is not None
    assert turned.primary.metric.full == "test/swap/accuracy"
    assert turned.beside is not None
    assert turned.beside.metric.full == "test/t2m/mAP@10"
    assert all(comparison.tracks is not None for comparison in turned.primary.comparisons)

"""A configuration that another run has trained is not trained again, unless anything that matters differs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from adsw.retrieval.evaluation import Evaluation
from adsw.store.store import Store
from sweep.run.folder import RunFolder
from sweep.run.records import TrialState
from sweep.space.load import parse_space
from sweep.space.model import Space
from tests.adsw.train.synthetic import synthetic_store
from tests.sweep.in_process import begun, run_through

METRIC = "valid/t2m/mAP@10"


def space_of(arms: dict[str, Any], **keys: Any) -> Space:
    recipe = {"epochs": 2, "data.batch_size": 32, "head": {"width": 16, "out": 16}, **keys.pop("recipe", {})}
    base = {"objective": {"metric": METRIC}, "method": "grid", "recipe": recipe, "arms": arms, "replicates": [0, 1]}
    return parse_space({**base, **keys})


FIRST = {"plain": {}, "fast": {"optim.lr": 1e-2}}
SECOND = {"quick": {"optim.lr": 1e-2}, "slow": {"optim.lr": 1e-4}}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return synthetic_store(tmp_path_factory.mktemp("store") / "store", tracks=100)


@pytest.fixture(scope="module")
def earlier(store: Store, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    space = space_of(FIRST)
    folder = begun(tmp_path_factory.mktemp("runs"), "earlier", space, {"": store})
    run_through(folder, space, {"": store})
    return folder


@pytest.fixture
def runs(earlier: RunFolder, tmp_path: Path) -> Path:
    """A folder of runs with the earlier one in it."""
    shutil.copytree(earlier.path.parent, tmp_path / "runs")
    return tmp_path / "runs"


def trained(runs: Path, store: Store, space: Space, name: str = "later", **sweep: Any) -> tuple[RunFolder, set[str]]:
    """Run a sweep beside the earlier one; the arms that it really trained."""
    folder = begun(runs, name, space, {"": store}, **sweep)
    return folder, {str(proposal.spec.arm) for proposal in run_through(folder, space, {"": store}, reuse=True)}


def test_what_is_known_is_taken_over_whole(runs: Path, store: Store, earlier: RunFolder) -> None:
    folder, arms = trained(runs, store, space_of(SECOND))
    assert arms == {"slow"}
    theirs = {record.seed: record for record in earlier.trials() if record.arm == "fast"}
    ours = {record.seed: record for record in folder.trials() if record.arm == "quick"}
    assert ours.keys() == theirs.keys()
    for seed, record in ours.items():
        assert record.state is TrialState.COMPLETED
        assert (record.metrics, record.curve, record.seconds) == (theirs[seed].metrics, theirs[seed].curve, 0.0)
        assert record.why == f"known from earlier, trial {theirs[seed].number}"
        saved = Evaluation.load(folder.evaluations / f"{record.number:04d}.valid.npz")
        assert saved.metrics.items() <= record.metrics.items()
        assert (folder.evaluations / f"{record.number:04d}.test.npz").is_file(), "its heads are there to be tested"


def test_the_same_sweep_again_trains_nothing(runs: Path, store: Store, earlier: RunFolder) -> None:
    folder, arms = trained(runs, store, space_of(FIRST))
    assert arms == set()
    assert [record.metrics for record in folder.trials()] == [record.metrics for record in earlier.trials()]


def test_without_reuse_all_is_trained(runs: Path, store: Store) -> None:
    space = space_of(FIRST)
    folder = begun(runs, "later", space, {"": store})
    assert len(run_through(folder, space, {"": store})) == 4


@pytest.mark.parametrize(
    "space",
    [
        space_of(FIRST, recipe={"optim.clip": 0.5}),
        space_of(FIRST, replicates=[2, 3]),
        space_of(FIRST, evaluate=[{"name": "words", "source": "tags"}]),
    ],
    ids=["recipe", "seeds", "evaluation sets"],
)
def test_another_recipe_seed_or_evaluation_set_is_trained(runs: Path, store: Store, space: Space) -> None:
    assert trained(runs, store, space)[1] == set(FIRST)


def test_another_store_is_trained(runs: Path, tmp_path: Path) -> None:
    other = synthetic_store(tmp_path / "other", tracks=100, seed=5)
    assert trained(runs, other, space_of(FIRST))[1] == set(FIRST)


@pytest.mark.parametrize(
    "sweep", [{"device": "gpu"}, {"code": {"revision": None, "dirty": None, "digest": "0"}}], ids=["device", "code"]
)
def test_other_code_or_another_device_is_trained(runs: Path, store: Store, sweep: dict[str, Any]) -> None:
    assert trained(runs, store, space_of(FIRST), **sweep)[1] == set(FIRST)


def test_a_trial_whose_files_are_gone_is_trained_and_a_damaged_run_is_passed_over(
    runs: Path, store: Store, earlier: RunFolder
) -> None:
    gone = next(record.number for record in earlier.trials() if record.arm == "fast")
    shutil.rmtree(runs / "earlier" / "checkpoints" / f"{gone:04d}")
    shutil.copytree(runs / "earlier", runs / "damaged")
    (runs / "damaged" / "trials.jsonl").write_text('{"number": "x"}\n{}\n')
    (runs / "foreign").mkdir()
    (runs / "foreign" / "sweep.json").write_text(json.dumps({"schema_version": 0}))
    assert trained(runs, store, space_of(FIRST))[1] == {"fast"}

"""`sweep plan`, `status` and `best`: what they print, and with which status they exit."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.store.store import Store
from adsw.train.recipe import resolve
from sweep.api.trial import Trial
from sweep.live.live_file import LiveFile
from sweep.live.state import LiveObjective, LiveState
from sweep.run.command_lines import command_line
from sweep.run.folder import RunFolder
from sweep.run.ranking import best_completed
from sweep.run.records import SweepStatus, TrialRecord, TrialState
from sweep.run.store_places import Reopened
from sweep.space.load import parse_space
from sweep.space.sections import Objective

METRIC = "valid/t2m/R@10"
SPACE = """
description: How fast should it learn?
objective: {{metric: {metric}, mode: max}}
trials: {trials}
recipe: {{epochs: 3, data.batch_size: 8, head: {{width: 8, out: 8}}}}
searcher: {{startup: 2}}
space:
  optim.lr: {{loguniform: [1e-4, 1e-2]}}
  text.mix.human: {{uniform: [0, 1]}}
include: [default]
"""


@pytest.fixture
def space_file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(SPACE.format(metric=METRIC, trials=6))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    space = parse_space(
        {"objective": {"metric": METRIC}, "trials": 5, "space": {"optim.lr": {"loguniform": [1e-4, 1e-2]}}}
    )
    return RunFolder.create(tmp_path / "runs", "one", {"space": space.document()})


def record(number: int, state: TrialState, value: float | None, **fields: Any) -> TrialRecord:
    recipe = resolve({"optim.lr": 0.001 * (number + 1), "head.layers": 3}).model_dump(mode="json")
    metrics = {} if value is None else {METRIC: value}
    return TrialRecord(number=number, state=state, metrics=metrics, recipe=recipe, epochs=3, **fields)


def test_plan_for_people(sweep: Callable[..., tuple[int, str, str]], space_file: Path, tiny_store: Store) -> None:
    status, out, _ = sweep("plan", space_file, "--store", tiny_store.path, "--cells", 1)
    assert status == 0
    assert "How fast should it learn?" in out
    assert f"Objective: {METRIC}, max." in out
    assert "0.0001 to 0.01, log" in out
    assert "0.0003" in out
    assert "6 trials of the search, of at most 3 epochs with 5 steps each: 18 epochs." in out
    assert "40 training and 10 validation tracks; 1 cells on cpu" in out
    assert "s per epoch: about" in out
    assert "Always tried: default." in out
    assert "Mind: text.mix.human has no effect: the store holds no human captions." in out


def test_plan_of_stages_stores_and_sets(
    sweep: Callable[..., tuple[int, str, str]], tmp_path: Path, make_store: Callable[..., Store]
) -> None:
    path = tmp_path / "arms.yaml"
    path.write_text(
        f"objective: {{metric: {METRIC}}}\nmethod: grid\nrecipe: {{epochs: 3, data.batch_size: 8}}\n"
        "arms: {a: {}, b: {store: second}}\nreplicates: {until_decided: {first: 2, step: 1, most: 4}}\n"
        "space:\n  text.swap.probability:\n    role: nuisance\n"
        "    schedule: {constant: {value: {choice: [0, 0.1]}}, linear: {}}\n"
        "tune: {replicates: 1}\nevaluate: [{name: words, source: tags}]\n"
    )
    first, second = make_store(), make_store()
    status, out, _ = sweep(
        "plan", path, "--store", f"first={first.path}", "--store", f"second={second.path}", "--cells", 1
    )
    assert status == 0
    for part in (
        "Evaluated at every epoch beside the validation split: words: valid split, queries from tags.",
        "constant (value 0 | 0.1)",
        "nuisance; default: linear from 0 to 0.15 over 20 epochs",
        "Store first (40 training tracks): arms a.",
        "Store second (40 training tracks): arms b.",
        "6 tuning trials: 2 arms x 3 points x 1 seed.",
        "4 to 8 trials: 2 arms x 2 to 4 replicates.",
        "In all 10 to 14 trials of at most 3 epochs with 5 steps each: 30 to 42 epochs.",
        "s per epoch: about",
    ):
        assert part in out, part


def test_plan_of_an_arm_without_its_store(
    sweep: Callable[..., tuple[int, str, str]], tmp_path: Path, tiny_store: Store
) -> None:
    path = tmp_path / "arms.yaml"
    path.write_text(f"objective: {{metric: {METRIC}}}\nmethod: grid\narms: {{a: {{store: second}}}}\n")
    status, _, err = sweep("plan", path, "--store", tiny_store.path, "--no-measure")
    assert status == 2
    assert "is not among the run's stores" in err


def test_plan_as_json(sweep: Callable[..., tuple[int, str, str]], space_file: Path, tiny_store: Store) -> None:
    status, out, _ = sweep("plan", space_file, "--store", tiny_store.path, "--json", "--no-measure")
    document = json.loads(out)
    assert (status, document["trials"], document["seconds_per_epoch"]) == (0, 6, None)
    assert [line["name"] for line in document["parameters"]] == ["optim.lr", "text.mix.human"]


def test_plan_of_the_quickstart(sweep: Callable[..., tuple[int, str, str]], tiny_store: Store) -> None:
    file = Path(__file__).parents[3] / "search_spaces" / "quickstart.yaml"
    status, out, _ = sweep("plan", file, "--store", tiny_store.path, "--no-measure")
    assert status == 0
    assert "scientific; only when kind is linear or cosine or step" in out


def test_plan_without_a_number_of_trials(
    sweep: Callable[..., tuple[int, str, str]], tmp_path: Path, tiny_store: Store
) -> None:
    path = tmp_path / "arms.yaml"
    path.write_text(
        f"objective: {{metric: {METRIC}}}\nbudget: {{trial_epochs: 50}}\nspace: {{epochs: {{int: [1, 2]}}}}\n"
    )
    _, out, _ = sweep("plan", path, "--store", tiny_store.path, "--no-measure")
    assert "As many trials as the budget allows" in out
    path.write_text(f"objective: {{metric: {METRIC}}}\nmethod: grid\narms: {{a: {{}}, b: {{epochs: 2}}}}\n")
    _, out, _ = sweep("plan", path, "--store", tiny_store.path, "--no-measure")
    assert "grid of 2 arms" in out


def test_plan_tells_all_faults_of_space_and_store(sweep: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(SPACE.format(metric="valid/t2m/r@10", trials=0))
    status, out, err = sweep("plan", path, "--store", tmp_path / "no-store")
    assert (status, out) == (2, "")
    assert "(3 faults)" in err
    for part in ("did you mean 'valid/t2m/R@10'?", "trials (line 4)", "no-store"):
        assert part in err


def test_plan_refuses_what_cannot_fit(
    sweep: Callable[..., tuple[int, str, str]], space_file: Path, tiny_store: Store
) -> None:
    status, _, err = sweep("plan", space_file, "--store", tiny_store.path, "--cells", 4096)
    assert status == 2
    assert "must lie between 1 and the" in err


@pytest.mark.parametrize("arguments", [["plan"], ["plan", "x.yaml"], ["status"], ["best", "a", "b"], ["plna"]])
def test_wrong_usage(sweep: Callable[..., tuple[int, str, str]], arguments: list[str]) -> None:
    status, out, _ = sweep(*arguments)
    assert (status, out) == (2, "")


@pytest.mark.parametrize("command", ["status", "best"])
def test_unknown_runs(sweep: Callable[..., tuple[int, str, str]], folder: RunFolder, command: str) -> None:
    status, out, err = sweep(command, "onw", "--runs", folder.path.parent, "--json")
    assert (status, out) == (2, "")
    assert "Did you mean 'one'?" in err


def test_runs_are_found_through_the_environment(
    sweep: Callable[..., tuple[int, str, str]], folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADSW_RUNS", str(folder.path.parent))
    assert sweep("status", "one")[0] == 0


def test_status_of_a_sweep(sweep: Callable[..., tuple[int, str, str]], folder: RunFolder) -> None:
    runs = ("--runs", folder.path.parent)
    for number in range(5):
        folder.start_trial(number, {})
    folder.append_trial(record(0, TrialState.COMPLETED, 0.2, arm="default"))
    folder.append_trial(record(1, TrialState.STOPPED, 0.9))
    folder.append_trial(record(2, TrialState.FAILED, None, why="the loss is NaN"))
    _, out, _ = sweep("status", "one", *runs, "--json")
    document = json.loads(out)
    assert document["status"] == "interrupted"  # it says running, and nobody drives it
    assert document["states"] == {"completed": 1, "stopped": 1, "failed": 1}
    assert (document["trials"], document["unfinished"], document["epochs"]) == (5, [3, 4], 9)
    assert document["best"] == {"number": 0, "arm": "default", "value": 0.2}
    assert document["failures"] == [{"number": 2, "why": "the loss is NaN"}]
    _, out, _ = sweep("status", "one", *runs)
    for part in (
        "one: interrupted",
        "3 of 5 trials ended: 1 completed, 1 failed, 1 stopped; 9 epochs trained.",
        "Begun and not ended: 3, 4.",
        f"Best: trial 0 (default), {METRIC} 0.2000.",
        "Trial 2 failed: the loss is NaN",
        "Go on with: sweep resume one",
    ):
        assert part in out
    with folder.driving():
        assert json.loads(sweep("status", "one", *runs, "--json")[1])["status"] == "running"
    folder.move_to(SweepStatus.DONE)
    assert "one: done" in sweep("status", "one", *runs)[1]


def test_status_before_anything_has_ended(sweep: Callable[..., tuple[int, str, str]], folder: RunFolder) -> None:
    _, out, _ = sweep("status", "one", "--runs", folder.path.parent)
    assert "0 of 5 trials ended; 0 epochs trained." in out


def test_best_trial(sweep: Callable[..., tuple[int, str, str]], folder: RunFolder) -> None:
    runs = ("--runs", folder.path.parent)
    folder.append_trial(record(0, TrialState.COMPLETED, 0.2, arm="default"))
    folder.append_trial(record(1, TrialState.STOPPED, 0.9))
    folder.append_trial(record(2, TrialState.COMPLETED, 0.4, params={"optim.lr": 0.003}))
    (folder.checkpoints / "0002").mkdir()
    document = json.loads(sweep("best", "one", *runs, "--json")[1])
    assert (document["number"], document["value"]) == (2, 0.4)
    assert document["overrides"] == {"head.layers": 3, "optim.lr": 0.003}
    assert document["checkpoint"] == str(folder.checkpoints / "0002")
    status, out, _ = sweep("best", "one", *runs)
    assert status == 0
    assert "one: trial 2" in out
    assert f"{METRIC} 0.4000 after 3 epochs" in out
    assert "optim.lr = 0.003" in out


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"text.swap.probability": 0.3},
        {
            "text.swap.probability.kind": "cosine",
            "text.view_dropout.rate": {"kind": "step", "start": 0, "end": 1, "epochs": 3},
        },
        {"optim.lr": {"kind": "piecewise", "points": [[0, 0.1], [2, 0.3]]}, "text.swap.categories": ["genre"]},
    ],
)
def test_overrides_give_the_recipe_back(folder: RunFolder, overrides: dict[str, Any]) -> None:
    recipe = resolve(overrides)
    trial = TrialRecord(number=0, state=TrialState.COMPLETED, recipe=recipe.model_dump(mode="json"))
    document = Trial.of(folder, trial, Objective(metric=METRIC, mode="max")).document()
    assert resolve(document["overrides"]) == recipe


def test_the_default_may_be_best(sweep: Callable[..., tuple[int, str, str]], folder: RunFolder) -> None:
    folder.append_trial(record(0, TrialState.COMPLETED, 0.2, arm="default"))
    _, out, _ = sweep("best", "one", "--runs", folder.path.parent)
    assert "trial 0 (default)" in out
    assert "Checkpoint: none kept" in out


def test_no_best_yet(sweep: Callable[..., tuple[int, str, str]], folder: RunFolder) -> None:
    folder.append_trial(record(0, TrialState.STOPPED, 0.2))
    runs = ("--runs", folder.path.parent)
    status, out, err = sweep("best", "one", *runs)
    assert (status, out) == (1, "")
    assert "No trial of one has completed yet." in err
    status, out, _ = sweep("best", "one", *runs, "--json")
    assert (status, json.loads(out)) == (1, {"name": "one", "number": None})


def test_ranking_by_mode_and_number() -> None:
    records = [record(number, TrialState.COMPLETED, value) for number, value in enumerate([0.3, 0.5, 0.5, None])]
    found = best_completed(records, Objective(metric=METRIC, mode="max"))
    assert found is not None
    assert found.number == 1
    lowest = best_completed(records, Objective.model_construct(metric=METRIC, mode="min"))
    assert lowest is not None
    assert lowest.number == 0


def test_status_watched_from_a_pipe_ends_with_the_sweep(
    sweep: Callable[..., tuple[int, str, str]], folder: RunFolder
) -> None:
    folder.append_trial(record(0, TrialState.COMPLETED, 0.2, arm="default"))
    folder.move_to(SweepStatus.INTERRUPTED)
    runs = ("--runs", folder.path.parent)
    status, out, err = sweep("status", "one", "--watch", *runs)
    assert (status, err) == (0, "")
    assert out == f"Go on with: sweep resume one --runs {folder.path.parent}\n"
    status, _, err = sweep("status", "one", "--watch", "--json", *runs)
    assert status == 2
    assert "--watch goes on" in err


def test_ctrl_c_leaves_a_watched_sweep_running(
    sweep: Callable[..., tuple[int, str, str]], folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sweep.live.watch.watch", interrupted)
    with folder.driving():
        status, _, err = sweep("status", "one", "--watch", "--runs", folder.path.parent)
        assert (status, err) == (0, "")
        assert folder.status is SweepStatus.RUNNING
        assert not folder.stop_requested()


def test_a_sweep_on_another_machine_is_neither_resumed_nor_extended_but_asked_to_stop(
    sweep: Callable[..., tuple[int, str, str]], folder: RunFolder
) -> None:
    runs = folder.path.parent
    assert sweep("stop", "one", "--runs", runs)[0] == 2
    LiveFile(folder.path).write(LiveState("one", (LiveObjective(METRIC),)), [], time.time(), time.time())
    live = folder.path / "live.json"
    live.write_text(json.dumps({**json.loads(live.read_text()), "host": "elsewhere"}))
    for command in (["resume", "one"], ["extend", "one", "--trials", 2]):
        status, _, said = sweep(*command, "--runs", runs)
        assert status == 2
        assert "is being run by another process" in said
        assert "It runs on elsewhere" in said
    assert sweep("stop", "one", "--runs", runs)[0] == 0
    assert folder.stop_requested()


def test_status_tells_of_hosts_that_could_not_train(
    sweep: Callable[..., tuple[int, str, str]], folder: RunFolder
) -> None:
    refused = {"host": "east (10.0.0.2)", "why": "/store: must be a folder"}
    folder.update_sweep(refused_hosts=[refused])
    folder.append_trial(record(0, TrialState.FAILED, None, why="KeyError: 3 (on host east (10.0.0.2))"))
    folder.move_to(SweepStatus.FAILED)
    status, out, _ = sweep("status", "one", "--runs", folder.path.parent)
    assert status == 0
    assert "Host east (10.0.0.2) could not train: /store: must be a folder" in out
    assert f"Train failed trials again with: {command_line('resume', folder.path, '--failed')}" in out
    assert f"Go on with: {command_line('resume', folder.path)}" in out
    _, out, _ = sweep("status", "one", "--json", "--runs", folder.path.parent)
    assert json.loads(out)["refused_hosts"] == [refused]


def test_a_sweep_that_is_done_says_how_to_train_failed_trials_again(
    sweep: Callable[..., tuple[int, str, str]], folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.start_trial(0, {})
    folder.append_trial(record(0, TrialState.FAILED, None))
    folder.update_sweep(space={**folder.read_sweep().space, "trials": 1})
    folder.move_to(SweepStatus.DONE)
    monkeypatch.setattr("sweep.cli.report.publish", lambda *_: None)
    reopened = Reopened(parse_space(folder.read_sweep().space), {}, {})
    monkeypatch.setattr("sweep.run.store_places.reopen", lambda *_: reopened)
    monkeypatch.setattr("sweep.trackers.tracking.finish", lambda *_: None)
    board = folder.tensorboard / "0000"
    board.mkdir(parents=True)
    status, _, said = sweep("resume", "one", "--runs", folder.path.parent)
    assert status == 0
    again = command_line("resume", folder.path, "--failed")
    assert f"Failed: 1; train them again with: {again}" in " ".join(said.split())
    went: list[list[int]] = []
    monkeypatch.setattr("sweep.api.steer.planned", lambda *_: None)
    monkeypatch.setattr("sweep.api.steer.conduct", lambda folder, *_: went.append(folder.unfinished()))
    status, _, said = sweep("resume", "one", "--failed", "--runs", folder.path.parent)
    assert status == 0
    assert "Failed trials that are trained again: 0." in said
    assert went == [[0]]
    assert not board.exists()

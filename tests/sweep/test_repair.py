"""What a crash of the machine leaves is mended before a resume, said, and changes no result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.errors import InputError
from adsw.judging import Judging
from adsw.store.store import Store
from sweep.cell.messages import Progress
from sweep.cell.saved_states import SavedStates
from sweep.on_ray.search_adapter import record_of
from sweep.repair import mend
from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord
from sweep.search import open_searcher
from sweep.search.protocol import Proposal
from sweep.space.load import parse_space
from sweep.space.model import Space
from tests.sweep.in_process import begun

METRIC = "valid/t2m/R@10"
EPOCHS = 4


def space_of() -> Space:
    return parse_space(
        {
            "objective": {"metric": METRIC},
            "trials": 9,
            "recipe": {"epochs": EPOCHS},
            "searcher": {"startup": 3, "seed": 1},
            "space": {"optim.lr": {"loguniform": [1e-4, 1e-2]}, "text.swap.probability": {"uniform": [0, 0.5]}},
        }
    )


def value_of(proposal: Proposal) -> float:
    return float(str(proposal.spec.params["optim.lr"])[2:6].replace("e", "0").replace("-", "0") or 0) / 1e4


def search(folder: RunFolder, space: Space, ends: int, open_at_end: int = 0) -> list[dict[str, Any]]:
    """End so many trials of what is left, and leave some begun; the parameters of all that were handed out."""
    searcher, given = open_searcher(space, folder), []
    for count in range(ends + open_at_end):
        proposal = searcher.ask()
        if not isinstance(proposal, Proposal):
            break
        given.append(dict(proposal.spec.params))
        if count < ends:
            curve = tuple({"epoch": float(e + 1), METRIC: value_of(proposal)} for e in range(EPOCHS))
            record = record_of(proposal, Progress(EPOCHS, curve), Judging(METRIC))
            folder.append_trial(record)
            searcher.tell(record)
    return given


@pytest.fixture
def whole(tmp_path: Path, tiny_store: Store) -> list[dict[str, Any]]:
    """The parameters of every trial of a sweep that nothing befell."""
    space = space_of()
    return search(begun(tmp_path / "whole", "one", space, {"": tiny_store}), space, 9)


@pytest.fixture
def folder(tmp_path: Path, tiny_store: Store) -> RunFolder:
    """A sweep of five ended trials with one under way, killed."""
    folder = begun(tmp_path / "runs", "one", space_of(), {"": tiny_store})
    search(folder, space_of(), 5, open_at_end=1)
    return folder


def cut(path: Path, keep: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])


JOURNAL: dict[str, tuple[Callable[[Path], object], str]] = {
    "whole": (lambda _: None, ""),
    "empty": (lambda path: path.write_bytes(b""), "was empty. The study is made anew"),
    "missing": (lambda path: path.unlink(), ""),
    "cut in mid-line": (lambda path: path.write_bytes(path.read_bytes()[:-3]), "the last line was cut off"),
    "cut in the middle": (lambda path: cut(path, 0.5), "the last line was cut off"),
    "zeros at the end": (lambda path: path.write_bytes(path.read_bytes() + b"\0" * 99), "the last line was cut off"),
    "garbage": (lambda path: path.write_bytes(path.read_bytes()[:99] + b"\n\0\x01\n"), "set aside as optuna.journal."),
}


@pytest.mark.parametrize("damage", JOURNAL)
def test_a_damaged_journal_changes_no_proposal(folder: RunFolder, whole: list[dict[str, Any]], damage: str) -> None:
    harm, said = JOURNAL[damage]
    harm(folder.journal)
    mended = mend(folder)
    assert len(mended) == bool(said)
    assert said in "".join(mended)
    assert search(folder, space_of(), 9) == whole[5:], "the trial under way first, then as if nothing had been"
    assert len(folder.trials()) == 9
    assert mend(folder) == []


@pytest.mark.parametrize("content", [b"", b'{"number": 5, "rec', b"\0" * 200])
def test_a_torn_start_begins_anew(folder: RunFolder, whole: list[dict[str, Any]], content: bytes) -> None:
    (folder.started / "0005.json").write_bytes(content)
    (folder.states / "0005").mkdir()
    with pytest.raises(InputError, match=r"0005\.json: is no started trial.*this mends it: sweep resume one"):
        folder.unfinished()
    assert mend(folder) == ["started: 0005.json was cut off and dropped; 1 trial was under way and begins anew."]
    assert not (folder.states / "0005").exists(), "its state may be of another recipe"
    assert len(search(folder, space_of(), 9)) == len(whole[5:])
    assert sorted(record.number for record in folder.trials()) == list(range(9))


def test_a_torn_start_of_an_ended_trial_costs_nothing(folder: RunFolder, whole: list[dict[str, Any]]) -> None:
    (folder.started / "0002.json").write_bytes(b"")
    assert mend(folder) == ["started: 0002.json was cut off and dropped."]
    assert search(folder, space_of(), 9) == whole[5:]


def test_a_torn_last_trial_is_dropped_and_told(folder: RunFolder) -> None:
    cut(folder.trials_file, 0.95)
    (said,) = mend(folder)
    assert said.startswith("trials.jsonl: the last line was cut off")
    assert [record.number for record in folder.trials()] == [0, 1, 2, 3]
    assert folder.unfinished() == [4, 5]


def test_a_broken_line_among_others_is_one_clear_error(folder: RunFolder) -> None:
    lines = folder.trials_file.read_text().splitlines(keepends=True)
    folder.trials_file.write_text("".join([*lines[:1], "{\n", *lines[1:]]))
    with pytest.raises(InputError, match=r"trials\.jsonl line 2"):
        mend(folder)


STATES: dict[str, tuple[str, bytes | None, int]] = {
    "the last state empty": ("3.pt", b"", 2),
    "the last state cut": ("3.pt", None, 2),
    "progress empty": ("progress.json", b"", 3),
    "progress cut": ("progress.json", b'{"epoch": 3, "cur', 3),
}


@pytest.mark.parametrize("damage", STATES)
def test_the_state_before_is_used(folder: RunFolder, damage: str) -> None:
    name, content, epoch = STATES[damage]
    states = SavedStates(folder.states)
    curve = [{"epoch": float(e), METRIC: e / 10} for e in (1, 2, 3)]
    for e in (1, 2, 3):
        states.save(5, e, {"epoch": e, "weights": list(range(500))}, curve[:e]).result()
    path = folder.states / "0005" / name
    path.write_bytes(path.read_bytes()[:-40] if content is None else content)
    # The progress of the epoch before names that epoch: without the latest curve, its own state is the last usable.
    reached = min(epoch, 2)
    assert mend(folder) == [f"state: that of trial 5 was cut off; it goes on from epoch {reached}, the last whole one."]
    progress = states.progress(5)
    assert (progress.epoch, list(progress.curve)) == (reached, curve[:reached])
    assert states.load(5, reached)["epoch"] == reached
    assert mend(folder) == []


def test_without_a_whole_state_a_trial_begins_anew(folder: RunFolder) -> None:
    states = SavedStates(folder.states)
    states.save(5, 1, {"epoch": 1}, [{"epoch": 1.0}]).result()
    (folder.states / "0005" / "1.pt").write_bytes(b"")
    assert mend(folder) == ["state: that of trial 5 was cut off; it goes on from the beginning."]
    assert states.progress(5) == Progress(0, ())


def test_after_the_last_epoch_no_state_is_missed(folder: RunFolder) -> None:
    states = SavedStates(folder.states)
    curve = [{"epoch": float(e)} for e in range(1, EPOCHS + 1)]
    states.save(5, EPOCHS, {"epoch": EPOCHS}, curve).result()
    (folder.states / "0005" / f"{EPOCHS}.pt").unlink()
    assert mend(folder) == []
    assert states.progress(5).epoch == EPOCHS


def test_a_whole_folder_is_left_as_it_is(folder: RunFolder) -> None:
    SavedStates(folder.states).save(5, 1, {"epoch": 1}, [{"epoch": 1.0}]).result()
    before = {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}
    assert mend(folder) == []
    assert {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()} == before
    assert isinstance(folder.trials()[0], TrialRecord)

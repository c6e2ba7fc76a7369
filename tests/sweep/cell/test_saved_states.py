"""Saved states: a reader finds the last whole one, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sweep.cell.messages import Progress
from sweep.cell.saved_states import SavedStates


@pytest.fixture
def states(tmp_path: Path) -> SavedStates:
    return SavedStates(tmp_path / "state")


def test_nothing_saved_is_epoch_zero(states: SavedStates) -> None:
    assert states.progress(3) == Progress(0, ())


def test_what_was_saved_is_found_again(states: SavedStates) -> None:
    curve = [{"epoch": 1.0, "loss": 2.5}]
    states.save(3, 1, {"values": torch.arange(3.0), "epoch": 1}, curve).result()
    assert states.progress(3) == Progress(1, tuple(curve))
    assert torch.equal(states.load(3, 1)["values"], torch.arange(3.0))


def test_only_the_last_two_states_are_kept(states: SavedStates) -> None:
    for epoch in (1, 2, 3):
        states.save(0, epoch, {"epoch": epoch}, [{"epoch": float(e)} for e in range(1, epoch + 1)]).result()
    assert sorted(path.name for path in (states.folder / "0000").iterdir()) == [
        "2.pt",
        "3.pt",
        "before.json",
        "progress.json",
    ]
    assert states.progress(0).epoch == 3


def test_a_state_that_progress_does_not_name_is_not_believed(states: SavedStates) -> None:
    """A death between the two files: the older epoch counts, and is there."""
    states.save(0, 1, {"epoch": 1}, [{"epoch": 1.0}]).result()
    torch.save({"epoch": 2}, states.folder / "0000" / "2.pt")
    assert states.progress(0).epoch == 1
    assert states.load(0, 1)["epoch"] == 1


def test_a_dropped_trial_leaves_nothing(states: SavedStates) -> None:
    states.save(0, 1, {"epoch": 1}, []).result()
    states.drop(0)
    states.drop(0)
    assert list(states.folder.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        states.load(0, 1)

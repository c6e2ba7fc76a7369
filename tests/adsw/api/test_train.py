"""`adsw.train` checks what typer checks for the command."""

from __future__ import annotations

from pathlib import Path

import pytest

import adsw


def test_epochs_to_wait_are_checked_with_all_else(tmp_path: Path) -> None:
    with pytest.raises(adsw.InputError) as caught:
        adsw.train(tmp_path / "store", tmp_path / "out", judge="best", patience=0)
    assert ("--patience", "must be at least 1") in [(fault.where, fault.rule) for fault in caught.value.faults]
    assert len(caught.value.faults) > 1
    with pytest.raises(adsw.InputError, match="must be last or best"):
        adsw.train(tmp_path / "store", tmp_path / "out", judge="first")

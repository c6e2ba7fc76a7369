"""Hints can be pasted: they find the run that they speak of."""

from __future__ import annotations

from pathlib import Path

import pytest

from adsw.errors import InputError
from sweep.run.command_lines import command_line
from sweep.run.folder import RunFolder


def test_the_usual_folder_needs_no_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADSW_RUNS", raising=False)
    assert command_line("resume", Path("runs/one")) == "sweep resume one"
    assert command_line("stop", Path("/my runs/one")) == "sweep stop one --runs '/my runs'"
    assert command_line("extend", Path("runs/one"), "--hours", "1") == "sweep extend one --hours 1"
    monkeypatch.setenv("ADSW_RUNS", "/shared")
    assert command_line("resume", Path("/shared/one")) == "sweep resume one"
    assert command_line("resume", Path("runs/one")) == "sweep resume one --runs runs"


def test_every_hint_about_a_run_names_its_folder(tmp_path: Path) -> None:
    folder, runs = RunFolder.create(tmp_path, "one", {}), f"--runs {tmp_path}"
    with pytest.raises(InputError, match=f"sweep resume one {runs}"):
        RunFolder.create(tmp_path, "one", {})
    with folder.driving(), pytest.raises(InputError, match=f"sweep stop one {runs}"), folder.driving():
        pass
    (folder.started / "0000.json").touch()
    with pytest.raises(InputError, match=f"sweep resume one {runs}"):
        folder.started_trials()

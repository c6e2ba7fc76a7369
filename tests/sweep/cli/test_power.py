"""`sweep power`: what it prints, and what it refuses."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.cli import main
from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord, TrialState
from sweep.space.load import parse_space

METRIC = "valid/t2m/R@10"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def power(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sweep", "power", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        out = capsys.readouterr()
        return int(end.value.code or 0), out.out, out.err

    return run


def pilot(runs: Path, arms: dict[str, list[float]]) -> None:
    space = parse_space({"objective": {"metric": METRIC}, "trials": 5, "space": {"optim.lr": {"uniform": [0.1, 0.2]}}})
    folder = RunFolder.create(runs, "pilot", {"space": space.document()})
    done = [(arm, seed, value) for arm, values in arms.items() for seed, value in enumerate(values)]
    for number, (arm, seed, value) in enumerate(done):
        folder.start_trial(number, {})
        fields = {"number": number, "arm": arm, "seed": seed, "metrics": {METRIC: value}}
        folder.append_trial(TrialRecord(state=TrialState.COMPLETED, **fields))


def test_a_guess(power: Run) -> None:
    status, out, _ = power("--difference", 0.01, "--deviation", 0.01)
    assert status == 0
    assert "Standard deviation of paired differences: 0.01, a guess." in out
    assert "2 arms, level 5 % each" in out
    assert next(line.split()[:4] for line in out.splitlines() if "1.00" in line) == ["0.01", "1.00", "10", "20"]
    assert "From 6 replicates on the exact sign-flip test decides" in out
    assert max(map(len, out.splitlines())) <= 100


def test_a_pilot(power: Run, tmp_path: Path) -> None:
    pilot(tmp_path, {"default": [0.4, 0.5, 0.45], "new": [0.43, 0.52, 0.49], "other": [0.41, 0.5, 0.45]})
    status, out, _ = power("--run", "pilot", "--runs", tmp_path, "--json")
    document = json.loads(out)
    assert status == 0
    assert (document["run"], document["metric"], document["arms"]) == ("pilot", METRIC, 3)
    assert document["scatter"]["comparisons"] == 2
    assert document["rows"][0]["low"] < document["rows"][0]["replicates"]
    _, out, _ = power("--run", "pilot", "--runs", tmp_path, "--arms", 4, "--difference", 0.045)
    assert "from up to 3 seeds of 2 comparisons in pilot" in out
    assert "4 arms, level 1.7 % each" in out
    assert "10.0 %" in out  # of the reference's mean


def test_a_pilot_of_one_arm(power: Run, tmp_path: Path) -> None:
    pilot(tmp_path, {"default": [0.4, 0.5, 0.45]})
    _, out, _ = power("--run", "pilot", "--runs", tmp_path)
    assert "0.07071" in out
    assert "no two arms share seeds" in out


def test_what_cannot_be_counted_is_told_at_once(power: Run, tmp_path: Path) -> None:
    status, out, err = power("--difference", 0, "--deviation", -1, "--power", 1)
    assert (status, out) == (2, "")
    assert all(name in err for name in ("3 faults", "--difference", "--deviation", "--power"))
    assert power()[0] == power("--deviation", 0.1, "--run", "pilot")[0] == 2
    pilot(tmp_path, {"default": [0.4], "new": [0.5]})
    status, _, err = power("--run", "pilot", "--runs", tmp_path)
    assert status == 2
    assert "completed with two seeds" in err
    assert power("--run", "nowhere", "--runs", tmp_path)[0] == 2
    assert power("--deviation", 0.1, "--arms", 1)[0] == 2

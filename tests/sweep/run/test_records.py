"""States, transitions, records."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from pydantic import ValidationError

from adsw.errors import InputError
from sweep.run.records import (
    SWEEP_TRANSITIONS,
    TRIAL_TRANSITIONS,
    SweepStatus,
    TrialLog,
    TrialRecord,
    TrialState,
    finite,
    moved,
)


def test_every_state_declares_its_transitions() -> None:
    assert set(SWEEP_TRANSITIONS) == set(SweepStatus)
    assert set(TRIAL_TRANSITIONS) == set(TrialState)


def test_only_declared_transitions_happen() -> None:
    assert moved(TrialState.STARTED, TrialState.STOPPED, TRIAL_TRANSITIONS) is TrialState.STOPPED
    with pytest.raises(ValueError, match="completed to started"):
        moved(TrialState.COMPLETED, TrialState.STARTED, TRIAL_TRANSITIONS)
    with pytest.raises(ValueError, match="running to running"):
        moved(SweepStatus.RUNNING, SweepStatus.RUNNING, SWEEP_TRANSITIONS)


def test_all_but_started_have_ended() -> None:
    assert [state.value for state in TrialState if not state.ended] == ["started"]


def test_a_record_is_of_an_ended_trial() -> None:
    with pytest.raises(ValidationError, match="has no record yet"):
        TrialRecord(number=0, state=TrialState.STARTED)


def test_a_record_keeps_no_nan() -> None:
    record = TrialRecord(
        number=0,
        state=TrialState.FAILED,
        metrics={"valid/t2m/R@10": math.nan, "loss": 1.0},
        curve=[{"epoch": 1.0, "loss": math.inf, "note": "x"}],
    )
    assert record.metrics == {"loss": 1.0}
    assert record.curve == [{"epoch": 1.0, "note": "x"}]
    assert record.value("valid/t2m/R@10") is None
    assert TrialRecord.model_validate_json(record.model_dump_json()) == record


def test_finite_leaves_other_things_to_the_model() -> None:
    assert finite("text") == "text"
    with pytest.raises(ValidationError, match="valid dictionary"):
        TrialRecord(number=0, state=TrialState.FAILED, metrics=[1])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"number": 1, "state": "failed", "state": "completed"}', "has the key 'state' twice"),
        ('{"number": 1, "state": "failed", "why": "\\ud800"}', "has half a surrogate pair"),
        ('{"number": ' + "9" * 5000 + "}", "holds a number of 5,000 digits"),
        ('{"number": 1, "recipe": ' + "[" * 3000 + "]" * 3000 + "}", "is nested deeper than 64 levels"),
    ],
)
def test_a_line_that_cannot_be_used_is_told_and_never_cut_off(tmp_path: Path, line: str, told: str) -> None:
    file = tmp_path / "trials.jsonl"
    log = TrialLog(file)
    log.append(TrialRecord(number=0, state=TrialState.FAILED, why="a\u2028b\x85c"))
    file.write_text(file.read_text(encoding="utf-8") + line, encoding="utf-8")
    with pytest.raises(InputError, match=told) as caught:
        TrialLog(file).read()
    assert caught.value.faults[0].where == f"{file} line 2"
    TrialLog(file).append(TrialRecord(number=7, state=TrialState.FAILED))
    assert line in file.read_text(encoding="utf-8")

"""Signals of recorded trainings are read from what sweeps and `adsw train` write."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from adsw.cli.schedule_input import read_recording
from adsw.errors import InputError

POINT = {"epoch": 1, "audio_accuracy": 0.25, "text_accuracy": 0.75, "loss": 3.0}


def run_folder(folder: Path, *records: dict[str, Any]) -> Path:
    (folder / "trials.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return folder


def test_a_sweeps_trial(tmp_path: Path) -> None:
    point = {**POINT, "valid/t2m/R@10": 0.1}
    run_folder(tmp_path, {"number": 0, "curve": []}, {"number": 3, "curve": [point, {**point, "valid/t2m/R@10": 0.2}]})
    for path, trial in ((tmp_path, None), (tmp_path, 3), (tmp_path / "trials.jsonl", 3)):
        found = read_recording(path, trial)
        assert [signal.accuracy for signal in found.signals] == [0.5, 0.5]
        assert [signal.metrics for signal in found.signals] == [{"valid/t2m/R@10": 0.1}, {"valid/t2m/R@10": 0.2}]
        assert found.words == f"signals recorded in {tmp_path / 'trials.jsonl'}, trial 3"


def test_a_single_training(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text(json.dumps({"curve": [{**POINT, "metrics": {"valid/m2t/R@1": 0.3}}]}))
    found = read_recording(tmp_path)
    assert [signal.metrics for signal in found.signals] == [{"valid/m2t/R@1": 0.3}]
    assert found.words == f"signals recorded in {tmp_path / 'metrics.json'}"


@pytest.mark.parametrize(
    ("name", "content", "trial", "told"),
    [
        ("missing.jsonl", None, None, "there is no such file. Give a folder with trials.jsonl or metrics.json"),
        ("trials.jsonl", "{", None, "cannot be read"),
        ("trials.jsonl", "[1]", None, "cannot be read"),
        ("trials.jsonl", "", None, "has several trials, and one must be named. It has none"),
        (
            "trials.jsonl",
            '{"number": 1, "curve": [{}]}\n{"number": 4, "curve": [{}]}',
            None,
            "has several trials, and one must be named. Give --trial with one of 1, 4.",
        ),
        ("trials.jsonl", '{"number": 1, "curve": [{}]}', 2, "must be one of its trials (given: 2)"),
        ("trials.jsonl", '{"number": 1, "curve": [{"epoch": 1}]}', 1, "has no curve with accuracies"),
        ("trials.jsonl", '{"number": 1, "curve": [3]}', 1, "has no curve with accuracies"),
        ("metrics.json", "{}", None, "cannot be read: KeyError('curve')"),
        ("metrics.json", '{"curve": []}', None, "has no epoch"),
    ],
)
def test_what_cannot_be_used_is_told(
    tmp_path: Path, name: str, content: str | None, trial: int | None, told: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(InputError) as caught:
        read_recording(tmp_path / name, trial)
    (fault,) = caught.value.faults
    assert told in str(fault)


def test_a_folder_without_either_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_recording(tmp_path)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"number": 1, "number": 2}', "line 2 has the key 'number' twice"),
        ('{"number": ' + "9" * 5000 + "}", "line 2 holds a number of 5,000 digits"),
        ("[" * 100_000, "line 2 is nested deeper than 64 levels"),
        ('{"note": NaN}', "line 2 holds NaN"),
        ('{"note": "\\ud800"}', "line 2 has half a surrogate pair"),
    ],
)
def test_lines_that_cannot_be_used_are_told(tmp_path: Path, line: str, told: str) -> None:
    note = json.dumps({"number": 0, "curve": [POINT], "note": "a\u2028b\x85c"}, ensure_ascii=False)
    (tmp_path / "trials.jsonl").write_text(f"{note}\n", encoding="utf-8")
    assert [signal.accuracy for signal in read_recording(tmp_path).signals] == [0.5]
    (tmp_path / "trials.jsonl").write_text(f"{note}\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=told):
        read_recording(tmp_path)


def test_a_pipe_is_no_recording(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "metrics.json")
    with pytest.raises(InputError, match="a pipe or a device"):
        read_recording(tmp_path / "metrics.json")

"""YAML as people write it, with the line of every fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from adsw.errors import InputError
from adsw.yaml_file import read_value, read_yaml


def faults_of(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_yaml(path)
    return str(caught.value)


def test_content_and_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("lr: 1e-3\nwhen: 2024-01-02\nspace:\n  one: .5\n  list: [1, {a: 2}]\n")
    found = read_yaml(file)
    assert found.content == {"lr": 0.001, "when": "2024-01-02", "space": {"one": 0.5, "list": [1, {"a": 2}]}}
    assert found.line_of("space.one") == 4
    assert found.line_of("space.one.deeper") == 4
    assert found.line_of("other") is None


def test_unreadable_files(tmp_path: Path) -> None:
    assert "There is no folder" in faults_of(tmp_path / "none" / "a.yaml")
    assert "Check the path" in faults_of(tmp_path / "a.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\xff")
    assert "There: b.yaml" in faults_of(tmp_path / "a.yaml")
    assert "cannot be read" in faults_of(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").write_text("")
    assert "is empty" in faults_of(tmp_path / "b.yaml")


def test_broken_files(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: 1\nb: [1,\nc: 2\n")
    assert "line 4, column 1: is not YAML" in faults_of(file)
    file.write_text("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n")
    told = faults_of(file)
    assert "b.c (line 4): stands on line 3 already" in told
    assert "a (line 5): stands on line 1 already" in told
    file.write_text("a: &x\n  b: *x\n")
    assert "refers to itself" in faults_of(file)


def test_values() -> None:
    assert read_value("1e-3") == 0.001
    assert read_value("null") is None
    assert read_value("{kind: linear, end: 1}") == {"kind": "linear", "end": 1}
    with pytest.raises(ValueError, match="is not YAML"):
        read_value("[1")

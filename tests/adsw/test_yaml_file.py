"""YAML as people write it, with the line of every fault."""

from __future__ import annotations

import os
import re
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


ONE_MEANING = {
    "10": 10,
    "-0": 0,
    "+7": 7,
    "1e-3": 0.001,
    "1E5": 100_000.0,
    ".5": 0.5,
    "5.": 5.0,
    "1.50": 1.5,
    "01.5": 1.5,
    "true": True,
    "FALSE": False,
    "null": None,
    "~": None,
    "2020-01-01": "2020-01-01",
    "2020-01-01 10:00:00": "2020-01-01 10:00:00",
    "1.2.3": "1.2.3",
    "4/4": "4/4",
    "a_1": "a_1",
    "1st": "1st",
    "'010'": "010",
    "'yes'": "yes",
    '"0x10"': "0x10",
    "'1_000'": "1_000",
    "18446744073709551615": 2**64 - 1,
}
"""Value as written -> as read."""
TWO_MEANINGS = {
    "010": "Write 10, or quote it",
    "-010": "Write -10, or quote it",
    "08": "Write 8, or quote it",
    "007": "Write 7, or quote it",
    "0o10": "Write 8, or quote it",
    "0x1F": "Write 31, or quote it",
    "0b11": "Write 3, or quote it",
    "1_000": "Write 1000, or quote it",
    "1_000.5": "Write it as one decimal number",
    "1_0e3": "Write it as one decimal number",
    "1:30": "Write it as one decimal number",
    "1:30.5": "Write it as one decimal number",
    "yes": "Write true, or quote it",
    "On": "Write true, or quote it",
    "NO": "Write false, or quote it",
    "off": "Write false, or quote it",
    ".inf": "must be a finite number",
    "-.INF": "must be a finite number",
    ".NaN": "must be a finite number",
    "1e999": "must be a finite number",
    "9" * 5000: "must be a number of at most 64 bits",
    "18446744073709551616": "must be a number of at most 64 bits",
    "!!int '010'": "Write 10, or quote it",
    "!!float 'x'": "must be a finite number",
    "!!null x": "must be null, as its tag says",
    "!!bool maybe": "true or false",
    "!!set {a}": "has the tag !!set, must be plain data",
    "!!binary aGk=": "has the tag !!binary",
    "!!timestamp 2020-01-01": "has the tag !!timestamp",
    "=": "has the tag !!value",
}
"""Value as written -> what is told of it."""


@pytest.mark.parametrize("written", ONE_MEANING)
def test_what_has_one_meaning_is_read_so(tmp_path: Path, written: str) -> None:
    read = [read_value(written), read_value(f"{{a: {written}}}")["a"]]
    (tmp_path / "a.yaml").write_text(f"a:\n  - {written}\n")
    read += read_yaml(tmp_path / "a.yaml").content["a"]
    meant = ONE_MEANING[written]
    assert [(type(value), value) for value in read] == [(type(meant), meant)] * 3


@pytest.mark.parametrize("written", TWO_MEANINGS)
def test_what_has_two_meanings_is_refused_with_key_line_value_and_fix(tmp_path: Path, written: str) -> None:
    (tmp_path / "a.yaml").write_text(f"b: 1\na:\n  c: {written}\n")
    told = faults_of(tmp_path / "a.yaml")
    assert "- a.c (line 3): " in told
    assert TWO_MEANINGS[written] in told
    part = TWO_MEANINGS[written]
    with pytest.raises(ValueError, match="(?i)" + re.escape(part)):
        read_value(written)
    with pytest.raises(ValueError, match="(?i)end: .*" + re.escape(part)):
        read_value(f"{{kind: linear, end: {written}}}")


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
"""A text whose aliases make thousands of millions of values."""


def test_keys_follow_the_same_rules(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("on: 1\n010: 2\n")
    told = faults_of(tmp_path / "a.yaml")
    assert "on (line 1): " in told
    assert "010 (line 2): " in told
    with pytest.raises(ValueError, match="a: stands on line 1 already"):
        read_value("{a: 1, a: 2}")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "a: " + "[" * 70 + "]" * 70,
        "- " * 3000 + "x",
        "{a: " * 900 + "1" + "}" * 900,
        "a: [&x b, *y]",
        'a: "\\ud800"',
        'a: "\\0"',
        "a: b\x07",
        "a: b\u2028c",
        "a: b\x85c",
        "a: &a [*a]",
        BOMB,
    ],
)
def test_hostile_texts_are_told_at_once(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    assert len(faults_of(tmp_path / "a.yaml")) < 1000
    with pytest.raises(ValueError, match=r".") as caught:
        read_value(text)
    assert len(str(caught.value)) < 10_000


def test_pipes_do_not_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    assert "a pipe or a device, not a file" in faults_of(tmp_path / "a.yaml")

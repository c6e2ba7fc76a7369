"""Every kind of fault in a space is told, at its place, all at once."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from adsw.errors import InputError
from sweep.space.load import load_space, parse_space
from tests.sweep.space.fault_cases import FILE


def faulty(case: dict[str, Any]) -> dict[str, Any]:
    document = {**copy.deepcopy(FILE["base"]), **case.get("with", {})}
    return {key: value for key, value in document.items() if key not in case.get("without", [])}


def test_the_base_space_is_sound() -> None:
    assert parse_space(FILE["base"]).trials == 8


def test_there_are_a_hundred_kinds() -> None:
    assert len(FILE["cases"]) >= 100


@pytest.mark.parametrize("name", FILE["cases"])
def test_fault(name: str) -> None:
    case = FILE["cases"][name]
    with pytest.raises(InputError) as caught:
        parse_space(faulty(case))
    told = [(fault.where, str(fault)) for fault in caught.value.faults]
    for where, part in case["expect"]:
        assert any(place == where and part in text for place, text in told), (where, part, told)
    assert len(told) == len(case["expect"]), told


@pytest.mark.parametrize(
    ("text", "where", "part"),
    [
        ("", "{path}", "is empty"),
        ("# only a comment\n", "{path}", "is empty"),
        ("- a\n- b\n", "file", "must be a mapping"),
        ("just text\n", "file", "must be a mapping"),
        ("a: [1, 2\nb: 3\n", "{path} line 2, column 2", "is not YAML"),
        ("a: 1\n\tb: 2\n", "{path} line 2, column 1", "is not YAML"),
        ("a: b: c\n", "{path} line 1, column 5", "is not YAML"),
        ("a: &x 1\nb: *y\n", "{path} line 2, column 4", "undefined alias"),
        ("a: 1\n---\nb: 2\n", "{path} line 2, column 1", "is not YAML"),
        ("a: !!python/object:os.system {}\n", "{path} line 1, column 4", "could not determine a constructor"),
        ("? [a]\n: 1\n", "{path} line 1, column 3", "is not YAML"),
        ("trials: 3\ntrials: 4\n", "trials (line 2)", "stands on line 1 already"),
        (
            "trials: 3\nspace:\n  optim.lr: {uniform: [0.1, 1]}\n  optim.lr: {uniform: [0.1, 2]}\n",
            "space.optim.lr (line 4)",
            "stands on line 3 already",
        ),
        ("a: &x\n  b: *x\n", "a.b (line 2)", "an alias refers to itself"),
        ("a: " + "[" * 80 + "]" * 80, "a (line 1)", "nested too deep"),
        ("a: \x07\n", "{path}", "is not YAML"),
    ],
)
def test_file_fault(tmp_path: Path, text: str, where: str, part: str) -> None:
    path = tmp_path / "space.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_space(path)
    (fault,) = caught.value.faults
    assert fault.where == where.format(path=path)
    assert part in fault.rule


def test_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "quickstart.yaml").write_text("a: 1")
    with pytest.raises(InputError, match=r"no such file.*There: quickstart\.yaml"):
        load_space(tmp_path / "quickstrat.yaml")
    with pytest.raises(InputError, match="There is no folder"):
        load_space(tmp_path / "away" / "space.yaml")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="Check the path"):
        load_space(tmp_path / "empty" / "space.yaml")


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_space(tmp_path)
    binary = tmp_path / "space.yaml"
    binary.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(InputError, match="cannot be read"):
        load_space(binary)


def test_faults_carry_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "space.yaml"
    path.write_text("objective: {metric: valid/t2m/R@1}\ntrials: 0\nspace:\n  optim.lr:\n    loguniform: [0, 1]\n")
    with pytest.raises(InputError) as caught:
        load_space(path)
    assert [fault.where for fault in caught.value.faults] == [
        "trials (line 2)",
        "space.optim.lr.loguniform (line 5)",
    ]
    assert str(path) in caught.value.title


def test_items_of_a_list_have_lines_too(tmp_path: Path) -> None:
    path = tmp_path / "space.yaml"
    path.write_text(
        "objective:\n  - {metric: valid/t2m/R@1}\n  - {metric: words/t2m/R@1}\ntrials: 4\n"
        "evaluate:\n  - stores/other\n  - name: train\n    split: valid\n    source: tags\n"
        "space: {optim.lr: {loguniform: [0.1, 1]}}\n"
    )
    with pytest.raises(InputError) as caught:
        load_space(path)
    assert [fault.where for fault in caught.value.faults] == ["evaluate.1 (line 7)"]
    path.write_text(path.read_text().replace("name: train", "name: word"))
    with pytest.raises(InputError) as caught:
        load_space(path)
    assert [fault.where for fault in caught.value.faults] == ["objective.1.metric (line 3)"]


def test_what_is_missing_has_no_line(tmp_path: Path) -> None:
    path = tmp_path / "space.yaml"
    path.write_text("trials: 3\nspace: {optim.lr: {uniform: [0.1, 1]}}\n")
    with pytest.raises(InputError) as caught:
        load_space(path)
    assert [fault.where for fault in caught.value.faults] == ["objective"]

"""`adsw doctor`, as it is called."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adsw.doctor.line import Line

Run = Callable[..., tuple[int, str, str]]

OK = Line(area="packages", name="needed", state="ok", said="22 of 22 [all]")
ABSENT = Line(area="extras", name="llm", state="absent", said="gives captions", fix="Run: pip install 'adsw[llm]'")
WARN = Line(area="models", name="Hub", state="warn", said="cannot be reached", fix="Fetch elsewhere.")
FAIL = Line(area="sound", name="mp3", state="fail", said="cannot be decoded", fix="Reinstall soundfile.")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the examination finds; and last what it was asked."""
    found: list[Any] = []

    def examine(store: Path | None, start_ray: bool) -> Iterator[Line]:
        yield from [line for line in found if isinstance(line, Line)]
        found.append((store, start_ray))

    monkeypatch.setattr("adsw.cli.doctor.examine", examine)
    return found


@pytest.mark.parametrize(
    ("found", "status", "said"),
    [
        ([OK, ABSENT], 0, "Everything works."),
        ([OK, WARN], 0, "Everything works; 1 of 2 things could be better."),
        ([OK, WARN, FAIL], 1, "1 of 3 things do not work."),
    ],
)
def test_the_status_is_the_worst(found: list[Line], status: int, said: str, lines: list[Any], run: Run) -> None:
    lines += found
    ended, out, _ = run("doctor")
    assert ended == status
    assert said in out
    for line in found:
        assert line.name in out
        assert line.said in out
        assert line.fix in out


def test_json_is_one_document(lines: list[Any], run: Run, tmp_path: Path) -> None:
    lines += [OK, FAIL]
    status, out, _ = run("doctor", "--json", "--ray", "--store", tmp_path)
    document = json.loads(out)
    assert status == 1
    assert document["healthy"] is False
    assert [Line.model_validate(line) for line in document["lines"]] == [OK, FAIL]
    assert lines[-1] == (tmp_path, True)

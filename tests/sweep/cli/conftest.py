"""The command line of `sweep`, called in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from sweep.cli import main


@pytest.fixture
def columns() -> int:
    """Columns of the terminal."""
    return 200


@pytest.fixture
def sweep(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int
) -> Callable[..., tuple[int, str, str]]:
    """Runs a command; gives exit status, standard output and standard error."""
    monkeypatch.setenv("COLUMNS", str(columns))

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sweep", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        out = capsys.readouterr()
        return int(end.value.code or 0), out.out, out.err

    return run

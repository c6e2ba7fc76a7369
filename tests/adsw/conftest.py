"""What tests of many packages share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adsw.cli.app import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `adsw` as a person would: arguments in; exit status, output and errors out."""

    def running(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["adsw", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "200")
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return running

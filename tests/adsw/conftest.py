"""What tests of many packages share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adsw.cli.app import main

from .small_stores import (  # noqa: F401
    dimensions,
    make_checkpoint,
    make_row,
    make_store,
    make_table,
    make_text,
    make_usual_row,
    text_encoder,
    vector_of,
)

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

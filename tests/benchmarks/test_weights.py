"""Random weights by command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from adsw.encoders.catalogue import ENTRIES
from benchmarks.weights import WRITERS
from benchmarks.weights.__main__ import main


@pytest.mark.parametrize(("name", "printed"), [("some", "some="), ("family:", "family:")])
def test_what_is_printed_names_the_encoder(
    name: str, printed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def write(folder: Path, name: str, tiny: bool, seed: int = 0) -> Path:
        asked.append((name, tiny, seed))
        (folder / "weights").write_text("random")
        return folder / "weights"

    monkeypatch.setitem(WRITERS, name, write)
    monkeypatch.setattr(
        "sys.argv", ["weights", name, "--out", str(tmp_path / "new" / "folder"), "--tiny", "--seed", "3"]
    )
    main()
    place = tmp_path / "new" / "folder" / "weights"
    assert capsys.readouterr().out == f"{printed}{place}\n"
    assert place.read_text() == "random"
    assert asked == [(name, True, 3)]


def test_every_encoder_that_reads_weights_has_a_writer() -> None:
    assert {name for name, entry in ENTRIES.items() if entry.has_weights} == set(WRITERS)

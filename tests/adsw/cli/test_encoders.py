"""`adsw encoders`, as it is called."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from adsw.encoders import registry
from adsw.encoders.catalogue import ENTRIES, Entry
from adsw.encoders.protocol import AudioSettings, Parts, Settings
from tests.adsw.audio.files import chirp, write
from tests.adsw.encoders.check.misbehaving import Constant, Nan, Ordered, Sane, SaneText

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Sane]], None]:
    """Puts an encoder into the registry, under its class's name."""

    def adding(encoder: type[Sane]) -> None:
        class Adapter(encoder):  # type: ignore[valid-type,misc]
            """The same, built from parts."""

            Settings = AudioSettings if encoder.kind == "audio" else Settings

            def __init__(self, parts: Parts) -> None:
                super().__init__()
                self.parts = parts

            @property
            def info(self) -> Any:
                return super().info.model_copy(update={"settings": self.parts.settings.model_dump()})

        module = types.ModuleType("misbehaving_adapter")
        module.Adapter = Adapter  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        entry = Entry(encoder.kind, "misbehaving_adapter:Adapter")
        name = encoder.__name__.lower()
        monkeypatch.setattr(registry, "ENTRIES", MappingProxyType({**registry.ENTRIES, name: entry}))

    return adding


def test_the_list(run: Run) -> None:
    status, out, _ = run("encoders")
    assert status == 0
    for name, entry in ENTRIES.items():
        assert name in out
        assert entry.features is None or f"{entry.features:,}" in out
    assert "Audio encoders" in out
    assert "ready" in out


def test_one_kind(run: Run) -> None:
    out = run("encoders", "--kind", "text")[1]
    assert "minilm" in out
    assert "spectral" not in out


def test_the_list_as_json(run: Run) -> None:
    status, out, _ = run("encoders", "--json")
    document = json.loads(out)
    assert status == 0
    assert {encoder["name"] for encoder in document} == set(ENTRIES)
    [spectral] = [encoder for encoder in document if encoder["name"] == "spectral"]
    assert spectral["settings"] == [{"name": "long", "default": "middle", "takes": "middle|chunks"}]
    assert (spectral["tokens"], spectral["features"], spectral["state"]) == (16, 152, "ready")


@pytest.mark.parametrize(
    ("encoder", "status", "said"),
    [
        (Sane, 0, "Nothing speaks against it."),
        (SaneText, 0, "Nothing speaks against it."),
        (Ordered, 0, "depend on the order of the inputs"),
        (Constant, 1, "nothing can be learnt from them"),
        (Nan, 1, "are NaN"),
    ],
)
def test_the_check(encoder: type[Sane], status: int, said: str, add: Callable[[type[Sane]], None], run: Run) -> None:
    add(encoder)
    ended, out, err = run("encoders", "--check", encoder.__name__.lower())
    assert ended == status
    assert said in out
    assert "Examining" in err
    assert "2 × 12" in out


def test_the_check_as_json(add: Callable[[type[Sane]], None], run: Run) -> None:
    add(Sane)
    status, out, _ = run("encoders", "--check", "sane", "--audio", "long=chunks", "--json")
    document = json.loads(out)
    assert status == 0
    assert document["verdict"] == "ok"
    assert document["device"] == "cpu"
    assert document["encoder"]["settings"] == {"long": "chunks"}
    assert {"twice", "fresh instance", "padding", "spread"} <= {finding["name"] for finding in document["findings"]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--check", "spectrl"], ["unknown encoder 'spectrl'", "Did you mean 'spectral'"]),
        (["--check", "spectral", "--audio", "long=end"], ["--audio: long"]),
        (["--check", "spectral", "--audio", "long"], ["must be KEY=VALUE"]),
        (["--check", "spectral", "--text", "tokens=3"], ["--text: spectral is of kind audio", "--audio KEY=VALUE"]),
        (["--check", "spectral@main"], ["has no weights to name a place or a revision of"]),
        (["--check", "@"], ["must begin with a name", "nothing after @"]),
        (["--audio", "long=middle", "--text", "tokens=1"], ["--audio: sets what --check", "--text: sets what --check"]),
        (["--check", "spectral", "--kind", "audio"], ["--kind: is for the list"]),
    ],
)
def test_what_is_wrong_with_the_options(arguments: list[str], said: list[str], run: Run) -> None:
    status, out, err = run("encoders", *arguments)
    assert (status, out) == (2, "")
    for part in said:
        assert part in err


def test_what_musicnn_hears(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "tone.wav", chirp(4.0))
    (tmp_path / "broken.wav").write_bytes(b"no audio")
    status, out, _ = run("encoders", "--check", "musicnn", "--hear", str(tmp_path), "--json")
    broken, tone = json.loads(out)["heard"]
    assert status == 0
    assert broken["tags"] == {}
    assert broken["why"]
    assert len(tone["tags"]) == 5
    assert all(0 < score < 1 for score in tone["tags"].values())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--hear", "x"), "Add --check NAME"),
        (("--check", "spectral", "--hear", "x"), "Use musicnn"),
        (("--check", "musicnn", "--hear", "no/such"), "must be a file or a folder"),
    ],
)
def test_what_cannot_be_heard(run: Run, arguments: tuple[str, ...], said: str) -> None:
    status, _, err = run("encoders", *arguments)
    assert status == 2
    assert said in err

"""A store and its encoders: here, gone, changed, half-written."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adsw.doctor.line import Line
from adsw.doctor.store import store_lines
from adsw.encoders.protocol import EncoderInfo
from adsw.encoders.registry import audio_encoder, text_encoder
from adsw.store.duplicates import Duplicates
from adsw.store.store import Store


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What `Store.open` finds: a store of the encoders that need no weights."""
    info = SimpleNamespace(
        tracks=1234,
        splits={"train": SimpleNamespace(shards=3), "test": SimpleNamespace(shards=1)},
        audio_encoder=audio_encoder("spectral").info,
        text_encoder=text_encoder("minilm").info,
        duplicates=None,
    )
    monkeypatch.setattr(Store, "open", lambda _: SimpleNamespace(info=info))
    return info


def found(path: Path) -> dict[str, Line]:
    return {line.name: line for line in store_lines(path)}


def changed(info: EncoderInfo, **changes: Any) -> EncoderInfo:
    return info.model_copy(update=changes)


def test_recordings_that_stand_twice(opened: SimpleNamespace, tmp_path: Path) -> None:
    opened.duplicates = Duplicates(within=2)
    assert found(tmp_path)["recordings"].state == "warn"
    assert found(tmp_path)["recordings"].said.startswith("2 recordings stand several times in one split")


@pytest.mark.usefixtures("opened")
def test_a_store_that_is_well(tmp_path: Path) -> None:
    lines = found(tmp_path)
    assert lines["files"].said.endswith("1,234 tracks in 4 shards")
    assert {line.state for line in lines.values()} == {"ok"}
    assert set(lines) == {"files", "audio encoder", "text encoder"}


def test_other_weights_than_the_stores(opened: SimpleNamespace, tmp_path: Path) -> None:
    opened.audio_encoder = changed(opened.audio_encoder, revision="0")
    line = found(tmp_path)["audio encoder"]
    assert line.state == "warn"
    assert line.said == "spectral is 1 here, and the store's is 0"


def test_an_encoder_that_is_gone(opened: SimpleNamespace, tmp_path: Path) -> None:
    opened.text_encoder = changed(opened.text_encoder, name="word2vec")
    line = found(tmp_path)["text encoder"]
    assert line.state == "warn"
    assert "unknown text encoder 'word2vec'" in line.said


def test_given_embeddings_need_no_encoder(opened: SimpleNamespace, tmp_path: Path) -> None:
    opened.audio_encoder = changed(opened.audio_encoder, name="given:mine")
    assert found(tmp_path)["audio encoder"].said == "given:mine: embeddings made elsewhere"


def test_no_store_there(tmp_path: Path) -> None:
    lines = found(tmp_path / "nowhere")
    assert lines["files"].state == "fail"
    assert str(tmp_path) in lines["files"].said


def test_a_store_that_was_only_begun(tmp_path: Path) -> None:
    (tmp_path / "prepare.json").write_text("{}")
    line = found(tmp_path)["files"]
    assert line.state == "warn"
    assert "--resume" in line.fix

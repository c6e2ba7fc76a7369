"""The tags that a store's encoder hears, read off the embeddings."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from adsw.audio.decode import Excerpt, read_wave
from adsw.cli.prepared import show_heard
from adsw.corpus.track import Track
from adsw.encoders import registry
from adsw.encoders.weights import Reference
from adsw.store.heard import HEARD_FILE, TAGS, heard_in
from adsw.store.store import StoreInfo

Build = Callable[..., StoreInfo]


def test_every_track_has_the_tags_that_the_encoder_gives_its_file(
    build: Build, tones: list[Track], tmp_path: Path
) -> None:
    info = build(tmp_path / "store", audio_encoder="musicnn", tracks=tones[:5])
    lines = [json.loads(line) for line in (tmp_path / "store" / HEARD_FILE).read_text().splitlines()]
    audio = {track.track_id: track.audio for track in tones[:5]}
    assert {line["track_id"]: line["audio"] for line in lines} == audio
    encoder = registry.audio_encoder("musicnn")
    for line in lines:
        wave = read_wave(Path(line["audio"]), Excerpt(), 16_000, info.audio_encoder.seconds)
        expected = encoder.tag_scores(wave)  # type: ignore[attr-defined]
        assert len(line["tags"]) == TAGS
        assert list(line["tags"].values()) == sorted(line["tags"].values(), reverse=True)
        # The store keeps half precision.
        assert {tag: expected[tag] for tag in line["tags"]} == pytest.approx(line["tags"], abs=2e-3)

    said = StringIO()
    show_heard(tmp_path / "store", Console(file=said, width=200))
    assert all(Path(line["audio"]).name in said.getvalue() for line in lines)
    assert f"{next(iter(lines[0]['tags']))} 0." in said.getvalue()
    assert HEARD_FILE in said.getvalue()


@pytest.mark.parametrize(
    "encoder", ["tiny-audio", Reference(name="musicnn", settings={"features": "midend", "tokens": "1"})]
)
def test_an_encoder_that_names_no_tags_leaves_no_list(
    build: Build, tones: list[Track], tmp_path: Path, encoder: str | Reference
) -> None:
    build(tmp_path / "store", audio_encoder=encoder, tracks=tones[:2])
    assert not (tmp_path / "store" / HEARD_FILE).exists()
    assert heard_in(tmp_path / "store", 8) == []
    said = StringIO()
    show_heard(tmp_path / "store", Console(file=said))
    assert said.getvalue() == ""

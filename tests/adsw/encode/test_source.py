"""Embeddings that were computed elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adsw.encode.audio.decode import BadAudioError
from adsw.encode.audio.source import EncodedAudio, GivenEmbeddings, audio_source, planned_source
from adsw.encode.protocol import EncoderInfo
from adsw.encode.store import Store, StoreInfo
from adsw.errors import InputError

from .conftest import track


def save(path: Path, array: Any) -> Path:
    np.save(path, array)
    return path


def test_the_first_readable_file_gives_the_shape(tmp_path: Path) -> None:
    tracks = [track(0, tmp_path / "missing.npy"), track(1, save(tmp_path / "a.npy", np.ones((3, 5), np.float16)))]
    info = audio_source("given:mert", tracks).info
    assert (info.name, info.tokens, info.features, info.sample_rate) == ("given:mert", 3, 5, None)


def test_a_vector_is_one_token(tmp_path: Path) -> None:
    one = track(0, save(tmp_path / "a.npy", np.arange(4.0)))
    source = GivenEmbeddings.found("given:x", [one])
    read = source.read(tmp_path / "a.npy", one)
    assert source.encode([read, read]).tolist() == [[[0, 1, 2, 3]]] * 2
    assert read.dtype == np.float32


def test_names_and_files_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Write given:NAME"):
        audio_source("given:", [])
    with pytest.raises(InputError, match="no track names a readable array"):
        audio_source("given:x", [track(0, tmp_path / "a.npy"), track(1, None)])


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        (np.ones((3, 4)), "shape"),
        (np.ones((1, 2, 4)), "shape"),
        (np.ones((2, 4), dtype=np.int64), "shape"),
        (np.zeros((0, 4)), "shape"),
        (np.full((2, 4), np.nan), "non-finite"),
        (np.array([["a", None]], dtype=object), "unreadable"),
    ],
)
def test_arrays_that_cannot_be_used(tmp_path: Path, array: Any, kind: str) -> None:
    good = track(0, save(tmp_path / "good.npy", np.ones((2, 4))))
    source = GivenEmbeddings.found("given:x", [good])
    with pytest.raises(BadAudioError) as caught:
        source.read(save(tmp_path / "bad.npy", array), track(1, tmp_path / "bad.npy"))
    assert caught.value.kind == kind


def test_an_archive_is_no_array(tmp_path: Path) -> None:
    good = track(0, save(tmp_path / "good.npy", np.ones((2, 4))))
    np.savez(tmp_path / "many.npz", a=np.ones((2, 4)))
    with pytest.raises(BadAudioError, match="shape"):
        GivenEmbeddings.found("given:x", [good]).read(tmp_path / "many.npz", good)


def test_an_encoder_without_a_rate_is_a_mistake_of_its_author(tmp_path: Path) -> None:
    source = EncodedAudio("tiny-audio")
    source.info = source.info.model_copy(update={"sample_rate": None})
    with pytest.raises(ValueError, match="names no sample rate"):
        source.read(tmp_path / "a.wav", track(0, tmp_path / "a.wav"))


def test_a_plan_settles_the_source() -> None:
    info = EncoderInfo(
        name="given:x", revision="given", kind="audio", tokens=2, features=4, parameters=0, licence="", source=""
    )
    assert planned_source(info).info == info
    assert planned_source(EncodedAudio("tiny-audio").info).info.name == "tiny-audio"


def test_a_store_of_given_embeddings(tmp_path: Path, build: Callable[..., StoreInfo]) -> None:
    tracks = [track(n, save(tmp_path / f"{n}.npy", np.full((2, 4), n, np.float32))) for n in range(20)]
    info = build(tmp_path / "store", tracks=tracks, audio_encoder="given:mine")
    assert info.dimensions.audio_tokens == 2
    rows = Store.open(tmp_path / "store").table("train").to_pylist()
    for row in rows:
        audio = np.frombuffer(row["audio"], "<f2")
        assert (audio == int(row["track_id"].split("-")[1])).all()

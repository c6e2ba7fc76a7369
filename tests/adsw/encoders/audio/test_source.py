"""Audio files through an encoder: the window in the middle, or chunks whose embeddings are averaged."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.arrays import Float32s as Float32Array
from adsw.audio.decode import Excerpt, Sound, encode_sounds, read_wave
from adsw.audio.fetch import FetchedArray
from adsw.encoders.audio.source import EncodedAudio, audio_source, planned_source
from adsw.encoders.weights import Reference
from adsw.errors import InputError
from tests.adsw.audio.files import RATE, chirp, write
from tests.adsw.tiny_encoders import TinyAudio, track

CHUNKS = Reference(name="spectral", settings={"long": "chunks"})


def test_chunks_by_hand(tmp_path: Path) -> None:
    """A file of 2.4 windows: the mean of three embeddings, each by its length."""
    path = write(tmp_path / "a.flac", chirp(24), RATE)
    one = track(0, path)
    source = audio_source(CHUNKS, [one])
    whole = source.encode([source.decode(source.fetch(one), one)])
    waves = [read_wave(path, Excerpt(start, 10.0), RATE, None) for start in (0.0, 10.0, 20.0)]
    assert [len(wave) for wave in waves] == [10 * RATE, 10 * RATE, 4 * RATE]
    parts = source._encoder.encode(waves).astype(np.float64)  # type: ignore[attr-defined]
    by_hand = (10 * parts[0] + 10 * parts[1] + 4 * parts[2]) / 24
    assert np.allclose(whole[0], by_hand, rtol=1e-6, atol=1e-6)
    middle = planned_source(EncodedAudio("spectral").info)
    alone = middle.encode([middle.decode(middle.fetch(one), one)])
    assert np.array_equal(alone[0], middle._encoder.encode([chunk_in_the_middle(path)])[0])  # type: ignore[attr-defined]
    assert np.abs(alone - whole).max() > 0.1


def chunk_in_the_middle(path: Path) -> Float32Array:
    return read_wave(path, Excerpt(7.0, 10.0), RATE, None)


def lengths_and_means(waves: Sequence[Float32Array]) -> Float32Array:
    """An encoder of two tokens."""
    return np.array([[[len(wave), 1], [wave.mean(), 2]] for wave in waves], np.float32).reshape(-1, 2, 2)


sounds_of = st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=6), max_size=6)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(sounds_of, st.integers(1, 7))
def test_means_do_not_depend_on_what_is_encoded_together(shapes: list[list[int]], at_once: int) -> None:
    draw = np.random.default_rng(0)
    waves = [[draw.normal(size=length).astype(np.float32) for length in lengths] for lengths in shapes]
    seen: list[int] = []

    def encode(batch: Sequence[Float32Array]) -> Float32Array:
        seen.append(len(batch))
        return lengths_and_means(batch)

    means = encode_sounds([Sound(lambda some=some: iter(some)) for some in waves], encode, at_once)  # type: ignore[misc]
    assert means.shape == (len(shapes), 2, 2)
    assert means.dtype == np.float32
    assert all(size <= at_once for size in seen)
    for mean, some in zip(means, waves, strict=True):
        parts = lengths_and_means(some).astype(np.float64)
        weights = np.array([len(wave) for wave in some])
        assert np.allclose(mean, np.average(parts, axis=0, weights=weights), rtol=1e-6, atol=1e-6)
        if len(some) == 1:
            assert np.array_equal(mean, lengths_and_means(some)[0])


def test_a_long_file_never_lies_in_memory_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    minutes, rate = 3, 8000
    path = tmp_path / "long.flac"
    with soundfile.SoundFile(path, "w", rate, 1) as file:
        for minute in range(minutes):
            file.write(np.full(60 * rate, 0.1 + minute / 100, np.float32))
    one = track(0, path)
    # Half a second at once, and 16 of them together.
    monkeypatch.setattr(TinyAudio, "info", TinyAudio.info.model_copy(update={"settings": {"long": "chunks"}}))
    source = EncodedAudio("tiny-audio")
    tracemalloc.start()
    try:
        embedding = source.encode([source.decode(source.fetch(one), one)])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert embedding[0, :, 0] == pytest.approx(np.mean([0.1 + minute / 100 for minute in range(minutes)]), abs=1e-3)
    assert peak < 4 * minutes * 60 * rate / 10


def test_a_setting_that_is_not_known() -> None:
    with pytest.raises(InputError, match="long"):
        audio_source(Reference(name="spectral", settings={"long": "ends"}), [])


def test_addresses_are_looked_at_before_anything_is_encoded() -> None:
    with pytest.raises(InputError, match="nothing here can fetch") as caught:
        audio_source("nothing-like-it", [track(0, "odd://a.wav"), track(1, "/a.wav")])
    assert len(caught.value.faults) == 2


def test_mistakes_of_an_author(tmp_path: Path) -> None:
    source = EncodedAudio("tiny-audio")
    one: Any = track(0, tmp_path / "a.wav")
    with pytest.raises(TypeError, match="hears files"):
        source.decode(FetchedArray.of(np.ones((1, 2), np.float32)), one)
    source.info = source.info.model_copy(update={"sample_rate": None})
    with pytest.raises(ValueError, match="names no sample rate"):
        source.decode(FetchedArray.of(np.ones((1, 2), np.float32)), one)


def test_a_plan_settles_the_source(tmp_path: Path) -> None:
    info = EncodedAudio(CHUNKS).info
    assert planned_source(info).info == info
    assert planned_source(info, tmp_path, at_once=3).info == info

"""Embeddings that hardly differ are noticed."""

from __future__ import annotations

import numpy as np

from adsw.store import assembly as sample
from adsw.store.assembly import SAMPLED, Sample


def seen(offset: float, tracks: int = 40, texts: int = 3) -> Sample:
    """A sample of random embeddings around a point at distance `offset` from nothing."""
    random = np.random.default_rng(0)
    made = Sample()
    for number in range(tracks):
        audio = (random.standard_normal(32) + offset).astype("<f2")
        embeddings = (random.standard_normal((texts, 16)) + offset).astype("<f2")
        made.see(audio.tobytes(), [f"{number}-{text}" for text in range(texts)], embeddings)
    return made


def test_random_embeddings_differ() -> None:
    likeness = seen(0.0).likeness()
    assert likeness.keys() == {"audio", "text"}
    assert (likeness["audio"].sampled, likeness["text"].sampled) == (40, 120)
    for side in likeness.values():
        assert abs(side.mean_cosine) < 0.05
        assert not side.is_constant


def test_nearly_constant_ones_are_told() -> None:
    for side in seen(100.0).likeness().values():
        assert side.mean_cosine > 0.9995
        assert side.is_constant


def test_no_more_are_kept_than_a_sample() -> None:
    likeness = seen(0.0, tracks=SAMPLED + 50).likeness()
    assert {side.sampled for side in likeness.values()} == {sample.SAMPLED}


def test_equal_texts_count_once_and_one_thing_has_no_likeness() -> None:
    made = Sample()
    embeddings = np.ones((2, 4), dtype="<f2")
    made.see(np.ones(8, "<f2").tobytes(), ["a", "a"], embeddings)
    assert made.likeness() == {}

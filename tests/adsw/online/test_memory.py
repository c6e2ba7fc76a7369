"""Texts are encoded once while they are remembered, as a store would hold them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from adsw.online import TextMemory

from .conftest import FEATURES, BagOfWords

ONE = 2 * FEATURES
"""Bytes of one embedding."""


class Counting(BagOfWords):
    """Keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Any:
        self.asked += texts
        return super().encode(texts)


def test_embeddings_are_the_encoders_in_fp16() -> None:
    texts = ["slow jazz", "", "a fast blues with a flute", "slow jazz"]
    found = TextMemory(BagOfWords()).embeddings(texts)
    assert found.dtype == np.float16
    assert np.array_equal(found, BagOfWords().encode(texts).astype(np.float16))
    assert TextMemory(BagOfWords()).embeddings([]).shape == (0, 1, FEATURES)


def test_a_text_is_encoded_once() -> None:
    encoder = Counting()
    memory = TextMemory(encoder)
    memory.embeddings(["a", "b", "a"])
    memory.embeddings(["c", "b"])
    assert sorted(encoder.asked) == ["a", "b", "c"]
    assert (memory.asked, memory.encoded) == (5, 3)
    assert memory.seconds > 0


def test_what_was_not_asked_for_longest_is_forgotten() -> None:
    encoder = Counting()
    memory = TextMemory(encoder, most_bytes=2 * ONE)
    for text in ["a", "b", "a", "c", "a", "b"]:
        memory.embeddings([text])
    assert encoder.asked == ["a", "b", "c", "b"]


def test_nothing_need_be_remembered() -> None:
    encoder = Counting()
    memory = TextMemory(encoder, most_bytes=0)
    assert np.array_equal(memory.embeddings(["a", "b"]), memory.embeddings(["a", "b"]))
    assert sorted(encoder.asked) == ["a", "a", "b", "b"]


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    memory = TextMemory(BagOfWords())
    memory.on_encoded = lambda done, total: told.append((done, total))
    memory.embeddings([f"text {number}" for number in range(600)])
    assert told == [(0, 600), (256, 600), (512, 600)]


@pytest.mark.parametrize(("broken", "told"), [("wide", "not \\[B, 1, 24\\]"), ("nan", "not finite")])
def test_an_encoder_that_breaks_its_promise_is_loud(broken: str, told: str) -> None:
    class Broken(BagOfWords):
        def encode(self, texts: Sequence[str]) -> Any:
            right = super().encode(texts)
            return right.repeat(2, axis=2) if broken == "wide" else right * np.nan

    with pytest.raises(ValueError, match=told):
        TextMemory(Broken()).embeddings(["a"])

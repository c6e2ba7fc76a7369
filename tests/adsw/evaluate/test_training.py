from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from adsw.evaluate.novelty import Training, pooled
from adsw.store.store import Store

Make = Callable[..., Any]


@pytest.fixture
def training(tmp_path: Path, make_store: Make, make_usual_row: Make) -> Training:
    rows = [make_usual_row(f"t{number}", ["slow", f"tag {number}"]) for number in range(6)]
    return Training.of(Store.open(make_store(tmp_path / "s", {"train": rows})))


def test_texts_are_distinct_and_know_their_tracks(training: Training, vector_of: Make, dimensions: Any) -> None:
    owners = {text: [] for text in training.texts}
    for query, item in zip(training.owners.queries, training.owners.items, strict=True):
        owners[training.texts[query]].append(training.track_ids[item])
    assert sorted(owners["slow"]) == [f"t{number}" for number in range(6)]
    assert owners["slow, tag 3"] == ["t3"]
    assert owners["This is slow, tag 3."] == ["t3"]
    assert not any("swapped" in text for text in training.texts)
    for text, embedding in zip(training.texts, training.text_embeddings, strict=True):
        assert (embedding == vector_of(text, dimensions.text_tokens, dimensions.text_features)).all()


def test_a_sample_is_the_first_tracks(tmp_path: Path, make_store: Make, make_usual_row: Make) -> None:
    rows = [make_usual_row(f"t{number}", [f"tag {number}"]) for number in range(6)]
    found = Training.of(Store.open(make_store(tmp_path / "s", {"train": rows})), most=2)
    assert (found.track_ids, found.tracks, len(found.texts)) == (("t0", "t1"), 6, 4)


def test_audio_is_standardised_by_the_training(training: Training) -> None:
    means = training.audio.astype(np.float64).mean(1)
    scaled = (means - means.mean(0)) / means.std(0)
    expected = scaled / np.linalg.norm(scaled, axis=1, keepdims=True)
    assert training.unit_audio.numpy() == pytest.approx(expected, abs=1e-4)
    assert training.standardised(training.audio[:2]).numpy() == pytest.approx(expected[:2], abs=1e-4)


def test_a_feature_that_never_changes_does_no_harm(training: Training) -> None:
    training.audio.flags.writeable = False
    constant = Training(
        np.ones_like(training.audio),
        training.text_embeddings,
        training.texts,
        training.owners,
        training.track_ids,
        training.tracks,
    )
    assert torch.isfinite(constant.unit_audio).all()


def test_pooling_is_the_mean_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adsw.evaluate.novelty._BLOCK", 3)
    tokens = np.random.default_rng(0).standard_normal((8, 4, 5)).astype(np.float16)
    assert pooled(tokens).numpy() == pytest.approx(tokens.astype(np.float32).mean(1), abs=1e-6)


def test_a_training_without_texts_is_refused(tmp_path: Path, make_store: Make, make_row: Make) -> None:
    store = Store.open(make_store(tmp_path / "s", {"train": [make_row("a", [])]}))
    with pytest.raises(ValueError, match="holds no text"):
        Training.of(store)

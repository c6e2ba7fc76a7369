from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.encoders.protocol import EncoderInfo
from adsw.errors import InputError
from adsw.evaluate.compatibility import encoder_fault, mismatches, open_together, remarks
from adsw.store.schema import Dimensions
from adsw.store.store import Store
from adsw.train import checkpoint as checkpoints

Make = Callable[..., Any]


@pytest.fixture
def rows(make_usual_row: Make) -> dict[str, list[dict[str, Any]]]:
    return {"test": [make_usual_row("a", ["x", "y"])]}


@pytest.fixture
def store(tmp_path: Path, make_store: Make, rows: dict[str, Any]) -> Store:
    return Store.open(make_store(tmp_path / "store", rows))


@pytest.fixture
def checkpoint(tmp_path: Path, store: Store, make_checkpoint: Make) -> Path:
    path: Path = make_checkpoint(tmp_path / "checkpoint", store)
    return path


def test_what_matches_is_opened(checkpoint: Path, store: Store) -> None:
    trained, (opened,) = open_together(checkpoint, [store.path])
    assert opened.info == store.info
    assert trained.store_fingerprint == store.info.fingerprint
    assert mismatches(trained, store) == []


def test_other_encoders_are_refused_naming_both(
    tmp_path: Path, checkpoint: Path, rows: dict[str, Any], store: Store, make_store: Make
) -> None:
    other_audio = store.info.audio_encoder.model_copy(update={"name": "mert"})
    other_text = store.info.text_encoder.model_copy(update={"revision": "2"})
    path = make_store(tmp_path / "other", rows, audio_encoder=other_audio, text_encoder=other_text)
    with pytest.raises(InputError) as caught:
        open_together(checkpoint, [path])
    said = [str(fault) for fault in caught.value.faults]
    assert len(said) == 2
    assert "audio encoder must be ear@1" in said[0]
    assert "mert@1" in said[0]
    assert "text encoder must be eye@1" in said[1]
    assert "eye@2" in said[1]


def test_other_dimensions_are_refused_naming_both(checkpoint: Path, store: Store) -> None:
    wider = Dimensions(audio_tokens=6, audio_features=2, text_tokens=2, text_features=5)
    other = Store(store.path, store.info.model_copy(update={"dimensions": wider}))
    (fault,) = mismatches(checkpoints.load(checkpoint), other)
    assert "audio_tokens=3" in fault.rule
    assert "audio_tokens=6" in str(fault.value)


def test_all_that_cannot_be_opened_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        open_together(tmp_path / "no checkpoint", [tmp_path / "one", tmp_path / "two"])
    assert [fault.where for fault in caught.value.faults] == [
        str(tmp_path / name) for name in ("no checkpoint", "one", "two")
    ]


def test_remarks_on_stores_and_splits(
    tmp_path: Path, checkpoint: Path, store: Store, rows: dict[str, Any], make_store: Make
) -> None:
    trained = checkpoints.load(checkpoint)
    assert remarks(trained, store, "test") == []
    assert "memory" in remarks(trained, store, "train")[0]
    other = Store.open(make_store(tmp_path / "other", rows, fingerprint="e" * 64))
    (said,) = remarks(trained, other, "train")
    assert "eeeeeeeeeeee" in said
    assert "ffffffffffff" in said


def test_given_embeddings_of_another_store_cannot_be_checked(
    tmp_path: Path, rows: dict[str, Any], store: Store, make_store: Make, make_checkpoint: Make
) -> None:
    given = store.info.audio_encoder.model_copy(update={"name": "given:own", "revision": "given"})
    own, other = (
        Store.open(make_store(tmp_path / name, rows, audio_encoder=given, fingerprint=name * 64)) for name in "ab"
    )
    trained = checkpoints.load(make_checkpoint(tmp_path / "heads", own))
    assert remarks(trained, own, "test") == []
    said = remarks(trained, other, "test")
    assert len(said) == 2
    assert "rests on their name, given:own, and cannot be checked" in said[0]


def test_the_encoder_at_hand_must_be_that_of_the_training(store: Store) -> None:
    trained = store.info.text_encoder
    assert encoder_fault(trained, trained, Path("c")) is None
    other: EncoderInfo = trained.model_copy(update={"revision": "9"})
    fault = encoder_fault(other, trained, Path("c"))
    assert fault is not None
    assert "text encoder must be eye@1" in fault.rule
    assert fault.value == "eye@9"

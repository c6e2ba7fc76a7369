"""Online training takes the store's own encoder, captioner and vocabulary, and refuses others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adsw.augment.vocabulary import builtin
from adsw.errors import InputError
from adsw.store.store import Store
from adsw.train.block import Block
from adsw.trainer import OnlineMode


def changed(store: Store, **update: Any) -> Store:
    return Store(store.path, store.info.model_copy(update=update))


def test_the_stores_own_parts_are_found(store: Store) -> None:
    mode = OnlineMode.of(store)
    assert mode.same_vocabulary
    assert mode.document() == {
        "vocabulary": store.info.vocabulary,
        "same_vocabulary": True,
        "texts_asked": 0,
        "texts_encoded": 0,
        "seconds_encoding": 0.0,
    }


def test_a_text_has_the_embedding_that_the_store_has(store: Store) -> None:
    block = Block.from_table(store.table("valid"), store.info.dimensions)
    found = OnlineMode.of(store).memory.embeddings(block.texts.to_pylist())
    assert np.array_equal(found, block.text_embeddings)


def test_another_vocabulary_is_told(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "more.yaml"
    file.write_text("genre:\n  terms: [zeuhl]\n")
    other = OnlineMode.of(store, builtin().with_file(file))
    assert not other.same_vocabulary
    assert other.document()["vocabulary"] != store.info.vocabulary


def test_other_encoders_and_captioners_are_refused(store: Store) -> None:
    older = store.info.text_encoder.model_copy(update={"revision": "0"})
    with pytest.raises(InputError) as caught:
        OnlineMode.of(changed(store, text_encoder=older, captioner="template@0"))
    where = [fault.where for fault in caught.value.faults]
    assert where == ["text encoder", "captioner"]
    assert "must be bag of revision 0, which encoded the store (given: '1')" in str(caught.value)
    assert "must be template@0, which worded the store's captions" in str(caught.value)


def test_encoders_and_captioners_that_are_not_there_are_refused(store: Store) -> None:
    gone = store.info.text_encoder.model_copy(update={"name": "gone"})
    with pytest.raises(InputError) as caught:
        OnlineMode.of(changed(store, text_encoder=gone, captioner="poet@1"))
    assert len(caught.value.faults) == 2
    assert "gone" in str(caught.value)
    assert "poet" in str(caught.value)

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from adsw.align.recipe import resolve
from adsw.encode.schema import Dimensions
from adsw.encode.store import Store
from adsw.errors import InputError
from adsw.evaluate.search import named_in, search
from adsw.evaluate.untrained import untrained_heads

Make = Callable[..., Any]
RECIPE = resolve({"head.width": 8, "head.out": 6, "head.layers": 1})


@pytest.fixture
def store(tmp_path: Path, make_store: Make, make_usual_row: Make) -> Store:
    rows = [make_usual_row(f"t{number}", ["x", "y"]) for number in range(9)]
    return Store.open(make_store(tmp_path / "store", {"train": rows[:5], "valid": rows[5:7], "test": rows[7:]}))


def test_tracks_are_ranked_by_cosine(store: Store, text_encoder: Any, vector_of: Make, dimensions: Dimensions) -> None:
    heads = untrained_heads(dimensions, RECIPE)
    hits, size = search(heads, text_encoder, store, store.splits, "a slow tune", 9)
    assert size == 9
    asked = heads.text(torch.from_numpy(text_encoder.encode(["a slow tune"]).astype(np.float16)))[0]
    cosines = {}
    for number in range(9):
        tokens = vector_of(f"t{number}", dimensions.audio_tokens, dimensions.audio_features)
        cosines[f"t{number}"] = float(heads.audio(torch.from_numpy(tokens[None]))[0] @ asked)
    assert [hit.track_id for hit in hits] == sorted(cosines, key=lambda name: -cosines[name])
    assert [hit.score for hit in hits] == pytest.approx([cosines[hit.track_id] for hit in hits], abs=1e-6)
    assert [hit.rank for hit in hits] == list(range(1, 10))
    splits = {hit.track_id: hit.split for hit in hits}
    assert (splits["t0"], splits["t6"], splits["t8"]) == ("train", "valid", "test")
    assert hits[0].tags == {"mood": ["slow"]}
    assert hits[0].audio == f"/audio/{hits[0].track_id}.flac"


def test_one_split_is_searched(store: Store, text_encoder: Any, dimensions: Dimensions) -> None:
    hits, size = search(untrained_heads(dimensions, RECIPE), text_encoder, store, ["test"], "a", 1)
    assert size == 2
    assert len(hits) == 1
    assert hits[0].split == "test"


def test_equal_scores_keep_the_order_of_the_store(
    tmp_path: Path, make_store: Make, make_usual_row: Make, text_encoder: Any, dimensions: Dimensions
) -> None:
    row = make_usual_row("a", ["x"])
    rows = [row | {"track_id": name} for name in "cab"]
    store = Store.open(make_store(tmp_path / "same", {"test": rows}))
    hits, _ = search(untrained_heads(dimensions, RECIPE), text_encoder, store, ["test"], "x", 3)
    assert [hit.track_id for hit in hits] == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("text", "count", "said"),
    [
        ("a", 3, "between 1 and the number of tracks searched, 2"),
        ("a", 0, "between 1 and"),
        (" ", 1, "must say what is looked for"),
    ],
)
def test_what_cannot_be_searched_is_refused(
    store: Store, text_encoder: Any, dimensions: Dimensions, text: str, count: int, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        search(untrained_heads(dimensions, RECIPE), text_encoder, store, ["test"], text, count)


def test_an_empty_split_is_refused(tmp_path: Path, make_store: Make, text_encoder: Any, dimensions: Dimensions) -> None:
    store = Store.open(make_store(tmp_path / "empty", {"test": []}))
    with pytest.raises(InputError, match="must hold tracks"):
        search(untrained_heads(dimensions, RECIPE), text_encoder, store, ["test"], "a", 1)


@pytest.mark.parametrize(
    ("tag", "named"), [("Church Organ", True), ("organ", True), ("organ trio", False), ("org", False), ("-", False)]
)
def test_tags_named_in_a_text(tag: str, named: bool) -> None:
    assert named_in(tag, "a slow minor tune on the church organ") is named

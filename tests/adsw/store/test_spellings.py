"""One caption in six spellings, from the manifest to the figures."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from adsw.corpus.manifest import read_manifest
from adsw.corpus.track import Track
from adsw.encoders import registry
from adsw.retrieval.evaluation import evaluate
from adsw.retrieval.queries import read_queries
from adsw.store.store import Store
from adsw.train.block import Block
from adsw.train.checkpoint import untrained_heads
from adsw.train.recipe import resolve

from ..tiny_encoders import Build, TinyText

CAPTION = "A slow café tune"
SAME_CASE = [
    CAPTION,
    unicodedata.normalize("NFD", CAPTION),
    CAPTION.replace(" ", "  "),
    CAPTION.replace(" ", "\u00a0"),
]
ANY_CASE = [*SAME_CASE, CAPTION.lower(), CAPTION.upper()]


@pytest.fixture
def uncased(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text encoder says that it reads no case."""
    monkeypatch.setattr(TinyText, "info", TinyText.info.model_copy(update={"uncased": True}))


def store_with(folder: Path, captions: list[str], tones: list[Track], build: Build) -> Store:
    rows = [
        {"track_id": f"t{number}", "audio": tones[number].audio, "captions": [caption], "split": "valid"}
        for number, caption in enumerate(captions)
    ]
    manifest = folder / "m.jsonl"
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))
    build(folder / "store", tracks=read_manifest(manifest))
    return Store.open(folder / "store")


def recall(store: Store) -> tuple[int, float]:
    queries = read_queries(store, "valid")
    heads = untrained_heads(store.info.dimensions, resolve({"head.width": 8, "head.out": 6}))
    return len(queries), evaluate(heads, queries).metrics["valid/t2m/R@1"]


def test_unicode_form_and_blanks_make_no_other_query(tmp_path: Path, tones: list[Track], build: Build) -> None:
    store = store_with(tmp_path, SAME_CASE, tones, build)
    assert recall(store) == (1, 1.0)
    assert not store.info.dimensions.uncased


def test_to_a_cased_encoder_case_makes_another_query(tmp_path: Path, tones: list[Track], build: Build) -> None:
    assert recall(store_with(tmp_path, ANY_CASE, tones, build))[0] == 3


@pytest.mark.usefixtures("uncased")
def test_to_an_uncased_encoder_six_spellings_are_one_query(tmp_path: Path, tones: list[Track], build: Build) -> None:
    store = store_with(tmp_path, ANY_CASE, tones, build)
    assert recall(store) == (1, 1.0)
    block = Block.from_table(store.table("valid"), store.info.dimensions)
    # So they are no negatives of each other either.
    assert len(np.unique(block.text_code[block.swap_of < 0])) == 1


@pytest.mark.usefixtures("uncased")
def test_a_store_that_says_nothing_of_case_is_cased(tmp_path: Path, tones: list[Track], build: Build) -> None:
    store_with(tmp_path, ANY_CASE, tones, build)
    for file in ("store.json", "prepare.json"):
        path = tmp_path / "store" / file
        document = json.loads(path.read_text())
        for part in ("audio_encoder", "text_encoder", "dimensions"):
            document.get(part, {}).pop("uncased", None)
        path.write_text(json.dumps(document))
    assert recall(Store.open(tmp_path / "store"))[0] == 3
    # To prepare it again is to find it done, and no other settings.
    store_with(tmp_path, ANY_CASE, tones, build)


def test_what_an_encoder_does_with_case_is_no_part_of_the_fingerprint(
    tmp_path: Path, tones: list[Track], build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = build(tmp_path / "cased", tracks=tones[:10])
    monkeypatch.setattr(TinyText, "info", TinyText.info.model_copy(update={"uncased": True}))
    after = build(tmp_path / "uncased", tracks=tones[:10])
    assert registry.text_encoder("tiny-text").info.uncased
    assert (before.dimensions.uncased, after.dimensions.uncased) == (False, True)
    assert before.fingerprint == after.fingerprint
    assert before.dimensions.same_shapes(after.dimensions)

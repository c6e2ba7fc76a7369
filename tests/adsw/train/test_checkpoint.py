"""Checkpoints come back as they were saved, whole or not at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from adsw.errors import InputError
from adsw.fingerprint import file_sha256
from adsw.store.store import Store
from adsw.train import checkpoint
from adsw.train.checkpoint import CARD_FILE, MODEL_FILE, RECIPE_FILE
from adsw.train.heads import Heads, Layout
from adsw.train.recipe import Recipe, resolve

from .synthetic import DIMENSIONS, synthetic_store

RECIPE = resolve({"head.width": 8, "head.out": 4, "text.swap.categories": ["genre"], "data.mix.one": 1})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return synthetic_store(tmp_path_factory.mktemp("checkpoint") / "store", 10)


def heads(recipe: Recipe = RECIPE, seed: int = 0) -> Heads:
    return Heads(DIMENSIONS, recipe.head, Layout(DIMENSIONS, recipe.head).initial(seed, recipe.loss))


@pytest.fixture
def saved(tmp_path: Path, store: Store) -> Path:
    path = tmp_path / "runs" / "0001"
    checkpoint.save(path, RECIPE, heads(), store.info, {"valid/t2m/R@10": 0.5})
    return path


def test_a_checkpoint_comes_back(saved: Path, store: Store) -> None:
    found = checkpoint.load(saved)
    assert found.recipe == RECIPE
    assert found.dimensions == DIMENSIONS
    assert (found.audio_encoder, found.text_encoder) == (store.info.audio_encoder, store.info.text_encoder)
    assert found.store_fingerprint == store.info.fingerprint
    assert found.metrics == {"valid/t2m/R@10": 0.5}
    assert found.info.tracks == {"train": 6, "valid": 2, "test": 2}
    audio, text = torch.randn(3, 4, 24), torch.randn(3, 1, 32)
    assert torch.equal(found.heads.audio(audio), heads().audio(audio))
    assert torch.equal(found.heads.text(text), heads().text(text))
    assert sorted(path.name for path in saved.parent.iterdir()) == ["0001"]


def test_a_checkpoint_counts_parameters(saved: Path) -> None:
    sizes = checkpoint.load(saved).info.parameters
    assert sizes.trainable == sum(value.numel() for value in heads().tensors().values())
    assert sizes.total == sizes.trainable + 2000
    document = json.loads((saved / RECIPE_FILE).read_text())
    assert document["parameters"]["trainable"] == sizes.trainable
    assert set(document["versions"]) == {"adsw", "torch", "python"}


def test_a_later_save_replaces(saved: Path, store: Store) -> None:
    other = resolve({"seed": 5}, RECIPE)
    checkpoint.save(saved, other, heads(seed=5), store.info, {})
    assert checkpoint.load(saved).recipe.seed == 5
    assert sorted(path.name for path in saved.iterdir()) == [CARD_FILE, MODEL_FILE, RECIPE_FILE]
    assert sorted(path.name for path in saved.parent.iterdir()) == ["0001"]


def test_a_failed_save_leaves_what_was_there(saved: Path, store: Store) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        checkpoint.save(saved, RECIPE, heads(), store.info, {"valid/t2m/R@1": float("nan")})
    assert checkpoint.load(saved).metrics == {"valid/t2m/R@10": 0.5}
    assert sorted(path.name for path in saved.parent.iterdir()) == ["0001"]


def test_a_checkpoint_of_before_the_counts_is_still_read(saved: Path) -> None:
    document = json.loads((saved / RECIPE_FILE).read_text())
    del document["tracks"]
    (saved / RECIPE_FILE).write_text(json.dumps(document))
    (saved / CARD_FILE).unlink()
    assert checkpoint.load(saved).info.tracks == {}


def edited(path: Path, **changes: Any) -> None:
    document = json.loads((path / RECIPE_FILE).read_text())
    (path / RECIPE_FILE).write_text(json.dumps(document | changes))


def other_sizes(path: Path) -> None:
    wider = resolve({"head.width": 16}, RECIPE)
    edited(path, recipe=wider.model_dump(mode="json"))


def not_tensors(path: Path) -> None:
    (path / MODEL_FILE).write_bytes(b"something else")
    edited(path, model_sha256=file_sha256(path / MODEL_FILE))


@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        (shutil.rmtree, "must be a folder"),
        (lambda path: (path / RECIPE_FILE).unlink(), "recipe.json: is missing"),
        (lambda path: (path / MODEL_FILE).unlink(), "half-written"),
        (lambda path: (path / MODEL_FILE).write_bytes(b""), "is not the file that was saved"),
        (not_tensors, "does not fit its recipe"),
        (other_sizes, "does not fit its recipe"),
        (lambda path: (path / RECIPE_FILE).write_text("{"), "cannot be read"),
        (lambda path: (path / RECIPE_FILE).write_text("[]"), "must be written by adsw train"),
        (lambda path: edited(path, kind="other"), "must be written by adsw train"),
        (lambda path: edited(path, format=99), "must have format 1 (given: 99)"),
        (lambda path: edited(path, metrics=3, surplus=1), "surplus"),
    ],
)
def test_what_is_no_checkpoint_is_refused(saved: Path, harm: Any, expected: str) -> None:
    harm(saved)
    with pytest.raises(InputError) as caught:
        checkpoint.load(saved)
    assert expected in str(caught.value)

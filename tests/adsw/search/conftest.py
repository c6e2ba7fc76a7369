"""A small store, heads over it, and the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.search.library import Library
from adsw.store.store import Store
from adsw.train.checkpoint import save, untrained_heads
from adsw.train.recipe import resolve
from tests.adsw.small_stores import Eye, store_of, usual_row

Run = Callable[..., tuple[int, str, str]]
SPLITS = {"train": range(5), "valid": range(5, 7), "test": range(7, 12)}


def make_checkpoint(path: Path, store: Store, seed: int = 0) -> Path:
    """Untrained small heads, saved as a training on a store would."""
    recipe = resolve({"head.width": 8, "head.out": 6, "head.layers": 1, "seed": seed})
    save(path, recipe, untrained_heads(store.info.dimensions, recipe), store.info, {"test/t2m/R@10": 0.5})
    return path


@pytest.fixture(scope="session")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = {split: [usual_row(f"t{n}", ["slow air", "harp"]) for n in numbers] for split, numbers in SPLITS.items()}
    return store_of(tmp_path_factory.mktemp("search") / "store", rows)


@pytest.fixture
def store(store_path: Path) -> Store:
    return Store.open(store_path)


@pytest.fixture(scope="session")
def checkpoint(store_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("search") / "checkpoint", Store.open(store_path))


@pytest.fixture
def eye(monkeypatch: pytest.MonkeyPatch) -> Eye:
    """The stores' text encoder, found under its name."""
    encoder = Eye()
    monkeypatch.setattr("adsw.encoders.registry.text_encoder", lambda wanted: {"eye": encoder}[wanted.name])
    return encoder


@pytest.fixture
def library(checkpoint: Path, store_path: Path, eye: Any) -> Library:
    del eye
    return Library.of_store(checkpoint, store_path)

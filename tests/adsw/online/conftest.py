"""A small prepared store with a tiny text encoder of its own: what online training needs, without audio."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch

from adsw.augment.bank import BankConfig
from adsw.corpus.track import Track
from adsw.draws import key_of
from adsw.encoders import registry
from adsw.encoders.catalogue import Entry
from adsw.encoders.protocol import EncoderInfo, Parts, Settings
from adsw.executor import LocalExecutor
from adsw.store.planning import Request
from adsw.store.prepare import prepare
from adsw.store.stages import Running
from adsw.store.store import Store

TAGS = {
    "genre": ["jazz", "rock", "folk", "techno", "blues"],
    "instrument": ["flute", "violin", "piano", "guitar", "trumpet", "cello"],
    "mood": ["calm", "happy", "sad", "dark"],
    "tempo": ["slow", "fast"],
}
FEATURES = 24


class BagOfWords:
    """The mean of a fixed vector per word: one token of 24."""

    Settings = Settings

    def __init__(self, parts: Parts | None = None) -> None:
        del parts

    info = EncoderInfo(
        name="bag",
        revision="1",
        kind="text",
        tokens=1,
        features=FEATURES,
        parameters=0,
        licence="none",
        source="these tests",
    )

    def encode(self, texts: Sequence[str]) -> Any:
        vectors = [np.mean([vector(word) for word in text.lower().split() or [""]], axis=0) for text in texts]
        return np.array(vectors, dtype=np.float32).reshape(len(texts), 1, FEATURES)


def vector(word: str) -> np.ndarray[Any, Any]:
    return np.random.default_rng(key_of(word.strip(",.;"))).normal(size=FEATURES)


@pytest.fixture(scope="session", autouse=True)
def _bag_of_words() -> Iterator[None]:
    """Register the tiny encoder beside the real ones."""
    module = types.ModuleType("bag_of_words")
    module.BagOfWords = BagOfWords  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, module.__name__, module)
        bag = Entry("text", "bag_of_words:BagOfWords", {})
        patch.setattr(registry, "ENTRIES", MappingProxyType({**registry.ENTRIES, "bag": bag}))
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """96 training, 12 validation and 12 test tracks, all views of every kept count."""
    folder = tmp_path_factory.mktemp("online")
    tracks = [track(number, folder) for number in range(120)]
    bank = BankConfig(views_per_count=16)
    request = Request(audio_encoder="given:sums", text_encoder="bag", bank=bank)
    prepare(tracks, folder / "store", request, Running(executor=LocalExecutor()))
    return Store.open(folder / "store")


def track(number: int, folder: Path) -> Track:
    """A track whose audio is the noisy sum of its tags' vectors."""
    rng = np.random.default_rng(number)
    tags = {category: (str(rng.choice(pool)),) for category, pool in TAGS.items()}
    clean = sum(vector(f"heard {tag}") for given in tags.values() for tag in given)
    path = folder / f"{number}.npy"
    np.save(path, (clean + 0.3 * rng.normal(size=(2, FEATURES))).astype(np.float32))
    captions = (f"We hear {' '.join(given[0] for given in tags.values())} here.",) if number % 3 == 0 else ()
    split = "train" if number < 96 else "valid" if number < 108 else "test"
    return Track(f"track-{number:03d}", str(path), None, None, tags, captions, split, f"group-{number}", "sums")

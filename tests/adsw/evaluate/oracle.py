"""A made-up store with heads that know its world, heads that know nothing, and a text encoder that speaks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from adsw.draws import generator
from adsw.encoders.protocol import EncoderInfo
from adsw.store.schema import Dimensions
from adsw.store.store import Store
from adsw.train.checkpoint import Checkpoint, load, save, untrained_heads
from adsw.train.recipe import resolve
from tests.adsw.train.synthetic import World, synthetic_store

DIMENSIONS = Dimensions(audio_tokens=2, audio_features=48, text_tokens=1, text_features=48)


class Speaker:
    """Encodes a text as the sum of the vectors of its words; a word that the world does not know has one of its
    own."""

    def __init__(self, info: EncoderInfo) -> None:
        self.info = info
        self.asked: list[str] = []
        self._known = World.of(DIMENSIONS).text

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """See `TextEncoder.encode`."""
        self.asked += texts
        return np.stack([self._vector(text) for text in texts])[:, None].astype(np.float32)

    def _vector(self, text: str) -> np.ndarray:
        words = [word.strip(".,:") for word in text.split()]
        return 0.2 * sum((self._known[word] if word in self._known else self._own(word)) for word in words)

    def _own(self, word: str) -> np.ndarray:
        return 0.3 * generator("word", word).normal(size=DIMENSIONS.text_features)


class Knowing:
    """Heads that read the tags off both sides: as good as can be."""

    def __init__(self) -> None:
        world = World.of(DIMENSIONS)
        self._audio = np.linalg.pinv(np.stack(list(world.audio.values())))
        self._text = np.linalg.pinv(np.stack(list(world.text.values())))

    def audio(self, tokens: torch.Tensor) -> torch.Tensor:
        return self._read(tokens, self._audio)

    def text(self, tokens: torch.Tensor) -> torch.Tensor:
        return self._read(tokens, self._text)

    def _read(self, tokens: torch.Tensor, inverse: np.ndarray) -> torch.Tensor:
        read = tokens.double().mean(dim=1) @ torch.from_numpy(inverse)
        return torch.nn.functional.normalize(read, dim=1).float()


class Constant:
    """Heads that say the same of everything."""

    def audio(self, tokens: torch.Tensor) -> torch.Tensor:
        return torch.full((len(tokens), 4), 0.5)

    text = audio


def world_store(path: Path, tracks: int = 250) -> Store:
    """A store of the world above."""
    return synthetic_store(path, tracks, dimensions=DIMENSIONS)


def checkpoint_of(path: Path, store: Store, heads: object | None = None) -> Checkpoint:
    """A checkpoint of untrained small heads on a store, or with other heads in their place."""
    recipe = resolve({"head.width": 8, "head.out": 6, "head.layers": 1})
    save(path, recipe, untrained_heads(store.info.dimensions, recipe), store.info, {})
    found = load(path)
    return found if heads is None else replace(found, heads=heads)  # type: ignore[arg-type]

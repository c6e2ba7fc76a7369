"""Training without a bank: texts are encoded as they are drawn, and feed the steps as a store's would."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from adsw.arrays import Halves as Halfs
from adsw.augment.claims import Claims, truths_of
from adsw.augment.views import flat_tags
from adsw.encoders.inference import halves
from adsw.encoders.protocol import TextEncoder
from adsw.spelling import one_text
from adsw.store.schema import SOURCES
from adsw.train.bank import Gather, Rows
from adsw.train.block import Block
from adsw.train.claimed import Claimed, Names
from adsw.train.sampling import TextConfig, TextDraws
from adsw.train.swap_draws import SwapDraws
from adsw.visits import Visit, Words, Writer

OnEncoded = Callable[[int, int], None]
"""Called with how many texts of a request are encoded, and how many there are to encode."""

MOST_BYTES = 1 << 30

_CHUNK = 256
"""Texts encoded between two reports of progress."""


def nobody(done: int, total: int) -> None:
    """Ignore progress."""
    del done, total


class TextMemory:
    """Encodes texts, in fp16 as a store holds them, and forgets those that were not asked for the longest time.

    Args:
        encoder: a frozen text encoder.
        most_bytes: of embeddings remembered; 0 remembers none.
    """

    def __init__(self, encoder: TextEncoder, most_bytes: int = MOST_BYTES) -> None:
        self._encoder = encoder
        self._most = most_bytes // (2 * encoder.info.tokens * encoder.info.features)
        self._known: dict[str, Halfs] = {}  # the one asked for longest ago comes first
        self.on_encoded: OnEncoded = nobody
        """Called with progress."""
        self.asked = 0
        """Texts asked for so far."""
        self.encoded = 0
        """Texts encoded so far."""
        self.seconds = 0.0
        """Wall time spent on encoding so far."""

    def embeddings(self, texts: Sequence[str]) -> Halfs:
        """Return the embeddings of texts, fp16 [texts, T_t, D_t].

        Raises:
            ValueError: the encoder gave a wrong shape, or values that are not finite.
        """
        embeddings = {text: self._known.pop(text) for text in dict.fromkeys(texts) if text in self._known}
        # By length: encoders batch neighbours, and then have little to pad.
        missing = sorted({text for text in texts if text not in embeddings}, key=lambda text: (len(text), text))
        embeddings |= zip(missing, self._encode(missing), strict=True)
        # Taken out above and put back here, at the end: the texts asked for longest ago come first.
        self._known |= embeddings
        for text in list(self._known)[: max(0, len(self._known) - self._most)]:
            del self._known[text]
        self.asked += len(texts)
        shape = (self._encoder.info.tokens, self._encoder.info.features)
        return np.array([embeddings[text] for text in texts], dtype=np.float16).reshape(-1, *shape)

    def _encode(self, texts: Sequence[str]) -> list[Halfs]:
        """Encode texts in chunks and count them, fp16 [T_t, D_t] each."""
        encoded: list[Halfs] = []
        started = time.perf_counter()
        for first in range(0, len(texts), _CHUNK):
            self.on_encoded(first, len(texts))
            part = halves(self._encoder.encode(texts[first : first + _CHUNK]), self._encoder.info)
            if not np.isfinite(part).all():
                raise ValueError(f"{self._encoder.info.name} gave values that are not finite")
            encoded += list(part)
        self.seconds += time.perf_counter() - started
        self.encoded += len(texts)
        return encoded


class DrawnTexts:
    """The texts drawn for a window so far, by any trial: each distinct string once, with its embedding.

    Args:
        words: of the window's tracks, in order.
        writer: draws and writes.
        memory: encodes.
        key: equal for strings that are one text (`adsw.store.schema.Dimensions.key`).
    """

    def __init__(
        self, words: list[Words], writer: Writer, memory: TextMemory, key: Callable[[str], str] = one_text
    ) -> None:
        self._words, self._writer, self._memory, self._key = words, writer, memory, key
        self._numbers: dict[str, int] = {}
        self._claims: list[Claims | None] = []
        self._claimed: Claimed | None = None
        self._codes: dict[str, int] = {}
        self.codes: Rows = np.empty(0, dtype=np.int64)
        """int64 [M], equal for spellings of one text."""
        self.embeddings: Halfs = memory.embeddings([])
        """fp16 [M, T_t, D_t]."""

    @property
    def strings(self) -> tuple[str, ...]:
        """The M texts."""
        return tuple(self._numbers)

    def add(self, said: Mapping[str, Claims | None]) -> None:
        """Encode and number the texts that are new, which are given with their claims."""
        fresh = [text for text in said if text not in self._numbers]
        self._numbers |= zip(fresh, range(len(self._numbers), len(self._numbers) + len(fresh)), strict=True)
        codes = [self._codes.setdefault(key, len(self._codes)) for key in map(self._key, fresh)]
        self.codes = np.concatenate([self.codes, np.array(codes, dtype=np.int64)])
        self._claims += [said[text] for text in fresh]
        self._claimed = None
        self.embeddings = np.concatenate([self.embeddings, self._memory.embeddings(fresh)])

    def draw(self, config: TextConfig, seed: int, epoch: int, rows_n: Rows, visits_n: Rows) -> TextDraws:
        """Draw, write and encode the texts of each visit; see `TextSampler.draw`."""
        visits = zip(rows_n.tolist(), visits_n.tolist(), strict=True)
        shown = self._writer.write(config, seed, epoch, [Visit(self._words[row], number) for row, number in visits])
        said = {item.text: item.claims for item in shown}
        for item in shown:
            said |= {hard.text: hard.claims for hard in item.swaps}
        self.add(said)
        swap = np.full((len(shown), config.swap.negatives), -1, dtype=np.int64)
        for place, item in enumerate(shown):
            swap[place, : len(item.swaps)] = [self._numbers[hard.text] for hard in item.swaps]
        return TextDraws(
            text=np.array([self._numbers[item.text] for item in shown], dtype=np.int64),
            swaps=SwapDraws(
                swap=swap,
                wanted=np.array([item.wanted for item in shown], dtype=np.bool_),
                asked=np.array([item.asked for item in shown], dtype=np.float64),
                short=np.array([item.short for item in shown], dtype=np.bool_),
            ),
            source=np.array([item.source for item in shown], dtype=np.int64),
            kept_share=np.array([item.kept_share for item in shown], dtype=np.float64),
            other_source=np.array([item.other_source for item in shown], dtype=np.bool_),
        )

    @property
    def claimed(self) -> Claimed:
        """Tells which of the texts drawn so far are true of which tracks."""
        if self._claimed is None:
            vocabulary = self._writer.vocabulary
            truths = [truths_of((tag for _, tag in flat_tags(words.tags)), vocabulary) for words in self._words]
            numbers: dict[str, int] = {}
            self._claimed = Claimed(Names.of_sets(self._claims, numbers), Names.of_sets(truths, numbers))
        return self._claimed


class OnlineBank:
    """An `adsw.train.bank.Bank` without a bank: audio from the store, texts as they are drawn.

    It grows with every draw, so it should serve one epoch of one window and be let go.

    Args:
        block: the tracks; of their texts only the human captions are used.
        writer, memory: see `DrawnTexts`.
        device, dtype, resident: see `adsw.train.bank.BankMaker`.
    """

    def __init__(
        self,
        block: Block,
        writer: Writer,
        memory: TextMemory,
        device: torch.device,
        dtype: torch.dtype,
        resident: bool = False,
    ) -> None:
        self.block = block
        self.index = DrawnTexts(words_of(block), writer, memory, block.dimensions.key)
        self._device, self._dtype = device, dtype
        self._audio = Gather(block.audio, device, dtype, resident)

    def audio(self, rows: Rows) -> Tensor:
        """Return the audio tokens of tracks, [*rows, T_a, D_a]."""
        return self._audio(rows)

    def text(self, texts: Rows) -> Tensor:
        """Return the embeddings of texts, numbered in the order in which they were first drawn, [*texts, T_t, D_t]."""
        return Gather(self.index.embeddings, self._device, self._dtype)(texts)

    def text_code(self, texts: Rows) -> Rows:
        """Return numbers of texts, equal for spellings of one text."""
        return self.index.codes[texts]

    @property
    def knows_truths(self) -> bool:
        """Whether any text may be known to be true of another track than its own."""
        return not self.index.claimed.idle

    def true_of(self, texts_n: Rows, rows_B: Rows) -> NDArray[np.bool_]:
        """Return which texts are known to be true of which tracks, bool [n, B]; see `Claimed.true_of`."""
        return self.index.claimed.true_of(texts_n, rows_B)


def words_of(block: Block) -> list[Words]:
    """Return the tags and human captions of a block's tracks, in order."""
    human = np.flatnonzero((block.source == SOURCES.index("human")) & (block.swap_of < 0))
    captions: list[list[str]] = [[] for _ in range(len(block))]
    for text, track in zip(human.tolist(), block.track_of_text[human].tolist(), strict=True):
        captions[track].append(block.texts[text].as_py())
    tags = [
        {category: tuple(given) for category, given in json.loads(column).items()}
        for column in block.table.column("tags").to_pylist()
    ]
    return [
        Words(name, given, tuple(written)) for name, given, written in zip(block.track_ids, tags, captions, strict=True)
    ]

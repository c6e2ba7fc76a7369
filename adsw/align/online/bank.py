"""A window of tracks whose texts are made as they are drawn."""

from __future__ import annotations

import json

import numpy as np
import torch
from torch import Tensor

from adsw.align.bank import Gather, Rows
from adsw.align.block import Block, Halfs
from adsw.align.online.memory import TextMemory
from adsw.align.online.visits import Visit, Words, Writer
from adsw.align.sampling import TextConfig, TextDraws
from adsw.encode.schema import SOURCES


class DrawnTexts:
    """The texts drawn for a window so far, by any trial: each distinct string once, with its embedding.

    Args:
        words: of the window's tracks, in order.
        writer: draws and writes.
        memory: encodes.
    """

    def __init__(self, words: list[Words], writer: Writer, memory: TextMemory) -> None:
        self._words, self._writer, self._memory = words, writer, memory
        self._numbers: dict[str, int] = {}
        self.embeddings: Halfs = memory.embeddings([])
        """fp16 [M, T_t, D_t]."""

    @property
    def strings(self) -> tuple[str, ...]:
        """The M texts."""
        return tuple(self._numbers)

    def draw(self, config: TextConfig, seed: int, epoch: int, rows_n: Rows, visits_n: Rows) -> TextDraws:
        """Draw, write and encode the texts of each visit; see `TextSampler.draw`."""
        visits = zip(rows_n.tolist(), visits_n.tolist(), strict=True)
        shown = self._writer.write(config, seed, epoch, [Visit(self._words[row], number) for row, number in visits])
        strings = [item.text for item in shown] + [item.swap for item in shown if item.swap is not None]
        fresh = [text for text in dict.fromkeys(strings) if text not in self._numbers]
        self._numbers |= zip(fresh, range(len(self._numbers), len(self._numbers) + len(fresh)), strict=True)
        self.embeddings = np.concatenate([self.embeddings, self._memory.embeddings(fresh)])
        return TextDraws(
            text=np.array([self._numbers[item.text] for item in shown], dtype=np.int64),
            swap=np.array([-1 if item.swap is None else self._numbers[item.swap] for item in shown], dtype=np.int64),
            wanted=np.array([item.wanted for item in shown], dtype=np.bool_),
            source=np.array([item.source for item in shown], dtype=np.int64),
            kept_share=np.array([item.kept_share for item in shown], dtype=np.float64),
            other_source=np.array([item.other_source for item in shown], dtype=np.bool_),
        )


class OnlineBank:
    """An `adsw.align.bank.Bank` without a bank: audio from the store, texts as they are drawn.

    It grows with every draw, so it should serve one epoch of one window and be let go.

    Args:
        block: the tracks; of their texts only the human captions are used.
        writer, memory: see `DrawnTexts`.
        device, dtype, resident: see `adsw.align.bank.BankMaker`.
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
        self.index = DrawnTexts(words_of(block), writer, memory)
        self._device, self._dtype = device, dtype
        self._audio = Gather(block.audio, device, dtype, resident)

    def audio(self, rows: Rows) -> Tensor:
        """Return the audio tokens of tracks, [*rows, T_a, D_a]."""
        return self._audio(rows)

    def text(self, texts: Rows) -> Tensor:
        """Return the embeddings of texts, numbered in the order in which they were first drawn, [*texts, T_t, D_t]."""
        return Gather(self.index.embeddings, self._device, self._dtype)(texts)

    def text_code(self, texts: Rows) -> Rows:
        """Return the texts' own numbers: a string has one number."""
        return texts


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

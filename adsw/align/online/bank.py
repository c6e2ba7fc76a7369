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
        """Draw, write and encode what each visit shows; see `TextSampler.draw`."""
        visits = zip(rows_n.tolist(), visits_n.tolist(), strict=True)
        shown = self._writer.write(config, seed, epoch, [Visit(self._words[row], number) for row, number in visits])
        strings = [one.text for one in shown] + [one.swap for one in shown if one.swap is not None]
        fresh = [text for text in dict.fromkeys(strings) if text not in self._numbers]
        self._numbers |= zip(fresh, range(len(self._numbers), len(self._numbers) + len(fresh)), strict=True)
        self.embeddings = np.concatenate([self.embeddings, self._memory.embeddings(fresh)])
        return TextDraws(
            text=np.array([self._numbers[one.text] for one in shown], dtype=np.int64),
            swap=np.array([-1 if one.swap is None else self._numbers[one.swap] for one in shown], dtype=np.int64),
            wanted=np.array([one.wanted for one in shown], dtype=np.bool_),
            source=np.array([one.source for one in shown], dtype=np.int64),
            kept_share=np.array([one.kept_share for one in shown], dtype=np.float64),
            other_source=np.array([one.other_source for one in shown], dtype=np.bool_),
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
        """See `Bank.audio`."""
        return self._audio(rows)

    def text(self, texts: Rows) -> Tensor:
        """See `Bank.text`; texts are numbered in the order in which they were first drawn."""
        return Gather(self.index.embeddings, self._device, self._dtype)(texts)

    def text_code(self, texts: Rows) -> Rows:
        """See `Bank.text_code`: a string has one number."""
        return texts


def words_of(block: Block) -> list[Words]:
    """What the tracks of a block are described by, in order."""
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

"""Banks, which feed the steps: tracks' audio to gather, texts drawn for every visit, as tensors on a device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from adsw.arrays import Halves as Halfs
from adsw.train.block import Block
from adsw.train.sampling import TextConfig, TextDraws, TextSampler

Rows = NDArray[np.int64]


class Drawing(Protocol):
    """Decides which text and which hard negative every visit shows."""

    def draw(self, config: TextConfig, seed: int, epoch: int, rows_n: Rows, visits_n: Rows, /) -> TextDraws:
        """Draw for visits to the bank's tracks, by (seed, epoch, track, visit); see `TextSampler.draw`."""
        ...


class Bank(Protocol):
    """One window of tracks made ready for training. Each bank numbers its texts in its own way."""

    @property
    def block(self) -> Block:
        """The tracks."""
        ...

    @property
    def index(self) -> Drawing:
        """Draws texts, numbered as `text` and `text_code` take them."""
        ...

    def audio(self, rows: Rows) -> Tensor:
        """Return the audio tokens of tracks, [*rows, T_a, D_a]."""
        ...

    def text(self, texts: Rows) -> Tensor:
        """Return the embeddings of texts, [*texts, T_t, D_t]."""
        ...

    def text_code(self, texts: Rows) -> Rows:
        """Return numbers of texts, equal for spellings of one text; any number for -1, which means no text."""
        ...

    @property
    def knows_truths(self) -> bool:
        """Whether any text may be known to be true of another track than its own."""
        ...

    def true_of(self, texts_n: Rows, rows_B: Rows) -> NDArray[np.bool_]:
        """Return which texts are known to be true of which tracks, bool [n, B]; -1, no text, is true of none."""
        ...


BankMaker = Callable[[Block, torch.device, torch.dtype, bool], Bank]
"""Makes the bank of a window: the tracks, where tensors are wanted, their type, whether to keep a copy there."""


class Gather:
    """Gathers rows of fp16 values as tensors.

    It reads the values where they are, or a copy on the device that it keeps.

    Args:
        halfs: fp16 [N, T, D].
        device: where tensors are wanted.
        dtype: their type.
        resident: keep a copy on the device.
    """

    def __init__(self, halfs: Halfs, device: torch.device, dtype: torch.dtype, resident: bool = False) -> None:
        self._halfs = halfs
        self._device, self._dtype = device, dtype
        # np.array copies: Arrow's memory is read-only, and torch warns of tensors over such memory.
        self._copy = torch.from_numpy(np.array(halfs)).to(device) if resident else None

    def __call__(self, rows: Rows) -> Tensor:
        """Return the rows, [*rows, T, D]."""
        if self._copy is not None:
            return self._copy[torch.from_numpy(rows).to(self._device)].to(self._dtype)
        # Copied in fp16 and cast by torch: NumPy's cast is eight times slower.
        return torch.from_numpy(self._halfs[rows]).to(self._device).to(self._dtype)


class StoreBank:
    """The bank that a store holds: texts and embeddings of a block, drawn by `TextSampler`.

    Args: see `BankMaker`.
    """

    def __init__(self, block: Block, device: torch.device, dtype: torch.dtype, resident: bool = False) -> None:
        self.block = block
        self.index = TextSampler(block)
        self._audio = Gather(block.audio, device, dtype, resident)
        self._text = Gather(block.text_embeddings, device, dtype, resident)

    def audio(self, rows: Rows) -> Tensor:
        """Return the audio tokens of tracks, [*rows, T_a, D_a]."""
        return self._audio(rows)

    def text(self, texts: Rows) -> Tensor:
        """Return the embeddings of texts, numbered as in the block, [*texts, T_t, D_t]."""
        return self._text(texts)

    def text_code(self, texts: Rows) -> Rows:
        """Return numbers of texts, equal for spellings of one text of this block."""
        return self.block.text_code[texts]

    @property
    def knows_truths(self) -> bool:
        """Whether any text may be known to be true of another track than its own."""
        return not self.block.claimed.idle

    def true_of(self, texts_n: Rows, rows_B: Rows) -> NDArray[np.bool_]:
        """Return which texts are known to be true of which tracks, bool [n, B]; see `Claimed.true_of`."""
        return self.block.claimed.true_of(texts_n, rows_B)

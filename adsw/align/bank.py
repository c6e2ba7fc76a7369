"""A block made ready for training on a device: its embeddings to gather from, its texts to draw from."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from adsw.align.block import Block, Halfs
from adsw.align.sampling import TextIndex


class Bank:
    """Gathers a block's embeddings as tensors.

    It reads the block's own memory, or a copy on the device that it keeps.

    Args:
        block: the tracks.
        device: where tensors are wanted.
        dtype: their type.
        resident: keep a copy on the device.
    """

    def __init__(self, block: Block, device: torch.device, dtype: torch.dtype, resident: bool = False) -> None:
        self.block = block
        self.index = TextIndex(block)
        self._device, self._dtype = device, dtype
        self._resident: dict[str, Tensor] = {}
        if resident:
            self._resident = {
                "audio": torch.from_numpy(np.array(block.audio)).to(device),
                "text": torch.from_numpy(np.array(block.text_embeddings)).to(device),
            }

    def audio(self, rows: NDArray[np.int64]) -> Tensor:
        """Audio tokens of tracks, [*rows, T_a, D_a]."""
        return self._gather("audio", self.block.audio, rows)

    def text(self, texts: NDArray[np.int64]) -> Tensor:
        """Embeddings of texts, [*texts, T_t, D_t]."""
        return self._gather("text", self.block.text_embeddings, texts)

    def _gather(self, name: str, halfs: Halfs, index: NDArray[np.int64]) -> Tensor:
        if name in self._resident:
            return self._resident[name][torch.from_numpy(index).to(self._device)].to(self._dtype)
        # Copied in fp16 and cast by torch: NumPy's cast is eight times slower.
        return torch.from_numpy(halfs[index]).to(self._dtype)

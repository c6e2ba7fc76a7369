"""Which texts, audios and hard negatives are no negatives of each other in a batch: the false ones are hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from adsw.arrays import Ints
from adsw.train.bank import Bank
from adsw.train.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Masks:
    """What a worker's b rows do not see of the whole batch's B; the fields of `adsw.train.loss.Pairs`."""

    text_hidden: Tensor
    audio_hidden: Tensor
    swap_hidden: Tensor | None


class Masking:
    """Makes the masks of S slots by their recipes' rules.

    A text is no negative of the audio of another track if it is the same string as that track's text, or by `loss.mask:
    tags` if it is true of that track; nor is another row of the same track. A hard negative is hidden from audios whose
    own text is the same string, by `loss.mask: tags` from those that it is true of, and by `text.swap.scope: own` from
    all but its own.
    """

    def __init__(self, recipes: Sequence[Recipe], device: torch.device) -> None:
        self._by_truth = [recipe.loss.mask == "tags" for recipe in recipes]
        own = [recipe.text.swap.scope == "own" for recipe in recipes]
        self._any_own = any(own)
        self._own = torch.tensor(own, device=device)
        self._device = device

    def of(self, bank: Bank, rows_SB: Ints, text_SB: Ints, swap_SBK: Ints | None, own: slice) -> Masks:
        """Return the masks of one batch.

        Args:
            bank: numbers tracks and texts.
            rows_SB: tracks of the whole batch, [S, B].
            text_SB: their texts, [S, B].
            swap_SBK: hard negatives of the texts, [S, B, K], -1 for none; None if no slot has any.
            own: this worker's rows.
        """
        track, code = self._tensor(rows_SB), self._tensor(bank.text_code(text_SB))
        same = (code[:, own, None] == code[:, None]) | (track[:, own, None] == track[:, None])
        true = self._true(bank, rows_SB, text_SB, swap_SBK)
        size = text_SB.shape[1]
        if swap_SBK is None:
            swap_hidden = None
        else:
            flat_Sn = swap_SBK.reshape(len(swap_SBK), -1)
            swap_hidden = self._tensor(flat_Sn < 0)[:, None] | (
                code[:, own, None] == self._tensor(bank.text_code(flat_Sn))[:, None]
            )
            if self._any_own:
                swap_hidden |= self._own[:, None, None] & self._of_others(size, swap_SBK.shape[2], own)
        if true is None:
            return Masks(same, same, swap_hidden)
        if swap_hidden is not None:
            swap_hidden |= self._tensor(true[:, size:, own].transpose(0, 2, 1))
        return Masks(
            text_hidden=same | self._tensor(true[:, :size, own].transpose(0, 2, 1)),
            audio_hidden=same | self._tensor(true[:, :size][:, own]),
            swap_hidden=swap_hidden,
        )

    def _true(self, bank: Bank, rows_SB: Ints, text_SB: Ints, swap_SBK: Ints | None) -> NDArray[np.bool_] | None:
        """Return which texts and hard negatives are true of which tracks, bool [S, B + B * K, B]; None: none known."""
        if not any(self._by_truth) or not bank.knows_truths:
            return None
        flat = text_SB if swap_SBK is None else np.concatenate([text_SB, swap_SBK.reshape(len(swap_SBK), -1)], axis=1)
        true = np.zeros((*flat.shape, rows_SB.shape[1]), dtype=np.bool_)
        for slot in np.flatnonzero(self._by_truth):
            true[slot] = bank.true_of(flat[slot], rows_SB[slot])
        return true

    def _of_others(self, size: int, swaps: int, own: slice) -> Tensor:
        """Return whether a column of hard negatives is another row's, bool [b, B * K]."""
        rows = torch.arange(size, device=self._device)
        return rows[own, None] != rows.repeat_interleave(swaps)

    def _tensor(self, array: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)

"""One training step of S slots: gather, embed, contrast, differentiate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from adsw.train.bank import Bank
from adsw.train.distributed import World
from adsw.train.head_config import HeadConfig
from adsw.train.heads import LOG_SCALE, Dropout, Layout, embed
from adsw.train.loss import Pairs, Terms, contrast


@dataclass(frozen=True, slots=True)
class Batch:
    """Tracks and texts that every slot shows at one step: int64 [S, B] each, rows of all workers in gathered order."""

    rows: NDArray[np.int64]
    """Index of the track in the bank's block."""
    text: NDArray[np.int64]
    """Number of the text in the bank."""
    swap: NDArray[np.int64]
    """Number of its hard negative in the bank; -1 for none."""

    @property
    def swapping(self) -> NDArray[np.bool_]:
        """Which slots have a hard negative on any worker, [S]."""
        slots: NDArray[np.bool_] = (self.swap >= 0).any(axis=1)
        return slots


class Leaves(dict[str, Tensor]):
    """Parameters [S, *shape] as leaves of the graph, over the memory of the slots' vectors.

    Args:
        layout: where each parameter lies in a slot's vector.
        values_SF: the parameters, [S, F].
        gradients_SF: where `collect` adds their gradients, [S, F].
    """

    def __init__(self, layout: Layout, values_SF: Tensor, gradients_SF: Tensor) -> None:
        super().__init__(layout.views(values_SF.detach()))
        self._gradients = layout.views(gradients_SF)
        for leaf in self.values():
            leaf.requires_grad_()

    def collect(self, name: str, gradient: Tensor) -> None:
        """Add to the gradient of a parameter, [S, *shape]."""
        self._gradients[name].add_(gradient)


class Step:
    """Runs steps of the slots whose parameters it was given.

    Args:
        packed: the parameters of all S slots, [S, *shape].
        single: the parameters of each slot alone, [1, *shape], over the same memory.
        head: what the heads have in common.
        batch_scope_S: slots whose hard negatives are seen by the whole batch, bool [S].
        autocast: run products in bfloat16.
        pad_swaps: pass the hard negatives of all slots at once, padded; else slot by slot.
        world: the workers sharing the batch.
    """

    def __init__(
        self,
        packed: Leaves,
        single: Sequence[Leaves],
        head: HeadConfig,
        batch_scope_S: Tensor,
        autocast: bool,
        pad_swaps: bool,
        world: World,
    ) -> None:
        self._packed, self._single = packed, single
        self._head = head
        self._batch_scope = batch_scope_S
        self._autocast = autocast
        self._pad_swaps = pad_swaps
        self._world = world
        self._device = packed[LOG_SCALE].device

    def __call__(self, bank: Bank, batch: Batch, dropout: Dropout) -> Terms:
        """Add the gradients of one batch to the slots'; return this worker's terms, without a graph."""
        share = self._world.rows(batch.rows.shape[1])
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._autocast):
            audio = embed(self._packed, "audio", bank.audio(batch.rows[:, share]), self._head, dropout)
            text = embed(self._packed, "text", bank.text(batch.text[:, share]), self._head, dropout)
            swap = self._swaps(bank, batch, dropout) if batch.swapping.any() else None
        for embedded in (audio, text):
            # If a neighbour has hard negatives, this gradient is summed in another order and lies transposed in memory,
            # and the reductions after it round differently: a trial would depend on its neighbours in the last bits.
            embedded.register_hook(torch.Tensor.contiguous)  # type: ignore[no-untyped-call]
        # The loss is computed in float32 at least: under autocast embeddings may come in bfloat16.
        widest = torch.promote_types(audio.dtype, torch.float32)
        pairs = Pairs(
            audio=audio.to(widest),
            text=text.to(widest),
            swap=None if swap is None else swap.to(widest),
            has_swap=self._tensor(batch.swap >= 0),
            track=self._tensor(batch.rows),
            text_code=self._tensor(bank.text_code(batch.text)),
            swap_code=self._tensor(bank.text_code(batch.swap)),
        )
        terms = contrast(pairs, self._packed[LOG_SCALE].exp(), self._batch_scope, self._world)
        # Summed and never averaged: a slot's gradient must not depend on how many there are.
        self._differentiate(terms.loss.sum(), batch)
        return replace(terms, loss=terms.loss.detach())

    def _differentiate(self, loss: Tensor, batch: Batch) -> None:
        """Add the gradients of the packed pass, and of the hard negatives' passes slot by slot."""
        wanted = [(self._packed, name) for name in self._packed]
        if not self._pad_swaps:
            used = [self._single[slot] for slot in np.flatnonzero(batch.swapping)]
            wanted += [(leaf, name) for leaf in used for name in leaf if name.startswith("text.")]
        # Not backward(): it would give every leaf a gradient in memory of its own, not in the slots' vectors.
        gradients = torch.autograd.grad(loss, [leaf[name] for leaf, name in wanted])
        for (leaf, name), gradient in zip(wanted, gradients, strict=True):
            leaf.collect(name, gradient)

    def _swaps(self, bank: Bank, batch: Batch, dropout: Dropout) -> Tensor:
        """Embed this worker's hard negatives, in their rows of [S, b, P]; the other rows are zero."""
        swap_Sb = batch.swap[:, self._world.rows(batch.swap.shape[1])]
        places = [np.flatnonzero(swap_b >= 0) for swap_b in swap_Sb]
        texts = [swap_b[rows] for swap_b, rows in zip(swap_Sb, places, strict=True)]
        if self._pad_swaps:
            embedded = self._padded(bank, texts, dropout)
        else:
            embedded = self._each(bank, texts, batch.swapping, dropout)
        placed = []
        for rows, part_KP in zip(places, embedded, strict=True):
            empty = part_KP.new_zeros(swap_Sb.shape[1], self._head.out)
            placed.append(empty.index_copy(0, self._tensor(rows), part_KP[: len(rows)]))
        return torch.stack(placed)

    def _each(
        self, bank: Bank, texts: list[NDArray[np.int64]], swapping: NDArray[np.bool_], dropout: Dropout
    ) -> list[Tensor]:
        """Embed the hard negatives slot by slot; for each slot [K, P] of its own K.

        Packed and padded to the widest slot, a trial's bits would depend on its neighbours: a product's rounding may
        depend on its height.
        """
        parts = []
        for slot, (leaf, numbers) in enumerate(zip(self._single, texts, strict=True)):
            if swapping[slot]:
                # If only other workers have hard negatives an empty batch passes, so that all have the same graph.
                tokens = bank.text(numbers)[None]
                parts.append(embed(leaf, "text", tokens, self._head, dropout.only(slot))[0])
            else:
                parts.append(leaf[LOG_SCALE].new_zeros(0, self._head.out))
        return parts

    def _padded(self, bank: Bank, texts: list[NDArray[np.int64]], dropout: Dropout) -> list[Tensor]:
        """Embed the hard negatives of all slots at once, padded to the widest slot; for each slot [K, P].

        An accelerator is bound by kernel launches, which this divides by the number of slots.
        """
        most = max(len(numbers) for numbers in texts)
        padded_SK = np.stack([np.pad(numbers, (0, most - len(numbers))) for numbers in texts])
        return list(embed(self._packed, "text", bank.text(padded_SK), self._head, dropout))

    def _tensor(self, array: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)

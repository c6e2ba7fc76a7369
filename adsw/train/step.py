"""One training step of S slots: gather, embed, contrast, differentiate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from adsw.train.bank import Bank
from adsw.train.distributed import World
from adsw.train.heads import LOG_SCALE, Dropout, Layout, Share, embed
from adsw.train.loss import Pairs, Terms, contrast
from adsw.train.masks import Masking
from adsw.train.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Batch:
    """Tracks and texts that every slot shows at one step: int64 [S, B], rows of all workers in gathered order."""

    rows: NDArray[np.int64]
    """Index of the track in the bank's block."""
    text: NDArray[np.int64]
    """Number of the text in the bank."""
    swap: NDArray[np.int64]
    """Numbers of its hard negatives in the bank, [S, B, K]; -1 for none."""

    @property
    def swapping(self) -> NDArray[np.bool_]:
        """Which slots have a hard negative on any worker, [S]."""
        slots: NDArray[np.bool_] = (self.swap >= 0).any(axis=(1, 2))
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
        recipes: of the slots; they have one shape (`adsw.train.slots.shape_of`).
        pad_swaps: pass the hard negatives of all slots at once, padded; else slot by slot.
        world: the workers sharing the batch.
    """

    def __init__(
        self, packed: Leaves, single: Sequence[Leaves], recipes: Sequence[Recipe], pad_swaps: bool, world: World
    ) -> None:
        self._packed, self._single = packed, single
        self._head = recipes[0].head
        self._autocast = recipes[0].precision == "bf16"
        self._pad_swaps = pad_swaps
        self._world = world
        self._device = packed[LOG_SCALE].device
        self._masking = Masking(recipes, self._device)
        biases = [math.log(recipe.text.swap.weight) for recipe in recipes]
        self._swap_bias = torch.tensor(biases, dtype=packed[LOG_SCALE].dtype, device=self._device)

    def __call__(self, bank: Bank, batch: Batch, dropout: Dropout) -> Terms:
        """Add the gradients of one batch to the slots'; return this worker's terms, without a graph."""
        size = batch.rows.shape[1]
        own = self._world.rows(size)
        every = np.ones((size, 1), dtype=np.bool_)
        dropout = dropout.of([self._share(every)] * len(batch.rows))
        swapping = batch.swapping.any()
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._autocast):
            audio = embed(self._packed, "audio", bank.audio(batch.rows[:, own]), self._head, dropout)
            text = embed(self._packed, "text", bank.text(batch.text[:, own]), self._head, dropout)
            swap = self._swaps(bank, batch, dropout) if swapping else None
        for embedded in (audio, text):
            # If a neighbour has hard negatives, this gradient is summed in another order and lies transposed in memory,
            # and the reductions after it round differently: a trial would depend on its neighbours in the last bits.
            embedded.register_hook(torch.Tensor.contiguous)  # type: ignore[no-untyped-call]
        masks = self._masking.of(bank, batch.rows, batch.text, batch.swap if swapping else None, own)
        pairs = Pairs(
            audio=audio,
            text=text,
            swap=swap,
            has_swap=self._tensor(batch.swap[:, own] >= 0),
            text_hidden=masks.text_hidden,
            audio_hidden=masks.audio_hidden,
            swap_hidden=masks.swap_hidden,
        )
        terms = contrast(pairs, self._packed[LOG_SCALE].exp(), self._swap_bias, self._world)
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
        """Embed this worker's hard negatives, in their places of [S, b, K, P]; the other places are zero."""
        own = self._world.rows(batch.swap.shape[1])
        swap_Sn = batch.swap[:, own].reshape(len(batch.swap), -1)
        places = [np.flatnonzero(swap_n >= 0) for swap_n in swap_Sn]
        texts = [swap_n[rows] for swap_n, rows in zip(swap_Sn, places, strict=True)]
        dropout = dropout.of([self._share(has, self._pad_swaps) for has in batch.swap >= 0])
        if self._pad_swaps:
            embedded = self._padded(bank, texts, dropout)
        else:
            embedded = self._each(bank, texts, batch.swapping, dropout)
        placed = []
        for rows, part_nP in zip(places, embedded, strict=True):
            empty = part_nP.new_zeros(swap_Sn.shape[1], self._head.out)
            placed.append(empty.index_copy(0, self._tensor(rows), part_nP[: len(rows)]))
        return torch.stack(placed).view(len(placed), -1, batch.swap.shape[2], self._head.out)

    def _share(self, has_BK: NDArray[np.bool_], padded: bool = False) -> Share | None:
        """Return which of the texts that all workers embed are this one's, numbered by their rows' places in the batch.

        Args:
            has_BK: the texts that there are, by row in gathered order.
            padded: this worker embeds more rows than it has texts.

        Returns:
            The share; None if it is all that is embedded.
        """
        if self._world.size == 1 and not padded:
            return None
        order = self._world.order(len(has_BK))
        in_place = np.empty_like(has_BK)
        in_place[order] = has_BK
        numbers = (np.cumsum(in_place) - 1).reshape(has_BK.shape)
        own = self._world.rows(len(has_BK))
        return Share(self._tensor(numbers[order[own]][has_BK[own]]), int(has_BK.sum()))

    def _each(
        self, bank: Bank, texts: list[NDArray[np.int64]], swapping: NDArray[np.bool_], dropout: Dropout
    ) -> list[Tensor]:
        """Embed the hard negatives slot by slot; for each slot [n, P] of its own n.

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
        """Embed the hard negatives of all slots at once, padded to the widest slot; for each slot [n, P].

        An accelerator is bound by kernel launches, which this divides by the number of slots.
        """
        most = max(len(numbers) for numbers in texts)
        padded_SK = np.stack([np.pad(numbers, (0, most - len(numbers))) for numbers in texts])
        return list(embed(self._packed, "text", bank.text(padded_SK), self._head, dropout))

    def _tensor(self, array: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)

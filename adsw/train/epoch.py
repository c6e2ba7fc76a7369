"""One epoch of the trials of a group, window by window and step by step."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from adsw.train.adaptation import Adaptation
from adsw.train.bank import Bank
from adsw.train.batches import batch_sizes, epoch_order
from adsw.train.block import Block
from adsw.train.distributed import World
from adsw.train.epoch_log import EpochLog, Sums, Tally
from adsw.train.heads import LOG_SCALE, Dropout, Layout
from adsw.train.loss import Terms
from adsw.train.loss_config import COLDEST, WARMEST
from adsw.train.mixing import CensusTaker, quotas
from adsw.train.optim import SlotOptimiser, learning_rate
from adsw.train.recipe import Recipe
from adsw.train.step import Batch, Leaves, Step


@dataclass(slots=True)
class SlotState:
    """One trial in a group."""

    number: int
    """Its slot."""
    recipe: Recipe
    epoch: int
    """Epochs it has been trained for."""
    optimiser: SlotOptimiser
    adaptation: Adaptation
    """States of its adaptive schedules."""

    def current(self) -> Recipe:
        """Return the recipe of its next epoch, with adaptive schedules as constants.

        Raises:
            RuntimeError: the signals of the last epoch were not passed on to its adaptive schedules.
        """
        return self.adaptation.held(self.recipe, self.epoch)


class EpochRun:
    """Trains the trials of a group for one epoch, in place.

    Args:
        slots: the S trials.
        layout: where each parameter lies in a slot's vector.
        values_SF: the parameters, [S, F].
        gradients_SF: where the gradients are made, [S, F]; the optimisers read them there.
        steps: of the epoch.
        pad_swaps: see `Step`.
        world: the workers that share every batch.
        census: takes the census of the split's data sets, for trials that mix them.

    Raises:
        RuntimeError: the signals of the last epoch were not passed on to a trial's adaptive schedules.
    """

    def __init__(
        self,
        slots: Sequence[SlotState],
        layout: Layout,
        values_SF: Tensor,
        gradients_SF: Tensor,
        steps: int,
        pad_swaps: bool,
        world: World,
        census: CensusTaker,
    ) -> None:
        self._slots = slots
        self._recipes = [slot.current() for slot in slots]
        self._values, self._gradients = values_SF, gradients_SF
        self._steps, self._done = steps, 0
        self._world = world
        self._device = values_SF.device
        self._data = self._recipes[0].data
        self._step = Step(
            packed=Leaves(layout, values_SF, gradients_SF),
            single=[Leaves(layout, values_SF[place, None], gradients_SF[place, None]) for place in range(len(slots))],
            recipes=self._recipes,
            pad_swaps=pad_swaps,
            world=world,
        )
        self._log_scale = layout.views(values_SF)[LOG_SCALE]
        self._log_scale_gradient = layout.views(gradients_SF)[LOG_SCALE]
        learnt = [float(recipe.loss.learn_temperature) for recipe in self._recipes]
        self._learns_temperature = torch.tensor(learnt, dtype=values_SF.dtype, device=self._device)
        # Kept on the device until the epoch ends: reading a step's terms would wait for the device at every step.
        self._sums = torch.zeros(4, len(slots), dtype=torch.float64, device=self._device)
        self._tallies = [Tally() for _ in slots]
        self._windows = 0
        self._quotas = [
            quotas(census(), recipe.data, slot.epoch) if recipe.data.mix else None
            for slot, recipe in zip(slots, self._recipes, strict=True)
        ]

    def run(self, blocks: Iterable[Block], bank_of: Callable[[Block], Bank]) -> dict[int, EpochLog]:
        """Train on the windows; returns each slot's log.

        Raises:
            ValueError: the windows give another number of steps than announced.
        """
        started = time.perf_counter()
        for block in blocks:
            self._window(bank_of(block))
        if self._done != self._steps:
            raise ValueError(f"{self._steps} steps were announced, the blocks gave {self._done}")
        self._world.sum_(self._sums)
        # Parameters too large to square give no finite embeddings, though the last loss may still be finite.
        bounded = self._values.square().sum(dim=1).isfinite()
        totals = torch.cat([self._sums, self._log_scale[None].double(), bounded[None].double()]).T.tolist()
        seconds = time.perf_counter() - started
        logs = {}
        rows = zip(self._slots, self._recipes, self._tallies, totals, strict=True)
        for slot, recipe, tally, (*counted, log_scale, sound) in rows:
            loss, audio_right, text_right, swap_right = counted
            sums = Sums(loss, audio_right, text_right, swap_right, math.exp(-log_scale), bool(sound))
            logs[slot.number] = tally.log(recipe, slot.epoch, sums, self._steps, seconds)
            slot.epoch += 1
        return logs

    def _window(self, bank: Bank) -> None:
        """Train on every batch of one window: each trial in its own order, with its own texts."""
        sizes = batch_sizes(len(bank.block), self._data)
        # A trial whose mix weighs none of the window's tracks has no part in it: it stands by with empty places.
        rows = np.zeros((len(self._slots), sum(sizes)), dtype=np.int64)
        texts = np.zeros_like(rows)
        swaps = np.full((*rows.shape, self._recipes[0].text.swap.negatives), -1, dtype=np.int64)
        active = []
        for place, (slot, recipe, tally) in enumerate(zip(self._slots, self._recipes, self._tallies, strict=True)):
            shared = self._quotas[place]
            quota = None if shared is None else shared[self._windows]
            order = epoch_order(bank.block, recipe.data, recipe.seed, slot.epoch, quota)
            active.append(len(order.rows) > 0)
            if active[place]:
                drawn = bank.index.draw(recipe.text, recipe.seed, slot.epoch, order.rows, order.visits)
                tally.add_draws(drawn)
                tally.add_tracks(bank.block, order.rows)
                rows[place], texts[place], swaps[place] = order.rows, drawn.text, drawn.swaps.swap
        self._windows += 1
        start = 0
        for size in sizes if any(active) else ():
            # In the order in which embeddings are gathered: every worker knows the whole batch and embeds its own run.
            places = start + self._world.order(size)
            self._train(bank, Batch(rows[:, places], texts[:, places], swaps[:, places]), active)
            start += size
        if not any(active):
            self._done += len(sizes)

    def _train(self, bank: Bank, batch: Batch, active: list[bool]) -> None:
        """Train every trial that is active for one step."""
        # The same on every worker: each draws the dropout of all rows and takes that of its own.
        keys = [f"{slot.recipe.seed}/{slot.epoch}/{self._done}/0" for slot in self._slots]
        dropout = Dropout.at([recipe.head.dropout for recipe in self._recipes], keys, self._device)
        self._gradients.zero_()
        terms = self._step(bank, batch, dropout)
        # Each worker's loss is its rows' share of the whole batch's: the sum of the gradients is the batch's gradient.
        self._world.sum_(self._gradients)
        # Before clipping, so that the gradient of a temperature that is fixed takes no part in the norm.
        self._log_scale_gradient.mul_(self._learns_temperature)
        for slot, recipe, takes_part in zip(self._slots, self._recipes, active, strict=True):
            if takes_part:
                begun = slot.epoch + self._done / self._steps
                slot.optimiser.step(learning_rate(recipe.optim, begun, 1 / self._steps))
        # On the parameter after the step, as in CLIP; in the loss, a clamped value would have no gradient to return by.
        self._log_scale.clamp_(-math.log(WARMEST), -math.log(COLDEST))
        self._done += 1
        self._count(terms, batch.rows.shape[1], active)

    def _count(self, terms: Terms, size: int, active: list[bool]) -> None:
        """Add the terms of a step of `size` rows to the sums of the trials that took part."""
        # A step's loss is a mean over its batch; the log's is one over visits, and batches differ in size.
        counted = torch.stack([terms.loss * size, terms.audio_right, terms.text_right, terms.swap_right])
        self._sums += counted if all(active) else counted * torch.tensor(active, device=self._device)
        for tally, takes_part in zip(self._tallies, active, strict=True):
            tally.ceiling += takes_part * size * math.log(size)

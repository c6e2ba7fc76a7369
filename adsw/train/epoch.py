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
    ) -> None:
        self._slots = slots
        self._recipes = [slot.current() for slot in slots]
        self._values, self._gradients = values_SF, gradients_SF
        self._steps, self._done = steps, 0
        self._world = world
        self._device = values_SF.device
        shared = self._recipes[0]
        self._data = shared.data
        scopes = [recipe.text.swap.scope == "batch" for recipe in self._recipes]
        self._step = Step(
            packed=Leaves(layout, values_SF, gradients_SF),
            single=[Leaves(layout, values_SF[place, None], gradients_SF[place, None]) for place in range(len(slots))],
            head=shared.head,
            batch_scope_S=torch.tensor(scopes, device=self._device),
            autocast=shared.precision == "bf16",
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
        orders, draws = [], []
        for slot, recipe, tally in zip(self._slots, self._recipes, self._tallies, strict=True):
            epoch = slot.epoch
            order = epoch_order(bank.block, recipe.data, recipe.seed, epoch)
            drawn = bank.index.draw(recipe.text, recipe.seed, epoch, order.rows, order.visits)
            tally.add_draws(drawn)
            orders.append(order.rows)
            draws.append(drawn)
        rows, texts, swaps = (
            np.stack(part) for part in (orders, [drawn.text for drawn in draws], [drawn.swap for drawn in draws])
        )
        start = 0
        for size in batch_sizes(len(bank.block), self._data):
            # In the order in which embeddings are gathered: every worker knows the whole batch and embeds its own run.
            places = start + self._world.order(size)
            self._train(bank, Batch(rows[:, places], texts[:, places], swaps[:, places]))
            start += size

    def _train(self, bank: Bank, batch: Batch) -> None:
        """Train every trial for one step."""
        # With the worker's rank: each worker draws dropout for its own rows.
        keys = [f"{slot.recipe.seed}/{slot.epoch}/{self._done}/{self._world.rank}" for slot in self._slots]
        dropout = Dropout.at([recipe.head.dropout for recipe in self._recipes], keys, self._device)
        self._gradients.zero_()
        terms = self._step(bank, batch, dropout)
        # Each worker's loss is its rows' share of the whole batch's: the sum of the gradients is the batch's gradient.
        self._world.sum_(self._gradients)
        # Before clipping, so that the gradient of a temperature that is fixed takes no part in the norm.
        self._log_scale_gradient.mul_(self._learns_temperature)
        for slot, recipe in zip(self._slots, self._recipes, strict=True):
            begun = slot.epoch + self._done / self._steps
            slot.optimiser.step(learning_rate(recipe.optim, begun, 1 / self._steps))
        # On the parameter after the step, as in CLIP; in the loss, a clamped value would have no gradient to return by.
        self._log_scale.clamp_(-math.log(WARMEST), -math.log(COLDEST))
        self._done += 1
        self._count(terms, batch.rows.shape[1])

    def _count(self, terms: Terms, size: int) -> None:
        """Add the terms of a step of `size` rows to the sums."""
        # A step's loss is a mean over its batch; the log's is one over visits, and batches differ in size.
        self._sums += torch.stack([terms.loss * size, terms.audio_right, terms.text_right, terms.swap_right])
        for tally in self._tallies:
            tally.ceiling += size * math.log(size)

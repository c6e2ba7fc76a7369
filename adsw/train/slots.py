"""A group of slots: trials of one shape trained side by side, joining and leaving between epochs.

A trial's result depends on its recipe and the store alone: not on its slot, its neighbours, or when it was
saved and taken up again. On the CPU that holds to the bit, given the same number of threads.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from functools import partial
from typing import Any

import torch

from adsw.store.schema import Dimensions
from adsw.train.adaptation import Adaptation
from adsw.train.bank import Bank, BankMaker, StoreBank
from adsw.train.batches import batch_sizes
from adsw.train.block import Block
from adsw.train.distributed import World
from adsw.train.epoch import EpochRun, SlotState
from adsw.train.epoch_log import EpochLog
from adsw.train.heads import Heads, Layout
from adsw.train.mixing import Census, CensusTaker
from adsw.train.optim import SlotOptimiser
from adsw.train.recipe import Recipe
from adsw.train.schedules import Signals


def shape_of(recipe: Recipe) -> Hashable:
    """Return what trials of one group must have in common; recipes of equal key fit one `SlotGroup`.

    Batch size and fraction (they step together), the most hard negatives of a text, the heads' sizes, and the
    precision.
    """
    head = recipe.head.model_dump(exclude={"dropout"})
    data = recipe.data
    return (data.batch_size, data.fraction, recipe.text.swap.negatives, recipe.precision, *sorted(head.items()))


class SlotGroup:
    """Trains up to `capacity` trials at once, packed.

    Args:
        dimensions: shapes of the store's embeddings.
        recipe_shape: any recipe of the shape (`shape_of`).
        capacity: most trials at once.
        device: where to train.
        pad_swaps: pass the hard negatives of all slots at once, padded to the most, instead of slot by slot. An
            accelerator is bound by launches, so it does by default; on the CPU it would cost time and equal bits.
        world: the workers that share every batch; gradients are summed over them.
        make_bank: makes the bank of a window, which steps are fed from.
    """

    def __init__(
        self,
        dimensions: Dimensions,
        recipe_shape: Recipe,
        capacity: int,
        device: str = "cpu",
        world: World | None = None,
        pad_swaps: bool | None = None,
        make_bank: BankMaker = StoreBank,
    ) -> None:
        self.dimensions = dimensions
        self.shape = shape_of(recipe_shape)
        self._head, self._data = recipe_shape.head, recipe_shape.data
        self._dtype = torch.float64 if recipe_shape.precision == "fp64" else torch.float32
        self._device = torch.device(device)
        self._world = world or World()
        self._pad_swaps = self._device.type != "cpu" if pad_swaps is None else pad_swaps
        self.layout = Layout(dimensions, recipe_shape.head)
        # Allocated once for the life of the group: trials come and go in its rows, and steps see the first as views.
        self._values = torch.zeros(capacity, self.layout.size, dtype=self._dtype, device=self._device)
        self._gradients = torch.zeros_like(self._values)
        self._slots: list[SlotState] = []
        self._make_bank = make_bank
        self._banks: dict[int, Bank] = {}

    @property
    def capacity(self) -> int:
        """Most trials at once."""
        return len(self._values)

    @property
    def slots(self) -> list[int]:
        """The slots in use."""
        return sorted(slot.number for slot in self._slots)

    def join(self, recipe: Recipe, state: dict[str, Any] | None = None) -> int:
        """Take in a trial, new or from a saved `state`; return its slot.

        A state may be restored under another recipe of the same shape.

        Raises:
            ValueError: the recipe's shape or the state's size does not fit the group.
            RuntimeError: every slot is taken.
        """
        if shape_of(recipe) != self.shape:
            raise ValueError(f"the group's shape is {self.shape}, the recipe's {shape_of(recipe)}")
        place = len(self._slots)
        if place == self.capacity:
            raise RuntimeError(f"all {self.capacity} slots are taken")
        if state is not None and len(state["values"]) != self.layout.size:
            raise ValueError(f"a state of {len(state['values'])} values does not fit {self.layout.size}")
        number = min(set(range(self.capacity)) - set(self.slots))
        optimiser = SlotOptimiser(recipe.optim, self.layout.decayed, self._device)
        epoch, saved = (0, {}) if state is None else (state["epoch"], state.get("adaptation", {}))
        slot = SlotState(number, recipe, epoch, optimiser, Adaptation.resumed(recipe, epoch, saved))
        if state is None:
            self._values[place] = self.layout.initial(recipe.seed, recipe.loss, self._dtype).to(self._device)
        else:
            self._values[place] = state["values"].to(self._device, self._dtype)
        # The moments are loaded after the vectors are bound: they go to the vectors' device.
        slot.optimiser.bind(self._values[place], self._gradients[place])
        if state is not None:
            slot.optimiser.load(state["optimiser"])
        self._slots.append(slot)
        return number

    def leave(self, slot: int) -> None:
        """Drop a trial.

        Raises:
            KeyError: nothing is in that slot.
        """
        place = self._place(slot)
        last = self._slots.pop()
        # The last trial moves into the free row: the rows in use are one run, which a packed step takes as a view. A
        # slot's number stays the same; only its row changes.
        if last.number != slot:
            self._values[place] = self._values[len(self._slots)]
            last.optimiser.bind(self._values[place], self._gradients[place])
            self._slots[place] = last

    def epoch(self, slot: int) -> int:
        """Return the epochs a trial has been trained for."""
        return self._slots[self._place(slot)].epoch

    def heads(self, slot: int) -> Heads:
        """Return a copy of a trial's heads, to evaluate and to save."""
        return Heads(self.dimensions, self._head, self._values[self._place(slot)].clone())

    def state(self, slot: int) -> dict[str, Any]:
        """Return all that `join` needs to continue a trial: parameters, optimiser, epoch, states of adaptive schedules.

        Random draws are keyed by seed, epoch and track and have no state to save.
        """
        place = self._place(slot)
        held = self._slots[place]
        return {
            "recipe": held.recipe.model_dump(mode="json"),
            "epoch": held.epoch,
            "values": self._values[place].to("cpu", copy=True),
            "optimiser": held.optimiser.state(),
            "adaptation": held.adaptation.saved_state(held.recipe),
        }

    def adapts(self, slot: int) -> bool:
        """Return whether a trial has adaptive schedules, so that `advance` must follow each of its epochs."""
        return bool(self._slots[self._place(slot)].adaptation.states)

    def advance(self, slot: int, signals: Signals) -> None:
        """Advance a trial's adaptive schedules by the signals of its last epoch.

        Every worker must be given the same signals.

        Raises:
            ValueError: a watched value is missing, or is NaN or infinite.
        """
        held = self._slots[self._place(slot)]
        held.adaptation = held.adaptation.advance(held.recipe, signals)

    def train_epoch(
        self, blocks: Iterable[Block], steps: int | None = None, census: CensusTaker | None = None
    ) -> dict[int, EpochLog]:
        """Train every slot for one epoch.

        Args:
            blocks: the windows of the training split, in order. The banks made of a sequence's blocks are kept for
                the next epoch; a stream is read once and let go.
            steps: steps of the epoch (`steps_per_epoch`), by which fractional epochs are counted; a sequence
                gives them itself.
            census: takes the census of the data sets in all windows, which a trial with `data.mix` needs beforehand;
                a sequence gives it itself.

        Returns:
            The log of every slot. A trial whose loss is not finite is failed; the others are untouched.

        Raises:
            ValueError: a stream without `steps`, or with another number of them; or one to mix without `census`.
            RuntimeError: `advance` was not called after the last epoch of a trial with adaptive schedules.
        """
        resident = isinstance(blocks, Sequence)
        if steps is None and not resident:
            raise ValueError("a stream of blocks needs the number of steps")
        if resident:
            self._banks = {id(block): self._bank(block) for block in blocks}
        if steps is None:
            steps = sum(len(batch_sizes(len(block), self._data)) for block in blocks)
        used = len(self._slots)
        if not used:
            return {}
        values, gradients = self._values[:used], self._gradients[:used]
        taker = census or partial(_census_of, blocks)
        run = EpochRun(self._slots, self.layout, values, gradients, steps, self._pad_swaps, self._world, taker)
        return run.run(blocks, self._bank)

    def _bank(self, block: Block) -> Bank:
        """Return the bank of a block: the one kept from the last epoch, or a new one."""
        # A kept bank holds its block, so the block's id cannot have passed to another.
        on_device = self._device.type != "cpu"
        return self._banks.get(id(block)) or self._make_bank(block, self._device, self._dtype, on_device)

    def _place(self, slot: int) -> int:
        """Return the row of the matrices that a slot's trial is in.

        Raises:
            KeyError: nothing is in that slot.
        """
        for place, held in enumerate(self._slots):
            if held.number == slot:
                return place
        raise KeyError(f"nothing is in slot {slot}")


def _census_of(blocks: Iterable[Block]) -> Census:
    """Return the census of windows that are there.

    Raises:
        ValueError: they come as a stream, which is not known beforehand.
    """
    if not isinstance(blocks, Sequence):
        raise ValueError("a stream of blocks needs a census of their data sets to mix them")
    return Census.of_blocks(blocks)

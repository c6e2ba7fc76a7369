"""One of k workers on the CPU: ``python worker_script.py RANK SIZE FOLDER``; reads FOLDER/table.parquet.

Writes FOLDER/<size>-<rank>.pt with the loss and gradients of one step, and with what a training came to.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from torch import distributed

from adsw.store.schema import Dimensions
from adsw.train.bank import StoreBank
from adsw.train.block import Block
from adsw.train.distributed import World
from adsw.train.heads import Dropout, Layout
from adsw.train.recipe import resolve
from adsw.train.slots import SlotGroup
from adsw.train.step import Batch, Leaves, Step

BATCH = 13
"""Odd, so that the workers' shares differ."""

RECIPES = [
    resolve(
        {
            "data.batch_size": BATCH,
            "head": {"width": 8, "out": 6, "dropout": dropout},
            "text.swap": {"probability": 0.5, "scope": scope, "negatives": 2, "weight": 1.5},
            "precision": "fp64",
            "seed": seed,
            "optim.lr": 1e-3,
        }
    )
    for seed, (scope, dropout) in enumerate((("own", 0.0), ("batch", 0.3)))
]


def one_step(block: Block, dimensions: Dimensions, world: World) -> dict[str, torch.Tensor]:
    """Loss [S] and gradients [S, size] of one batch, summed over the workers."""
    layout = Layout(dimensions, RECIPES[0].head)
    values = torch.stack([layout.initial(recipe.seed, recipe.loss, torch.float64) for recipe in RECIPES])
    gradients = torch.zeros_like(values)
    step = Step(
        packed=Leaves(layout, values, gradients),
        single=[Leaves(layout, values[slot, None], gradients[slot, None]) for slot in range(len(RECIPES))],
        recipes=RECIPES,
        pad_swaps=False,
        world=world,
    )
    bank = StoreBank(block, values.device, values.dtype)
    rows = world.order(BATCH)
    text = block.offsets[rows] + 2
    swap, other = (np.array([np.flatnonzero(block.swap_of == place)[0] for place in text + more]) for more in (0, 2))
    # All of one worker's rows may lack hard negatives that another's have; some texts bring two.
    swap[rows % 2 == 1] = -1
    swaps = np.stack([swap, np.where(rows % 3 == 0, other, -1)], axis=1)
    batch = Batch(*(np.stack([each] * len(RECIPES)) for each in (rows, text, swaps)))
    terms = step(bank, batch, Dropout.at([0.2, 0.4], ["one", "two"], values.device))
    loss = terms.loss.clone()
    world.sum_(loss)
    world.sum_(gradients)
    return {"loss": loss, "gradients": gradients}


def training(block: Block, dimensions: Dimensions, world: World) -> dict[str, object]:
    """Two trials for two epochs."""
    group = SlotGroup(dimensions, RECIPES[0], 2, world=world)
    slots = [group.join(recipe) for recipe in RECIPES]
    for _ in range(2):
        logs = group.train_epoch([block])
    figures = [(log.loss, log.audio_accuracy, log.text_accuracy, log.swap_accuracy) for log in logs.values()]
    return {"values": torch.stack([group.state(slot)["values"] for slot in slots]), "figures": figures}


def main(rank: int, size: int, folder: Path) -> None:
    torch.set_num_threads(1)
    if size > 1:
        distributed.init_process_group("gloo", init_method=f"file://{folder}/meet{size}", rank=rank, world_size=size)
    table = pq.read_table(folder / "table.parquet")
    dimensions = Dimensions(audio_tokens=4, audio_features=24, text_tokens=1, text_features=32)
    block, world = Block.from_table(table, dimensions), World(rank, size)
    torch.save(one_step(block, dimensions, world) | training(block, dimensions, world), folder / f"{size}-{rank}.pt")
    if size > 1:
        distributed.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))

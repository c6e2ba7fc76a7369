"""Training on a bank against training online: the same recipe, seed by seed.

    python benchmarks/online.py --store DIR [--bank DIR ...] [--seeds 8] [--epochs 12] [--out FILE] [--json]

Each seed is trained on the store's bank, on every other bank given (the same training tracks with other bank settings),
and online; all on one thread, all judged on the store's test tracks. What is printed of each bank is the paired
difference online - bank over the seeds, with its 95 % Student interval: of the figures on test; of the loss on fresh
texts, drawn online for the judgement and the same for all, of the training tracks and of the test tracks; and of the
training's own loss by epoch. Of a small bank the same texts come back, and what is learnt by heart of them lowers the
training's own loss and no other. Seeds are the only thing that varies: the intervals say nothing of other tracks.

FILE takes one line per training; trainings that are there are not run again.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from scipy import stats

from adsw.retrieval.evaluation import evaluate
from adsw.retrieval.queries import QuerySet
from adsw.store.store import Store
from adsw.train.bank import StoreBank
from adsw.train.batches import steps_per_epoch, windows
from adsw.train.block import Block
from adsw.train.distributed import World
from adsw.train.heads import Heads
from adsw.train.loss import Pairs, contrast
from adsw.train.recipe import Recipe, identity, read_recipe, resolve
from adsw.train.slots import SlotGroup
from adsw.trainer import OnlineMode

ONLINE = "online"
FRESH = 1_000_000
"""Added to a training's seed, gives that of the texts it is judged on."""
TIMES = ("seconds", "processor_seconds", "seconds_encoding", "texts_encoded")
FRESH_SPLITS = ("train", "test")
METRICS = ("test/t2m/mAP@10", "test/t2m/R@10", "test/t2m/R@1", "test/m2t/mAP@10")
Run = dict[str, Any]
"""One training: arm, seed, identity of the recipe, losses by epoch, fresh losses by split, metrics, `TIMES`."""


def main() -> None:
    """Train what is missing, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True, help="store to train and to be judged on")
    parser.add_argument("--bank", type=Path, action="append", default=[], help="store with another bank of its tracks")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--set", action="append", default=[], help="change to the recipe, as of adsw train")
    parser.add_argument("--out", type=Path, help="file of trainings, one line each")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args()
    torch.set_num_threads(1)
    recipe = resolve({"epochs": given.epochs}, read_recipe(None, given.set))
    stores = {name_of(store): store for store in map(Store.open, [given.store, *given.bank])}
    if given.seeds < 2 or len(stores) <= len(given.bank):
        parser.error("give at least two seeds, and banks of different numbers of views")
    runs: list[Run] = []
    for run in trained(stores, recipe, range(given.seeds), given.out):
        runs.append(run)
        said = f"{run['arm']}, seed {run['seed']}: {run['metrics'][METRICS[0]]:.4f}, {run['seconds']:.0f} s"
        Console(stderr=True).print(said, highlight=False)
    compared = {name: comparison(runs, name, ONLINE) for name in stores}
    times = {arm: timing(runs, arm) for arm in (*stores, ONLINE)}
    if given.json:
        document = {"recipe": recipe.model_dump(mode="json"), "runs": runs, "compared": compared, "time": times}
        print(json.dumps(document, indent=2))
    else:
        show(compared, times)


def name_of(store: Store) -> str:
    """What a bank is called here: its views per kept count."""
    return f"bank V={store.info.bank['views_per_count']}"


def trained(stores: dict[str, Store], recipe: Recipe, seeds: Sequence[int], out: Path | None) -> Iterator[Run]:
    """Every arm under every seed, seed by seed; the first store judges."""
    first = next(iter(stores.values()))
    judge = Judge(first)
    ids = [set(store.table("train", ["track_id"])["track_id"].to_pylist()) for store in stores.values()]
    if any(own != ids[0] for own in ids):
        raise SystemExit("The banks must be of the same training tracks")
    lines = out.read_text().splitlines() if out is not None and out.exists() else []
    there = {(run["arm"], run["identity"]): run for run in map(json.loads, lines)}
    for seed in seeds:
        own = resolve({"seed": seed}, recipe)
        arms = [*stores, ONLINE]
        # Turned by seed, so that no arm is always the one beside whatever else the machine does.
        for arm in arms[seed % len(arms) :] + arms[: seed % len(arms)]:
            key = arm, identity(own)
            if key not in there:
                there[key] = {"arm": arm, "seed": seed, "identity": key[1]}
                there[key] |= one_run(stores.get(arm, first), own, judge, arm == ONLINE)
                if out is not None:
                    with out.open("a") as stream:
                        stream.write(json.dumps(there[key]) + "\n")
            yield there[key]


class Judge:
    """What all trainings are judged on: the test queries of a store, and fresh texts of its tracks."""

    def __init__(self, store: Store) -> None:
        dimensions = store.info.dimensions
        self.queries = QuerySet.from_table(store.table("test"), dimensions)
        self._mode = OnlineMode.of(store)
        self._blocks = {split: Block.from_table(store.table(split), dimensions) for split in FRESH_SPLITS}

    def fresh_loss(self, heads: Heads, recipe: Recipe, split: str) -> float:
        """The loss without hard negatives, by the recipe's last epoch, on texts drawn for this seed alone."""
        bank = self._mode.bank(self._blocks[split], torch.device("cpu"), torch.float32, False)
        rows = np.arange(len(bank.block))
        drawn = bank.index.draw(recipe.text, recipe.seed + FRESH, recipe.epochs - 1, rows, np.zeros_like(rows))
        audio, text = heads.audio(bank.audio(rows)), heads.text(bank.text(drawn.text))
        size = min(recipe.data.batch_size, len(rows))
        scale, own_scope = torch.tensor([1 / heads.temperature]), torch.tensor([False])
        losses = []
        for start in range(0, len(rows) - size + 1, size):
            part = slice(start, start + size)
            codes, tracks = torch.from_numpy(drawn.text[None, part]), torch.from_numpy(rows[None, part])
            none = torch.zeros(1, size, dtype=torch.bool)
            pairs = Pairs(audio[None, part], text[None, part], None, none, tracks, codes, codes)
            losses.append(contrast(pairs, scale, own_scope, World()).loss.item())
        return float(np.mean(losses))


def one_run(store: Store, recipe: Recipe, judge: Judge, online: bool) -> Run:
    """One training, as `adsw train` does it but for the look at valid after every epoch."""
    table, dimensions = store.table("train"), store.info.dimensions
    blocks = list(windows([table], len(table), dimensions))
    started, begun = time.perf_counter(), time.process_time()
    mode = OnlineMode.of(store) if online else None
    make = partial(SlotGroup, dimensions, recipe, 1, make_bank=mode.bank if mode else StoreBank)
    group = make()
    slot = group.join(recipe)
    steps = steps_per_epoch(len(table), recipe.data)
    logs = [group.train_epoch(iter(blocks) if online else blocks, steps)[slot] for _ in range(recipe.epochs)]
    seconds, processor = time.perf_counter() - started, time.process_time() - begun
    heads = group.heads(slot)
    metrics = evaluate(heads, judge.queries, "test").metrics
    return {
        "losses": [log.loss for log in logs],
        "fresh": {split: judge.fresh_loss(heads, recipe, split) for split in FRESH_SPLITS},
        "metrics": {name: metrics[name] for name in METRICS},
        "seconds": seconds,
        "processor_seconds": processor,
        "seconds_encoding": mode.memory.seconds if mode else 0.0,
        "texts_encoded": mode.memory.encoded if mode else 0,
    }


def comparison(runs: Sequence[Run], arm: str, other: str) -> dict[str, Any]:
    """The paired differences other - arm, over the seeds that both have."""
    ours, theirs = ({run["seed"]: run for run in runs if run["arm"] == name} for name in (arm, other))
    seeds = sorted(ours.keys() & theirs.keys())
    pairs = [(ours[seed], theirs[seed]) for seed in seeds]
    figures = {name: [(one["metrics"][name], two["metrics"][name]) for one, two in pairs] for name in METRICS}
    for split in FRESH_SPLITS:
        figures[f"loss, fresh texts, {split}"] = [(one["fresh"][split], two["fresh"][split]) for one, two in pairs]
    epochs = len(pairs[0][0]["losses"])
    curve = [paired([(one["losses"][epoch], two["losses"][epoch]) for one, two in pairs]) for epoch in range(epochs)]
    return {"seeds": seeds, "figures": {name: paired(values) for name, values in figures.items()}, "losses": curve}


def paired(values: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Means of both sides; the mean difference with its 95 % Student interval."""
    ours, theirs = np.array(values).T
    difference = theirs - ours
    error = stats.sem(difference)
    low, high = difference.mean() + np.array([-1, 1]) * error * stats.t.ppf(0.975, len(difference) - 1)
    return {
        "bank": float(ours.mean()),
        "online": float(theirs.mean()),
        "difference": float(difference.mean()),
        "low": float(low),
        "high": float(high),
    }


def timing(runs: Sequence[Run], arm: str) -> dict[str, float]:
    """Medians over the trainings of an arm: wall and processor time, the encoding in it, and the texts encoded."""
    own = [run for run in runs if run["arm"] == arm]
    return {name: float(np.median([run[name] for run in own])) for name in TIMES}


def show(compared: dict[str, Any], times: dict[str, dict[str, float]]) -> None:
    """Print the comparisons and the times as tables."""
    out = Console()
    for name, found in compared.items():
        title = f"{len(found['seeds'])} seeds, {ONLINE} - {name}"
        table = Table("", name, ONLINE, "difference", "95 %", "zero inside", title=title)
        for figure, values in found["figures"].items():
            table.add_row(figure, *cells(values))
        epochs = len(found["losses"])
        for epoch in sorted({0, 1, 2, 3, epochs // 4, epochs // 2, epochs - 1} & set(range(epochs))):
            table.add_row(f"its own loss, epoch {epoch + 1}", *cells(found["losses"][epoch]))
        out.print(table)
    table = Table("a training, median", *(name.replace("_", " ") for name in TIMES))
    for arm, values in times.items():
        table.add_row(arm, *(f"{values[name]:,.0f}" for name in TIMES))
    out.print(table)


def cells(values: dict[str, float]) -> list[str]:
    """A comparison for people."""
    inside = values["low"] <= 0 <= values["high"]
    spread = f"{values['low']:+.4f} to {values['high']:+.4f}"
    shown = [f"{values[name]:.4f}" for name in ("bank", "online")]
    return [*shown, f"{values['difference']:+.4f}", spread, "yes" if inside else "no"]


if __name__ == "__main__":
    main()

"""What a dose of hard negatives does: the arms of a run with kept checkpoints, each with intervals over its seeds.

    python -m benchmarks.dose runs/text_swap --store stores/quickstart [--json]

Columns, on the test split, means over seeds with 95 % intervals:

- asked, share: the highest share of texts that an epoch was asked to give a hard negative, and the share given there.
- mAP@10 (text to music); swap accuracy: the share of pairs (text of a track, swap of it) whose audio is nearer to its
  own text; text judge: the same told by the frozen texts alone, and beyond it.
- heard blind: the same pairs judged by the same heads with the average of all tracks' audio embeddings in place of the
  track's own: what the heads prefer whatever is heard.
- centred: judged with the track's audio embedding less that average: what is left if what they prefer whatever is
  heard is taken away.
- share of the gradient: norm of the part of the loss's gradient that comes through the logits of the hard negatives,
  over the norm of the whole gradient; over the weights of both heads, on the first batch of the last epoch, by the
  trained heads and by untrained ones. It is 0 where there are none. The parts are not
  orthogonal and partly cancel, so that a share may exceed 1.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor

from adsw.evaluate.swap_pairs import Judges, wins
from adsw.evaluate.text_judge import TextJudge
from adsw.retrieval.evaluation import embed as embedded
from adsw.retrieval.evaluation import evaluate
from adsw.retrieval.queries import QuerySet
from adsw.retrieval.swap_stored import stored_pairs
from adsw.stats.interval import Interval
from adsw.store.store import Store
from adsw.train.bank import StoreBank
from adsw.train.batches import WINDOW, batch_sizes, epoch_order, windows
from adsw.train.block import Block
from adsw.train.checkpoint import Checkpoint, load, untrained_heads
from adsw.train.distributed import World
from adsw.train.heads import LOG_SCALE, Dropout, Heads, embed
from adsw.train.loss import Pairs, contrast
from adsw.train.masks import Masking
from adsw.train.recipe import Recipe
from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord, TrialState
from sweep.stats.replicates import replicate_interval

COLUMNS = (
    "asked",
    "share",
    "test mAP@10",
    "swap accuracy",
    "beyond text judge",
    "heard blind",
    "centred",
    "share of the gradient",
    "the same, untrained",
)
_NEVER = -1e30


def gradient_share(heads: Heads, recipe: Recipe, bank: StoreBank) -> float:
    """Return the share of the gradient that the hard negatives of a batch make, by some heads; 0 without any.

    The batch is the first of the last epoch, its dropout that of the training.
    """
    epoch = recipe.epochs - 1
    if recipe.text.swap.probability.extremes[1] <= 0 or recipe.text.swap.probability.at(epoch) <= 0:
        return 0.0
    size = batch_sizes(len(bank.block), recipe.data)[0]
    order = epoch_order(bank.block, recipe.data, recipe.seed, epoch, None)
    drawn = bank.index.draw(recipe.text, recipe.seed, epoch, order.rows[:size], order.visits[:size])
    if not (drawn.swaps.swap >= 0).any():
        return 0.0
    rows, text, swap = order.rows[None, :size], drawn.text[None], drawn.swaps.swap[None]
    values = heads.tensors()
    parameters = {name: value[None].clone().requires_grad_() for name, value in values.items()}
    device = torch.device("cpu")
    dropout = Dropout.at([recipe.head.dropout], [f"{recipe.seed}/{epoch}/0/0"], device)
    audio_SBP = embed(parameters, "audio", bank.audio(rows), recipe.head, dropout)
    text_SBP = embed(parameters, "text", bank.text(text), recipe.head, dropout)
    places = np.flatnonzero(swap.reshape(-1) >= 0)
    some_SnP = embed(parameters, "text", bank.text(swap.reshape(1, -1)[:, places]), recipe.head, dropout)
    flat = some_SnP.new_zeros(swap[0].size, some_SnP.shape[2]).index_copy(0, torch.from_numpy(places), some_SnP[0])
    swap_SBKP = flat.view(*swap.shape, -1)
    masks = Masking([recipe], device).of(bank, rows, text, swap, slice(0, size))
    has = torch.from_numpy(swap >= 0)
    pairs = Pairs(audio_SBP, text_SBP, swap_SBKP, has, masks.text_hidden, masks.audio_hidden, masks.swap_hidden)
    bias = torch.tensor([math.log(recipe.text.swap.weight)])
    scale = parameters[LOG_SCALE].exp()
    loss = contrast(pairs, scale, bias, World()).loss.sum()
    # The temperature's slope, a single number, would be much of the norm, and is none of the heads'.
    weights = [value for name, value in parameters.items() if name != LOG_SCALE]
    whole = _norm(torch.autograd.grad(loss, weights, retain_graph=True))
    return _norm(_through_hard(pairs, scale, bias, weights, float(loss.detach()))) / whole


def _through_hard(
    pairs: Pairs, scale_S: Tensor, bias_S: Tensor, parameters: Sequence[Tensor], loss: float
) -> Sequence[Tensor | None]:
    """Return the part of the gradient that comes through the logits of the hard negatives.

    Raises:
        RuntimeError: the loss written out here is not that of the training.
    """
    assert pairs.swap is not None
    assert pairs.swap_hidden is not None
    scale, size = scale_S[:, None, None], pairs.text.shape[1]
    own = torch.eye(size, dtype=torch.bool)[None]
    cosines = torch.bmm(pairs.audio, pairs.text.transpose(1, 2))
    to_text = (scale * cosines).masked_fill(pairs.text_hidden & ~own, _NEVER)
    to_audio = (scale * cosines.transpose(1, 2)).masked_fill(pairs.audio_hidden & ~own, _NEVER)
    hard = scale * torch.bmm(pairs.audio, pairs.swap.flatten(1, 2).transpose(1, 2)) + bias_S[:, None, None]
    hard = hard.masked_fill(pairs.swap_hidden, _NEVER)
    losses = torch.cat([to_text, hard], dim=2).logsumexp(dim=2) + to_audio.logsumexp(dim=2)
    total = (losses - 2 * (scale * cosines).diagonal(dim1=1, dim2=2)).sum() / (2 * size)
    written = float(total.detach())
    if abs(written - loss) > 1e-4 * max(1.0, abs(loss)):
        raise RuntimeError(f"the loss is {loss}, and written out {written}")
    (slope,) = torch.autograd.grad(total, hard, retain_graph=True)
    return torch.autograd.grad(hard, parameters, slope, retain_graph=True, allow_unused=True)


def _norm(gradients: Sequence[Tensor | None]) -> float:
    return math.sqrt(sum(float(part.double().square().sum()) for part in gradients if part is not None))


class Measures:
    """Measures checkpoints of trainings on one store."""

    def __init__(self, store: Store) -> None:
        dimensions, train = store.info.dimensions, store.table("train")
        self._test = Block.from_table(store.table("test"), dimensions)
        self._queries = QuerySet.from_table(store.table("test"), dimensions)
        self._pairs = stored_pairs(self._test).pairs
        self._judge = TextJudge.taught(store, "train", self._test)
        window = next(iter(windows([train], len(train), dimensions, WINDOW)))
        self._bank = StoreBank(window, torch.device("cpu"), torch.float32)

    def of(self, checkpoint: Checkpoint, record: TrialRecord) -> dict[str, float]:
        """Return the figures of one training by the names of `COLUMNS`."""
        judges = Judges.of(checkpoint, self._test.audio, self._judge)
        outcome = judges.judge(self._pairs, self._test.text_embeddings)
        centred = judges.audio - judges.audio.mean(dim=0, keepdim=True)
        tracks = torch.from_numpy(self._pairs.tracks)
        rows, number = np.unique(np.concatenate([self._pairs.own, self._pairs.swapped]), return_inverse=True)
        texts = embedded(checkpoint.heads.text, self._test.text_embeddings[rows], "text")
        own, swapped = (texts[torch.from_numpy(part)] for part in np.split(number, 2))
        dose = max(record.curve, key=lambda point: point.get("swap_asked", 0.0), default={})
        fresh = untrained_heads(checkpoint.dimensions, checkpoint.recipe)
        figures = {
            "asked": dose.get("swap_asked", 0.0),
            "share": dose.get("swap_share", 0.0),
            "test mAP@10": evaluate(checkpoint.heads, self._queries, "test").metrics["test/t2m/mAP@10"],
            "swap accuracy": float(outcome.trained.mean()),
            "heard blind": float(outcome.blind.mean()),
            "centred": float(wins(centred[tracks], own, swapped).mean()),
            "share of the gradient": gradient_share(checkpoint.heads, checkpoint.recipe, self._bank),
            "the same, untrained": gradient_share(fresh, checkpoint.recipe, self._bank),
        }
        if outcome.judge is not None:
            figures["beyond text judge"] = float((outcome.trained - outcome.judge).mean())
        return figures


def table_of(run: Path, store: Path) -> dict[str, dict[str, list[float]]]:
    """Return the figures of every arm by name of the column, one value per seed in the order of seeds.

    Raises:
        InputError: the run or the store cannot be read.
        SystemExit: no trial has a checkpoint.
    """
    folder, measures = RunFolder.open(run), Measures(Store.open(store))
    arms: dict[str, dict[str, list[float]]] = {}
    for record in sorted(folder.trials(), key=lambda record: (record.number, record.seed)):
        checkpoint = folder.kept_checkpoint(record.number)
        if record.state is not TrialState.COMPLETED or record.purpose or checkpoint is None:
            continue
        figures = measures.of(load(checkpoint), record)
        columns = arms.setdefault(record.arm or f"trial {record.number}", {})
        for name, value in figures.items():
            columns.setdefault(name, []).append(value)
    if not arms:
        raise SystemExit(f"{run} keeps no checkpoint of a completed trial.")
    return arms


def shown(arms: Mapping[str, Mapping[str, list[float]]]) -> Table:
    """Return the table for a terminal."""
    out = Table(title="Dose and response, means over seeds with 95 % intervals", title_justify="left")
    for name in ("arm", "seeds", *COLUMNS):
        out.add_column(name, justify="left" if name == "arm" else "right")
    for name, columns in arms.items():
        seeds = len(next(iter(columns.values())))
        out.add_row(name, str(seeds), *(_cell(columns.get(column, [])) for column in COLUMNS))
    return out


def _cell(values: Sequence[float]) -> str:
    if not values:
        return "–"
    span = interval_of(values)
    return f"{fmean(values):.4f}" + ("" if span is None else f"\n{span.low:.4f} to {span.high:.4f}")


def interval_of(values: Sequence[float]) -> Interval | None:
    """Return the interval of a mean over seeds; None for a single seed, and where all are equal."""
    return replicate_interval(values) if len(values) > 1 and np.ptp(values) > 0 else None


def main() -> None:
    """Measure the run that the command line names, and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="run folder with kept checkpoints")
    parser.add_argument("--store", type=Path, required=True, help="the store that it was trained on")
    parser.add_argument("--json", action="store_true", help="print every seed's figures as one JSON document")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    arms = table_of(chosen.run, chosen.store)
    if chosen.json:
        print(json.dumps(arms, indent=2))
    else:
        Console(width=200).print(shown(arms))


if __name__ == "__main__":
    main()

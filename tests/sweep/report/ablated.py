"""Run folders of ablations that never ran: arms over seeds, per-query results drawn around a known truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from adsw.train.recipe import resolve
from sweep.run.folder import RunFolder
from sweep.run.records import SweepStatus, TrialRecord, TrialState
from sweep.search.grid_search import known_list
from sweep.space.model import Space

from .simulated import METRIC, SWEEP, evaluation_of

EPOCHS = 4
DROP, SWAP = "text.view_dropout.rate", "text.swap.probability"
RAMP = {"kind": "linear", "start": 0.0, "end": 0.5, "epochs": 3}
SQUARE: dict[str, dict[str, Any]] = {
    "neither": {DROP: 0.0, SWAP: 0.0},
    "drop": {DROP: 0.5, SWAP: 0.0},
    "swap": {DROP: 0.0, SWAP: RAMP},
    "both": {DROP: 0.5, SWAP: RAMP},
}
LADDER: dict[str, dict[str, Any]] = {
    "tags": {"text.mix.caption": 0.0, "text.mix.tags": 1.0},
    "captions": {"text.mix.caption": 1.0, "text.mix.tags": 0.0},
    "both": {},
}


@dataclass
class Ablated:
    """What is true of a simulated ablation; qualities are on the scale of `simulated.Simulation`."""

    arms: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: SQUARE)
    quality: Mapping[str, float] = field(default_factory=dict)
    """What each arm is worth; 0 where it is not named."""
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    scatter: float = 0.15
    """Standard deviation over seeds that all arms share; each arm has a third of it of its own."""
    failed: tuple[int, ...] = ()
    tested: bool = True
    duplicates: tuple[str, ...] = ()
    """Arms whose recipes are those of an earlier arm, recorded as repeating it."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Of the space, beside arms and replicates."""
    looks: tuple[int, int, int] | None = None
    """First, step and most of replicates until decided, in place of `seeds`."""
    tuned: Mapping[float, float] = field(default_factory=dict)
    """Learning rates that every arm tries on two tuning seeds, and what each is worth."""
    stores: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What sweep.json says of each store; an arm names its own by `store`."""
    sets: tuple[str, ...] = ()
    """Extra evaluation sets."""

    def write(self, runs: Path, name: str = "ablated") -> RunFolder:
        """Make the run folder."""
        document = {
            "name": name,
            "method": "grid",
            "objective": {"metric": METRIC, "mode": "max"},
            "recipe": {"epochs": EPOCHS},
            "arms": {arm: dict(overrides) for arm, overrides in self.arms.items()},
            "replicates": list(self.seeds),
            "evaluate": [{"name": name, "store": f"stores/{name}"} for name in self.sets],
            **self._asked(),
            **self.fields,
        }
        space = Space.model_validate(document)
        stores = {"stores": dict(self.stores)} if self.stores else {}
        folder = RunFolder.create(runs, name, {**SWEEP, **stores, "space": space.document()})
        best = max(self.tuned, key=lambda rate: self.tuned[rate], default=None)
        for seed in (10_000, 10_001) if self.tuned else ():
            for arm in self.arms:
                for rate in self.tuned:
                    self._trial(folder, arm, seed, rate, "tune")
        if self.looks is None:
            for seed in self.seeds:
                for arm in self.arms:
                    self._trial(folder, arm, seed, best)
        else:
            self._until_decided(folder, space)
        if self.tested:
            evaluation_of("test", None, 1, -1).save(folder.evaluations / "untrained.test.npz")
        folder.move_to(SweepStatus.DONE)
        return folder

    def _asked(self) -> dict[str, Any]:
        """Keys of the space for looks and for tuning."""
        asked: dict[str, Any] = {}
        if self.looks is not None:
            asked["replicates"] = {"until_decided": dict(zip(("first", "step", "most"), self.looks, strict=True))}
        if self.tuned:
            asked["tune"] = {"replicates": 2}
            asked["space"] = {"optim.lr": {"choice": list(self.tuned), "role": "nuisance"}}
        return asked

    def _until_decided(self, folder: RunFolder, space: Space) -> None:
        """Train what the searcher would list, stage by stage."""
        while True:
            ended = {record.number: record for record in folder.trials()}
            left = known_list(space, ended)[len(ended) :]
            if not left:
                return
            for one in left:
                self._trial(folder, one.arm or "", one.recipe.seed)

    def _trial(self, folder: RunFolder, arm: str, seed: int, rate: float | None = None, purpose: str = "") -> None:
        number = len(folder.trials())
        given = dict(self.arms[arm])
        store = str(given.pop("store", ""))
        params = {} if rate is None else {"optim.lr": rate}
        recipe = resolve({"epochs": EPOCHS, "seed": seed, **given, **params})
        shared = np.random.default_rng([seed, 3]).normal(0, self.scatter)
        own = np.random.default_rng([seed, number, 5]).normal(0, self.scatter / 3)
        quality = 1.0 + self.quality.get(arm, 0.0) + shared + own + (self.tuned[rate] if rate is not None else 0.0)
        common: dict[str, Any] = {"number": number, "arm": arm, "seed": seed, "recipe": recipe.model_dump(mode="json")}
        common |= {"params": params, "purpose": purpose, "store": store}
        folder.start_trial(number, {**common, "origin": "grid"})
        if number in self.failed:
            folder.append_trial(TrialRecord(**common, state=TrialState.FAILED, why="out of memory"))
            return
        if arm in self.duplicates:
            known = next(one for one in folder.trials() if one.recipe == common["recipe"])
            found = {"metrics": known.metrics, "epochs": EPOCHS, "curve": known.curve}
            folder.append_trial(TrialRecord(**common, **found, state=TrialState.DUPLICATE, why="the same recipe"))
            return
        measured = [evaluation_of("valid", quality, 0, number)]
        measured += [evaluation_of(name, quality, 50 + place, number) for place, name in enumerate(self.sets)]
        for evaluation in measured:
            evaluation.save(folder.evaluations / f"{number:04d}.{evaluation.name}.npz")
        metrics = {name: value for evaluation in measured for name, value in evaluation.metrics.items()}
        if self.tested and not purpose:
            evaluation_of("test", quality, 1, number).save(folder.evaluations / f"{number:04d}.test.npz")
        curve = [{"epoch": epoch, METRIC: metrics[METRIC] * epoch / EPOCHS} for epoch in range(1, EPOCHS)]
        curve.append({"epoch": EPOCHS, **metrics})
        found = {"metrics": metrics, "epochs": EPOCHS, "curve": curve, "seconds": 2.0}
        folder.append_trial(TrialRecord(**common, **found, state=TrialState.COMPLETED))

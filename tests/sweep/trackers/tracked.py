"""Sweeps and trials that never ran, as trackers see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adsw.train.recipe import resolve
from sweep.run.folder import RunFolder
from sweep.space.load import parse_space
from sweep.space.model import Space
from sweep.trackers.protocol import TrackedTrial

METRIC = "valid/t2m/R@10"
SPACE = {
    "description": "How fast should it learn?",
    "objective": {"metric": METRIC},
    "trials": 5,
    "space": {
        "optim.lr": {"loguniform": [1e-4, 1e-2]},
        "text.view_dropout.balance": {"choice": ["none", "category"]},
    },
    "include": ["default"],
}
ARMS = {
    "objective": {"metric": METRIC},
    "method": "grid",
    "arms": {"narrow": {}, "wide": {"head.width": 512}},
    "replicates": [1, 2],
}


def made(runs: Path, name: str, space: dict[str, Any]) -> tuple[RunFolder, Space]:
    parsed = parse_space(space)
    document = {
        "space": parsed.document(),
        "store": {"fingerprint": "f" * 64},
        "code": {"revision": "abc", "dirty": True},
    }
    return RunFolder.create(runs, name, document), parsed


def trial(number: int, epochs: int, state: str = "running", **fields: Any) -> TrackedTrial:
    """A trial after so many epochs."""
    curve = [{"epoch": float(n), METRIC: n / 10, "loss": 4.0 - n, "seconds": 0.5} for n in range(1, epochs + 1)]
    params = {"optim.lr": 0.001 * (number + 1), "text.view_dropout.balance": "category"}
    recipe = resolve({"optim.lr": params["optim.lr"]}).model_dump(mode="json")
    base = {"params": params, "recipe": recipe, "curve": curve, "seconds": 0.5 * epochs}
    return TrackedTrial(number, state, **{**base, **fields})

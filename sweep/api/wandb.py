"""A run of Weights & Biases for each ended trial, offline: nothing leaves this machine before ``wandb sync``."""

from __future__ import annotations

import importlib
from pathlib import Path

from adsw.errors import Fault, InputError
from sweep.run.folder import RunFolder

INSTALL = "Install it with: pip install wandb"


def write_runs(folder: RunFolder, place: Path) -> str:
    """Write the runs; return the sentence about them.

    Args:
        folder: the run folder.
        place: where wandb keeps them.

    Raises:
        InputError: wandb is not installed.
    """
    try:
        wandb = importlib.import_module("wandb")
    except ImportError:
        fault = Fault("--wandb", "needs the package wandb, which is not installed", None, INSTALL)
        raise InputError("Nothing was exported", [fault]) from None
    place.mkdir(parents=True, exist_ok=True)
    records = folder.trials()
    for record in records:
        run = wandb.init(
            mode="offline",
            dir=str(place),
            project=folder.path.name,
            group=record.arm or record.purpose or "search",
            name=f"{folder.path.name}-{record.number:04d}",
            config={**record.params, "seed": record.seed, "arm": record.arm, "store": record.store},
            settings=wandb.Settings(silent=True, console="off"),
            reinit="finish_previous",
        )
        for point in record.curve:
            figures = {key: value for key, value in point.items() if key != "epoch"}
            run.log(figures, step=int(point["epoch"]))
        run.summary.update({**record.metrics, "state": str(record.state), "why": record.why})
        run.finish(exit_code=1 if record.state == "failed" else 0)
    return f"{len(records)} runs of Weights & Biases: {place}. Send them with: wandb sync {place}/wandb/offline-*"

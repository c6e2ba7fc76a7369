"""Simulated runs to compare, and changes to them that tests know."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sweep.run.folder import RunFolder

from ..simulated import Simulation

SMALL = Simulation(trials=8, failed=(), stopping=False)


def changed_record(folder: RunFolder, number: int, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the line of one trial."""
    lines = folder.trials_file.read_text().splitlines()
    for place, line in enumerate(lines):
        record = json.loads(line)
        if record["number"] == number:
            change(record)
            lines[place] = json.dumps(record)
    folder.trials_file.write_text("\n".join(lines) + "\n")


def drawn_at_random(folder: RunFolder, numbers: range) -> None:
    """Say of trials that their values were drawn at random."""
    for number in numbers:
        path = folder.started / f"{number:04d}.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "origin": "random"}))


def alike(runs: Path, *names: str, simulation: Simulation = SMALL) -> list[RunFolder]:
    """Runs of the same truth under several names: every figure of one is that of the others."""
    return [simulation.write(runs, name) for name in names]

"""What the end of a trial costs the driver, by the number of trials that have ended before.

Everything between a trial's last epoch and the next trial, but for Ray and the searcher's model: the line in
trials.jsonl, the searcher's books, the live view, live.json. Run folders are made up; nothing is trained.

    python benchmarks/trial_end.py [--sizes 10 100 1000 10000] [--ends 20]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adsw.judging import Judging
from adsw.train.recipe import resolve
from sweep.cell.messages import Progress, Snapshot
from sweep.live.live_file import LiveFile
from sweep.on_ray.driver import Settings
from sweep.on_ray.search_adapter import record_of
from sweep.run.folder import RunFolder, StartedTrials
from sweep.runner import make_driver
from sweep.space.load import parse_space
from sweep.space.model import Space
from sweep.trackers.tracking import Tracking

METRIC = "valid/t2m/mAP@10"
EPOCHS = 24
STEPS = ("append", "tell", "record", "show", "publish", "ask")


def space_of(trials: int) -> Space:
    """A random search."""
    parameters = {"optim.lr": {"loguniform": [1e-5, 1e-2]}, "text.view_dropout.rate": {"uniform": [0.0, 0.9]}}
    searched = {"objective": {"metric": METRIC}, "method": "random", "trials": trials, "space": parameters}
    return parse_space({**searched, "recipe": {"epochs": EPOCHS}})


def curve_of(number: int) -> tuple[dict[str, float], ...]:
    """The epochs of a trial."""
    height = (number * 7919 % 10_007) / 10_007
    return tuple(
        {"epoch": float(epoch), METRIC: height * epoch / EPOCHS, "loss": 3.0 - epoch / EPOCHS, "seconds": 0.1}
        for epoch in range(1, EPOCHS + 1)
    )


def filled(runs: Path, trials: int, more: int) -> tuple[RunFolder, Space]:
    """A run in which so many trials have ended, and more are to come."""
    space = space_of(trials + more)
    folder = RunFolder.create(runs, f"of-{trials}", {"space": space.document()})
    recipe = resolve({"epochs": EPOCHS}).model_dump(mode="json")
    with folder.trials_file.open("w") as file:
        for number in range(trials):
            curve, lr = curve_of(number), 1e-3 * (number + 1) / (trials + 1)
            head = {"number": number, "params": {"optim.lr": lr}, "state": "completed", "epochs": EPOCHS}
            own = {"recipe": {**recipe, "optim": {**recipe["optim"], "lr": lr}}, "metrics": {METRIC: curve[-1][METRIC]}}
            file.write(json.dumps({**head, **own, "curve": curve, "seconds": 2.4}) + "\n")
    return folder, space


class Screen:
    """A view that shows nothing."""

    def __init__(self) -> None:
        self.state: Any = None

    def update(self, state: Any) -> None:
        """Keep the newest state."""
        self.state = state

    def event(self, text: str) -> None:
        """Pass over."""

    def phase(self, name: str) -> None:
        """Pass over."""


def seconds_of_an_end(runs: Path, trials: int, ends: int) -> dict[str, float]:
    """Seconds per step, the mean over so many ends after the first."""
    folder, space = filled(runs, trials, ends + 1)
    screen, spent = Screen(), dict.fromkeys(STEPS, 0.0)
    tracking = Tracking({}, StartedTrials(folder.started), screen.event)
    driver = make_driver(folder, space, {}, Settings(cells=1), screen, tracking)
    live = LiveFile(folder.path)

    def timed(step: str, work: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        found = work()
        spent[step] += time.perf_counter() - begun
        return found

    for index in range(ends + 1):
        if index == 1:  # the first end reads the file once
            spent.update(dict.fromkeys(STEPS, 0.0))
        proposal = timed("ask", driver.searcher.ask)
        record = record_of(proposal, Progress(EPOCHS, curve_of(proposal.number)), Judging(METRIC))
        timed("append", lambda record=record: folder.append_trial(record))
        timed("tell", lambda record=record: driver.searcher.tell(record))
        timed("record", lambda record=record: driver.on_record(record))
        timed("show", lambda: driver.on_tick(Snapshot(), 1.0))
        timed("publish", lambda: live.write(screen.state, [], 0.0, 0.0))
    return {step: seconds / ends for step, seconds in spent.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000, 10_000])
    parser.add_argument("--ends", type=int, default=20)
    given = parser.parse_args()
    print("seconds per ended trial\n" + f"{'ended':>7}" + "".join(f"{step:>10}" for step in (*STEPS, "all")))
    for size in given.sizes:
        with tempfile.TemporaryDirectory() as runs:
            found = seconds_of_an_end(Path(runs), size, given.ends)
        cells = [*found.values(), sum(found.values())]
        print(f"{size:>7}" + "".join(f"{seconds:>10.4f}" for seconds in cells), flush=True)


if __name__ == "__main__":
    main()

"""The commands of `sweep`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from adsw.cli.group import LazyGroup, Listed, make_app
from adsw.cli.run import run_app

RUNS = ("runs",)
SWEEP = ("store", "runs", "cells")
BARE = "sweep.cli.options:BareOptions"


class SweepGroup(LazyGroup):
    """The commands of `sweep`."""

    meant: ClassVar[Mapping[str, str]] = {"runs": "list", "ls": "list", "delete": "rm", "remove": "rm"}
    listed: ClassVar[Mapping[str, Listed]] = {
        "spaces": Listed("sweep.cli.spaces", "List the ready spaces: their questions and what they cost."),
        "schema": Listed("sweep.cli.schema", "Print a JSON Schema of space files on standard output, for editors."),
        "plan": Listed(
            "sweep.cli.plan",
            "Say what a sweep will take: parameters, trials, cells, epochs, hours, disk. Starts nothing.",
            SWEEP,
        ),
        "power": Listed(
            "sweep.cli.power", "Say how many replicates it takes to see a difference, before an ablation runs.", RUNS
        ),
        "run": Listed(
            "sweep.cli.run",
            "Run a sweep: search, evaluate on test, report. Ctrl-C stops it cleanly; `sweep resume` goes on.",
            SWEEP,
            parser=BARE,
        ),
        "resume": Listed(
            "sweep.cli.resume",
            "Go on with a sweep that was interrupted: what has ended is not run again, except failed "
            "trials with --failed.",
            RUNS,
            parser=BARE,
        ),
        "extend": Listed(
            "sweep.cli.resume", "Give a sweep more trials, or more hours; `sweep resume` then runs them.", RUNS
        ),
        "stop": Listed(
            "sweep.cli.resume",
            "Ask a running sweep to stop cleanly, from another terminal; `sweep resume` goes on with it.",
            RUNS,
        ),
        "status": Listed(
            "sweep.cli.status", "Show where a sweep stands: trials by state, the best so far, what is unfinished.", RUNS
        ),
        "list": Listed("sweep.cli.list_", "List the runs: status, trials, the best of each.", RUNS),
        "best": Listed(
            "sweep.cli.best",
            "Show the best completed trial: its value, its recipe where it is not the default, its checkpoint.",
            RUNS,
        ),
        "diff": Listed("sweep.cli.diff", "Show where the recipes of two runs, trials or files differ.", RUNS),
        "report": Listed(
            "sweep.cli.report",
            "Build leaderboard.json, statistics.json and report.html of a run, as far as it has come; "
            "print the answer.",
            RUNS,
            parser=BARE,
        ),
        "serve": Listed(
            "sweep.cli.serve",
            "Show runs on a page in the browser, while they run and after: curves, leaderboard, trials, what they "
            "retrieve.",
            RUNS,
        ),
        "export": Listed(
            "sweep.cli.export",
            "Write trials, curves and leaderboard for other tools: CSV, Parquet, Weights & Biases.",
            RUNS,
            parser=BARE,
        ),
        "rm": Listed("sweep.cli.rm", "Delete runs, after asking.", RUNS),
    }


app = make_app(
    "sweep",
    "Hyperparameter sweeps of music-text representation learning: encode once, sweep everything.",
    SweepGroup,
)


def main() -> None:
    """Run the `sweep` command line."""
    run_app(app, "sweep")

"""What a sweep costs beside its training: seconds per trial, side by side in one run, on the same data and epochs.

    a  a plain loop in one process: Optuna and PyTorch, everything in memory, one thread
    b  this project, 1 cell
    c  this project, 2 cells
    d  a TorchTrainer started by each Tune trial, as Ray's documentation shows

Start-up is counted apart and printed: in b and c that of Ray and of the cells with their first pass over the store,
which a sweep pays once; in d it belongs to every trial. Reading the store is not counted in a. In b and c a trial also
saves its state at every epoch and its checkpoint at the end; a and d save nothing.

    python benchmarks/sweep_overhead.py --store stores/quickstart
    python benchmarks/sweep_overhead.py --store stores/quickstart --trials 32 --epochs 6 --naive-trials 3
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from adsw.retrieval.evaluation import evaluate
from adsw.retrieval.queries import QuerySet
from adsw.store.store import Store
from adsw.train.batches import windows
from adsw.train.recipe import resolve
from adsw.train.slots import SlotGroup

METRIC = "valid/t2m/mAP@10"


@dataclass(frozen=True)
class Figure:
    """One row of the table."""

    name: str
    trials: float
    seconds: float
    startup: float | None

    @property
    def per_trial(self) -> float:
        return self.seconds / self.trials


def recipe_of(arguments: argparse.Namespace, lr: float, rate: float) -> Any:
    head = {"width": arguments.width, "out": arguments.width}
    fixed = {"epochs": arguments.epochs, "data.batch_size": arguments.batch, "head": head}
    return resolve({**fixed, "optim.lr": lr, "text.view_dropout.rate": rate})


def train_in_memory(blocks: list[Any], queries: QuerySet, dimensions: Any, recipe: Any) -> float:
    """The plain loop's trial."""
    group = SlotGroup(dimensions, recipe, 1)
    slot = group.join(recipe)
    value = 0.0
    for _ in range(recipe.epochs):
        group.train_epoch(blocks)
        value = evaluate(group.heads(slot), queries, "valid").metrics[METRIC]
    return value


def plain(store: Store, arguments: argparse.Namespace) -> Figure:
    """(a)."""
    import optuna
    import torch

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    torch.set_num_threads(1)
    table, dimensions = store.table("train"), store.info.dimensions
    blocks = list(windows([table], len(table), dimensions))
    queries = QuerySet.from_table(store.table("valid"), dimensions)

    def objective(trial: optuna.Trial) -> float:
        lr = trial.suggest_float("lr", 1e-4, 1e-2, log=True)
        return train_in_memory(
            blocks, queries, dimensions, recipe_of(arguments, lr, trial.suggest_float("rate", 0, 0.9))
        )

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    study.optimize(objective, n_trials=1)  # the first touches every page and compiles every kernel
    start = time.perf_counter()
    study.optimize(objective, n_trials=arguments.trials)
    return Figure("a  plain loop, 1 process", arguments.trials, time.perf_counter() - start, None)


def ours(store: Store, arguments: argparse.Namespace, cells: int) -> Figure:
    """(b) and (c): timed from the moment every cell has streamed the store and trained an epoch, in epochs since."""
    from sweep.live.view import LiveView
    from sweep.on_ray import session
    from sweep.on_ray.driver import Settings
    from sweep.run.folder import RunFolder
    from sweep.runner import make_driver
    from sweep.space.load import parse_space

    head = {"width": arguments.width, "out": arguments.width}
    document = {
        "name": "overhead",
        "objective": {"metric": METRIC, "mode": "max"},
        "trials": arguments.trials,
        "recipe": {"epochs": arguments.epochs, "data.batch_size": arguments.batch, "head": head},
        "space": {"optim.lr": {"loguniform": [1e-4, 1e-2]}, "text.view_dropout.rate": {"uniform": [0.0, 0.9]}},
    }
    begun = time.perf_counter()
    marks: list[tuple[float, int]] = []
    with tempfile.TemporaryDirectory() as runs:
        folder = RunFolder.create(Path(runs), "overhead", {})
        with session.session(max(2, cells + 1), folder.log), folder.driving():
            driver = make_driver(
                folder, parse_space(document), store, Settings(cells=cells), LiveView(Console(quiet=True))
            )

            def on_tick(snapshot: Any, startup: float | None) -> None:
                del startup
                if len(snapshot.cells) == cells and all(cell.epochs for cell in snapshot.cells) and not marks:
                    marks.append((time.perf_counter(), sum(cell.epochs for cell in snapshot.cells)))

            driver.on_tick = on_tick
            running = time.perf_counter()
            outcome = driver.run()
    epochs = sum(cell["epochs"] for cell in outcome.cells) - marks[0][1]
    name = f"{'b' if cells == 1 else 'c'}  this project, {cells} cell{'s' if cells > 1 else ''}"
    busy = sum(cell["busy_s"] for cell in outcome.cells) / sum(cell["epochs"] for cell in outcome.cells)
    Console(stderr=True).print(f"{name}: {busy:.2f} s per epoch inside the cells")
    return Figure(name, epochs / arguments.epochs, running + outcome.trained_s - marks[0][0], marks[0][0] - begun)


def naive_loop(config: dict[str, Any]) -> None:
    """The train function of (d)."""
    import ray.train
    import torch

    torch.set_num_threads(1)
    store = Store.open(Path(config["store"]))
    table, dimensions = store.table("train"), store.info.dimensions
    blocks = list(windows([table], len(table), dimensions))
    queries = QuerySet.from_table(store.table("valid"), dimensions)
    ray.train.report({METRIC: train_in_memory(blocks, queries, dimensions, resolve(config["recipe"]))})


def naive(store: Store, arguments: argparse.Namespace) -> Figure:
    """(d), one trial after another, as (a) and (b)."""
    from ray import tune

    from sweep.on_ray import session

    def trainable(config: dict[str, Any]) -> None:
        from ray.train import RunConfig, ScalingConfig
        from ray.train.torch import TorchTrainer

        recipe = recipe_of(arguments, config["lr"], config["rate"]).model_dump(mode="json")
        TorchTrainer(
            naive_loop,
            train_loop_config={"store": str(store.path.resolve()), "recipe": recipe},
            scaling_config=ScalingConfig(num_workers=1, resources_per_worker={"CPU": 1}),
            run_config=RunConfig(name=f"naive-{config['lr']}", storage_path=config["scratch"]),
        ).fit()
        tune.report({"done": True})

    with tempfile.TemporaryDirectory() as scratch, session.session(3):
        start = time.perf_counter()
        tune.Tuner(
            tune.with_resources(trainable, {"cpu": 1}),
            param_space={"lr": tune.loguniform(1e-4, 1e-2), "rate": tune.uniform(0, 0.9), "scratch": scratch},
            tune_config=tune.TuneConfig(num_samples=arguments.naive_trials, max_concurrent_trials=1),
            run_config=tune.RunConfig(storage_path=scratch, verbose=0),
        ).fit()
        seconds = time.perf_counter() - start
    return Figure("d  TorchTrainer per Tune trial", arguments.naive_trials, seconds, None)


def show(figures: list[Figure], arguments: argparse.Namespace) -> None:
    """Print the table; targets are the project's own."""
    base = figures[0].per_trial
    targets = {"b": "at most 1.30", "c": "at most 0.75", "d": ""}
    table = Table(
        width=110, title=f"{arguments.trials} trials of {arguments.epochs} epochs", box=None, header_style="bold"
    )
    for heading in ("", "seconds per trial", "ratio to a", "target", "start-up, once"):
        table.add_column(heading, justify="left" if not heading else "right")
    for figure in figures:
        startup = "" if figure.startup is None else f"{figure.startup:.1f} s"
        ratio = figure.per_trial / base
        table.add_row(figure.name, f"{figure.per_trial:.2f}", f"{ratio:.2f}", targets.get(figure.name[0], ""), startup)
    console = Console(width=110)
    console.print(table)
    ours_one = next((figure for figure in figures if figure.name.startswith("b")), None)
    naive_one = next((figure for figure in figures if figure.name.startswith("d")), None)
    if ours_one and naive_one:
        console.print(f"d / b = {naive_one.per_trial / ours_one.per_trial:.1f} (target: at least 10)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--trials", type=int, default=32)
    parser.add_argument("--naive-trials", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--only", default="abcd", help="which of a, b, c, d to run")
    arguments = parser.parse_args()
    store = Store.open(arguments.store)
    runs = {
        "a": lambda: plain(store, arguments),
        "b": lambda: ours(store, arguments, 1),
        "c": lambda: ours(store, arguments, 2),
        "d": lambda: naive(store, arguments),
    }
    show([run() for name, run in runs.items() if name in arguments.only], arguments)


if __name__ == "__main__":
    main()

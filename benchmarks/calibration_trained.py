"""Whether the statistics of an ablation keep what they promise, on trials that were really trained.

    python -m benchmarks.calibration_trained [--store DIR] [--seeds 200] [--pool FILE] [--change optim.lr=0.0014]
                                             [--workers N] [--runs 1000] [--metric valid/t2m/mAP@10] [--json]

Two arms, "base" and "changed", are trained with the seeds 0 to N - 1: heads of 64, six epochs, about a second each. The
pool of their final figures is kept in FILE, and what is there is not trained again. Ablations are then drawn from it:

- A/A: every replicate of every arm is the figure of a seed of "base", drawn by itself with replacement. Arms are so
  alike in truth, as independent as two runs of one recipe with two seeds are, and scatter as training does. (Two arms
  of one recipe *and* one seed differ in nothing at all, so arms that share seeds cannot be alike and yet differ.)
- A true effect: a replicate is one seed with the figures of both arms, as in a real ablation. The true difference and
  its scatter are the pool's own, and so is the promised power; drawing with replacement makes them exactly true.
- Coverage: how often an interval holds what the pool says.

So the truth is known, and the law is that of N trainings instead of a formula's. What this supposes is that they stand
for all trainings of the recipe. Two standard errors are those of the drawing: another pool would give a law of its own.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rich.console import Console
from rich.progress import track
from scipy.stats import kurtosis, skew

from adsw.arrays import Floats
from adsw.draws import generator
from adsw.store.store import Store
from benchmarks.calibration import ARMS, LOOKS, SQUARE, Rate, at_least, at_most, covered, share, table
from benchmarks.trained_pool import fill, open_pool
from sweep.stats.factorial import factorial_effects
from sweep.stats.paired import judged, paired_effect, pairing, probability_of_improvement
from sweep.stats.power import POWER, power_of, replicates_needed
from sweep.stats.replicates import interquartile_mean, replicate_interval
from sweep.stats.sequential import sequential_decisions

BASE = {
    "epochs": 6,
    "data.batch_size": 64,
    "head.width": 64,
    "head.out": 64,
    "head.layers": 1,
    "optim.lr": 3e-3,
}
REPLICATES = (3, 5, 7, 10)
LAW = "trained"


@dataclass(frozen=True)
class Truth:
    """What is true of the law that the pool makes: figures of both arms on the same seeds, [N]."""

    base: Floats
    changed: Floats

    @property
    def differences(self) -> Floats:
        return self.changed - self.base

    @property
    def difference(self) -> float:
        return float(self.differences.mean())

    @property
    def deviation(self) -> float:
        return float(self.differences.std())

    def described(self) -> dict[str, float]:
        """The pool in figures."""
        found = self.differences
        return {
            "seeds": len(found),
            "mean of base": float(self.base.mean()),
            "deviation of base": float(self.base.std()),
            "true difference": self.difference,
            "standard error of it": float(found.std(ddof=1) / np.sqrt(len(found))),
            "deviation of paired differences": self.deviation,
            "deviation of unpaired differences": float(np.hypot(self.base.std(), self.changed.std())),
            "correlation of arms over seeds": float(np.corrcoef(self.base, self.changed)[0, 1]),
            "skewness of base": float(skew(self.base)),
            "excess kurtosis of base": float(kurtosis(self.base)),
            "skewness of differences": float(skew(found)),
            "excess kurtosis of differences": float(kurtosis(found)),
        }


def same_arms(rng: np.random.Generator, truth: Truth, runs: int) -> Iterator[Rate]:
    """A/A: how often a difference is called where there is none."""
    for replicates in REPLICATES:
        called = {"two arms": 0, "three arms, Holm": 0, "2 x 2 effects, Holm": 0}
        tests = set()
        for _ in track(range(runs), f"A/A {replicates}", console=Console(stderr=True), transient=True):
            values_RA = rng.choice(truth.base, (replicates, ARMS))
            family = [pairing(values_RA[:, arm] - values_RA[:, 0]) for arm in range(1, ARMS)]
            effects = factorial_effects(values_RA, SQUARE, ["a", "b"])
            called["two arms"] += judged(family[:1])[0].decided
            called["three arms, Holm"] += any(call.decided for call in judged(family))
            called["2 x 2 effects, Holm"] += any(call.decided for call in judged([one.pairing for one in effects]))
            tests.add(judged(family[:1])[0].test)
        for what, count in called.items():
            how = f" ({', '.join(sorted(tests))})" if what == "two arms" else ""
            holds = at_most(count / runs, runs)
            yield Rate(f"A/A called, {what}{how}", replicates, LAW, count / runs, "at most 5 %", holds)
    for count, what in ((2, "two arms"), (ARMS, "three arms, Holm")):
        calls = 0
        for _ in track(range(runs), "A/A until decided", console=Console(stderr=True), transient=True):
            values_RA = rng.choice(truth.base, (LOOKS[-1], count))
            rows = {str(arm): (values_RA[:, arm] - values_RA[:, 0]).tolist() for arm in range(1, count)}
            calls += any(one.decided for one in sequential_decisions(rows, LOOKS).values())
        holds = at_most(calls / runs, runs)
        yield Rate(f"A/A called, {what}, until decided", LOOKS[-1], LAW, calls / runs, "at most 5 %", holds)


def true_effect(rng: np.random.Generator, truth: Truth, runs: int) -> Iterator[Rate]:
    """How often the true difference is found, against what `sweep.stats.power` promises."""
    needed = replicates_needed(truth.difference, truth.deviation) or LOOKS[-1]
    for replicates in sorted({*REPLICATES, needed}):
        promised = power_of(truth.difference, truth.deviation, replicates)
        found = [pairing(rng.choice(truth.differences, replicates)) for _ in range(runs)]
        seen = share(one.t_p <= 0.05 for one in found)
        called = share(judged([one])[0].decided for one in found)
        note = f", enough for {100 * POWER:.0f} %" if replicates == needed else ""
        promise = f"{promised:.3f}"
        holds = at_least(seen, runs, promised)
        yield Rate(f"power, paired t{note}", replicates, LAW, seen, promise, holds)
        yield Rate(f"power, the test that decides{note}", replicates, LAW, called, promise, None)
    stopped = [
        sequential_decisions({"changed": rng.choice(truth.differences, LOOKS[-1]).tolist()}, LOOKS)["changed"]
        for _ in range(runs)
    ]
    used = float(np.mean([one.replicates for one in stopped]))
    at_end = power_of(truth.difference, truth.deviation, LOOKS[-1])
    decided = share(one.decided for one in stopped)
    what = f"power, until decided (one look at the end: {at_end:.3f})"
    yield Rate(what, LOOKS[-1], LAW, decided, "", None)
    yield Rate("replicates used until decided (mean)", LOOKS[-1], LAW, used, "", None)
    spans = [one.interval for one in stopped]
    yield covered("repeated interval where it stopped", LOOKS[-1], LAW, spans, truth.difference, level=0.95)


def coverage(rng: np.random.Generator, truth: Truth, runs: int) -> Iterator[Rate]:
    """How often each interval holds what is true of the pool."""
    above = truth.changed[:, None] - truth.base[None, :]
    chance = float(((above > 0) + 0.5 * (above == 0)).mean())
    for replicates in REPLICATES:
        drawn_BR = rng.integers(0, len(truth.base), (runs, replicates))
        middle = float(interquartile_mean(rng.choice(truth.base, (100_000, replicates))).mean())
        pairs = [(truth.base[row], truth.changed[row]) for row in drawn_BR]
        kinds: list[tuple[str, float, list[Any]]] = [
            ("mean of an arm", float(truth.base.mean()), [replicate_interval(base) for base, _ in pairs]),
            ("interquartile mean of an arm", middle, [replicate_interval(base, "iqm") for base, _ in pairs]),
            ("difference", truth.difference, [replicate_interval(changed - base) for base, changed in pairs]),
            ("effect size", truth.difference / truth.deviation, [paired_effect(two - one) for one, two in pairs]),
            ("probability of improvement", chance, [probability_of_improvement(two, one) for one, two in pairs]),
        ]
        for what, true, spans in kinds:
            yield covered(what, replicates, LAW, spans, true, level=0.95)


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, default=Path("stores/quickstart"))
    parser.add_argument("--seeds", type=int, default=200, help="trainings per arm (default 200)")
    parser.add_argument("--pool", type=Path, help="file of the trained figures, taken up where it ends")
    parser.add_argument("--change", action="append", metavar="NAME=VALUE", help="of the second arm")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: all cores)")
    parser.add_argument("--runs", type=int, default=1000, help="ablations drawn per line (default 1000)")
    parser.add_argument("--metric", default="valid/t2m/mAP@10")
    parser.add_argument("--seed", type=int, default=0, help="of the drawing")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    return parser.parse_args()


def main() -> None:
    """Train what is missing, draw ablations, print the rates."""
    chosen = arguments()
    changes = dict(one.split("=", 1) for one in chosen.change or ["optim.lr=0.0014"])
    arms = {"base": BASE, "changed": {**BASE, **{name: yaml.safe_load(value) for name, value in changes.items()}}}
    pool = open_pool(chosen.pool, Store.open(chosen.store).info.fingerprint, arms)
    fill(pool, chosen.store, chosen.seeds, chosen.pool, chosen.workers)
    truth = Truth(**pool.values(chosen.metric, chosen.seeds))
    parts = {"A/A": same_arms, "effect": true_effect, "coverage": coverage}
    rates = [
        rate
        for name, part in parts.items()
        for rate in part(generator(chosen.seed, "trained", name), truth, chosen.runs)
    ]
    if chosen.json:
        figures = {"metric": chosen.metric, "change": changes, "pool": truth.described(), "runs": chosen.runs}
        print(json.dumps({**figures, "rates": [asdict(rate) for rate in rates]}))
        return
    console = Console()
    for what, value in truth.described().items():
        console.print(f"{what}: {value:.5g}", highlight=False)
    console.print(table(rates))


if __name__ == "__main__":
    main()

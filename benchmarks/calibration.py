"""Whether the statistics of an ablation keep what they promise, on simulated replicates whose truth is known.

    python benchmarks/calibration.py [--runs 1000] [--seed 0] [--part A/A ...] [--json]

- A/A: arms that are all alike. A difference may be called in at most 5 %, of single tests (p) and of whole families
  (Holm), give or take two standard errors of the simulation.
- Power: true differences of the size that the promised number of replicates is for.
- Sequential: looks at 5, 8 to 20 replicates, stopped when decided: the family-wise rate of A/A, what is found of true
  differences and with how many replicates, beside one look at the end; coverage of the interval where it stopped.
- Importances: sweeps in which no parameter does anything; how often any stands out of shuffles, or of random columns.
- Coverage: how often each 95 % interval holds the truth, at 3, 5 and 10 replicates; the percentile bootstrap beside it,
  to show what is gained. Normal and skewed scatter (gamma, shape 2).

Replicates are drawn as arms of one seed are: a part that the seed gives to all arms, and a part of each arm's own.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.stats import norm

from adsw.arrays import Floats
from adsw.draws import generator
from adsw.stats.interval import Interval
from sweep.space.distributions import Distribution, Reals
from sweep.space.replication import looks
from sweep.stats.factorial import factorial_effects
from sweep.stats.fanova import variance_shares
from sweep.stats.importance import Observation, importances
from sweep.stats.paired import LEVEL, Pairing, judged, paired_effect, pairing, probability_of_improvement
from sweep.stats.power import POWER, replicates_needed
from sweep.stats.rank_agreement import rank_agreement
from sweep.stats.replicates import hierarchical_interval, interquartile_mean, replicate_interval
from sweep.stats.selection import expected_best_with, expected_best_without, split_gap
from sweep.stats.sequential import Decision, sequential_decisions

REPLICATES = (3, 5, 10)
ARMS = 4
SQUARE = [[False, False], [True, False], [False, True], [True, True]]
SHARED = 0.7
"""Standard deviation of what a seed gives to all arms; each arm's own part has 1."""
DIFFERENCES = (0.9, 1.5, 3.0)
LOOKS = looks(5, 3, 20)
TRACKS = 60


@dataclass
class Rate:
    """A share of simulated runs, and what it was promised to be."""

    what: str
    replicates: int
    law: str
    rate: float
    promise: str
    holds: bool | None
    """None where the figure is shown for comparison and nothing was promised."""


def scatter(rng: np.random.Generator, law: str, shape: tuple[int, ...]) -> Floats:
    """Noise of mean 0 and variance 1."""
    if law == "skewed":
        return (rng.gamma(2.0, size=shape) - 2.0) / np.sqrt(2.0)
    return rng.normal(size=shape)


def arms(rng: np.random.Generator, law: str, replicates: int, count: int = ARMS) -> Floats:
    """Values of arms that are all alike, [R, A]."""
    return SHARED * rng.normal(size=(replicates, 1)) + scatter(rng, law, (replicates, count))


def at_most(rate: float, runs: int, level: float = LEVEL) -> bool:
    """Whether a rate is not above a level by more than two standard errors of its simulation."""
    return bool(rate <= level + 2 * np.sqrt(level * (1 - level) / runs))


def at_least(rate: float, runs: int, level: float) -> bool:
    """Whether a rate is not below a level by more than two standard errors of its simulation."""
    return bool(rate >= level - 2 * np.sqrt(level * (1 - level) / runs))


def same_arms(rng: np.random.Generator, runs: int) -> Iterator[Rate]:
    """A/A: how often a difference is called where there is none."""
    for law in ("normal", "skewed"):
        for replicates in (*REPLICATES, 7):
            called = {"one test": 0, "three arms, Holm": 0, "one exact test": 0, "2 x 2 effects, Holm": 0}
            tests = set()
            for _ in range(runs):
                values_RA = arms(rng, law, replicates)
                family = [pairing(values_RA[:, arm] - values_RA[:, 0]) for arm in range(1, ARMS)]
                calls = judged(family)
                tests |= {call.test for call in calls}
                called["one test"] += calls[0].p <= LEVEL
                called["one exact test"] += family[0].flips.p <= LEVEL
                called["three arms, Holm"] += any(call.decided for call in calls)
                effects = factorial_effects(values_RA, SQUARE, ["a", "b"])
                called["2 x 2 effects, Holm"] += any(call.decided for call in judged([e.pairing for e in effects]))
            for what, count in called.items():
                how = "" if "exact" in what else f" ({', '.join(sorted(tests))})"
                holds = at_most(count / runs, runs)
                yield Rate(f"A/A called, {what}{how}", replicates, law, count / runs, "at most 5 %", holds)


def power(rng: np.random.Generator, runs: int) -> Iterator[Rate]:
    """How often a true difference is found with the replicates that were said to be needed."""
    for difference in DIFFERENCES:
        replicates = replicates_needed(difference, np.sqrt(2.0)) or 2
        found = {"paired t": 0, "sign flips": 0}
        for _ in range(runs):
            values_RA = arms(rng, "normal", replicates, 2)
            one = pairing(difference + values_RA[:, 1] - values_RA[:, 0])
            found["paired t"] += one.t_p <= LEVEL
            found["sign flips"] += one.flips.p <= LEVEL
        for test, count in found.items():
            what = f"power at a difference of {difference / np.sqrt(2):.2f} deviations, {test}"
            holds = at_least(count / runs, runs, POWER) if test == "paired t" else None
            yield Rate(what, replicates, "normal", count / runs, f"at least {100 * POWER:.0f} %", holds)


def stopped(rng: np.random.Generator, law: str, difference: float) -> tuple[list[Decision], list[Pairing]]:
    """One ablation whose arms all differ from the first by so much: when decided, and with one look at the end."""
    values_RA = arms(rng, law, LOOKS[-1])
    values_RA[:, 1:] += difference
    rows = {str(arm): (values_RA[:, arm] - values_RA[:, 0]).tolist() for arm in range(1, ARMS)}
    return list(sequential_decisions(rows, LOOKS).values()), [pairing(row) for row in rows.values()]


def sequential(rng: np.random.Generator, runs: int) -> Iterator[Rate]:
    """Three arms against a reference; power and coverage are means over arms, from half of the runs."""
    most = LOOKS[-1]
    for law in ("normal", "skewed"):
        called = sum(any(one.decided for one in stopped(rng, law, 0.0)[0]) for _ in range(runs)) / runs
        what = "A/A called, three arms until decided, Holm"
        yield Rate(what, most, law, called, "at most 5 %", at_most(called, runs))
    for difference in (0.0, *DIFFERENCES):
        pairs = [stopped(rng, "normal", difference) for _ in range(runs // 2)]
        found = [one for decisions, _ in pairs for one in decisions]
        ends = [one for _, family in pairs for one in judged(family)]
        at = f"a difference of {difference / np.sqrt(2):.2f} deviations"
        if difference:
            yield Rate(f"{at}, decided by then", most, "normal", share(one.decided for one in found), "", None)
            yield Rate(
                f"{at}, decided by one look at the end", most, "normal", share(one.decided for one in ends), "", None
            )
        used = float(np.mean([one.replicates for one in found]))
        yield Rate(f"{at}, replicates used (mean)", most, "normal", used, f"at most {most}", used <= most)
        where = f"repeated interval where it stopped, {at}"
        yield covered(where, most, "normal", [one.interval for one in found], difference)
        plain = [
            replicate_interval(np.array(family[arm].differences[: one.replicates]))
            for decisions, family in pairs
            for arm, one in enumerate(decisions)
        ]
        yield covered(f"plain interval where it stopped, {at}", most, "normal", plain, difference, promised=False)


def share(calls: Iterable[bool]) -> float:
    """The share that is true."""
    return float(np.mean(list(calls)))


def coverage(rng: np.random.Generator, runs: int) -> Iterator[Rate]:
    """How often each interval over replicates holds the truth."""
    for law in ("normal", "skewed"):
        for replicates in REPLICATES:
            middle = float(interquartile_mean(scatter(rng, law, (200_000, replicates))).mean())
            kinds: dict[str, tuple[float, Callable[[Floats], Interval | None]]] = {
                "mean": (0.0, replicate_interval),
                "mean, percentile bootstrap": (0.0, lambda values: percentile(values, rng)),
                "interquartile mean": (middle, lambda values: replicate_interval(values, "iqm")),
            }
            for what, (truth, interval) in kinds.items():
                spans = [interval(scatter(rng, law, (replicates,))) for _ in range(runs)]
                yield covered(what, replicates, law, spans, truth, promised="percentile" not in what)
    for replicates in REPLICATES:
        yield from paired_coverage(rng, runs, replicates)


def paired_coverage(rng: np.random.Generator, runs: int, replicates: int) -> Iterator[Rate]:
    """Intervals of effect sizes, of the probability of improvement, and over seeds and tracks."""
    for truth in (0.0, 1.0):
        draws = [truth + rng.normal(size=replicates) for _ in range(runs)]
        what = f"effect size, truth {truth:.0f}"
        yield covered(what, replicates, "normal", [paired_effect(one) for one in draws], truth)
    for shift in (0.0, 1.0, 2.0):
        truth = float(norm.cdf(shift / np.sqrt(2)))
        pairs = [(shift + rng.normal(size=replicates), rng.normal(size=replicates)) for _ in range(runs)]
        spans = [probability_of_improvement(*pair) for pair in pairs]
        yield covered(f"probability of improvement, truth {truth:.2f}", replicates, "normal", spans, truth)
    for seeds, tracks in ((0.05, 0.5), (0.3, 0.5), (0.3, 0.05)):
        spans = [over_tracks(rng, replicates, seeds, tracks) for _ in range(max(50, runs // 4))]
        what = f"seeds and tracks, deviations {seeds} and {tracks}"
        yield covered(what, replicates, "normal", spans, 0.0)


def over_tracks(rng: np.random.Generator, replicates: int, seeds: float, tracks: float) -> Interval:
    """A difference of two arms alike, drawn from seeds and tracks, two queries each."""
    own_RQ = rng.normal(size=(replicates, 2 * TRACKS))
    noise_RQ = seeds * rng.normal(size=(replicates, 1)) + tracks * np.repeat(rng.normal(size=TRACKS), 2) + own_RQ
    groups = np.repeat(np.arange(TRACKS), 2)
    return hierarchical_interval(noise_RQ, np.zeros_like(noise_RQ), groups, seed=int(rng.integers(2**31)))


def percentile(values: Floats, rng: np.random.Generator) -> Interval:
    """The interval that is not used, for comparison."""
    means = values[rng.integers(0, len(values), (1000, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(values.mean()), float(low), float(high))


def other_intervals(rng: np.random.Generator, runs: int) -> Iterator[Rate]:
    """Rank correlations over trials, the gap between splits, the bias of expected-best estimates."""
    for trials in (10, 20, 40):
        truth = 6 / np.pi * np.arcsin(0.6 / 2)
        spans = []
        for _ in range(runs // 2):
            early = rng.normal(size=trials)
            agreement = rank_agreement(early, 0.6 * early + 0.8 * rng.normal(size=trials))
            spans.append(agreement.rho if agreement else None)
        yield covered("rank correlation (n trials)", trials, "normal", spans, float(truth))
    groups = np.repeat(np.arange(TRACKS), 2)
    spans = []
    for number in range(runs // 2):
        one, two = (np.repeat(rng.normal(size=TRACKS), 2) + rng.normal(size=2 * TRACKS) for _ in range(2))
        spans.append(split_gap(one, groups, two, groups, seed=number))
    yield covered("gap between splits (n tracks)", TRACKS, "normal", spans, 0.0)
    yield from expected_best_bias(rng, runs)


def expected_best_bias(rng: np.random.Generator, runs: int, trials: int = 20, budget: int = 15) -> Iterator[Rate]:
    """Mean error of the expected best of 15 fresh trials, in deviations, from 20 trials seen."""
    truth = float(rng.normal(size=(200_000, budget)).max(axis=1).mean())
    estimators = {"without replacement": expected_best_without, "with replacement": expected_best_with}
    for what, estimate in estimators.items():
        found = [float(estimate(rng.normal(size=trials))[budget - 1]) - truth for _ in range(runs)]
        bias, error = float(np.mean(found)), float(np.std(found) / np.sqrt(runs))
        holds = bool(abs(bias) <= 2 * error) if what == "without replacement" else None
        yield Rate(f"bias of expected best, {what} (n trials)", trials, "normal", bias, "0", holds)


def importance_nulls(rng: np.random.Generator, runs: int, trials: int = 24) -> Iterator[Rate]:
    """How often any of three parameters stands out where none has an effect; slow, so a twentieth of the runs."""
    space: dict[str, Distribution] = {name: Reals(0.0, 1.0) for name in ("one", "two", "three")}
    count = max(2, runs // 20)
    called = {"PED-ANOVA above shuffles": 0, "PED-ANOVA above random columns": 0, "fANOVA above random columns": 0}
    for number in range(count):
        drawn = [dict(zip(space, rng.random(3).tolist(), strict=True)) for _ in range(trials)]
        observations = [Observation(params, float(rng.normal())) for params in drawn]
        ranked = importances(observations, space, "max", seed=number, resamples=40)
        explained = variance_shares(observations, space, seed=number)
        if ranked is not None and explained is not None:
            called["PED-ANOVA above shuffles"] += any(row.above_noise for row in ranked.rows)
            called["PED-ANOVA above random columns"] += any(row.above_dummy for row in ranked.rows)
            called["fANOVA above random columns"] += any(row.above_dummy for row in explained.rows)
    for what, calls in called.items():
        holds = at_most(calls / count, count)
        yield Rate(f"no effect, {what} (n trials)", trials, "normal", calls / count, "at most 5 %", holds)


def covered(
    what: str,
    replicates: int,
    law: str,
    spans: Sequence[Interval | None],
    truth: float,
    promised: bool = True,
    level: float | None = None,
) -> Rate:
    """How often the truth lies inside; promised are 95 % where scatter is normal, and 90 % where it is skewed."""
    inside = [span.low <= truth <= span.high for span in spans if span is not None]
    level = level or (0.95 if law == "normal" else 0.9)
    holds = at_least(float(np.mean(inside)), len(inside), level) if promised else None
    return Rate(f"coverage, {what}", replicates, law, float(np.mean(inside)), f"at least {100 * level:.0f} %", holds)


def table(rates: list[Rate]) -> Table:
    """All rates as a table."""
    out = Table("what", "n", "scatter", "rate", "promised", "", title="Calibration")
    for rate in rates:
        word = "" if rate.holds is None else "holds" if rate.holds else "FAILS"
        figure = f"{rate.rate:+.3f}" if rate.what.startswith("bias") else f"{rate.rate:.3f}"
        out.add_row(rate.what, str(rate.replicates), rate.law, figure, rate.promise, word)
    return out


PARTS: dict[str, Callable[[np.random.Generator, int], Iterator[Rate]]] = {
    "A/A": same_arms,
    "power": power,
    "sequential": sequential,
    "coverage": coverage,
    "others": other_intervals,
    "importances": importance_nulls,
}


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000, help="simulated ablations per line (default 1000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", action="append", choices=list(PARTS), help="only this part; may be repeated")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    chosen = parser.parse_args()
    rates: list[Rate] = []
    for name in track(chosen.part or list(PARTS), description="simulating", console=Console(stderr=True)):
        rates += PARTS[name](generator(chosen.seed, "calibration", name), chosen.runs)
    if chosen.json:
        print(json.dumps({"runs": chosen.runs, "seed": chosen.seed, "rates": [asdict(rate) for rate in rates]}))
    else:
        Console().print(table(rates))


if __name__ == "__main__":
    main()

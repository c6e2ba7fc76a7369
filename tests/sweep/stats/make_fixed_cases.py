"""Compute every expected value of fixed_cases.json anew, from the inputs that stand in it.

    python -m venv made && made/bin/pip install scipy==1.17.1 statsmodels==0.15.0 pandas
    made/bin/python tests/sweep/stats/make_fixed_cases.py

Nothing of this project is imported: values come from scipy and statsmodels, or from listing all that could happen.
Neither statsmodels nor pandas is needed to run the tests.
"""

from __future__ import annotations

import json
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy
import statsmodels
from scipy import stats
from scipy.optimize import brentq
from scipy.special import gamma
from statsmodels.formula.api import ols
from statsmodels.stats.anova import AnovaRM
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

Case = dict[str, Any]
FILE = Path(__file__).with_name("fixed_cases.json")


def sign_flips(case: Case) -> Case:
    rows = (np.array(case["differences"]),)
    found = stats.permutation_test(rows, np.mean, permutation_type="samples", n_resamples=np.inf)
    return {"p": float(found.pvalue)}


def t_test(case: Case) -> Case:
    zeros = np.zeros(len(case["differences"]))
    return {"p": float(stats.ttest_rel(case["differences"], zeros).pvalue)}


def holm(case: Case) -> Case:
    return {"adjusted": multipletests(case["ps"], method="holm")[1].tolist()}


def interquartile_mean(case: Case) -> Case:
    values = sorted(case["values"])
    cut = len(values) // 4
    return {"iqm": float(np.mean(values[cut : len(values) - cut]))}


def mean_interval(case: Case) -> Case:
    """Every bootstrap resample of two or three values: the outermost ones are so likely that they are the quantiles."""
    values = np.array(case["values"])
    means = sorted(np.mean(drawn) for drawn in product(values, repeat=len(values)))
    assert len(values) ** -len(values) > 0.025
    freedom = len(values) - 1
    stretch = np.sqrt(len(values) / freedom) * stats.t.ppf(0.975, freedom) / stats.norm.ppf(0.975)
    mean = values.mean()
    return {"low": float(mean + stretch * (means[0] - mean)), "high": float(mean + stretch * (means[-1] - mean))}


def repeated_interval(case: Case) -> Case:
    values = case["differences"]
    low, high = stats.t.interval(1 - case["level"], len(values) - 1, np.mean(values), stats.sem(values))
    return {"low": float(low), "high": float(high)}


def paired_effect(case: Case) -> Case:
    values = np.array(case["differences"])
    freedom, root = len(values) - 1, np.sqrt(len(values))
    t = stats.ttest_1samp(values, 0).statistic
    hedges = gamma(freedom / 2) / gamma((freedom - 1) / 2) / np.sqrt(freedom / 2)
    low, high = (brentq(lambda d, at=at: stats.nct.cdf(t, freedom, d) - at, t - 9, t + 9) for at in (0.975, 0.025))
    return {"effect": float(hedges * t / root), "low": low / root, "high": high / root}


def improvement(case: Case) -> Case:
    first, second = case["values"], case["others"]
    pairs = len(first) * len(second)
    share = float(stats.mannwhitneyu(first, second).statistic) / pairs
    p = np.linspace(0, 1, 2_000_001)[1:-1]
    own = 1 + ((len(first) + len(second)) / 2 - 1) * ((1 - p) / (2 - p) + p / (1 + p))
    quantile = stats.t.ppf(0.975, len(first) + len(second) - 2)
    kept = p[(share - p) ** 2 <= quantile**2 * p * (1 - p) * own / pairs]
    return {"probability": share, "low": float(kept.min()), "high": float(kept.max())}


def power(case: Case) -> Case:
    found = TTestPower().power(case["difference"] / case["deviation"], case["replicates"], case["level"])
    return {"power": float(found)}


def needed(case: Case) -> Case:
    found = TTestPower().solve_power(
        case["difference"] / case["deviation"], alpha=case["level"], power=case["power"], nobs=None
    )
    return {"replicates": int(np.ceil(np.ravel(found)[0]))}


def needed_after(case: Case) -> Case:
    """At the scatter seen, and at the limits of its chi-square interval."""
    values = np.array(case["differences"])
    squares, freedom = float(((values - values.mean()) ** 2).sum()), len(values) - 1
    ends = {"low": stats.chi2.ppf(0.975, freedom), "replicates": freedom, "high": stats.chi2.ppf(0.025, freedom)}
    asked = {name: case[name] for name in ("difference", "level", "power")}
    return {name: needed({**asked, "deviation": np.sqrt(squares / by)})["replicates"] for name, by in ends.items()}


def factorial(case: Case) -> Case:
    """Effects by least squares over plus and minus ones, replicates as blocks; F by repeated-measures ANOVA."""
    names = case["names"]
    rows = [
        {"rep": rep, "y": value, **{name: 1 if high else -1 for name, high in zip(names, levels, strict=True)}}
        for rep, values in enumerate(case["values"])
        for value, levels in zip(values, case["levels"], strict=True)
    ]
    frame = pd.DataFrame(rows)
    fitted = ols(f"y ~ {'*'.join(names)} + C(rep)", frame).fit().params
    table = AnovaRM(frame, "y", "rep", within=names).fit().anova_table
    effects = ["*".join(some) for order in range(1, len(names) + 1) for some in combinations(names, order)]
    anova = {
        name: {
            "F": float(table.loc[name.replace("*", ":"), "F Value"]),
            "p": float(table.loc[name.replace("*", ":"), "Pr > F"]),
        }
        for name in effects
    }
    return {"effects": {name: 2 * float(fitted[name.replace("*", ":")]) for name in effects}, "anova": anova}


def rank_agreement(case: Case) -> Case:
    tau, rho = stats.kendalltau(case["early"], case["final"]), stats.spearmanr(case["early"], case["final"])
    return {"tau": float(tau.statistic), "rho": float(rho.statistic)}


def expected_best(case: Case) -> Case:
    """The mean over all draws with replacement, and over all subsets."""
    values, best = case["values"], max if case["mode"] == "max" else min
    sizes = range(1, len(values) + 1)
    return {
        "with": [float(np.mean([best(drawn) for drawn in product(values, repeat=size)])) for size in sizes],
        "without": [float(np.mean([best(drawn) for drawn in combinations(values, size)])) for size in sizes],
    }


MAKERS = {
    made.__name__: made
    for made in (
        sign_flips,
        t_test,
        holm,
        interquartile_mean,
        mean_interval,
        repeated_interval,
        paired_effect,
        improvement,
        power,
        needed,
        needed_after,
        factorial,
        rank_agreement,
        expected_best,
    )
}


def main() -> None:
    """Rewrite the file, one case a line."""
    cases = json.loads(FILE.read_text())
    made_by = f"make_fixed_cases.py with scipy {scipy.__version__}, statsmodels {statsmodels.__version__}"
    parts = [f' "made_by": {json.dumps(made_by)}']
    for name, make in MAKERS.items():
        lines = ",\n".join(f"  {json.dumps({**case, **make(case)})}" for case in cases[name])
        parts.append(f' "{name}": [\n{lines}\n ]')
    FILE.write_text("{\n" + ",\n".join(parts) + "\n}\n")


if __name__ == "__main__":
    main()

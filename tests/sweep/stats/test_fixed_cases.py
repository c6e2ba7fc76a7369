"""Every statistic equals what scipy, statsmodels or a listing by hand gives on the cases of fixed_cases.json.

Expected values are made by make_fixed_cases.py beside it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sweep.stats.factorial import factorial_effects
from sweep.stats.paired import holm, paired_effect, probability_of_improvement, t_test
from sweep.stats.power import needed_after, power_of, replicates_needed
from sweep.stats.rank_agreement import rank_agreement
from sweep.stats.replicates import interquartile_mean, replicate_interval
from sweep.stats.selection import expected_best_with, expected_best_without
from sweep.stats.sequential import repeated_interval
from sweep.stats.sign_flips import sign_flip_test

CASES: dict[str, list[dict[str, Any]]] = json.loads(Path(__file__).with_name("fixed_cases.json").read_text())


@pytest.mark.parametrize("case", CASES["sign_flips"])
def test_sign_flips(case: dict[str, Any]) -> None:
    assert sign_flip_test(case["differences"]).p == pytest.approx(case["p"])


@pytest.mark.parametrize("case", CASES["t_test"])
def test_paired_t(case: dict[str, Any]) -> None:
    assert t_test(case["differences"]) == pytest.approx(case["p"])


@pytest.mark.parametrize("case", CASES["holm"])
def test_holm(case: dict[str, Any]) -> None:
    assert holm(case["ps"]) == pytest.approx(case["adjusted"])


@pytest.mark.parametrize("case", CASES["interquartile_mean"])
def test_interquartile_mean(case: dict[str, Any]) -> None:
    assert float(interquartile_mean(case["values"])) == pytest.approx(case["iqm"])


@pytest.mark.parametrize("case", CASES["mean_interval"])
def test_interval_of_few_replicates(case: dict[str, Any]) -> None:
    found = replicate_interval(case["values"])
    assert (found.low, found.high) == pytest.approx((case["low"], case["high"]))


@pytest.mark.parametrize("case", CASES["repeated_interval"])
def test_repeated_interval(case: dict[str, Any]) -> None:
    found = repeated_interval(case["differences"], case["level"])
    assert (found.low, found.high) == pytest.approx((case["low"], case["high"]))


@pytest.mark.parametrize("case", CASES["paired_effect"])
def test_paired_effect(case: dict[str, Any]) -> None:
    found = paired_effect(case["differences"])
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((case["effect"], case["low"], case["high"]), abs=1e-6)


@pytest.mark.parametrize("case", CASES["improvement"])
def test_probability_of_improvement(case: dict[str, Any]) -> None:
    found = probability_of_improvement(case["values"], case["others"])
    assert found.value == pytest.approx(case["probability"])
    assert (found.low, found.high) == pytest.approx((case["low"], case["high"]), abs=2e-6)


@pytest.mark.parametrize("case", CASES["power"])
def test_power(case: dict[str, Any]) -> None:
    found = power_of(case["difference"], case["deviation"], case["replicates"], case["level"])
    assert found == pytest.approx(case["power"], abs=1e-6)


@pytest.mark.parametrize("case", CASES["needed"])
def test_replicates_needed(case: dict[str, Any]) -> None:
    found = replicates_needed(case["difference"], case["deviation"], case["level"], case["power"])
    assert found == case["replicates"]


@pytest.mark.parametrize("case", CASES["needed_after"])
def test_replicates_needed_after(case: dict[str, Any]) -> None:
    found = needed_after(case["differences"], case["difference"], case["level"], case["power"])
    assert found is not None
    assert (found.replicates, found.low, found.high) == (case["replicates"], case["low"], case["high"])


@pytest.mark.parametrize("case", CASES["factorial"])
def test_factorial_effects(case: dict[str, Any]) -> None:
    effects = {
        "*".join(effect.factors): effect for effect in factorial_effects(case["values"], case["levels"], case["names"])
    }
    assert list(effects) == list(case["effects"]) == list(case["anova"])
    for name, fitted in case["effects"].items():
        assert effects[name].pairing.difference.value == pytest.approx(fitted)
    for name, row in case["anova"].items():  # one contrast a replicate: its squared t is the F
        per_replicate = np.array(effects[name].pairing.differences)
        t = per_replicate.mean() / (per_replicate.std(ddof=1) / np.sqrt(len(per_replicate)))
        assert t**2 == pytest.approx(row["F"])
        assert effects[name].pairing.t_p == pytest.approx(row["p"])


@pytest.mark.parametrize("case", CASES["rank_agreement"])
def test_rank_agreement(case: dict[str, Any]) -> None:
    found = rank_agreement(case["early"], case["final"])
    assert found is not None
    assert (found.tau, found.rho.value) == pytest.approx((case["tau"], case["rho"]))


@pytest.mark.parametrize("case", CASES["expected_best"])
def test_expected_best(case: dict[str, Any]) -> None:
    assert expected_best_with(case["values"], case["mode"]) == pytest.approx(case["with"])
    assert expected_best_without(case["values"], case["mode"]) == pytest.approx(case["without"])

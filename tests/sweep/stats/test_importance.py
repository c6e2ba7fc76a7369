"""Importances: planted effects are found, noise is not, and the shares are Optuna's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import optuna
import pytest

from sweep.space.distributions import Choices, Distribution, Integers, Reals
from sweep.stats.importance import FEWEST_TRIALS, Observation, importances

SPACE: dict[str, Distribution] = {
    "lr": Reals(1e-4, 1e-2, log=True),
    "rate": Reals(0.0, 0.8),
    "kind": Choices(("linear", "cosine", ["a", 1])),
    "ramp": Integers(2, 20),
}


def observed(count: int, seed: int, effect: float = 1.0) -> list[Observation]:
    """Random trials whose value depends on the learning rate alone; `ramp` is active for two kinds of three."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        params: dict[str, Any] = {
            "lr": float(10 ** rng.uniform(-4, -2)),
            "rate": float(rng.uniform(0, 0.8)),
            "kind": ["linear", "cosine", ["a", 1]][rng.integers(3)],
        }
        if params["kind"] != "linear":
            params["ramp"] = int(rng.integers(2, 21))
        value = -effect * (math.log10(params["lr"]) + 3) ** 2 + rng.normal(0, 0.1)
        found.append(Observation(params, float(value)))
    return found


def test_a_planted_effect_stands_out_and_nothing_else() -> None:
    found = importances(observed(60, 0), SPACE, "max", resamples=40)
    assert found is not None
    assert found.rows[0].name == "lr"
    assert [row.name for row in found.rows if row.above_noise] == ["lr"]
    assert [row.name for row in found.rows if row.above_dummy] == ["lr"]
    assert 0 < found.dummy < found.rows[0].share
    assert sum(row.share for row in found.rows) == pytest.approx(1.0)
    assert all(0 <= row.low <= row.share <= row.high <= 1 for row in found.rows)
    assert found.trials == 60
    assert found.good_trials == 6


def test_noise_seldom_stands_out() -> None:
    called = 0
    for seed in range(12):
        found = importances(observed(16, seed, effect=0.0), SPACE, "max", seed=seed, resamples=25)
        assert found is not None
        called += any(row.above_noise for row in found.rows)
    assert called <= 3  # 12 sweeps at 5 % each: more than 3 has a chance of 0.2 %


def test_the_shares_are_optunas_normalised() -> None:
    trials = observed(20, 4)
    found = importances(trials, SPACE, "max", resamples=2)
    assert found is not None
    distributions: dict[str, Any] = {
        "lr": optuna.distributions.FloatDistribution(1e-4, 1e-2, log=True),
        "rate": optuna.distributions.FloatDistribution(0.0, 0.8),
        "kind": optuna.distributions.CategoricalDistribution(["linear", "cosine", '["a",1]']),
        "ramp": optuna.distributions.IntDistribution(2, 20),
    }
    study = optuna.create_study(direction="maximize")
    for one in trials:
        params = {name: '["a",1]' if value == ["a", 1] else value for name, value in one.params.items()}
        chosen = {name: distributions[name] for name in params}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=chosen, value=one.value))
    evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=0.25)
    raw = evaluator.evaluate(study)
    for row in found.rows:
        assert row.share == pytest.approx(raw[row.name] / sum(raw.values()))


def test_less_is_more_when_minimising() -> None:
    trials = observed(20, 5)
    turned = [Observation(one.params, -one.value) for one in trials]
    assert importances(trials, SPACE, "max", resamples=3) == importances(turned, SPACE, "min", resamples=3)


def test_too_little_to_judge_gives_none() -> None:
    trials = observed(20, 6)
    assert importances(trials[: FEWEST_TRIALS - 1], SPACE, "max") is None
    assert importances([Observation(one.params, 0.5) for one in trials], SPACE, "max") is None
    assert importances(trials, {}, "max") is None


def test_values_outside_the_space_count_as_not_active() -> None:
    outside = Observation({"lr": 0.5, "rate": 0.1, "kind": "unheard of", "other": 3}, 0.0)
    found = importances([*observed(12, 7), outside], SPACE, "max", resamples=3)
    assert found is not None
    assert {row.name for row in found.rows} == set(SPACE)


def test_a_parameter_active_once_does_not_break_resampling() -> None:
    trials = [Observation({**one.params, "kind": "linear"}, one.value) for one in observed(10, 8)]
    trials = [Observation({k: v for k, v in one.params.items() if k != "ramp"}, one.value) for one in trials]
    trials[0] = Observation({**trials[0].params, "kind": "cosine", "ramp": 4}, trials[0].value)
    found = importances(trials, SPACE, "max", resamples=10)
    assert found is not None
    assert next(row for row in found.rows if row.name == "ramp").share == 0.0


def test_it_is_repeatable_and_leaves_optuna_as_it_was() -> None:
    before = optuna.logging.get_verbosity()
    trials = observed(12, 9)
    assert importances(trials, SPACE, "max", resamples=3) == importances(trials, SPACE, "max", resamples=3)
    assert optuna.logging.get_verbosity() == before


def test_an_unknown_kind_of_distribution_is_an_error() -> None:
    class Odd(Reals):
        pass

    class Stranger:
        def encode(self, value: Any) -> Any:
            return value

        def holds(self, value: Any) -> bool:
            return value is not None

    trials = observed(10, 10)
    assert importances(trials, {"lr": Odd(1e-4, 1e-2, log=True)}, "max", resamples=2) is not None
    with pytest.raises(TypeError, match="no distribution of Optuna"):
        importances(trials, {"lr": Stranger()}, "max")  # type: ignore[dict-item]

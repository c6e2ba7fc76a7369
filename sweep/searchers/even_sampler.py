"""Quasi Monte Carlo over a whole space, conditions included."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import QMCSampler, RandomSampler

from sweep.space.model import Space

ARGUMENTS: Mapping[str, Any] = {
    "qmc_type": "sobol",
    "scramble": True,
    "warn_asynchronous_seeding": False,
    "warn_independent_sampling": False,
}


class EvenSampler(QMCSampler):  # type: ignore[misc]
    """A sampler of one point of a scrambled Sobol' sequence, with a coordinate for every parameter.

    Optuna's QMC sampler takes its parameters from the first trial, so that conditions leave some out, and counts its
    points in the study, so that a driver that dies loses one. Here both are arguments.

    Args:
        distributions: of all searched parameters, active or not.
        place: of the point in the sequence, from 0.
        seed: of the scrambling; the same for all trials, or their points are of different sequences.
    """

    def __init__(self, distributions: Mapping[str, BaseDistribution], place: int, seed: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            super().__init__(seed=seed, independent_sampler=RandomSampler(seed=seed), **ARGUMENTS)
        self._distributions = dict(distributions)
        self._place = place

    @staticmethod
    def described() -> dict[str, Any]:
        """Return every argument but the seed, for `sweep.json`."""
        return {**ARGUMENTS, "independent_sampler": "random", "place": "the trial's number less the included ones"}

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, BaseDistribution]:
        """Return the distributions of all parameters, whatever the trials before had."""
        del study, trial
        return self._distributions

    def _find_sample_id(self, study: Any, search_space: Any) -> int:
        # Overrides a private method of Optuna 5, which would count the point in the study's attributes.
        del study, search_space
        return self._place


class _Recorder:
    """A `Suggester` that records the distributions it is asked for; the values it returns are of no meaning."""

    def __init__(self) -> None:
        self.distributions: dict[str, BaseDistribution] = {}

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        self.distributions[name] = FloatDistribution(low, high, log=log, step=step)
        return low

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        self.distributions[name] = IntDistribution(low, high, log=log, step=step)
        return low

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        self.distributions[name] = CategoricalDistribution(choices)
        return choices[0]


def distributions_of(space: Space) -> dict[str, BaseDistribution]:
    """Return Optuna's distribution of every searched parameter by name, conditions or not."""
    recorder = _Recorder()
    for name, parameter in space.space.items():
        if parameter.searched:
            parameter.distribution.suggest(recorder, name)
    return recorder.distributions

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
    """The point of a scrambled Sobol' sequence at a place of its own, with a coordinate for every parameter.

    Optuna's own takes its parameters from the first trial, so that conditions leave some out, and counts its points in
    the study, so that a point is lost with a driver that dies. Here both are given.

    Args:
        distributions: of all searched parameters, active or not.
        place: in the sequence, from 0.
        seed: of the scrambling, the same for all trials.
    """

    def __init__(self, distributions: Mapping[str, BaseDistribution], place: int, seed: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            super().__init__(seed=seed, independent_sampler=RandomSampler(seed=seed), **ARGUMENTS)
        self._distributions = dict(distributions)
        self._place = place

    @staticmethod
    def described() -> dict[str, Any]:
        """Every argument but the seed, for the record."""
        return {**ARGUMENTS, "independent_sampler": "random", "place": "the trial's number less the included ones"}

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, BaseDistribution]:
        """All parameters, whatever the trials before had."""
        del study, trial
        return self._distributions

    def _find_sample_id(self, study: Any, search_space: Any) -> int:
        del study, search_space
        return self._place


class _Recorder:
    """Notes what is asked of it: a sampler that samples nothing."""

    def __init__(self) -> None:
        self.found: dict[str, BaseDistribution] = {}

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        self.found[name] = FloatDistribution(low, high, log=log, step=step)
        return low

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        self.found[name] = IntDistribution(low, high, log=log, step=step)
        return low

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        self.found[name] = CategoricalDistribution(choices)
        return choices[0]


def distributions_of(space: Space) -> dict[str, BaseDistribution]:
    """Optuna's distribution of every searched parameter, as the space asks its sampler for it."""
    recorder = _Recorder()
    for name, parameter in space.space.items():
        if parameter.searched:
            parameter.distribution.suggest(recorder, name)
    return recorder.found

"""Optuna's samplers with every argument explicit, since their defaults change between versions.

A sampler is made anew for every trial, with a seed made of the trial's number, so that its suggestion depends on the
trials before and on nothing else. GP, CMA-ES and NSGA-II keep their state in the study, beside its trials.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import (
    BaseSampler,
    CmaEsSampler,
    GPSampler,
    NSGAIISampler,
    PartialFixedSampler,
    QMCSampler,
    RandomSampler,
    TPESampler,
)

from adsw.draws import generator
from sweep.space.model import Space
from sweep.space.sections import NSGA2_POPULATION, SearcherConfig

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


TPE_ARGUMENTS: Mapping[str, Any] = {
    "n_ei_candidates": 24,
    "multivariate": True,  # one joint model: swap kind, end and ramp work together
    "group": True,  # so that conditional parameters are modelled jointly where they are active
    "constant_liar": True,  # trials under way keep the next suggestion from their neighbourhood
}
"""Arguments that a space file's `searcher` does not set."""

TPE_FIXED: Mapping[str, Any] = {
    "consider_prior": True,
    "prior_weight": 1.0,
    "consider_magic_clip": True,
    "consider_endpoints": False,
    "gamma": "min(ceil(0.1 n), 25)",
    "weights": "1, from 25 trials on rising from 1/n to 1 but for the last 25",
    "warn_independent_sampling": False,
    "constraints_func": None,
}
"""Deprecated arguments, not passed since passing them warns: the values that Optuna 5 uses, for `sweep.json`."""

GP_ARGUMENTS: Mapping[str, Any] = {"deterministic_objective": False, "warn_independent_sampling": False}

GP_FIXED: Mapping[str, Any] = {"independent_sampler": "random", "constraints_func": None}

CMAES_ARGUMENTS: Mapping[str, Any] = {
    "warn_independent_sampling": False,
    "consider_pruned_trials": False,  # a stopped trial's value is of another fidelity
    "use_separable_cma": False,
    "with_margin": False,
    "lr_adapt": False,
    "source_trials": None,
}

CMAES_FIXED: Mapping[str, Any] = {
    "independent_sampler": "random",
    "x0": "the middle",
    "sigma0": "a sixth of the range",
    "restart_strategy": None,
    "inc_popsize": -1,
}
"""For `sweep.json` only: all but the first are deprecated, and passing them warns."""

NSGA2_ARGUMENTS: Mapping[str, Any] = {
    "mutation": None,  # a mutated parameter is drawn anew
    "mutation_prob": None,  # one over the parameters
    "crossover": None,  # uniform
    "crossover_prob": 0.9,
    "swapping_prob": 0.5,
}

NSGA2_FIXED: Mapping[str, Any] = {
    "constraints_func": None,
    "elite_population_selection_strategy": "rank, then crowding distance",
    "child_generation_strategy": "crossover, then mutation",
    "after_trial_strategy": None,
}


def describe(searcher: SearcherConfig, random: bool) -> dict[str, Any]:
    """Return every argument of the sampler, for `sweep.json`.

    Args:
        searcher: the space's.
        random: whether all trials are drawn at random, whichever sampler is named.
    """
    sampler = "random" if random else searcher.sampler
    head = {"optuna": optuna.__version__, "seed": searcher.seed, "sampler": sampler}
    modelled = {"n_startup_trials": searcher.startup, "random_fraction": searcher.random_fraction}
    match sampler:
        case "tpe":
            return {**head, **modelled, **TPE_ARGUMENTS, **TPE_FIXED}
        case "gp":
            return {**head, **modelled, **GP_ARGUMENTS, **GP_FIXED}
        case "cmaes":
            cmaes = {"cmaes": version("cmaes"), "popsize": searcher.population or "4 + floor(3 ln parameters)"}
            return {**head, **cmaes, **modelled, **CMAES_ARGUMENTS, **CMAES_FIXED}
        case "qmc":
            return {**head, **EvenSampler.described()}
        case "nsga2":
            population = {"population_size": searcher.population or NSGA2_POPULATION}
            fraction = {"random_fraction": searcher.random_fraction}
            return {**head, **population, **fraction, **NSGA2_ARGUMENTS, **NSGA2_FIXED}
        case _:
            return head


def sampler_of(space: Space, number: int) -> tuple[BaseSampler, str]:
    """Return the sampler of one trial of a search, and its name; the random one for trials of the random fraction.

    Args:
        space: of method optuna or random.
        number: of the trial in the sweep.
    """
    searcher = space.searcher
    seed = seed_of(searcher, number)
    if space.method == "random" or searcher.sampler == "random" or is_random(searcher, number):
        return random_sampler(seed), "random"
    if searcher.sampler == "qmc":
        # All trials share one scrambling; included configurations have the first numbers.
        return EvenSampler(distributions_of(space), number - len(space.include), searcher.seed), "qmc"
    return _modelling(searcher, seed), searcher.sampler


def base_of(space: Space, number: int) -> BaseSampler:
    """Return the sampler behind a trial whose values are all given: it draws nothing, but may count the trial."""
    seed = seed_of(space.searcher, number)
    if space.method == "optuna" and space.searcher.sampler == "nsga2":
        return _modelling(space.searcher, seed)  # so that included configurations join the first generation
    return random_sampler(seed)


def _modelling(searcher: SearcherConfig, seed: int) -> BaseSampler:
    """Return the space's sampler, one that learns from ended trials.

    tpe    Watanabe, *Tree-Structured Parzen Estimator*, 2023.
    gp     Matern kernel and expected improvement: see Optuna's `GPSampler`.
    cmaes  Hansen, *The CMA Evolution Strategy: A Tutorial*, 2016.
    nsga2  Deb et al., *A fast and elitist multiobjective genetic algorithm: NSGA-II*, 2002.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        match searcher.sampler:
            case "gp":
                return GPSampler(
                    seed=seed,
                    n_startup_trials=searcher.startup,
                    independent_sampler=random_sampler(seed),
                    **GP_ARGUMENTS,
                )
            case "cmaes":
                return CmaEsSampler(
                    seed=seed,
                    n_startup_trials=searcher.startup,
                    independent_sampler=random_sampler(seed),
                    popsize=searcher.population,
                    **CMAES_ARGUMENTS,
                )
            case "nsga2":
                population = searcher.population or NSGA2_POPULATION
                return NSGAIISampler(population_size=population, seed=seed, **NSGA2_ARGUMENTS)
            case _:
                return TPESampler(n_startup_trials=searcher.startup, seed=seed, **TPE_ARGUMENTS)


def random_sampler(seed: int) -> BaseSampler:
    """Return a sampler of independent draws."""
    return RandomSampler(seed=seed)


def fixed_sampler(values: Mapping[str, Any], base: BaseSampler) -> BaseSampler:
    """Return a sampler that suggests these values, and leaves other parameters to `base`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return PartialFixedSampler(dict(values), base)


def seed_of(searcher: SearcherConfig, number: int) -> int:
    """Return the seed of one trial's suggestion, below 2^32: a hash of the searcher's seed and the number."""
    # A sum of seed and number would give searchers of neighbouring seeds the same suggestions, one trial apart.
    digest = hashlib.sha256(f"{searcher.seed}/suggestion/{number}".encode()).digest()
    return int.from_bytes(digest[:4], "little")


def is_random(searcher: SearcherConfig, number: int) -> bool:
    """Return whether a trial is one of the random fraction, drawn by the searcher's seed and the number."""
    return bool(generator(searcher.seed, "random fraction", number).random() < searcher.random_fraction)

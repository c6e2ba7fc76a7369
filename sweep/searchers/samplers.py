"""Optuna's samplers with every argument explicit. Their defaults change between versions without a word."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from typing import Any

import optuna
from optuna.samplers import BaseSampler, PartialFixedSampler, RandomSampler, TPESampler

from adsw.draws import generator
from sweep.space.model import Searcher

TPE_ARGUMENTS: Mapping[str, Any] = {
    "n_ei_candidates": 24,
    "multivariate": True,  # one joint model: swap kind, end and ramp work together
    "group": True,  # so that conditional parameters are modelled jointly where they are active
    "constant_liar": True,  # trials under way keep the next suggestion from their neighbourhood
}
"""What `searcher:` does not set."""

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
"""Deprecated arguments: giving them warns. These are the values that Optuna 5 uses, for the record."""


def describe(searcher: Searcher, random: bool) -> dict[str, Any]:
    """Every argument of the sampler, for `sweep.json`."""
    head = {"optuna": optuna.__version__, "seed": searcher.seed}
    if random:
        return {**head, "sampler": "random"}
    own = {"n_startup_trials": searcher.startup, "random_fraction": searcher.random_fraction}
    return {**head, "sampler": "tpe", **own, **TPE_ARGUMENTS, **TPE_FIXED}


def random_sampler(seed: int) -> BaseSampler:
    """Independent draws."""
    return RandomSampler(seed=seed)


def tpe_sampler(searcher: Searcher, seed: int) -> BaseSampler:
    """The tree-structured Parzen estimator (Watanabe, *Tree-Structured Parzen Estimator*, 2023)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return TPESampler(n_startup_trials=searcher.startup, seed=seed, **TPE_ARGUMENTS)


def fixed_sampler(values: Mapping[str, Any], base: BaseSampler) -> BaseSampler:
    """Gives these values; what is not among them comes from another sampler."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return PartialFixedSampler(dict(values), base)


def seed_of(searcher: Searcher, number: int) -> int:
    """Seed of one trial's suggestion, which so depends on the trials before it and on nothing else."""
    digest = hashlib.sha256(f"{searcher.seed}/suggestion/{number}".encode()).digest()
    return int.from_bytes(digest[:4], "little")


def is_random(searcher: Searcher, number: int) -> bool:
    """Whether this trial is one of the random fraction."""
    return bool(generator(searcher.seed, "random fraction", number).random() < searcher.random_fraction)

"""The space's settings of Optuna's sampler, and what each sampler can do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_serializer, model_validator

from adsw.errors import nearest
from adsw.metrics import is_metric, mode_of, names_on, set_of, sign_of
from sweep.space.distributions import Choices
from sweep.space.parameter import Parameter
from sweep.space.part import Part, require_name, require_names

Sampler = Literal["tpe", "gp", "cmaes", "qmc", "nsga2", "random"]

SAMPLERS: tuple[str, ...] = get_args(Sampler)

NSGA2_POPULATION = 20
"""Trials of a generation by default: Optuna's 50 are more than most sweeps here have."""


@dataclass(frozen=True, slots=True)
class Ability:
    """What a sampler can do, as Optuna 5 has it."""

    label: str
    """Its name for people."""
    settings: frozenset[str] = frozenset()
    """Of `startup`, `random_fraction` and `population`, those that it has."""
    several: bool = True
    """Whether it takes several objectives."""
    conditions: bool = True
    """Whether it proposes values for parameters that some trials do not have."""
    choices: bool = True
    """Whether it proposes values among choices."""
    stopped: bool = False
    """Whether it learns from trials that were stopped early."""


ABILITIES: Mapping[str, Ability] = {
    "tpe": Ability("TPE", frozenset({"startup", "random_fraction"}), stopped=True),
    "gp": Ability("GP", frozenset({"startup", "random_fraction"}), conditions=False),
    "cmaes": Ability(
        "CMA-ES",
        frozenset({"startup", "random_fraction", "population"}),
        several=False,
        conditions=False,
        choices=False,
    ),
    "qmc": Ability("QMC", stopped=True),
    "nsga2": Ability("NSGA-II", frozenset({"random_fraction", "population"}), conditions=False),
    "random": Ability("random search", stopped=True),
}


class SearcherConfig(Part):
    """How Optuna's sampler is set up.

    tpe     tree-structured Parzen estimator: models jointly what goes together, conditions included
    gp      Gaussian process: for few, long trials of numbers and choices that every trial has
    cmaes   covariance matrix adaptation: for many trials of numbers that every trial has; one objective
    qmc     quasi Monte Carlo: scrambled Sobol' points, which fill the space evenly and learn nothing
    nsga2   non-dominated sorting: a genetic algorithm, for several objectives
    random  independent draws
    """

    sampler: Sampler = "tpe"
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Of the suggestions; each trial's own draws follow from it and the trial's number."""
    startup: Annotated[int, Field(ge=1)] = 10
    """Ended trials that tpe, gp and cmaes wait for before they begin to model; random draws until then."""
    random_fraction: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the later trials that are drawn at random all the same."""
    population: Annotated[int, Field(ge=4, le=10_000)] | None = None
    """Trials of a generation: 20 for nsga2, and for cmaes 4 + 3 ln(parameters), where None."""

    @field_validator("sampler", mode="before")
    @classmethod
    def _offered(cls, value: Any) -> Any:
        if not isinstance(value, str) or value not in SAMPLERS:
            near = nearest(value, SAMPLERS) if isinstance(value, str) else None
            hint = f"did you mean {near!r}? " if near else ""
            raise ValueError(f"unknown sampler {value!r}; {hint}offered: {', '.join(SAMPLERS)}")
        return value

    @property
    def ability(self) -> Ability:
        """What the sampler can do."""
        return ABILITIES[self.sampler]

    def void_settings(self) -> list[str]:
        """Return the settings that differ from their defaults and that the sampler does not have."""
        settings = ("startup", "random_fraction", "population")
        return [
            name
            for name in settings
            if name not in self.ability.settings and getattr(self, name) != type(self).model_fields[name].default
        ]


def drawn_at_random(searcher: SearcherConfig, parameters: Mapping[str, Parameter]) -> Iterator[str]:
    """Yield the names of searched parameters that a sampler leaves to independent random draws."""
    for name, parameter in parameters.items():
        choice = isinstance(parameter.distribution, Choices)
        left_out = (parameter.when and not searcher.ability.conditions) or (choice and not searcher.ability.choices)
        if parameter.searched and left_out:
            yield name


STORES = "stores"
"""The word in place of the arms that makes an arm of each store that the run is given."""

STORE = "store"
"""The key of an arm that is not an override: its store."""


class Arms(Part):
    """What the file's `arms` says."""

    overrides: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """By the arm's name."""
    stores: dict[str, Annotated[str, AfterValidator(require_name)]] = Field(default_factory=dict)
    """Names of the stores of those arms that name one."""
    one_per_store: bool = False
    """Whether there shall be an arm for each store, and which those are is not known yet."""

    @model_validator(mode="before")
    @classmethod
    def _from_file(cls, value: Any) -> Any:
        if isinstance(value, Arms):
            return value
        if value == STORES:
            return {"one_per_store": True}
        if not isinstance(value, Mapping):
            raise ValueError("must be a mapping of names to overrides, or the word stores")
        # An arm written with nothing after its name overrides nothing.
        named = {name: {} if item is None else item for name, item in value.items()}
        mappings = {name: item for name, item in named.items() if isinstance(item, Mapping)}
        return {
            "overrides": named | {name: _without_store(item) for name, item in mappings.items()},
            "stores": {name: item[STORE] for name, item in mappings.items() if STORE in item},
        }

    @field_validator("overrides")
    @classmethod
    def _named(cls, value: dict[str, Any]) -> dict[str, Any]:
        require_names([*value])
        return value

    @model_serializer
    def _to_file(self) -> Any:
        if self.one_per_store:
            return STORES
        stores = {name: {STORE: store} for name, store in self.stores.items()}
        return {name: {**stores.get(name, {}), **item} for name, item in self.overrides.items()}


def _without_store(item: Mapping[Any, Any]) -> dict[Any, Any]:
    return {key: value for key, value in item.items() if key != STORE}


class Objective(BaseModel):
    """One metric, and whether more or less of it is better. Ranks are better low, all else high."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    metric: str
    """``SET/DIRECTION/MEASURE``; `sweep.space.rules` checks that the space has the set."""
    mode: Literal["min", "max"]

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        if isinstance(value, Objective):
            return value
        if not isinstance(value, dict) or not isinstance(value.get("metric"), str):
            raise ValueError("must be {metric: name, mode: max or min}")
        metric, natural = value["metric"], mode_of(value["metric"])
        mode = value.get("mode", natural)
        if is_metric(metric) and mode in ("min", "max") and mode != natural:
            raise ValueError(f"{metric} is better the other way: use mode {natural}")
        return value | {"mode": mode}

    @field_validator("metric")
    @classmethod
    def _known(cls, metric: str) -> str:
        if metric.startswith("test/"):
            raise ValueError(f"{metric} is of the test split, which is opened once at the end: use valid/")
        if not is_metric(metric):
            known = names_on(set_of(metric) or "valid")
            near = nearest(metric, known)
            hint = f"did you mean {near!r}?" if near else f"known: {', '.join(known)}"
            raise ValueError(f"unknown metric {metric!r}; {hint}")
        return metric

    @property
    def evaluation_set(self) -> str:
        """The set it is measured on."""
        return set_of(self.metric)

    @property
    def sign(self) -> float:
        """Factor that makes more of the metric better: 1, or -1 if less of it is."""
        return sign_of(self.mode)


OFFERED = ("none", "asha")


class NoScheduler(BaseModel):
    """Every trial runs to its last epoch."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["none"] = "none"

    def expected_epochs(self, epochs: int) -> float:
        """Return the epochs of a trial on average: all of them."""
        return float(epochs)


class Asha(BaseModel):
    """Asynchronous successive halving.

    Source: Li et al., *A System for Massively Parallel Hyperparameter Tuning*, MLSys 2020.

    At grace_epochs, and at each reduction_factor times that, a trial goes on if it is among the best
    1 / reduction_factor of those that got there before it. Included configurations are never stopped.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    kind: Literal["asha"]
    grace_epochs: Annotated[int, Field(ge=1)] = 1
    """No trial is stopped before this epoch."""
    reduction_factor: Annotated[float, Field(gt=1, allow_inf_nan=False)] = 3.0

    def expected_epochs(self, epochs: int) -> float:
        """Return the epochs of a trial on average, if a share of 1 / reduction_factor passes each rung."""
        total, share, reached = 0.0, 1.0, 0.0
        rung = float(self.grace_epochs)
        while rung < epochs:
            # Trials report whole epochs, so a rung between two is judged at the later one.
            total += share * (math.ceil(rung) - reached)
            reached, share, rung = (
                math.ceil(rung),
                share / self.reduction_factor,
                rung * self.reduction_factor,
            )
        return total + share * (epochs - reached)


Scheduler = Annotated[NoScheduler | Asha, Field(discriminator="kind")]

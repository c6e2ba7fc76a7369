"""The space's settings of Optuna's sampler, and what each sampler can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, field_validator

from adsw.errors import nearest
from sweep.space.distributions import Choices
from sweep.space.parameter import Parameter
from sweep.space.part import Part

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
            hint = f"did you mean {near!r}?" if near else f"offered: {', '.join(SAMPLERS)}"
            raise ValueError(f"unknown sampler {value!r}; {hint}")
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

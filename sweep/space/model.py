"""The search space: what is asked, what is searched, and how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from adsw.errors import nearest
from sweep.space.objective import Objective
from sweep.space.parameter import Parameter
from sweep.space.scheduler import OFFERED, NoScheduler, Scheduler

METHODS = ("optuna", "random", "grid")
LATER_METHODS = ("pbt",)
LATER_SCHEDULERS = ("hyperband", "pbt")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""Names of sweeps, arms and included configurations: they become names of files and rows."""
DEFAULT = "default"
"""The included configuration that is the recipe's defaults under the space's fixed `recipe:`."""


def _require_name(name: str) -> str:
    if not NAME.fullmatch(name) or len(name) > 64:
        raise ValueError("must be 1 to 64 letters, digits, '.', '_' or '-', a letter or digit first")
    return name


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Searcher(_Part):
    """How Optuna's sampler is set up."""

    sampler: Literal["tpe", "random"] = "tpe"
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Of the suggestions; each trial's own draws follow from it and the trial's number."""
    startup: Annotated[int, Field(ge=1)] = 10
    """Ended trials that TPE waits for before it begins to model; random draws until then."""
    random_fraction: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the later trials that are drawn at random all the same."""

    @field_validator("sampler", mode="before")
    @classmethod
    def _offered(cls, value: Any) -> Any:
        return _one_of(value, ("tpe", "random"), (), "sampler")


class Budget(_Part):
    """When to stop, beside the number of trials: what comes first."""

    hours: Annotated[float, Field(gt=0)] | None = None
    trial_epochs: Annotated[int, Field(ge=1)] | None = None
    """Epochs of all trials together; no new trial begins once they are used up."""


class Space(_Part):
    """A search space, as its YAML file says it.

    Every trial trains with the recipe's seed, so that trials differ by their hyperparameters and not by their
    draws (common random numbers); `replicates` gives other seeds.
    """

    name: str = "sweep"
    description: str = ""
    method: Literal["optuna", "random", "grid"] = "optuna"
    objective: Objective
    trials: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Trials in all, included configurations and duplicates among them. A grid knows its own number."""
    budget: Budget = Budget()
    searcher: Searcher = Searcher()
    scheduler: Scheduler = NoScheduler()
    recipe: dict[str, Any] = {}
    """Fixed overrides of every trial's recipe, dotted or nested."""
    space: dict[str, Parameter] = {}
    include: dict[str, dict[str, Any]] = {}
    """Configurations tried first, by name. In the file: a list of ``default`` and of {name: {overrides}}."""
    arms: dict[str, dict[str, Any]] = {}
    """Named configurations of an ablation (method grid), each with its overrides."""
    replicates: tuple[Annotated[int, Field(ge=0, lt=2**63)], ...] = ()
    """Training seeds: everything a grid lists is run once with each."""
    evaluate: tuple[str, ...] = ()
    """Extra evaluation sets; none is offered yet."""
    cells: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Training cells; as many as there are cores or accelerators where None."""

    @field_validator("name")
    @classmethod
    def _usable_name(cls, value: str) -> str:
        return _require_name(value)

    @field_validator("method", mode="before")
    @classmethod
    def _offered_method(cls, value: Any) -> Any:
        return _one_of(value, METHODS, LATER_METHODS, "method")

    @field_validator("scheduler", mode="before")
    @classmethod
    def _offered_scheduler(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise ValueError(f"must be {{kind: {value}, ...}}")
        if isinstance(value, dict):
            if "kind" not in value:
                raise ValueError(f"needs a kind: {' or '.join(OFFERED)}")
            _one_of(value["kind"], OFFERED, LATER_SCHEDULERS, "kind of scheduler")
        return value

    @field_validator("include", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return dict(value) if isinstance(value, Mapping) else _included(value)

    @field_validator("include", "arms")
    @classmethod
    def _named(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            try:
                _require_name(name)
            except ValueError as error:
                raise ValueError(f"the name {name!r} {error}") from None
        return value

    @field_validator("arms", mode="before")
    @classmethod
    def _filled(cls, value: Any) -> Any:
        """An arm written with nothing after its name overrides nothing."""
        return {name: item or {} for name, item in value.items()} if isinstance(value, dict) else value

    @field_validator("replicates", "evaluate", mode="before")
    @classmethod
    def _listed_once(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise ValueError("must be a list")
        twice = [item for index, item in enumerate(value) if item in value[:index]]
        if twice:
            raise ValueError(f"must not repeat, and {twice[0]!r} does")
        return tuple(value)

    def document(self) -> dict[str, Any]:
        """The space with its defaults filled in, as plain data that reads back to the same space."""
        document = self.model_dump(mode="json", exclude={"space"})
        document["space"] = {
            name: parameter.model_dump(mode="json", exclude_unset=True) for name, parameter in self.space.items()
        }
        if self.method == "grid":
            del document["searcher"]
        elif self.method == "random":
            document["searcher"]["sampler"] = "random"
        return document


def _one_of(value: Any, offered: tuple[str, ...], later: tuple[str, ...], kind: str) -> Any:
    if isinstance(value, str) and value in later:
        raise ValueError(f"{kind} {value} is not offered yet; offered: {', '.join(offered)}")
    if not isinstance(value, str) or value not in offered:
        near = nearest(value, offered) if isinstance(value, str) else None
        hint = f"did you mean {near!r}?" if near else f"offered: {', '.join(offered)}"
        raise ValueError(f"unknown {kind} {value!r}; {hint}")
    return value


def _included(value: Any) -> dict[str, Any]:
    """The list of a file as name -> overrides."""
    if not isinstance(value, list):
        raise ValueError("must be a list of names and of {name: {overrides}}")
    found: dict[str, Any] = {}
    for item in value:
        if isinstance(item, str):
            if item != DEFAULT:
                raise ValueError(
                    f"{item!r} needs its overrides: write {{{item}: {{...}}}}; alone stands only {DEFAULT}"
                )
            entry: dict[str, Any] = {DEFAULT: {}}
        elif isinstance(item, dict) and len(item) == 1 and all(isinstance(o, dict) for o in item.values()):
            entry = item
        else:
            raise ValueError(f"must be names and {{name: {{overrides}}}}, and {item!r} is neither")
        (name,) = entry
        if name in found:
            raise ValueError(f"{name!r} stands there twice")
        if name == DEFAULT and entry[name]:
            raise ValueError(f"{DEFAULT} is the recipe's own defaults: call a configuration with overrides otherwise")
        found |= entry
    return found

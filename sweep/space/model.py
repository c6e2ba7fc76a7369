"""The search space: what is asked, what is searched, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, PrivateAttr, field_serializer, field_validator, model_validator

from adsw.errors import Fault, InputError, nearest, unknown
from adsw.judging import JudgedAt, Judging
from sweep.space.entries import Expanded, SpaceEntry, expanded
from sweep.space.evaluation_set import EvaluationSet
from sweep.space.parameter import Parameter
from sweep.space.part import Part, require_name, require_names
from sweep.space.replication import MOST_REPLICATES, Replication, Tune, UntilDecided
from sweep.space.sections import OFFERED, Arms, NoScheduler, Objective, Scheduler, SearcherConfig

METHODS = ("optuna", "random", "grid")
LATER_METHODS = ("pbt",)
LATER_SCHEDULERS = ("hyperband", "pbt")
DEFAULT = "default"
"""The included configuration that is the recipe's defaults under the space's fixed `recipe:`."""


class Budget(Part):
    """When to stop, beside the number of trials: what comes first."""

    hours: Annotated[float, Field(gt=0)] | None = None
    trial_epochs: Annotated[int, Field(ge=1)] | None = None
    """Epochs of all trials together; no new trial begins once they are used up."""


class Space(Part):
    """A search space, as its YAML file says it.

    Every trial trains with the recipe's seed, so that trials differ by their hyperparameters and not by their
    draws (common random numbers); `replicates` gives other seeds.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    name: str = "sweep"
    description: str = ""
    method: Literal["optuna", "random", "grid"] = "optuna"
    objectives: Annotated[tuple[Objective, ...], Field(alias="objective")]
    """In the file: one {metric, mode}, or a list of them."""
    trials: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Trials in all, included configurations and duplicates among them. A grid knows its own number."""
    judge: JudgedAt = "last"
    """The epoch at which a trial is judged, tested and kept as a checkpoint: its last, or its best by the objective."""
    patience: Annotated[int, Field(ge=1)] | None = None
    """With `judge: best`, the epochs in a row without a better objective after which a trial ends, and is completed.
    Schedules are not shortened."""
    budget: Budget = Budget()
    searcher: SearcherConfig = SearcherConfig()
    scheduler: Scheduler = NoScheduler()
    recipe: dict[str, Any] = Field(default_factory=dict)
    """Fixed overrides of every trial's recipe, dotted or nested."""
    written: Annotated[dict[str, SpaceEntry], Field(alias="space")] = Field(default_factory=dict)
    """What the file searches, as it says it; `space` has the parameters."""
    include: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Configurations tried first, by name. In the file: a list of ``default`` and of {name: {overrides}}."""
    named_arms: Annotated[Arms, Field(alias="arms")] = Arms()
    """See `arms` and `arm_stores`."""
    replication: Annotated[Replication, Field(alias="replicates")] = Replication.model_validate(())
    """See `replicates` and `until_decided`."""
    steps: Annotated[bool, Field(strict=True)] = False
    """The arms are steps, each upon the one before: they are compared so, too (method grid)."""
    tune: Tune | None = None
    """Nuisance parameters are tuned per arm (method grid)."""
    confirm: Annotated[int, Field(ge=0, le=MOST_REPLICATES)] = 0
    """Fresh seeds with which a search's winner, and the included default, are trained again after it."""
    evaluate: tuple[EvaluationSet, ...] = ()
    """Extra evaluation sets, beside the validation split."""
    cells: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Training cells; as many as there are cores or accelerators where None."""

    _expanded: Expanded = PrivateAttr()

    @field_validator("name")
    @classmethod
    def _usable_name(cls, value: str) -> str:
        return require_name(value)

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
        # A mapping comes from `document`; a file has a list.
        return dict(value) if isinstance(value, Mapping) else _included(value)

    @field_validator("include")
    @classmethod
    def _named(cls, value: dict[str, Any]) -> dict[str, Any]:
        require_names([*value])
        return value

    @field_validator("objectives", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return (value,)
        if not value:
            raise ValueError("must be {metric: name, mode: max or min}, or a list of them")
        return tuple(value)

    @field_serializer("objectives")
    def _one_or_list(self, value: tuple[Objective, ...]) -> Any:
        documents = [objective.model_dump() for objective in value]
        return documents[0] if len(documents) == 1 else documents

    @field_validator("evaluate", mode="before")
    @classmethod
    def _listed_sets(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise ValueError("must be a list")
        return tuple(value)

    @model_validator(mode="after")
    def _expand(self) -> Space:
        self._expanded = expanded(self.written)
        return self

    @property
    def space(self) -> dict[str, Parameter]:
        """The parameters by name, those that stand for a simplex or for a whole schedule among them."""
        return self._expanded.parameters

    @property
    def places(self) -> dict[str, str]:
        """Where below `space` in the file each parameter is written, by its name."""
        return self._expanded.places

    @property
    def entries(self) -> dict[str, str]:
        """The key below `space` whose entry each parameter comes from, by its name."""
        return self._expanded.entries

    @property
    def objective(self) -> Objective:
        """The first of the objectives: what trials are ranked by."""
        return self.objectives[0]

    @property
    def judging(self) -> Judging:
        """Which epoch of a trial is judged, by the first objective, and when it ends."""
        return Judging(self.objective.metric, self.objective.mode, self.judge, self.patience)

    @property
    def arms(self) -> dict[str, dict[str, Any]]:
        """Named configurations of an ablation (method grid), each with its overrides."""
        return self.named_arms.overrides

    @property
    def arm_stores(self) -> dict[str, str]:
        """Names of the stores of those arms that name one; the others are on the run's first store."""
        return self.named_arms.stores

    @property
    def replicates(self) -> tuple[int, ...]:
        """Training seeds: everything a grid lists is run once with each. Empty with `until_decided`."""
        return self.replication.seeds

    @property
    def until_decided(self) -> UntilDecided | None:
        """How many replicates there may be, where their number is not known beforehand."""
        return self.replication.until_decided

    @property
    def is_ablation(self) -> bool:
        """Whether configurations are compared, and not the best of many looked for."""
        return self.method == "grid" and (self.replication.counts[1] > 1 or bool(self.arms))

    def with_stores(self, names: Sequence[str]) -> Space:
        """Return the space on the stores of a run, with an arm for each store if `arms` is the word ``stores``.

        Args:
            names: of the stores; arms that name no store are on the first. ``""`` is a store without a name.

        Raises:
            InputError: an arm names a store that is not among them, or there are several and no arm names one; or the
                stores cannot all be arms.
        """
        if self.named_arms.one_per_store:
            return self._with_arm_per_store(names)
        named = [name for name in names if name]
        faults = [
            unknown(f"arms.{arm}.store", store, named, "store of the run")
            if named
            else Fault(f"arms.{arm}.store", "is not among the run's stores", store, f"Give --store {store}=PATH.")
            for arm, store in self.arm_stores.items()
            if store not in names
        ]
        if len(names) > 1 and not self.arm_stores:
            fix = "Write store: NAME in an arm, or arms: stores; or give one store."
            faults.append(Fault("--store", "is given several times, and no arm names a store", ", ".join(named), fix))
        if faults:
            raise InputError("The space does not fit the stores", faults)
        return self

    def _with_arm_per_store(self, names: Sequence[str]) -> Space:
        faults = []
        if len(names) < 2:
            fix = "Give --store NAME=PATH for each."
            faults.append(Fault("arms", "stores are compared, and the run is given one", None, fix))
        if "" in names:
            faults.append(Fault("--store", "needs a name to be an arm", None, "Write --store NAME=PATH."))
        if DEFAULT in names and DEFAULT in self.include:
            fix = "Call the store otherwise, or do not include default."
            faults.append(Fault("--store", f"{DEFAULT} would be an arm, and is included already", None, fix))
        if faults:
            raise InputError("The space does not fit the stores", faults)
        arms = Arms.model_validate({name: {"store": name} for name in names})
        return self.model_copy(update={"named_arms": arms})

    def document(self) -> dict[str, Any]:
        """Return the space with its defaults filled in, as plain data that reads back to the same space."""
        document: dict[str, Any] = self.model_dump(mode="json", exclude={"written"})
        document["space"] = {
            name: entry.model_dump(mode="json", exclude_unset=True, by_alias=True)
            for name, entry in self.written.items()
        }
        if self.method == "grid":
            del document["searcher"]  # a grid with the key would not read back: see `sweep.space.rules`
        elif self.method == "random":
            document["searcher"]["sampler"] = "random"
        return document


def _one_of(value: Any, offered: tuple[str, ...], later: tuple[str, ...], kind: str) -> Any:
    """Return a value that is offered, or raise ValueError; values planned for later have a message of their own."""
    if isinstance(value, str) and value in later:
        raise ValueError(f"{kind} {value} is not offered yet; offered: {', '.join(offered)}")
    if not isinstance(value, str) or value not in offered:
        near = nearest(value, offered) if isinstance(value, str) else None
        hint = f"did you mean {near!r}? " if near else ""
        raise ValueError(f"unknown {kind} {value!r}; {hint}offered: {', '.join(offered)}")
    return value


def _included(value: Any) -> dict[str, Any]:
    """Return the overrides by name from the list that a file has under `include`."""
    if not isinstance(value, list):
        raise ValueError("must be a list of names and of {name: {overrides}}")
    configurations: dict[str, Any] = {}
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
        if name in configurations:
            raise ValueError(f"{name!r} stands there twice")
        if name == DEFAULT and entry[name]:
            raise ValueError(f"{DEFAULT} is the recipe's own defaults: call a configuration with overrides otherwise")
        configurations |= entry
    return configurations

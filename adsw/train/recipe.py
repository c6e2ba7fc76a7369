"""The recipe: the full configuration of one training. Its parts live beside what they configure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adsw.errors import Fault, Faults, InputError
from adsw.fingerprint import fingerprint
from adsw.train.batches import DataConfig
from adsw.train.head_config import HeadConfig
from adsw.train.loss_config import LossConfig
from adsw.train.optim_config import OptimConfig
from adsw.train.overrides import Overrides
from adsw.train.sampling import TextConfig
from adsw.train.schedules import FIELDS, AnySchedule, Constant, is_tag
from adsw.yaml_file import read_value, read_yaml

Model = TypeVar("Model", bound=BaseModel)


class Recipe(BaseModel):
    """Everything that decides a training, but the store. The defaults are the paper's recipe."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    data: DataConfig = DataConfig()
    text: TextConfig = TextConfig()
    loss: LossConfig = LossConfig()
    head: HeadConfig = HeadConfig()
    optim: OptimConfig = OptimConfig()
    epochs: Annotated[int, Field(ge=1, le=100_000)] = 30
    """Epochs of training; one epoch meets every track once."""
    seed: int = 0
    precision: Literal["fp32", "bf16", "fp64"] = "fp32"
    """Type of the matrix products: bf16 is autocast, fp64 is for checks."""


SCHEDULED = (
    "text.mix.tags",
    "text.mix.caption",
    "text.mix.human",
    "text.view_dropout.rate",
    "text.swap.probability",
    "optim.lr",
)
"""Names that take a number or a schedule, beside `data.mix.<dataset>`."""

MIX = "data.mix"
"""The one open name: any data set may follow it."""


def known_names() -> frozenset[str]:
    """Return every dotted name a recipe has, schedules' fields included; `data.mix.<dataset>` is for any data set.

    >>> {"optim.lr", "text.swap.probability.end"} <= known_names()
    True
    """
    plain = {name for name in _leaves(Recipe().model_dump(), "", frozenset((*SCHEDULED, MIX))) if name != MIX}
    scheduled = (*SCHEDULED, f"{MIX}.<dataset>")
    return frozenset(plain | set(scheduled) | {f"{name}.{field}" for name in scheduled for field in FIELDS})


def is_known(name: str) -> bool:
    """Return whether a dotted name may be set, `data.mix.<dataset>` of any data set included."""
    return name in known_names() or (name.startswith(MIX + ".") and len(name) > len(MIX) + 1)


def mixed_dataset(name: str) -> str | None:
    """Return the data set whose weight a dotted name sets, wholly or in one field; None for other names.

    >>> mixed_dataset("data.mix.jamendo.end"), mixed_dataset("data.mix.jamendo"), mixed_dataset("optim.lr")
    ('jamendo', 'jamendo', None)
    """
    if not name.startswith(MIX + ".") or not is_known(name):
        return None
    dataset = name.removeprefix(MIX + ".")
    owner, _, field = dataset.rpartition(".")
    return owner if owner and field in FIELDS else dataset


def resolve(overrides: Mapping[str, Any], base: Recipe | None = None, where: str = "recipe") -> Recipe:
    """Return the recipe that overrides make of a base one.

    Keys are dotted, nested or both. Setting a schedule's number makes it constant; setting its kind drops the
    fields of the base that the new kind lacks.

    Args:
        overrides: dotted names, or nested mappings, to values.
        base: the recipe to change; None for the default recipe.
        where: the file or option the overrides come from, named in the faults.

    Raises:
        InputError: every fault: unknown names, fields of another kind of schedule, wrong types and ranges.

    >>> recipe = resolve({"text.swap": {"probability.kind": "cosine"}, "optim.lr": 1e-3})
    >>> recipe.text.swap.probability.at(20), recipe.optim.lr.at(3)
    (0.15, 0.001)
    """
    faults = Faults(f"{where} cannot be used")
    merged = Overrides(known_names(), frozenset(SCHEDULED), MIX, where, faults)
    tree = merged.onto((base or Recipe()).model_dump(), overrides)
    # Validated even after faults of the merge, so that all faults are reported at once.
    try:
        recipe = Recipe.model_validate(tree)
    except ValidationError as error:
        raise InputError(faults.title, [*faults.found, *faults_at_names(error, where)]) from error
    faults.raise_if_any()
    return recipe


def schedules_of(recipe: Recipe) -> dict[str, AnySchedule]:
    """Return every scheduled quantity of a recipe by its dotted name, constant ones and data sets' weights included."""
    schedules: dict[str, AnySchedule] = {f"text.{name}": value for name, value in recipe.text.schedules().items()}
    schedules |= {f"{MIX}.{name}": schedule for name, schedule in recipe.data.mix.items()}
    return schedules | {"optim.lr": recipe.optim.lr}


def with_constants(recipe: Recipe, values: Mapping[str, float]) -> Recipe:
    """Return the recipe with some of its schedules (`schedules_of`) held at a value; values are not checked for range.

    >>> with_constants(Recipe(), {"text.swap.probability": 0.1}).text.swap.probability
    Constant(kind='constant', value=0.1)
    """
    for name, value in values.items():
        constant = Constant(value=value)
        if name.startswith(MIX + "."):
            mix = recipe.data.mix | {name.removeprefix(MIX + "."): constant}
            recipe = _replaced(recipe, MIX.split("."), mix)
        else:
            recipe = _replaced(recipe, name.split("."), constant)
    return recipe


def dotted(recipe: Recipe) -> dict[str, Any]:
    """Return every known name that has a value in this recipe, with the value.

    A constant schedule answers to its bare name, to `.kind` and to `.value`; `resolve` takes it all back.

    >>> dotted(Recipe())["text.swap.probability.end"]
    0.15
    """
    flat = _leaves(recipe.model_dump(mode="json"), "", frozenset())
    flat.pop(MIX, None)  # an empty mapping stays whole; it is no name that can be set
    constants = {
        name.removesuffix(".kind"): flat[name.removesuffix("kind") + "value"]
        for name, value in flat.items()
        if name.endswith(".kind") and value == "constant"
    }
    return dict(sorted((flat | constants).items()))


def repeated(names: Iterable[str]) -> frozenset[str]:
    """Return the names under which constant schedules stand again beside their bare names.

    >>> sorted(repeated(["optim.lr"]))
    ['optim.lr.kind', 'optim.lr.value']
    """
    return frozenset(f"{name}.{field}" for name in names for field in ("kind", "value"))


def identity(recipe: Recipe) -> str:
    """Return the fingerprint of the resolved recipe, seed included: a changed default changes it."""
    return fingerprint(recipe.model_dump(mode="json"))


def faults_at_names(error: ValidationError, where: str) -> list[Fault]:
    """Return pydantic's errors as faults at their dotted names, without the tags of schedule kinds in their paths."""
    faults = []
    for item in error.errors(include_url=False):
        name = ".".join(str(part) for part in item["loc"] if not is_tag(part))
        if item["type"] == "missing":
            faults.append(Fault(f"{where}: {name}", "is required", None, "Add it."))
        else:
            rule = item["msg"].removeprefix("Value error, ").removeprefix("Input ")
            value = None if isinstance(item["input"], BaseModel | dict) else item["input"]
            faults.append(Fault(f"{where}: {name}", rule[:1].lower() + rule[1:], value))
    return faults


def _replaced(model: Model, path: list[str], value: Any) -> Model:
    """Return a copy of a model with another value at a path of attributes."""
    # model_copy does not validate; the value needs no check, as it comes from a schedule that was checked.
    first, *rest = path
    return model.model_copy(update={first: _replaced(getattr(model, first), rest, value) if rest else value})


def _leaves(tree: Mapping[str, Any], prefix: str, stop: frozenset[str]) -> dict[str, Any]:
    """Return a nested mapping flattened to dotted names; names in `stop` stay whole, as do empty mappings."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value and name not in stop:
            flat |= _leaves(value, f"{name}.", stop)
        else:
            flat[name] = value
    return flat


def read_recipe(file: Path | None, settings: Sequence[str] | Mapping[str, Any]) -> Recipe:
    """Read a recipe from a file of overrides and settings over it; the default recipe if neither is given.

    Args:
        file: YAML, dotted or nested names.
        settings: ``name=value`` each, the value as in YAML; or values by name.

    Raises:
        InputError: every fault of the file; else every fault of the settings.
    """
    recipe = Recipe()
    if file is not None:
        content = read_yaml(file).content
        if not isinstance(content, Mapping):
            fault = Fault(str(file), "must be a mapping of names to values", content, "Write name: value.")
            raise InputError(f"{file} cannot be used", [fault])
        recipe = resolve(content, where=str(file))
    if not settings:
        return recipe
    given = settings if isinstance(settings, Mapping) else _parsed(settings)
    return resolve(given, base=recipe, where="--set")


def _parsed(settings: Sequence[str]) -> dict[str, Any]:
    """Return the settings ``name=value`` as names with their YAML values."""
    faults = Faults("--set cannot be used")
    parsed: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        name = name.strip()
        if not equals or not name:
            faults.add("--set", "must be name=value", setting, "For one: --set optim.lr=1e-3")
            continue
        try:
            value = read_value(text)
        except ValueError as error:
            faults.add(f"--set {name}", str(error), text)
            continue
        if name in parsed and parsed[name] != value:
            faults.add(f"--set {name}", "is given twice", value, "Keep one.")
        parsed[name] = value
    faults.raise_if_any()
    return parsed

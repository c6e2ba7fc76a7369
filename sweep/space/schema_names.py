"""JSON Schemas of what is keyed by the recipe's names: overrides, and what is searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adsw.align.recipe import MIX, SCHEDULED, Recipe, dotted, known_names
from adsw.align.schedules import FIELDS, MODELS
from adsw.align.schedules.kinds import ADAPTIVE, KINDS
from sweep.space.entries import TEXT_MIX, TEXT_SOURCES

Schema = dict[str, Any]
PARAMETER, SCHEDULE, SIMPLEX = "#/$defs/parameter", "#/$defs/schedule", "#/$defs/simplex"
VALUE_OF_SCHEDULE = "#/$defs/recipeSchedule"
OF_DATA_SETS = f"^{MIX.replace('.', chr(92) + '.')}\\."
"""Pattern of the open names."""


def names() -> list[str]:
    """Every dotted name but those of data sets, which are open."""
    return sorted(name for name in known_names() if not name.startswith(MIX + "."))


def recipe_schema() -> Schema:
    """Overrides of a recipe, dotted or nested or both."""
    return _group("", _leaves())


def arm_schema(store: Schema) -> Schema:
    """The same with an arm's own key beside them, each name's schema taken from the recipe's."""
    found = recipe_schema()
    shared = {name: {"$ref": f"#/$defs/recipe/properties/{name}"} for name in found["properties"]}
    return {**found, "properties": {**shared, "store": store}}


def _group(prefix: str, leaves: Mapping[str, Schema]) -> Schema:
    """The names below a prefix, each written out or through a group."""
    inside = {name.removeprefix(prefix): schema for name, schema in leaves.items() if name.startswith(prefix)}
    groups = {name[:index] for name in inside for index, letter in enumerate(name) if letter == "."}
    properties: dict[str, Schema] = {}
    for group in sorted(groups):
        below = _group(f"{prefix}{group}.", leaves)
        own = inside.get(group)
        # A schedule is a value and a group of its fields at once.
        properties[group] = own if own is not None else below
    properties |= {name: schema for name, schema in inside.items() if name not in properties}
    if MIX.startswith(prefix) and prefix.rstrip(".") != MIX:
        properties[MIX.removeprefix(prefix)] = {
            "description": "Relative weight of each data set named; the others are left out.",
            "type": "object",
            "additionalProperties": {"$ref": VALUE_OF_SCHEDULE},
        }
    schema: Schema = {"type": ["object", "null"], "properties": properties, "additionalProperties": False}
    if not prefix:
        schema["patternProperties"] = {OF_DATA_SETS: {}}
    return schema


def _leaves() -> dict[str, Schema]:
    """The schema of every name's value."""
    found: dict[str, Schema] = {}
    whole, defaults = Recipe.model_json_schema(), dotted(Recipe())
    for name in names():
        owner, _, field = name.rpartition(".")
        if name in SCHEDULED:
            found[name] = {"$ref": VALUE_OF_SCHEDULE, **_described(name, defaults)}
        elif owner in SCHEDULED and field in FIELDS:
            found[name] = _described(name, defaults)
        else:
            found[name] = _plain(whole, name) | _described(name, defaults)
    return found


def _described(name: str, defaults: Mapping[str, Any]) -> Schema:
    return {"description": f"Default: {defaults[name]}." if name in defaults else "Of a schedule of another kind."}


def _plain(whole: Schema, name: str) -> Schema:
    """The type and range of one name that takes no schedule, as the recipe's own model has it."""
    here = whole
    for part in name.split("."):
        here = here["properties"][part]
        if "$ref" in here:
            here = whole["$defs"][here["$ref"].rpartition("/")[2]]
    return {key: value for key, value in here.items() if key not in ("title", "default", "description")}


def recipe_schedule_schema() -> Schema:
    """A number or a schedule, as a recipe takes it."""
    fields: dict[str, Schema] = {field: {} for field in sorted(FIELDS)}
    fields["kind"] = {"enum": list(KINDS)}
    return {
        "description": "A number, or a schedule: {kind: linear, start: 0, end: 0.15, epochs: 20}.",
        "anyOf": [{"type": "number"}, {"type": "object", "properties": fields, "additionalProperties": False}],
    }


def space_schema() -> Schema:
    """What is searched, by name."""
    defaults = dotted(Recipe())
    properties: dict[str, Schema] = {}
    for name in names():
        if name == "seed":
            continue
        entry = _entry(scheduled=name in SCHEDULED)
        properties[name] = entry | _described(name, defaults)
    for name, parts in ((TEXT_MIX, ", ".join(TEXT_SOURCES)), (MIX, "names of data sets")):
        properties[name] = {"$ref": SIMPLEX, "description": f"Weights that sum to 1, of: {parts}."}
    return {
        "description": "What is searched: by dotted name a distribution, weights on a simplex, or a whole schedule.",
        "type": "object",
        "properties": properties,
        "patternProperties": {OF_DATA_SETS: _entry(scheduled=True)},
        "additionalProperties": False,
        "examples": [
            {"optim.lr": {"loguniform": [1e-4, 1e-2], "role": "nuisance"}},
            {"text.mix": {"simplex": ["human", "caption", "tags"]}},
            {"head.dropout": {"uniform": [0, 0.4], "when": {"head.layers": [2, 3]}}},
        ],
    }


def _entry(scheduled: bool) -> Schema:
    """A parameter, or also a schedule: which of them, its keys say."""
    if not scheduled:
        return {"$ref": PARAMETER}
    return {"if": {"required": ["schedule"]}, "then": {"$ref": SCHEDULE}, "else": {"$ref": PARAMETER}}


def schedule_schema(field: Schema, shared: Mapping[str, Schema]) -> Schema:
    """A whole schedule as one searched thing.

    Args:
        field: what a field of a kind may be.
        shared: `when` and `role`.
    """
    kinds = {label: set(model.model_fields) - {"kind", "signal"} for label, model in MODELS.items()}
    adaptive = {name for label, fields in kinds.items() if label.startswith(ADAPTIVE) for name in fields}
    shown = {**kinds, ADAPTIVE: adaptive | {"signal"}}
    return {
        "description": "Kinds to choose among, each with its fields: plain values, or distributions.",
        "type": "object",
        "required": ["schedule"],
        "properties": {
            "schedule": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": False,
                "properties": {
                    label: {
                        "type": ["object", "null"],
                        "properties": dict.fromkeys(sorted(fields), field),
                        "additionalProperties": False,
                    }
                    for label, fields in shown.items()
                },
            },
            **shared,
        },
        "additionalProperties": False,
        "examples": [
            {
                "schedule": {
                    "constant": {"value": {"uniform": [0, 0.5]}},
                    "linear": {"start": 0, "end": {"uniform": [0, 0.5]}, "epochs": {"int": [1, 24]}},
                }
            }
        ],
    }

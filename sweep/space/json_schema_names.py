"""JSON Schemas of the mappings with the recipe's names as keys: overrides, and what is searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adsw.train.recipe import MIX, SCHEDULED, Recipe, dotted, known_names
from adsw.train.schedules import FIELDS, MODELS
from adsw.train.schedules.kinds import ADAPTIVE, KINDS
from sweep.space.entries import TEXT_MIX, TEXT_SOURCES

Schema = dict[str, Any]
PARAMETER, SCHEDULE, SIMPLEX = "#/$defs/parameter", "#/$defs/schedule", "#/$defs/simplex"
VALUE_OF_SCHEDULE = "#/$defs/recipeSchedule"
# chr(92) is a backslash, which Python 3.11 does not take inside an f-string's braces.
OF_DATA_SETS = f"^{MIX.replace('.', chr(92) + '.')}\\."
"""Pattern of the names of data sets' weights, which depend on the store."""


def names() -> list[str]:
    """Return every dotted name, sorted, but those of data sets, which depend on the store."""
    return sorted(name for name in known_names() if not name.startswith(MIX + "."))


def recipe_schema() -> Schema:
    """Return the schema of overrides of a recipe, dotted or nested or both."""
    return _group("", _leaves())


def arm_schema(store: Schema) -> Schema:
    """Return the schema of an arm: a recipe's overrides, by reference to the recipe's schema, and a store."""
    recipe = recipe_schema()
    shared = {name: {"$ref": f"#/$defs/recipe/properties/{name}"} for name in recipe["properties"]}
    return {**recipe, "properties": {**shared, "store": store}}


def _group(prefix: str, leaves: Mapping[str, Schema]) -> Schema:
    """Return the schema of the names below a prefix, each written out or through a group."""
    inside = {name.removeprefix(prefix): schema for name, schema in leaves.items() if name.startswith(prefix)}
    groups = {name[:index] for name in inside for index, letter in enumerate(name) if letter == "."}
    properties: dict[str, Schema] = {}
    for group in sorted(groups):
        below = _group(f"{prefix}{group}.", leaves)
        leaf = inside.get(group)
        # A schedule is a value and a group of its fields at once.
        properties[group] = leaf if leaf is not None else below
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
    """Return the schema of every name's value."""
    leaves: dict[str, Schema] = {}
    whole, defaults = Recipe.model_json_schema(), dotted(Recipe())
    for name in names():
        owner, _, field = name.rpartition(".")
        if name in SCHEDULED:
            leaves[name] = {"$ref": VALUE_OF_SCHEDULE, **_name_described(name, defaults)}
        elif owner in SCHEDULED and field in FIELDS:
            leaves[name] = _name_described(name, defaults)
        else:
            leaves[name] = _plain(whole, name) | _name_described(name, defaults)
    return leaves


def _name_described(name: str, defaults: Mapping[str, Any]) -> Schema:
    return {"description": f"Default: {defaults[name]}." if name in defaults else "Of a schedule of another kind."}


def _plain(whole: Schema, name: str) -> Schema:
    """Return the type and range of one name that takes no schedule, out of the recipe's schema."""
    node = whole
    for part in name.split("."):
        node = node["properties"][part]
        if "$ref" in node:
            node = whole["$defs"][node["$ref"].rpartition("/")[2]]
    return {key: value for key, value in node.items() if key not in ("title", "default", "description")}


def recipe_schedule_schema() -> Schema:
    """Return the schema of a number or a schedule, as a recipe takes it."""
    fields: dict[str, Schema] = {field: {} for field in sorted(FIELDS)}
    fields["kind"] = {"enum": list(KINDS)}
    return {
        "description": "A number, or a schedule: {kind: linear, start: 0, end: 0.15, epochs: 20}.",
        "anyOf": [{"type": "number"}, {"type": "object", "properties": fields, "additionalProperties": False}],
    }


def space_schema() -> Schema:
    """Return the schema of what is searched, by name."""
    defaults = dotted(Recipe())
    properties: dict[str, Schema] = {}
    for name in names():
        if name == "seed":
            continue
        entry = _entry(scheduled=name in SCHEDULED)
        properties[name] = entry | _name_described(name, defaults)
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
    """Return the schema of a parameter or, if `scheduled`, also of a schedule."""
    if not scheduled:
        return {"$ref": PARAMETER}
    # By its key and not with anyOf, so that editors show the faults of one form only.
    return {"if": {"required": ["schedule"]}, "then": {"$ref": SCHEDULE}, "else": {"$ref": PARAMETER}}


def schedule_schema(field: Schema, shared: Mapping[str, Schema]) -> Schema:
    """Return the schema of a whole schedule that is searched as one.

    Args:
        field: schema of a field of a kind.
        shared: schemas of `when` and `role`.
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

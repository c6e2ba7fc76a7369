"""The JSON Schema (draft 2020-12) of space files, for editors; descriptions are the docstrings of the models' fields.

It is weaker than `sweep.space.load.parse_space`, which checks every file that is run.
"""

from __future__ import annotations

import re
from typing import Any, get_args

from pydantic import BaseModel

from adsw.judging import JudgedAt
from adsw.metrics import BY_TAGS, DIRECTIONS, METRICS, SWAP, SWAP_ACCURACY, names_on
from sweep.space.evaluation_set import SOURCES, SPLITS, EvaluationSet
from sweep.space.json_schema_names import (
    Schema,
    arm_schema,
    names,
    recipe_schedule_schema,
    recipe_schema,
    schedule_schema,
    space_schema,
)
from sweep.space.model import DEFAULT, METHODS, Budget, Space
from sweep.space.parameter import KINDS, Parameter
from sweep.space.part import NAME
from sweep.space.replication import UNTIL_DECIDED, Tune, UntilDecided
from sweep.space.sections import STORES, Asha, SearcherConfig

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_NAMED = f"^{NAME.pattern}$"


def schema() -> Schema:
    """Return the schema of a whole space file, as plain data."""
    return {
        "$schema": DRAFT,
        "title": "Search space",
        "description": "What `sweep run` searches: a question, its parameters or arms, and how they are tried.",
        "type": "object",
        "required": ["objective"],
        "properties": _properties(),
        "additionalProperties": False,
        "allOf": _methods(),
        "$defs": _definitions(),
    }


def _properties() -> dict[str, Schema]:
    return {
        "name": {"type": "string", "pattern": _NAMED, "maxLength": 64, "description": "The file's name by default."},
        "description": {"type": "string", "description": "The question, for the report."},
        "method": {"enum": list(METHODS), "default": "optuna"},
        "objective": _described(
            "objectives",
            {
                "anyOf": [
                    {"$ref": "#/$defs/objective"},
                    {"type": "array", "items": {"$ref": "#/$defs/objective"}, "minItems": 1},
                ]
            },
        ),
        "trials": _described("trials", {"type": "integer", "minimum": 1, "maximum": 1_000_000}),
        "judge": _described("judge", {"enum": [*get_args(JudgedAt)], "default": "last"}),
        "patience": _described("patience", {"type": "integer", "minimum": 1}),
        "budget": _model(Budget),
        "searcher": _model(SearcherConfig),
        "scheduler": {
            "description": "Which trials are stopped early.",
            "anyOf": [
                {
                    "type": "object",
                    "properties": {"kind": {"const": "none"}},
                    "required": ["kind"],
                    "additionalProperties": False,
                },
                _model(Asha),
            ],
        },
        "recipe": {"$ref": "#/$defs/recipe", "description": _text("recipe")},
        "space": space_schema(),
        "include": _described(
            "include", {"type": "array", "items": {"anyOf": [{"const": DEFAULT}, _named("recipe", 1)]}}
        ),
        "arms": {
            "description": "Named configurations of an ablation, each with its overrides and store; or one per store.",
            "anyOf": [{"const": STORES}, _named("arm")],
        },
        "replicates": _replicates(),
        "steps": _described("steps", {"type": "boolean"}),
        "tune": _model(Tune),
        "confirm": _described("confirm", {"type": "integer", "minimum": 0}),
        "evaluate": _described("evaluate", {"type": "array", "items": {"$ref": "#/$defs/evaluationSet"}}),
        "cells": _described("cells", {"type": "integer", "minimum": 1}),
    }


def _methods() -> list[Schema]:
    """Return the rules that forbid keys that do not go with the method."""
    grid = {"properties": {"method": {"const": "grid"}}, "required": ["method"]}
    # The schema false refuses a key whatever its value.
    no_grid = dict.fromkeys(("trials", "searcher", "confirm"), False)
    no_search = dict.fromkeys(("arms", "replicates", "tune", "steps"), False)
    return [{"if": grid, "then": {"properties": no_grid}, "else": {"properties": no_search}}]


def _definitions() -> dict[str, Schema]:
    condition = {
        "description": "Active only while each of these parameters has this value, or one of these.",
        "type": "object",
        "additionalProperties": {"not": {"type": "array", "maxItems": 0}},
    }
    shared: dict[str, Schema] = {"when": condition, "role": {"enum": ["scientific", "nuisance"]}}
    field: Schema = {
        "anyOf": [
            {"not": {"type": "object"}},
            {"allOf": [{"$ref": "#/$defs/parameter"}, {"properties": {"when": False, "complement": False}}]},
        ]
    }
    return {
        "objective": _objective(),
        "recipe": recipe_schema(),
        "arm": arm_schema({"type": "string", "pattern": _NAMED, "description": "Name of its store."}),
        "recipeSchedule": recipe_schedule_schema(),
        "evaluationSet": _evaluation_set(),
        "parameter": _parameter(shared),
        "schedule": schedule_schema(field, shared),
        "simplex": {
            "type": "object",
            "required": ["simplex"],
            "properties": {
                "simplex": {"type": "array", "items": {"type": "string"}, "minItems": 2, "uniqueItems": True},
                "points": _points(),
                **shared,
            },
            "additionalProperties": False,
            "examples": [{"simplex": ["human", "caption", "tags"]}],
        },
    }


def _objective() -> Schema:
    ranked = f"({'|'.join(DIRECTIONS)})/({'|'.join(map(re.escape, (*METRICS, *BY_TAGS)))})"
    known = f"^(?!test/)[^/]+/({ranked}|{SWAP}/{SWAP_ACCURACY})$"
    return {
        "type": "object",
        "required": ["metric"],
        "properties": {
            "metric": {
                "description": "SET/DIRECTION/MEASURE, of the validation split or of a set under evaluate.",
                "anyOf": [{"enum": names_on("valid")}, {"type": "string", "pattern": known}],
            },
            "mode": {"enum": ["max", "min"], "description": "What is better; by default as the measure has it."},
        },
        "additionalProperties": False,
        "examples": [{"metric": "valid/t2m/mAP@10", "mode": "max"}],
    }


def _evaluation_set() -> Schema:
    fields = EvaluationSet.model_fields
    types: dict[str, Schema] = {
        "name": {"type": "string", "pattern": _NAMED},
        "store": {"type": "string"},
        "split": {"enum": list(SPLITS)},
        "dataset": {"type": "string"},
        "source": {"enum": list(SOURCES)},
    }
    described = {name: {**schema, "description": fields[name].description or ""} for name, schema in types.items()}
    return {
        "anyOf": [
            {"type": "string", "description": "Path of a store, or PATH:SPLIT, or train."},
            {"type": "object", "required": ["name"], "properties": described, "additionalProperties": False},
        ],
        "examples": ["stores/other", {"name": "words", "split": "valid", "source": "tags"}],
    }


def _parameter(shared: dict[str, Schema]) -> Schema:
    number: Schema = {"type": "number"}
    pair: Schema = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    whole: Schema = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 3}
    forms: dict[str, Schema] = {
        "uniform": pair | {"description": "[low, high]: any number, evenly."},
        "loguniform": pair | {"description": "[low, high], low above 0: evenly in the logarithm."},
        "quniform": pair | {"minItems": 3, "maxItems": 3, "description": "[low, high, step]."},
        "int": whole | {"description": "[low, high] or [low, high, step]: whole numbers."},
        "logint": whole | {"maxItems": 2, "description": "[low, high]: whole numbers, evenly in the logarithm."},
        "choice": {"type": "array", "minItems": 1, "description": "One of these values, of any kind."},
        "fixed": {"description": "This value; not searched, but it may have a condition."},
    }
    return {
        "type": "object",
        "properties": {
            **forms,
            **shared,
            "role": {
                "enum": ["scientific", "nuisance", "fixed"],
                "description": Parameter.model_fields["role"].description,
            },
            "complement": {
                "anyOf": [{"enum": names()}, {"type": "string", "pattern": "^data\\.mix\\."}],
                "description": Parameter.model_fields["complement"].description,
            },
            "points": _points(),
        },
        "additionalProperties": False,
        "oneOf": [{"required": [kind]} for kind in KINDS],
        "examples": [{"loguniform": [1e-4, 1e-2]}, {"choice": ["own", "batch"]}],
    }


def _points() -> Schema:
    return {"type": "integer", "minimum": 2, "maximum": 1000, "description": "Values a grid takes of a range."}


def _replicates() -> Schema:
    seeds = {"type": "array", "items": {"type": "integer", "minimum": 0}, "uniqueItems": True}
    numbers = {"type": "object", "properties": {UNTIL_DECIDED: _model(UntilDecided)}, "required": [UNTIL_DECIDED]}
    return {
        "description": "Training seeds of a grid; or as many replicates as it takes to decide.",
        "anyOf": [seeds, {"const": UNTIL_DECIDED}, {**numbers, "additionalProperties": False}],
        "examples": [[0, 1, 2, 3, 4], {UNTIL_DECIDED: {"first": 5, "step": 3, "most": 20}}],
    }


def _named(definition: str, most: int | None = None) -> Schema:
    """Return the schema of a mapping from names to a definition, of `most` entries if given."""
    limit = {} if most is None else {"minProperties": most, "maxProperties": most}
    return {
        "type": "object",
        "patternProperties": {_NAMED: {"$ref": f"#/$defs/{definition}"}},
        "additionalProperties": False,
        **limit,
    }


def _described(field: str, schema: Schema) -> Schema:
    return {**schema, "description": _text(field)}


def _text(field: str) -> str:
    return Space.model_fields[field].description or ""


def _model(model: type[BaseModel]) -> Schema:
    """Return pydantic's schema of a small model, without titles."""
    untitled: Schema = _untitled(model.model_json_schema())
    return untitled


def _untitled(node: Any) -> Any:
    if isinstance(node, dict):
        # A property may be called title: its value is a mapping.
        return {key: _untitled(value) for key, value in node.items() if key != "title" or not isinstance(value, str)}
    return [_untitled(item) for item in node] if isinstance(node, list) else node

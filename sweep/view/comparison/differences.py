"""What differs between sweeps: space, store, code, versions, seeds, budgets. What is the same is not told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adsw.report.format import duration, short
from sweep.state import TrialState
from sweep.view.comparison.sides import Side

ABSENT = None
SHOWN = 12
"""Digits of a fingerprint."""
_UNTOLD = ("name", "description", "cells")
"""Fields of a space that say nothing of what was asked, or stand elsewhere."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which the sweeps differ."""

    kind: str
    """``space``, ``store``, ``code``, ``versions``, ``seeds`` or ``budget``."""
    name: str
    values: tuple[str, ...]
    """As people read them, one per sweep; a dash where a sweep has no such thing."""


def differences(sides: Sequence[Side]) -> tuple[Difference, ...]:
    """Everything in which they differ, in the order of the kinds."""
    kinds = {
        "space": [_space(side) for side in sides],
        "store": [_store(side) for side in sides],
        "code": [{"revision": side.revision} for side in sides],
        "versions": [side.run.sweep.versions for side in sides],
        "seeds": [_seeds(side) for side in sides],
        "budget": [_budget(side) for side in sides],
    }
    return tuple(found for kind, facts in kinds.items() for found in _differing(kind, facts))


def _differing(kind: str, facts: Sequence[Mapping[str, Any]]) -> list[Difference]:
    names = dict.fromkeys(name for one in facts for name in one)
    found = []
    for name in names:
        values = [one.get(name, ABSENT) for one in facts]
        if any(value != values[0] for value in values[1:]):
            found.append(Difference(kind, name, tuple(_shown(name, value) for value in values)))
    return found


def _shown(name: str, value: Any) -> str:
    """Of a fingerprint as much as tells it apart."""
    text = short(value, 6)
    return text[:SHOWN] if name.rpartition(".")[2] == "fingerprint" else text


def _space(side: Side) -> dict[str, Any]:
    """The space, a fact per parameter, arm and included configuration."""
    space = side.run.space
    told = {name: value for name, value in space.document().items() if name not in _UNTOLD}
    parameters = {
        f"space.{name}": f"{one.words()}{' (nuisance)' if one.role == 'nuisance' else ''}"
        for name, one in space.space.items()
    }
    named = {f"{kind}.{name}": value for kind in ("include", "arms") for name, value in told.pop(kind, {}).items()}
    told.pop("space", None)
    recipe = told.pop("recipe", {})
    facts = {name: _leaves(name, value) for name, value in told.items()}
    plain = {name: value for leaves in facts.values() for name, value in leaves.items()}
    fixed = _leaves("recipe", recipe)
    return {**plain, **fixed, **parameters, **{name: value or "as fixed" for name, value in named.items()}}


def _leaves(name: str, value: Any) -> dict[str, Any]:
    """The ends of a nested mapping by their dotted names."""
    if not isinstance(value, Mapping):
        return {} if value in (None, [], ()) else {name: value}
    return {key: leaf for part, item in value.items() for key, leaf in _leaves(f"{name}.{part}", item).items()}


def _store(side: Side) -> dict[str, Any]:
    """The stores by what is in them, not by their place: a copy elsewhere is the same store."""
    document = side.run.sweep.document()
    found = {**_leaves("store", document.get("store")), **_leaves("stores", document.get("stores"))}
    return {name.removeprefix("store."): value for name, value in found.items() if _tells_content(name)}


def _tells_content(name: str) -> bool:
    """Of a split only its size: the fingerprint stands for its shards."""
    parts = name.split(".")
    return parts[-1] in ("tracks", "texts") if "splits" in parts else parts[-1] != "path"


def _seeds(side: Side) -> dict[str, Any]:
    return {
        "training": sorted({record.seed for record in side.run.records}),
        "searcher": side.run.sweep.searcher.get("seed"),
    }


def _budget(side: Side) -> dict[str, Any]:
    sweep = side.run.sweep
    trained = [record for record in side.run.records if record.state is not TrialState.DUPLICATE]
    return {
        "status": side.run.status,
        "trials completed": len(side.completed),
        "trials that trained": len([record for record in trained if record.epochs]),
        "epochs of a full trial": max((record.epochs for record in side.completed), default=None),
        "trial-epochs": sum(record.epochs for record in trained),
        "work of cells": duration(sum(record.seconds for record in trained)),
        "whole sweep": duration(sweep.seconds),
        "cells": sweep.cells,
        "slots": sweep.slots,
    }

"""The sweeps of a comparison, each with its leaderboard and arms, and the differences in what they ran."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from adsw.errors import Fault, Faults, InputError, together
from adsw.report.format import duration, short
from adsw.train.recipe import identity, resolve
from sweep.report.ablation.design import Arm, arms_of
from sweep.report.data import RunData, read_run
from sweep.report.leaderboard import Leaderboard, build_leaderboard
from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord, TrialState

TITLE = "The sweeps cannot be compared"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the compared sweeps."""

    run: RunData
    board: Leaderboard
    arms: tuple[Arm, ...]
    """Arms of an ablation; empty for a search."""

    @property
    def name(self) -> str:
        """The name of its folder, by which it is called in a comparison."""
        return self.run.name

    @property
    def completed(self) -> list[TrialRecord]:
        """The trials that are ranked."""
        ranked = {row.number for row in self.board.ranked}
        return [record for record in self.run.records if record.number in ranked]

    @property
    def store(self) -> str:
        """Fingerprint of the store it trained on."""
        return self.run.sweep.store.fingerprint or ""

    @property
    def revision(self) -> str:
        """Revision of the code, as people read it."""
        code = self.run.sweep.code
        if not code.revision:
            return "an unknown revision"
        return f"{code.revision[:10]}{' with changes not committed' if code.dirty else ''}"


def open_sides(runs: Path, names: Sequence[str]) -> tuple[Side, ...]:
    """Read the named runs.

    Args:
        runs: the folder of all runs.
        names: of at least two runs.

    Raises:
        InputError: a name is given twice, a run is missing or cannot be read, or their objectives differ.
    """
    faults = Faults(TITLE)
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            faults.add(name, "is given twice", None, "Name every sweep once.")
    faults.raise_if_any()
    loaded = together(*(_opener(runs, name) for name in names), title=TITLE)
    return sides_of(loaded)


def sides_of(runs: Sequence[RunData]) -> tuple[Side, ...]:
    """Return the sides of a comparison of runs that were read.

    Raises:
        InputError: their objectives differ.
    """
    first = runs[0]
    other = [run for run in runs[1:] if run.objective != first.objective]
    if other:
        raise InputError(TITLE, [_foreign(run, first) for run in other])
    return tuple(Side(run, build_leaderboard(run), arms_of(run) if run.space.is_ablation else ()) for run in runs)


def identity_of(record: TrialRecord) -> str:
    """Return what a trial trained, seed included, with today's defaults filled in."""
    try:
        return identity(resolve(record.recipe))
    except InputError:
        # A recipe of another version, which this one cannot read: it is itself all the same.
        return repr(sorted(record.recipe.items(), key=lambda item: item[0]))


def _opener(runs: Path, name: str) -> Callable[[], RunData]:
    """Return what reads a run and names it by its folder."""
    # A copied folder still holds the name that its run was made with.
    return lambda: replace(read_run(RunFolder.named(runs, name).path), name=name)


def _foreign(run: RunData, first: RunData) -> Fault:
    """Return the fault of a run with another objective than the first."""
    own_objective, first_objective = ((compared.objective.metric, compared.objective.mode) for compared in (run, first))
    given: Any = f"{own_objective[0]}, {own_objective[1]}"
    rule = f"is judged otherwise than {first.name} ({first_objective[0]}, {first_objective[1]})"
    return Fault(run.name, rule, given, "Compare sweeps of one objective: figures of two metrics have no difference.")


ABSENT = None
SHOWN = 12
"""Digits of a fingerprint that are shown."""
_UNTOLD = ("name", "description", "cells")
"""Fields of a space that do not change what is trained, or are shown elsewhere."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which the sweeps differ."""

    kind: str
    """``space``, ``store``, ``code``, ``versions``, ``seeds`` or ``budget``."""
    name: str
    values: tuple[str, ...]
    """One per sweep, as people read them; a dash if the sweep has no such thing."""


def differences(sides: Sequence[Side]) -> tuple[Difference, ...]:
    """Return everything in which the sweeps differ, in the order of the kinds."""
    kinds = {
        "space": [_space(side) for side in sides],
        "store": [_store(side) for side in sides],
        "code": [{"revision": side.revision} for side in sides],
        "versions": [side.run.sweep.versions for side in sides],
        "seeds": [_seeds(side) for side in sides],
        "budget": [_budget(side) for side in sides],
    }
    return tuple(difference for kind, facts in kinds.items() for difference in _differing(kind, facts))


def _differing(kind: str, facts: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """Return the facts of one kind that are not the same for all sweeps."""
    names = dict.fromkeys(name for fact in facts for name in fact)
    differing = []
    for name in names:
        values = [fact.get(name, ABSENT) for fact in facts]
        if any(value != values[0] for value in values[1:]):
            differing.append(Difference(kind, name, tuple(_shown(name, value) for value in values)))
    return differing


def _shown(name: str, value: Any) -> str:
    """Write a value for people, of a fingerprint only the first digits."""
    text = short(value, 6)
    return text[:SHOWN] if name.rpartition(".")[2] == "fingerprint" else text


def _space(side: Side) -> dict[str, Any]:
    """Return the space as facts by name: one per parameter, arm, included configuration and fixed setting."""
    space = side.run.space
    document = {name: value for name, value in space.document().items() if name not in _UNTOLD}
    parameters = {
        f"space.{name}": f"{parameter.words()}{' (nuisance)' if parameter.role == 'nuisance' else ''}"
        for name, parameter in space.space.items()
    }
    named = {f"{kind}.{name}": value for kind in ("include", "arms") for name, value in document.pop(kind, {}).items()}
    document.pop("space", None)
    recipe = document.pop("recipe", {})
    facts = {name: _leaves(name, value) for name, value in document.items()}
    plain = {name: value for leaves in facts.values() for name, value in leaves.items()}
    fixed = _leaves("recipe", recipe)
    return {**plain, **fixed, **parameters, **{name: value or "as fixed" for name, value in named.items()}}


def _leaves(name: str, value: Any) -> dict[str, Any]:
    """Return the values of a nested mapping by their dotted names, without empty ones."""
    if not isinstance(value, Mapping):
        return {} if value in (None, [], ()) else {name: value}
    return {key: leaf for part, item in value.items() for key, leaf in _leaves(f"{name}.{part}", item).items()}


def _store(side: Side) -> dict[str, Any]:
    """Return what is in the stores, without their paths: a copy elsewhere is the same store."""
    document = side.run.sweep.document()
    leaves = {**_leaves("store", document.get("store")), **_leaves("stores", document.get("stores"))}
    return {name.removeprefix("store."): value for name, value in leaves.items() if _tells_content(name)}


def _tells_content(name: str) -> bool:
    """Return whether a fact of a store is shown; of a split only its size, as the fingerprint covers its shards."""
    parts = name.split(".")
    return parts[-1] in ("tracks", "texts") if "splits" in parts else parts[-1] != "path"


def _seeds(side: Side) -> dict[str, Any]:
    """Return the seeds of training and of the searcher."""
    return {
        "training": sorted({record.seed for record in side.run.records}),
        "searcher": side.run.sweep.searcher.get("seed"),
    }


def _budget(side: Side) -> dict[str, Any]:
    """Return what a sweep spent."""
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

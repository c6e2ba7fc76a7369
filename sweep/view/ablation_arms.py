"""The arms of an ablation: which trial trained which arm with which seed, and what it reached."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adsw.align.recipe import dotted, resolve
from adsw.fingerprint import fingerprint
from adsw.metrics import Metric
from adsw.report.format import short, short_names
from sweep.state import TrialRecord, TrialState
from sweep.sweep_record import StoreRecord
from sweep.view.run_data import RunData
from sweep.view.scores import value_of

STORE_PARTS = ("audio_encoder", "text_encoder", "captioner")
"""What a store is made of that can be a factor of an ablation."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A configuration that was trained with one seed or several."""

    name: str
    """Of the arm, and the values that tell it from others of that name."""
    trials: Mapping[int, int]
    """The trial that holds the results, by seed; of a duplicate the one it repeats."""
    valid: Mapping[int, float]
    """The objective on validation at the last epoch, by seed."""
    test: Mapping[int, float]
    """The same on test, by seed; empty where the test split was not opened for this arm."""
    settings: Mapping[str, Any]
    """The whole recipe but for its seed and what was tuned for each arm, by dotted names; and what its store is made
    of, where arms have stores."""
    listed: bool
    """Whether the space's arms or grid name it, and not its included configurations."""
    of: str | None = None
    """The arm's name in the space."""
    store: str = ""
    """Name of its store; empty where the run has one."""

    def values(self, dataset: str) -> Mapping[int, float]:
        """The figures of one split, by seed."""
        return self.test if dataset == "test" else self.valid


def arms_of(run: RunData) -> tuple[Arm, ...]:
    """Every configuration with at least one completed trial, in the order of the space.

    Trials that were stopped or failed have no figure of the full length and are left out.
    """
    trained = _trained(run)
    groups: dict[str, list[tuple[TrialRecord, int]]] = {}
    for record in run.records:
        number = trained.get(_trained_as(record))
        if number is not None and record.has_result:
            key = json.dumps([record.arm, record.params], sort_keys=True, default=str)
            groups.setdefault(key, []).append((record, number))
    # A failed first replicate must not change the order, nor with it the reference arm.
    order = {name: place for place, name in enumerate([*run.space.include, *run.space.arms])}
    shown = sorted(groups.values(), key=lambda group: order.get(group[0][0].arm or "", 0))
    names = _names([group[0][0] for group in shown])
    return tuple(_arm(run, name, group) for name, group in zip(names, shown, strict=True))


def reference_of(arms: tuple[Arm, ...]) -> Arm:
    """What the others are compared with: ``default``, or else the first in the space's order."""
    return next((arm for arm in arms if arm.name == "default"), arms[0])


def _trained(run: RunData) -> dict[str, int]:
    """The completed trial of every recipe on every store, seed included."""
    metric = run.objective.metric
    return {
        _trained_as(record): record.number
        for record in run.records
        if record.state is TrialState.COMPLETED and record.value(metric) is not None
    }


def _trained_as(record: TrialRecord) -> str:
    return fingerprint({"store": record.store, "recipe": record.recipe})


def _names(firsts: list[TrialRecord]) -> list[str]:
    """Names that tell all apart: the arm's, and its searched values where arms share a name."""
    shown = short_names(name for record in firsts for name in record.params)
    repeated = {record.arm for record in firsts if sum(other.arm == record.arm for other in firsts) > 1}
    found = []
    for record in firsts:
        values = ", ".join(f"{shown[name]} {short(value)}" for name, value in record.params.items())
        parts = [record.arm] if record.arm else []
        if (record.arm in repeated or not record.arm) and values:
            parts.append(values)
        found.append(": ".join(parts) or "all as fixed")
    return found


def _arm(run: RunData, name: str, group: list[tuple[TrialRecord, int]]) -> Arm:
    metric = Metric.parse(run.objective.metric)
    values = {record.number: record.value(metric.full) for record in run.records}
    trials = {record.seed: number for record, number in group}
    first = group[0][0]
    tested = run.on_test(metric)
    on_test = {seed: value_of(run.test[number], tested) for seed, number in trials.items() if number in run.test}
    return Arm(
        name=name,
        trials=trials,
        valid={seed: value for seed, number in trials.items() if (value := values[number]) is not None},
        test={seed: value for seed, value in on_test.items() if value is not None},
        settings=_settings(run, first) | _store_settings(run, first.store),
        listed=first.arm not in run.space.include,
        of=first.arm,
        store=first.store,
    )


def _settings(run: RunData, record: TrialRecord) -> dict[str, Any]:
    """The recipe, but for its seed and for nuisance values that were tuned for the arm: they are no factor."""
    tuned = [name for name, one in run.space.space.items() if one.role == "nuisance"] if run.space.tune else []
    return {
        name: value
        for name, value in dotted(resolve(record.recipe)).items()
        if name != "seed" and not any(name == one or name.startswith(f"{one}.") for one in tuned)
    }


def _store_settings(run: RunData, store: str) -> dict[str, Any]:
    """What an arm's store is made of, by short names; nothing where the run has one store."""
    stores = run.stores
    if not stores:
        return {}
    facts = stores.get(store) or next(iter(stores.values()))
    return {f"store.{part}": _short_name(stores, part, facts) for part in STORE_PARTS}


def _short_name(stores: Mapping[str, StoreRecord], part: str, facts: StoreRecord) -> str:
    """A name without its revision, where that still tells the run's stores apart."""
    full = str(getattr(facts, part) or "")
    all_of = {str(getattr(one, part) or "") for one in stores.values()}
    brief = {one.partition("@")[0] for one in all_of}
    return full.partition("@")[0] if len(brief) == len(all_of) else full

"""The design of an ablation: its arms, their factors, the planned looks, and what was tuned for each arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adsw.fingerprint import fingerprint
from adsw.metrics import Metric
from adsw.report.format import short
from adsw.train.recipe import dotted, repeated, resolve
from sweep.report.data import RunData, value_of
from sweep.run.records import SweepStatus, TrialRecord, TrialState
from sweep.run.sweep_record import StoreRecord
from sweep.space.compared import Key, replicate_key, telling_names
from sweep.space.configurations import replicate_seeds
from sweep.stats.factorial import is_full
from sweep.stats.sequential import Decision, sequential_decisions, spent

STORE_PARTS = ("audio_encoder", "text_encoder", "captioner")
"""Parts of a store that can be a factor of an ablation."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A configuration that was trained with one seed or several."""

    name: str
    """Name of the arm, with the values that distinguish it from others of the same name."""
    trials: Mapping[int, int]
    """Number of the trial that holds the results, by seed; for a duplicate, of the trial it repeats."""
    valid: Mapping[int, float]
    """The objective on validation at the epoch that is judged, by seed."""
    test: Mapping[int, float]
    """The same on test, by seed; empty if the arm was not evaluated on test."""
    settings: Mapping[str, Any]
    """The recipe by dotted names, without its seed and what was tuned for each arm; with the parts of its store, if
    the run has several."""
    listed: bool
    """Whether the space's arms or grid name it, and not its included configurations."""
    of: str | None = None
    """The arm's name in the space."""
    store: str = ""
    """Name of its store; empty if the run has only one."""

    def values(self, dataset: str) -> Mapping[int, float]:
        """Return the figures of one split, by seed."""
        return self.test if dataset == "test" else self.valid


def arms_of(run: RunData) -> tuple[Arm, ...]:
    """Return every configuration with at least one completed trial, in the order of the space.

    Trials that were stopped or failed have no figure of the full length and are left out.
    """
    trained = _trained(run)
    groups: dict[Key, list[tuple[TrialRecord, int]]] = {}
    for record in run.records:
        # A duplicate has no results of its own: those of the trial that trained the same count.
        number = trained.get(_trained_as(record))
        if number is not None and record.has_result:
            groups.setdefault(replicate_key(record.arm, record.params), []).append((record, number))
    # A failed first replicate must not change the order, nor with it the reference arm.
    order = {name: place for place, name in enumerate([*run.space.include, *run.space.arms])}
    shown = sorted(groups.values(), key=lambda group: order.get(group[0][0].arm or "", 0))
    firsts = [group[0][0] for group in shown]
    names = telling_names([(first.arm, first.params) for first in firsts])
    return tuple(
        arm_of(run, name, {record.seed: number for record, number in group}, first)
        for name, first, group in zip(names, firsts, shown, strict=True)
    )


def arm_of(run: RunData, name: str, trials: Mapping[int, int], first: TrialRecord) -> Arm:
    """Return an arm with its figures.

    Args:
        run: where it was trained.
        name: what to call it.
        trials: the number of the trial that holds the results, by seed.
        first: a replicate of it, whose recipe is the arm's but for the seed.
    """
    metric = Metric.parse(run.objective.metric)
    on_test = run.on_test(metric)
    values = {record.number: record.value(metric.full) for record in run.every_record}
    tested = {seed: value_of(run.test[number], on_test) for seed, number in trials.items() if number in run.test}
    return Arm(
        name=name,
        trials=trials,
        valid={seed: value for seed, number in trials.items() if (value := values[number]) is not None},
        test={seed: value for seed, value in tested.items() if value is not None},
        settings=settings_of(run, first) | _store_settings(run, first.store),
        listed=first.arm not in run.space.include,
        of=first.arm,
        store=first.store,
    )


def _trained(run: RunData) -> dict[str, int]:
    """Return the completed trial of every recipe on every store, seed included."""
    metric = run.objective.metric
    return {
        _trained_as(record): record.number
        for record in run.records
        if record.state is TrialState.COMPLETED and record.value(metric) is not None
    }


def _trained_as(record: TrialRecord) -> str:
    """Return a fingerprint of what a trial trained: its recipe, seed included, and its store."""
    return fingerprint({"store": record.store, "recipe": record.recipe})


def settings_of(run: RunData, record: TrialRecord) -> dict[str, Any]:
    """Return the recipe by dotted names, without its seed and the values tuned for the arm.

    Seed and tuned values are no factors of the design.
    """
    tuned = (
        [name for name, parameter in run.space.space.items() if parameter.role == "nuisance"] if run.space.tune else []
    )
    return {
        name: value
        for name, value in dotted(resolve(record.recipe)).items()
        if name != "seed" and not any(name == nuisance or name.startswith(f"{nuisance}.") for nuisance in tuned)
    }


def _store_settings(run: RunData, store: str) -> dict[str, Any]:
    """Return the parts of an arm's store by short names; an empty mapping if the run has one store."""
    stores = run.stores
    if not stores:
        return {}
    # An arm that names no store has trained on the first.
    facts = stores.get(store) or next(iter(stores.values()))
    return {f"store.{part}": _short_name(stores, part, facts) for part in STORE_PARTS}


def _short_name(stores: Mapping[str, StoreRecord], part: str, facts: StoreRecord) -> str:
    """Return the name of a store's part, without its revision if the run's stores still differ without it."""
    full = str(getattr(facts, part) or "")
    names = {str(getattr(store, part) or "") for store in stores.values()}
    without_revision = {name.partition("@")[0] for name in names}
    return full.partition("@")[0] if len(without_revision) == len(names) else full


@dataclass(frozen=True, slots=True)
class Factor:
    """Settings that change together between two levels."""

    name: str
    """The setting's dotted name, or the part that its settings share."""
    low: str
    """The reference arm's level, in words."""
    high: str


@dataclass(frozen=True, slots=True)
class Design:
    """A full 2^k design."""

    factors: tuple[Factor, ...]
    arms: tuple[Arm, ...]
    levels: NDArray[np.bool_]
    """Whether arm a has factor f at its high level, [A, k]."""

    @property
    def words(self) -> str:
        """Every factor with its two levels, in words."""
        return "; ".join(f"{factor.name} from {factor.low} to {factor.high}" for factor in self.factors)


def design_of(arms: Sequence[Arm], reference: Arm) -> Design | None:
    """Return the design of the listed arms, or None if they are no full 2^k design of two factors or more.

    A factor is a set of settings that take two values over the arms and always change together, such as the fields of a
    schedule. Low is the level of the reference arm.
    """
    chosen = tuple(arm for arm in arms if arm.listed)
    # `n & (n - 1)` is zero for powers of two alone.
    if reference not in chosen or len(chosen) < 4 or len(chosen) & (len(chosen) - 1):
        return None
    groups: dict[tuple[bool, ...], list[str]] = {}
    for name in sorted({name for arm in chosen for name in arm.settings}):
        # Twelve digits, so that levels that differ by rounding alone count as one.
        values = [short(arm.settings.get(name), 12) for arm in chosen]
        if len(set(values)) > 2:
            return None
        pattern = tuple(value != short(reference.settings.get(name), 12) for value in values)
        # Settings with the same pattern over the arms change together: they are one factor.
        if any(pattern):
            groups.setdefault(pattern, []).append(name)
    levels_AK = np.array(list(groups), dtype=bool).reshape(len(groups), len(chosen)).T
    if not is_full(levels_AK):
        return None
    factors = tuple(
        _factor(names, reference.settings, chosen[pattern.index(True)].settings) for pattern, names in groups.items()
    )
    return Design(factors, chosen, levels_AK)


def _factor(names: list[str], low: Mapping[str, Any], high: Mapping[str, Any]) -> Factor:
    """Return the factor of settings that change together, with both levels in words."""
    return Factor(_shared(names), _level(names, low), _level(names, high))


def _shared(names: list[str]) -> str:
    """Return the only name, what all names begin with, or the first name with the number of others."""
    if len(names) == 1:
        return names[0]
    split = [name.split(".") for name in names]
    same = 0
    while all(len(parts) > same and parts[same] == split[0][same] for parts in split):
        same += 1
    if same >= 2:
        return ".".join(split[0][:same])
    return f"{names[0]} and {len(names) - 1} more"


def _level(names: list[str], settings: Mapping[str, Any]) -> str:
    """Describe the settings at one level, without the part of their names that they share."""
    known = {name: settings[name] for name in names if name in settings}
    prefix = _shared(names)
    if prefix in known:
        # A constant schedule answers to its bare name too.
        return short(known[prefix])
    # A constant schedule among others is described by its bare name already.
    bare = repeated(known)
    parts = []
    for name, value in ((name, value) for name, value in known.items() if name not in bare):
        tail = name.removeprefix(f"{prefix}.")
        parts.append(short(value) if tail in (name, "kind") or len(names) == 1 else f"{tail} {short(value)}")
    # A schedule's start and delay, mostly 0, would hide the fields that matter.
    nonzero = [part for part in parts if not part.endswith(" 0")] or parts
    return ", ".join(sorted(nonzero, key=lambda part: " " in part)) or "–"


@dataclass(frozen=True, slots=True)
class Sequential:
    """The plan of looks, and the decisions on one split."""

    plan: tuple[int, ...]
    """Replicates at the looks."""
    spent: tuple[float, ...]
    """Share of the 5 % that each look spends."""
    decisions: dict[str, Decision]
    """Decision by name of the arm."""

    @property
    def most(self) -> int:
        """Replicates at the last look."""
        return self.plan[-1]


def sequential_of(run: RunData, arms: Sequence[Arm], reference: Arm, dataset: str) -> Sequential | None:
    """Return the looks and their decisions so far, or None if the number of replicates was fixed beforehand.

    Trials were added by the results on validation. Decisions on another split are valid all the same: the sequential
    p-value holds at all looks together, so it does not matter why an arm's replicates ended.
    """
    rule = run.space.until_decided
    if rule is None:
        return None
    plan = rule.looks()
    others = [arm for arm in arms if arm is not reference]
    over = run.status == SweepStatus.DONE
    decisions = sequential_decisions(
        {arm.name: _differences(run, arm, reference, dataset) for arm in others},
        plan,
        ended=[arm.name for arm in others] if over else [],
    )
    return Sequential(plan, spent(plan), decisions)


def _differences(run: RunData, arm: Arm, reference: Arm, dataset: str) -> list[float]:
    """Return arm minus reference in the order of seeds, up to the first seed that may still come."""
    arm_values, reference_values = arm.values(dataset), reference.values(dataset)
    over = run.status == SweepStatus.DONE
    lost = {(record.arm, record.seed) for record in run.records if record.state is TrialState.FAILED}
    differences = []
    for seed in replicate_seeds(run.space):
        if seed in arm_values and seed in reference_values:
            differences.append(arm_values[seed] - reference_values[seed])
        elif not over and not {(arm.of, seed), (reference.of, seed)} & lost:
            # Seeds after a gap wait for it: which trial ends first must not choose what a look sees.
            break
    return differences


@dataclass(frozen=True, slots=True)
class TunedPoint:
    """One point of the nuisance grid, tried for one arm."""

    arm: str
    params: Mapping[str, Any]
    values: Mapping[int, float]
    """The objective on validation by tuning seed; trials that did not complete are missing."""
    failed: int
    chosen: bool
    """Whether the arm's replicates trained with it."""

    @property
    def mean(self) -> float | None:
        """Mean over its seeds; None if none of its trials completed."""
        return float(np.mean(list(self.values.values()))) if self.values else None


def tuned_points(run: RunData) -> tuple[TunedPoint, ...]:
    """Return the points that were tried for each arm, in the order of arms and grid; empty if nothing was tuned."""
    groups: dict[Key, list[TrialRecord]] = {}
    for record in run.tuning:
        groups.setdefault(replicate_key(record.arm, record.params), []).append(record)
    order = {name: place for place, name in enumerate(run.space.arms)}
    trained = {replicate_key(record.arm, record.params) for record in run.records}
    shown = sorted(groups.items(), key=lambda item: (order.get(item[0][0], len(order)), item[1][0].number))
    return tuple(_point(run, records, key in trained) for key, records in shown)


def _point(run: RunData, records: Sequence[TrialRecord], chosen: bool) -> TunedPoint:
    """Return one point of the grid with the figures of its tuning trials."""
    values = {
        record.seed: value
        for record in records
        if record.has_result and (value := record.value(run.objective.metric)) is not None
    }
    return TunedPoint(records[0].arm or "", records[0].params, values, len(records) - len(values), chosen)

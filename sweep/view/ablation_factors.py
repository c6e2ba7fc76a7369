"""Whether the arms of an ablation are a full two-level factorial design, told from their recipes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adsw.report.format import short
from sweep.statistics.factorial import is_full
from sweep.view.ablation_arms import Arm


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


def design_of(arms: Sequence[Arm], reference: Arm) -> Design | None:
    """The design of the listed arms; None where they are no full 2^k design of two factors or more.

    A factor is a set of settings that take two values over the arms and always change together, such as the fields of
    a schedule. Low is the level of the reference arm.
    """
    chosen = tuple(arm for arm in arms if arm.listed)
    if reference not in chosen or len(chosen) < 4 or len(chosen) & (len(chosen) - 1):
        return None
    groups: dict[tuple[bool, ...], list[str]] = {}
    for name in sorted({name for arm in chosen for name in arm.settings}):
        values = [short(arm.settings.get(name), 12) for arm in chosen]
        if len(set(values)) > 2:
            return None
        pattern = tuple(value != short(reference.settings.get(name), 12) for value in values)
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
    return Factor(_shared(names), _level(names, low), _level(names, high))


def _shared(names: list[str]) -> str:
    """The one name, what several begin with, or the first with the number of others."""
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
    """What the settings are at one level, without repeating what they share."""
    known = {name: settings[name] for name in names if name in settings}
    prefix = _shared(names)
    if prefix in known:
        # A constant schedule answers to its bare name too.
        return short(known[prefix])
    # Of a constant schedule among others its bare name is enough, too.
    said = {f"{name}.{field}" for name in known for field in ("kind", "value")}
    parts = []
    for name, value in ((name, value) for name, value in known.items() if name not in said):
        tail = name.removeprefix(f"{prefix}.")
        parts.append(short(value) if tail in (name, "kind") or len(names) == 1 else f"{tail} {short(value)}")
    # What is 0 goes without saying where something else is told, as a schedule's start and delay.
    told = [part for part in parts if not part.endswith(" 0")] or parts
    return ", ".join(sorted(told, key=lambda part: " " in part)) or "–"

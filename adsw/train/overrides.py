"""Overrides of a recipe: dotted or nested names merged onto a base, all faults noted."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from adsw.errors import Faults, unknown
from adsw.train.schedules import FIELDS, KINDS, MODELS, called, kinds_with
from adsw.train.schedules.kinds import ADAPTIVE, SIGNALS


class Overrides:
    """Merges user's overrides onto a base given as plain data.

    Args:
        names: every known dotted name.
        scheduled: those that take a schedule.
        open_name: the name below which any name takes a schedule.
        where: the place named in faults.
        faults: where faults go; a faulty override is left out of the result.
    """

    def __init__(
        self, names: frozenset[str], scheduled: frozenset[str], open_name: str, where: str, faults: Faults
    ) -> None:
        self._names = names
        self._scheduled = scheduled
        self._open = open_name + "."
        self._where = where
        self._faults = faults

    def onto(self, base: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
        """Return the base with the overrides, as a new nested mapping."""
        tree = copy.deepcopy(base)
        plain: dict[str, Any] = {}
        schedules: dict[str, dict[str, Any]] = {}
        for name, value in self._flat("", overrides):
            owner, field = self._schedule_of(name)
            if owner is None:
                if name in self._names:
                    self._put(plain, name, name, value)
                else:
                    self._unknown(name)
                continue
            fields = schedules.setdefault(owner, {})
            if field is None:
                # A number is short for two fields, which may be given beside it if they agree.
                self._put(fields, "kind", f"{owner}.kind", "constant")
                self._put(fields, "value", f"{owner}.value", value)
            elif field in FIELDS:
                self._put(fields, field, name, value)
            else:
                self._faults.found.append(unknown(f"{self._where}: {owner}", field, FIELDS, "field of a schedule"))
        for name, value in plain.items():
            _assign(tree, name.split("."), value)
        for name, fields in schedules.items():
            path = self._path(name)
            _assign(tree, path, self._merged(name, _lookup(tree, path), fields))
        return tree

    def _flat(self, prefix: str, overrides: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for key, value in overrides.items():
            name = f"{prefix}{key}"
            if isinstance(value, Mapping):
                yield from self._flat(name + ".", value)
            else:
                yield name, value

    def _schedule_of(self, name: str) -> tuple[str | None, str | None]:
        """Return the schedule a name belongs to, if any, and its field, or None if the name is the schedule itself."""
        if name.startswith(self._open):
            owner, _, field = name.rpartition(".")
            return (owner, field) if field in FIELDS and owner.startswith(self._open) else (name, None)
        if name in self._scheduled:
            return name, None
        owner, _, field = name.rpartition(".")
        return (owner, field) if owner in self._scheduled else (None, None)

    def _path(self, name: str) -> list[str]:
        if name.startswith(self._open):
            return [*self._open.rstrip(".").split("."), name.removeprefix(self._open)]
        return name.split(".")

    def _put(self, into: dict[str, Any], key: str, name: str, value: Any) -> None:
        if key in into and into[key] != value:
            rule = f"is given twice, as {into[key]!r} too"
            self._faults.add(f"{self._where}: {name}", rule, value, "Keep one.")
        into.setdefault(key, value)

    def _unknown(self, name: str) -> None:
        below = [known for known in self._names if known.startswith(name + ".")]
        if below:
            rule = "is a group of settings"
            self._faults.add(f"{self._where}: {name}", rule, None, f"Set {sorted(below)[0]}, for one.")
        else:
            self._faults.found.append(unknown(self._where, name, self._names, "name"))

    def _merged(self, name: str, base: dict[str, Any] | None, fields: dict[str, Any]) -> dict[str, Any]:
        """Return a schedule's base fields under the user's, without those the resulting kind lacks."""
        base = base or {}
        kind = self._chosen(name, "kind", base, fields, KINDS)
        signal = self._chosen(name, "signal", base, fields, SIGNALS) if kind == ADAPTIVE else None
        if kind is None or (signal is None and kind == ADAPTIVE):
            # The fault is noted already: any valid schedule will do, lest validation report a second one.
            return base or {"kind": "constant", "value": 1.0}
        known = MODELS[called(kind, signal)].model_fields
        for field in fields:
            if field not in known:
                owners = kinds_with(field)
                rule = f"{called(kind, signal)} has no {field}: it belongs to {' and '.join(owners)}"
                other = "signal" if any(owner.startswith(kind) for owner in owners) else "kind"
                fix = f"Set {name}.{other}, or leave it out."
                self._faults.add(f"{self._where}: {name}.{field}", rule, fields[field], fix)
        whole = base | fields | {"kind": kind, "signal": signal}
        return {field: value for field, value in whole.items() if field in known}

    def _chosen(
        self, name: str, field: str, base: Mapping[str, Any], fields: Mapping[str, Any], names: Collection[str]
    ) -> str | None:
        """Return the kind or the signal that a schedule comes to have, or None after noting a fault."""
        chosen = fields.get(field, base.get(field, SIGNALS[0] if field == "signal" else None))
        if chosen is None:
            self._faults.add(f"{self._where}: {name}.{field}", "is required", None, f"One of {', '.join(names)}.")
        elif not isinstance(chosen, str) or chosen not in names:
            what = "kind of schedule" if field == "kind" else "signal of an adaptive schedule"
            self._faults.found.append(unknown(f"{self._where}: {name}.{field}", str(chosen), names, what))
        else:
            return chosen
        return None


def _lookup(tree: Mapping[str, Any], path: list[str]) -> Any:
    for part in path:
        tree = tree.get(part, {})
    return tree


def _assign(tree: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
    tree[path[-1]] = value

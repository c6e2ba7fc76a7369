"""What must hold in a space beyond the form of its file: every fault is found, and nothing is started."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from adsw.align.recipe import Recipe, is_known, known_names, resolve
from adsw.errors import Fault, InputError, unknown
from sweep.space.conditions import find_cycle
from sweep.space.entries import SimplexEntry, entry_faults
from sweep.space.model import Space
from sweep.space.parameter import Parameter
from sweep.space.rules import grid_size, rules
from sweep.space.schedule_entry import ScheduleEntry
from sweep.space.scheduler import Asha
from sweep.space.trying import impossible, tried


def check(space: Space, faulty: frozenset[str] = frozenset()) -> list[Fault]:
    """Every fault of a space.

    Args:
        space: well-formed as far as it goes.
        faulty: keys of the file, and names of parameters, left out of `space` because their form is wrong
            already; nothing is said that would follow from that only.
    """
    base, found = _base(space)
    found += [
        *_names(space),
        *_conditions(space, faulty),
        *_overrides(space, base),
        *rules(space, base, faulty),
        *_schedule(space, base),
    ]
    usable = _usable(space, faulty)
    if find_cycle(usable) is None:
        refused = tried(usable, base)
        found += refused
        if space.method == "grid" and not refused:
            found += grid_size(space, faulty)
    return [_placed(space, fault) for fault in found]


def _placed(space: Space, fault: Fault) -> Fault:
    """A fault of a parameter where the file writes it."""
    for name in sorted(space.places, key=len, reverse=True):
        if f"{fault.where}.".startswith(f"space.{name}."):
            rest = fault.where.removeprefix(f"space.{name}")
            return Fault(f"space.{space.places[name]}{rest}", *_rest(fault))
    return fault


def _base(space: Space) -> tuple[Recipe, list[Fault]]:
    """The fixed overrides' recipe, as far as it can be made, and their faults.

    Faulty overrides are left out and the rest is tried again: some rules are looked at only where types are right.
    """
    faults: list[Fault] = []
    usable = _flat(space.recipe)
    while True:
        try:
            return resolve(usable), faults
        except InputError as error:
            faults += [Fault(fault.where.replace(": ", ".", 1), *_rest(fault)) for fault in error.faults]
            usable = _without(usable, [fault.where.removeprefix("recipe: ") for fault in error.faults])


def _without(overrides: dict[str, Any], wrong: list[str]) -> dict[str, Any]:
    """Fewer overrides: without those at faulty names, or else beside them, or else none."""
    parents = [name.rpartition(".")[0] for name in wrong]
    smaller = [
        {name: value for name, value in overrides.items() if is_known(name) and not _touches(name, names)}
        for names in (wrong, parents)
    ]
    return next((rest for rest in smaller if len(rest) < len(overrides)), {})


def _touches(name: str, others: list[str]) -> bool:
    """Whether a dotted name is one of others, within one of them, or around one."""
    return any(f"{name}.".startswith(f"{other}.") or f"{other}.".startswith(f"{name}.") for other in others)


def _names(space: Space) -> Iterator[Fault]:
    """Keys below `space`: known, not one within another, not fixed and searched at once."""
    fixed = _flat(space.recipe)
    for name, entry in space.written.items():
        place = f"space.{name}"
        yield from entry_faults(name, entry)
        if isinstance(entry, Parameter):
            yield from _known(place, name)
            yield from _complement(space, fixed, name, entry)
        if name == "seed":
            fix = "Set recipe.seed; an ablation's other seeds go under replicates."
            yield Fault(place, "all trials of a sweep share their seed, so it cannot be searched", None, fix)
        for other in _within(fixed, name, entry)[:1]:
            given = f"{other} is" if other != name else "is"
            yield Fault(place, f"{given} fixed under recipe and searched here", fixed[other], "Keep one of the two.")
        for other in space.written:
            if other.startswith(name + "."):
                yield Fault(place, f"holds {other}, which is searched as well", None, "Search the one or the other.")


def _complement(space: Space, fixed: Mapping[str, Any], name: str, parameter: Parameter) -> Iterator[Fault]:
    target = parameter.complement
    if target is None:
        return
    place = f"space.{name}.complement"
    yield from _known(place, target)
    elsewhere = {one for other, item in space.space.items() if other != name for one in item.targets(other)}
    if target in elsewhere or target in fixed or target == name:
        yield Fault(
            place, f"{target} is given elsewhere too", None, "It is set to 1 minus this value: leave it out elsewhere."
        )


def _within(names: Iterable[str], key: str, entry: Parameter | SimplexEntry | ScheduleEntry) -> list[str]:
    """Those names of a recipe that an entry searches."""
    if isinstance(entry, SimplexEntry):
        return [name for name in names if _touches(name, [f"{key}.{part}" for part in entry.simplex])]
    return [name for name in names if name == key or (isinstance(entry, ScheduleEntry) and _touches(name, [key]))]


def _known(place: str, name: str) -> Iterator[Fault]:
    if is_known(name):
        return
    below = sorted(known for known in known_names() if known.startswith(name + "."))
    if below:
        yield Fault(place, f"{name} is a group of settings", None, f"Search {below[0]}, for one.")
    else:
        yield unknown(place, name, known_names(), "name")


def _conditions(space: Space, faulty: frozenset[str]) -> Iterator[Fault]:
    for name, parameter in space.space.items():
        for other, values in parameter.when.items():
            place = f"space.{name}.when"
            if _touches(other, [*faulty]):
                continue
            if other not in space.space:
                yield unknown(place, other, space.space, "parameter")
                continue
            for value in values:
                if impossible(space.space[other], value):
                    words = space.space[other].words()
                    yield Fault(place, f"{other} never is {value!r}", None, f"It is {words}.")
    cycle = find_cycle(space.space)
    if cycle:
        yield Fault(f"space.{cycle[0]}.when", f"depends on itself: {' -> '.join(cycle)}", None, "Drop one condition.")


def _overrides(space: Space, base: Recipe) -> Iterator[Fault]:
    """Included configurations and arms make recipes."""
    for kind, named in (("include", space.include), ("arms", space.arms)):
        for name, overrides in named.items():
            if "seed" in overrides:
                fix = "Set recipe.seed, or replicates with method grid."
                yield Fault(f"{kind}.{name}.seed", "all configurations share their seed", overrides["seed"], fix)
            try:
                resolve(overrides, base, where=f"{kind}.{name}")
            except InputError as error:
                for fault in error.faults:
                    yield Fault(fault.where.replace(": ", ".", 1), *_rest(fault))


def _schedule(space: Space, base: Recipe) -> Iterator[Fault]:
    if not isinstance(space.scheduler, Asha):
        return
    epochs = most_epochs(space, base)
    if space.scheduler.grace_epochs > epochs:
        rule = f"must be at most the trials' {epochs} epochs"
        yield Fault("scheduler.grace_epochs", rule, space.scheduler.grace_epochs, "A quarter of them is usual.")


def most_epochs(space: Space, base: Recipe) -> int:
    """Epochs of the longest trial."""
    searched = space.space.get("epochs")
    ends = searched.distribution.ends() if searched else [base.epochs]
    named = [_flat(overrides).get("epochs") for overrides in (*space.arms.values(), *space.include.values())]
    return max((epochs for epochs in (*ends, *named) if isinstance(epochs, int)), default=base.epochs)


def _usable(space: Space, faulty: frozenset[str]) -> dict[str, Parameter]:
    """Parameters whose values can be tried without saying twice what is known to be wrong."""
    schedules = {name.rpartition(".")[0] for name in faulty if "." in name}
    fixed = _flat(space.recipe)
    pairs = [(name, other) for name in space.written for other in space.written if other.startswith(name + ".")]
    overlapping = {name for pair in pairs for name in pair}
    usable = {
        name: parameter
        for name, parameter in space.space.items()
        if all(map(is_known, parameter.targets(name)))
        and space.entries[name] not in overlapping
        and not _within(fixed, space.entries[name], space.written[space.entries[name]])
        and name.rpartition(".")[0] not in schedules
    }
    while True:
        kept = {
            name: parameter
            for name, parameter in usable.items()
            if all(
                other in usable and not any(impossible(usable[other], value) for value in values)
                for other, values in parameter.when.items()
            )
        }
        if len(kept) == len(usable):
            return kept
        usable = kept


def _flat(overrides: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested or dotted overrides as dotted names."""
    flat: dict[str, Any] = {}
    for key, value in overrides.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _rest(fault: Fault) -> tuple[str, object, str]:
    return fault.rule, fault.value, fault.fix

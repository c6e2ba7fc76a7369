"""Checks of a space beyond the form of its file. They find every fault, so that one reading shows all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from typing import Any

from adsw.draws import generator
from adsw.errors import Fault, InputError, unknown
from adsw.train.recipe import Recipe, is_known, known_names, resolve
from sweep.space.configurations import decision_order, find_cycle, is_active, overrides_of
from sweep.space.entries import SimplexEntry, entry_faults
from sweep.space.model import Space
from sweep.space.parameter import Parameter
from sweep.space.rules import grid_size, rules
from sweep.space.schedule_entry import ScheduleEntry
from sweep.space.sections import Asha

MOST_CONDITIONS = 64
"""Combinations of conditions under which one value is tried, at most."""

DRAWS = 32
"""Points drawn at random over bounds and choices that are tried as well, for faults of combinations."""


def tried(parameters: Mapping[str, Parameter], base: Recipe) -> list[Fault]:
    """Return the faults that the recipe finds in the parameters' values, each once.

    Every bound and choice of every parameter is tried under the values of its conditions, all else at typical
    values.

    Args:
        parameters: their conditions refer to each other only and form no cycle.
        base: the recipe that the values override.
    """
    order = decision_order(parameters)
    faults: dict[tuple[str, str], Fault] = {}
    for point, name in [*_points(parameters, order), *((point, None) for point in _drawn(parameters, order))]:
        for fault in _refusals(parameters, point, base, name):
            faults.setdefault((fault.where, fault.rule), fault)
    return list(faults.values())


def tried_recipes(parameters: Mapping[str, Parameter], base: Recipe) -> Iterator[tuple[str, Recipe]]:
    """Yield the recipe of every bound and choice of every parameter, as `tried` tries them, with the parameter's name.

    Args:
        parameters: as for `tried`, which found no fault.
        base: the recipe that the values override.
    """
    for point, name in _points(parameters, decision_order(parameters)):
        yield name, resolve(overrides_of(parameters, point), base, where="space")


def _points(parameters: Mapping[str, Parameter], order: list[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield whole points, each with the name of the parameter it tries."""
    for name in order:
        for forced in islice(_tried_conditions(parameters, name), MOST_CONDITIONS):
            for value in parameters[name].distribution.ends():
                point = _filled(parameters, order, forced | {name: value})
                if name in point:
                    yield point, name


def _tried_conditions(parameters: Mapping[str, Parameter], name: str) -> Iterator[dict[str, Any]]:
    """Yield values that make a parameter active: every combination for its conditions, one way to meet theirs."""
    when = parameters[name].when
    for values in product(*when.values()):
        forced: dict[str, Any] = {}
        for other in when:
            forced |= next(_tried_conditions(parameters, other))
        yield forced | dict(zip(when, values, strict=True))


def _filled(parameters: Mapping[str, Parameter], order: list[str], forced: Mapping[str, Any]) -> dict[str, Any]:
    """Return a whole point: forced values where given, typical ones elsewhere, of active parameters only."""
    point: dict[str, Any] = {}
    for name in order:
        if is_active(parameters[name], point):
            point[name] = forced.get(name, parameters[name].distribution.typical())
    return point


def _drawn(parameters: Mapping[str, Parameter], order: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the same random points for the same parameters, so that a check is repeatable."""
    for index in range(DRAWS):
        rng = generator("trying a space", index)
        ends = {name: parameters[name].distribution.ends() for name in order}
        yield _filled(parameters, order, {name: values[rng.integers(len(values))] for name, values in ends.items()})


def _refusals(
    parameters: Mapping[str, Parameter], point: Mapping[str, Any], base: Recipe, name: str | None
) -> Iterator[Fault]:
    """Yield the faults that the recipe finds in a point, at the parameters they concern."""
    try:
        resolve(overrides_of(parameters, point), base, where="space")
    except InputError as error:
        for fault in error.faults:
            at = fault.where.removeprefix("space: ")
            owner = _owner(parameters, point, at)
            if owner == at:
                yield Fault(f"space.{at}", fault.rule, fault.value, fault.fix)
            else:
                blamed = owner or name
                given = f"with {blamed} = {point[blamed]}, " if blamed else ""
                place = f"space.{blamed}" if blamed else "space"
                yield Fault(place, f"{given}{at} {fault.rule}", fault.value, fault.fix)


def _owner(parameters: Mapping[str, Parameter], point: Mapping[str, Any], at: str) -> str | None:
    """Return the parameter that sets a faulty name, or its schedule's kind, or a name within or around it, or None."""
    # Reversed, so that of several parameters that set a name the first decided is kept.
    sets = {target: name for name in reversed([*point]) for target in parameters[name].targets(name)}
    if at in sets:
        return sets[at]
    kind = at.rpartition(".")[0] + ".kind"
    if kind in sets:
        return sets[kind]
    return next((sets[name] for name in sets if at.startswith(name + ".") or name.startswith(at + ".")), None)


def impossible(parameter: Parameter, value: Any) -> bool:
    """Return whether a parameter has a value never, or with probability 0, as any one number of a continuum."""
    distribution = parameter.distribution
    return distribution.points(None) is None or not distribution.holds(value)


def check(space: Space, faulty: frozenset[str] = frozenset()) -> list[Fault]:
    """Return every fault of a space.

    Args:
        space: well-formed, perhaps after parts were left out.
        faulty: keys of the file, and names of parameters, left out of `space` because their form is wrong
            already; faults that only follow from their absence are not reported.
    """
    base, faults = _base(space)
    faults += [
        *_names(space),
        *_conditions(space, faulty),
        *_overrides(space, base),
        *rules(space, base, faulty),
        *_schedule(space, base),
    ]
    usable = _usable(space, faulty)
    if find_cycle(usable) is None:
        refused = tried(usable, base)
        faults += refused
        if space.method == "grid" and not refused:
            faults += grid_size(space, faulty)
    return [_placed(space, fault) for fault in faults]


def _placed(space: Space, fault: Fault) -> Fault:
    """Return a fault with its place where the file writes the parameter."""
    # The longest name first: a parameter's name may begin with another's.
    for name in sorted(space.places, key=len, reverse=True):
        if f"{fault.where}.".startswith(f"space.{name}."):
            rest = fault.where.removeprefix(f"space.{name}")
            return Fault(f"space.{space.places[name]}{rest}", *_rest(fault))
    return fault


def _base(space: Space) -> tuple[Recipe, list[Fault]]:
    """Return the recipe of the fixed overrides, as far as it can be made, and their faults.

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
    """Return fewer overrides: without the faulty names, or else without their whole groups, or else none."""
    # A rule over a group of fields may name one that is not overridden: the fault then lies in its neighbours.
    parents = [name.rpartition(".")[0] for name in wrong]
    smaller = [
        {name: value for name, value in overrides.items() if is_known(name) and not _touches(name, names)}
        for names in (wrong, parents)
    ]
    return next((rest for rest in smaller if len(rest) < len(overrides)), {})


def _touches(name: str, others: list[str]) -> bool:
    """Return whether a dotted name is one of others, within one of them, or a group that holds one."""
    return any(f"{name}.".startswith(f"{other}.") or f"{other}.".startswith(f"{name}.") for other in others)


def _names(space: Space) -> Iterator[Fault]:
    """Check that keys below `space` are known, do not overlap, and are not fixed as well."""
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
    """Check that the complement is a name of the recipe that nothing else sets."""
    target = parameter.complement
    if target is None:
        return
    place = f"space.{name}.complement"
    yield from _known(place, target)
    elsewhere = {given for other, item in space.space.items() if other != name for given in item.targets(other)}
    if target in elsewhere or target in fixed or target == name:
        yield Fault(
            place, f"{target} is given elsewhere too", None, "It is set to 1 minus this value: leave it out elsewhere."
        )


def _within(names: Iterable[str], key: str, entry: Parameter | SimplexEntry | ScheduleEntry) -> list[str]:
    """Return those of some recipe names that an entry searches."""
    if isinstance(entry, SimplexEntry):
        return [name for name in names if _touches(name, [f"{key}.{part}" for part in entry.simplex])]
    return [name for name in names if name == key or (isinstance(entry, ScheduleEntry) and _touches(name, [key]))]


def _known(place: str, name: str) -> Iterator[Fault]:
    """Check that a name is one of the recipe's settings, and not of a group of them."""
    if is_known(name):
        return
    below = sorted(known for known in known_names() if known.startswith(name + "."))
    if below:
        yield Fault(place, f"{name} is a group of settings", None, f"Search {below[0]}, for one.")
    else:
        yield unknown(place, name, known_names(), "name")


def _conditions(space: Space, faulty: frozenset[str]) -> Iterator[Fault]:
    """Check that conditions name parameters of the space, with values they can have, and form no cycle."""
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
    """Check that included configurations and arms make recipes, with the seed that all share."""
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
    """Check that the scheduler's grace is no longer than the longest trial."""
    if not isinstance(space.scheduler, Asha):
        return
    epochs = most_epochs(space, base)
    if space.scheduler.grace_epochs > epochs:
        rule = f"must be at most the trials' {epochs} epochs"
        yield Fault("scheduler.grace_epochs", rule, space.scheduler.grace_epochs, "A quarter of them is usual.")


def most_epochs(space: Space, base: Recipe) -> int:
    """Return the epochs of the longest trial that the space allows."""
    searched = space.space.get("epochs")
    ends = searched.distribution.ends() if searched else [base.epochs]
    named = [_flat(overrides).get("epochs") for overrides in (*space.arms.values(), *space.include.values())]
    return max((epochs for epochs in (*ends, *named) if isinstance(epochs, int)), default=base.epochs)


def _usable(space: Space, faulty: frozenset[str]) -> dict[str, Parameter]:
    """Return the parameters whose values can be tried without reporting a known fault again."""
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
    # Dropping a parameter also drops those whose conditions need it, until none is left to drop.
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
    """Return nested or dotted overrides keyed by dotted names."""
    flat: dict[str, Any] = {}
    for key, value in overrides.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _rest(fault: Fault) -> tuple[str, object, str]:
    return fault.rule, fault.value, fault.fix

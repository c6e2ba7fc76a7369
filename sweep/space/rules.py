"""Rules on which keys of a space go together: method, trials, arms, replicates, sampler, objectives, sets."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice

from adsw.errors import Fault, unknown
from adsw.train.recipe import Recipe
from sweep.space.configurations import grid
from sweep.space.distributions import Choices
from sweep.space.evaluation_set import OWN
from sweep.space.model import DEFAULT, Space

MOST_GRID_TRIALS = 10_000


def rules(space: Space, base: Recipe, faulty: frozenset[str]) -> Iterator[Fault]:
    """Yield every fault of keys that do not go together.

    Args:
        space: well-formed, perhaps after parts were left out.
        base: the recipe under it.
        faulty: see `sweep.space.check.check`.
    """
    yield from _evaluated(space)
    yield from _objectives(space, faulty)
    if "method" in faulty:
        return
    yield from _judging(space)
    if len(space.objectives) > 1:
        yield from _several(space)
    if space.method == "grid":
        yield from _grid_rules(space)
        yield from _stages(space, base, faulty)
    else:
        yield from _search_rules(space, faulty)


def _evaluated(space: Space) -> Iterator[Fault]:
    names = [evaluated.name for evaluated in space.evaluate]
    for index, name in enumerate(names):
        if name in names[:index]:
            fix = "Write {name: ..., store: ...} with another name."
            yield Fault(f"evaluate.{index}", f"a set called {name} stands there already", None, fix)


def _objectives(space: Space, faulty: frozenset[str]) -> Iterator[Fault]:
    """Check that objectives are measured on sets that exist, and differ."""
    sets = [OWN, *(evaluated.name for evaluated in space.evaluate)]
    metrics = [objective.metric for objective in space.objectives]
    for index, objective in enumerate(space.objectives):
        place = f"objective.{index}.metric" if len(metrics) > 1 else "objective.metric"
        if objective.evaluation_set not in sets and "evaluate" not in faulty:
            yield unknown(place, objective.evaluation_set, sets, "evaluation set")
        if objective.metric in metrics[:index]:
            yield Fault(place, "is an objective already", objective.metric, "Name each once.")


def _judging(space: Space) -> Iterator[Fault]:
    """Check that a best epoch is asked for where trials are ended by it, by one objective and by nothing else."""
    if space.patience is None:
        return
    if space.judge != "best":
        rule = "ends a trial that gets no better, which is judged at its best epoch"
        yield Fault("patience", rule, space.patience, "Add judge: best, or leave it out.")
    if space.scheduler.kind != "none":
        rule = "ends trials that get no better, and the scheduler ends trials too"
        yield Fault("patience", rule, space.patience, "Leave the scheduler out, or patience.")


def _several(space: Space) -> Iterator[Fault]:
    """Yield the keys that cannot be used with several objectives."""
    if space.scheduler.kind != "none":
        rule = "stops trials by one objective, and there are several"
        yield Fault("scheduler.kind", rule, space.scheduler.kind, "Leave the scheduler out.")
    if space.judge == "best":
        yield Fault("judge", "best goes by one objective, and there are several", "best", "Judge the last epoch.")
    for key in ("confirm", "tune", "until_decided"):
        if getattr(space, key):
            place = "replicates" if key == "until_decided" else key
            yield Fault(place, f"{key} goes by one objective, and there are several", None, "Leave it out.")


def _sampler_rules(space: Space) -> Iterator[Fault]:
    """Yield what methods optuna and random are asked for and their sampler cannot do."""
    searcher, label = space.searcher, space.searcher.ability.label
    if space.method == "random":
        if searcher.sampler != "random" and "sampler" in searcher.model_fields_set:
            yield Fault("searcher.sampler", "method random draws at random", searcher.sampler, "Set method: optuna.")
        return
    for name in searcher.void_settings():
        yield Fault(f"searcher.{name}", f"{label} has no {name}", getattr(searcher, name), "Leave it out.")
    if len(space.objectives) > 1 and not searcher.ability.several:
        fix = "Use tpe or nsga2, or give one objective."
        yield Fault("searcher.sampler", f"{label} takes one objective", searcher.sampler, fix)
    if searcher.sampler != "cmaes":
        return
    searched = {name: parameter for name, parameter in space.space.items() if parameter.searched}
    for name, parameter in searched.items():
        if parameter.when:
            rule = "has a condition, and CMA-ES needs parameters that every trial has"
            yield Fault(f"space.{name}", rule, None, "Use sampler tpe.")
    if searched and all(isinstance(parameter.distribution, Choices) for parameter in searched.values()):
        yield Fault("searcher.sampler", "CMA-ES searches numbers, and there are only choices", "cmaes", "Use tpe.")


def _search_rules(space: Space, faulty: frozenset[str]) -> Iterator[Fault]:
    """Check the keys of a space of methods optuna and random."""
    method = space.method
    given_keys = {"arms": _has_arms(space), "replicates": _has_replicates(space), "tune": space.tune}
    for key, given in (given_keys | {"steps": space.steps}).items():
        if given:
            fix = "Set method: grid, or use include." if key == "arms" else "Set method: grid."
            yield Fault(key, f"method {method} has no {key}", None, fix)
    # An entry that made no parameter has a fault of its own, which is reported alone.
    unread = len({*space.entries.values()}) < len(space.written)
    if not faulty and not unread and not any(parameter.searched for parameter in space.space.values()):
        yield Fault("space", "must name at least one parameter to search", None, "Add one, or set method: grid.")
    yield from _sampler_rules(space)
    if space.trials is None and space.budget.trial_epochs is None and not {"trials", "budget"} & faulty:
        yield Fault("trials", "is required", None, "Say how many trials to run, or give budget.trial_epochs.")
    if space.trials is not None and space.trials < len(space.include):
        rule = f"must leave room for the {len(space.include)} included configurations"
        yield Fault("trials", rule, space.trials, f"Write {len(space.include)} or more.")


def _grid_rules(space: Space) -> Iterator[Fault]:
    """Check the keys of a space of method grid."""
    if space.trials is not None:
        yield Fault("trials", "a grid runs each of its points once", space.trials, "Leave it out.")
    if "searcher" in space.model_fields_set:
        yield Fault("searcher", "a grid has no sampler", None, "Leave it out.")
    if space.confirm:
        yield Fault("confirm", "a grid has replicates", space.confirm, "Leave it out, or give more replicates.")
    if DEFAULT in space.arms and DEFAULT in space.include:
        yield Fault("arms.default", "is included already", None, "Name it once.")
    if not _has_arms(space) and not space.space and not space.include:
        yield Fault("space", "the grid is empty", None, "Give parameters, arms or included configurations.")
    for name, parameter in space.space.items():
        if parameter.distribution.points(parameter.points) is None:
            yield Fault(f"space.{name}", "is continuous, and a grid needs a number of points", None, "Add points: 5.")


def _stages(space: Space, base: Recipe, faulty: frozenset[str]) -> Iterator[Fault]:
    """Check what steps, tuning, and replicates without a number need of a grid."""
    if space.steps and "arms" not in faulty and len(space.arms) < 2:
        yield Fault("steps", "compares each arm with the one before, and needs two arms", True, "Leave it out.")
    if space.tune is not None:
        yield from _tuned(space, base, faulty)
    if space.until_decided is not None and space.scheduler.kind != "none":
        rule = "until_decided compares trials at their last epoch"
        yield Fault("scheduler.kind", rule, space.scheduler.kind, "Leave the scheduler out.")


def _tuned(space: Space, base: Recipe, faulty: frozenset[str]) -> Iterator[Fault]:
    """Check what `tune` needs: arms, nuisance parameters only, and seeds that no replicate has."""
    assert space.tune is not None
    if not _has_arms(space) and "arms" not in faulty:
        yield Fault("tune", "is done for every arm, and there are none", None, "Add arms, or leave it out.")
    searched = {name: parameter.role for name, parameter in space.space.items() if parameter.searched}
    if not searched and not faulty:
        rule = "needs a nuisance parameter to tune"
        yield Fault("tune", rule, None, "Search one with role: nuisance, such as optim.lr.")
    for name, role in searched.items():
        if role != "nuisance":
            fix = "Set role: nuisance, or ask about it with an arm for each value."
            yield Fault(f"space.{name}.role", "only nuisance parameters are tuned", role, fix)
    tuning = space.tune.seeds(base.seed)
    both = sorted({*tuning} & {*space.replicates})
    if both:
        rule = f"seeds {tuning[0]} to {tuning[-1]} tune, so they must not judge"
        yield Fault("replicates", rule, both[0], "List other seeds.")


def grid_size(space: Space, faulty: frozenset[str]) -> Iterator[Fault]:
    """Check that a grid has not too many trials, nor too few to compare; only if its values are known to be right."""
    sized = all(parameter.distribution.points(parameter.points) for parameter in space.space.values())
    if faulty or not sized:
        return
    arms = max(len(space.arms), 1)
    most = space.replication.counts[1]
    repeats, what = (space.tune.replicates, "tuning seeds") if space.tune else (most, "replicates")
    room = MOST_GRID_TRIALS // (arms * repeats)
    # Points are counted one by one, since conditions leave some out; the product below is a bound only.
    points = sum(1 for _ in islice(grid(space), room + 1))
    if points > room:
        sizes = [len(parameter.distribution.points(parameter.points) or []) for parameter in space.space.values()]
        rule = (
            f"the grid has more than {MOST_GRID_TRIALS:,} trials: up to {math.prod(sizes):,} points "
            f"x {arms} arms x {repeats} {what}"
        )
        yield Fault("space", rule, None, "Take fewer choices or points, or method random.")
    compared = len(space.include) + (arms if space.tune else arms * points)
    if space.until_decided is not None and compared < 2 and not space.named_arms.one_per_store:
        fix = "Add arms, or list the seeds."
        yield Fault("replicates", "until_decided compares two or more arms or points", None, fix)


def _has_arms(space: Space) -> bool:
    return bool(space.arms) or space.named_arms.one_per_store


def _has_replicates(space: Space) -> bool:
    return bool(space.replicates) or space.until_decided is not None

"""Schedules that are longer than the trials which follow them, so that they never reach their ends."""

from __future__ import annotations

from collections.abc import Iterator

from adsw.train.adaptation import adaptive_schedules
from adsw.train.recipe import Recipe, resolve, schedules_of
from sweep.space.distributions import is_number
from sweep.space.model import Space


def too_long(space: Space, base: Recipe) -> Iterator[str]:
    """Yield a sentence for every schedule that is longer than a trial: searched, fixed, or of an arm.

    Args:
        space: a checked space.
        base: its base recipe.
    """
    if "epochs" in space.space:  # trials then differ in length
        return
    for name, adaptive in adaptive_schedules(base).items():
        if adaptive.fastest > base.epochs:
            rate = f"{name} takes {adaptive.fastest} epochs or more to reach its end"
            yield f"{rate}, and the trials have {base.epochs}: fewer steps or less patience would."
    for name, parameter in space.space.items():
        longest = max((end for end in parameter.distribution.ends() if is_number(end)), default=0)
        if name.endswith(".epochs") and longest > base.epochs:
            yield f"{name} goes up to {longest:g}, beyond the trials' {base.epochs} epochs."
    searched = {target for name, parameter in space.space.items() for target in parameter.targets(name)}
    recipes = {"": base} | {f" (arm {arm})": resolve(given, base) for arm, given in space.arms.items()}
    told: set[str] = set()
    for where, recipe in recipes.items():
        for name, schedule in schedules_of(recipe).items():
            epochs = getattr(schedule, "epochs", None)
            if epochs is None or epochs <= recipe.epochs or any(t.startswith(name) for t in searched):
                continue
            reached, end = schedule.at(recipe.epochs - 1), schedule.at(epochs)
            sentence = (
                f"takes {epochs:g} epochs, and the trials have {recipe.epochs}: it gets to {reached:.3g} of {end:.3g}."
            )
            if f"{name} {sentence}" not in told:  # arms inherit the recipe's
                told.add(f"{name} {sentence}")
                yield f"{name}{where} {sentence}"

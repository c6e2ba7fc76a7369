"""The winner: its settings against the default in words, and the commands and the recipe to use it with."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from adsw.errors import InputError
from adsw.report.format import plural, short, signed
from adsw.report.opening import Step
from adsw.report.section import Code, Fold, Notes, Paragraph, Section, Steps
from adsw.train.recipe import Recipe, dotted, resolve, schedules_of
from adsw.train.schedules import Adaptive, AnySchedule, Constant
from adsw.train.schedules.describe import known_path, schedule_words
from sweep.report.data import RunData
from sweep.report.leaderboard import Leaderboard
from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord
from sweep.run.store_places import stores_of

HARDLY = 0.02
"""Mean probability of swaps below which a trial is said to train practically without them."""
NAMES = {
    "text.swap.probability": "swaps",
    "text.view_dropout.rate": "view dropout",
    "text.mix.tags": "tag lists in the mix",
    "text.mix.caption": "captions in the mix",
    "text.mix.human": "human captions in the mix",
    "optim.lr": "learning rate",
}
"""Scheduled quantities in plain words."""


def winner_section(run: RunData, board: Leaderboard, won: bool) -> Section | None:
    """Return the section on how the best trial differs from the default and how it is used; None without one.

    Args:
        run: the run.
        board: its trials.
        won: whether the answer is that something won.
    """
    best = board.best
    record = next((each for each in run.records if best is not None and each.number == best.number), None)
    if best is None or record is None:
        return None
    try:
        recipe = resolve(record.recipe)
    except InputError:
        return None
    base = _recipe_of(run, None if board.default is None else board.default.number) or Recipe()
    against = "the sweep's default" if board.default is not None else "the default recipe"
    lines = tuple(differences_in_words(recipe, base))
    same = "It is the default." if best.is_default else f"It trains by the same recipe as {against}."
    blocks = (
        Notes(lines) if lines else Paragraph(same),
        Steps(tuple(commands(run, record))),
        Fold(
            "The recipe as YAML, for adsw train --recipe FILE",
            (Code(yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=100)),),
        ),
    )
    arm = f" (“{best.arm}”)" if best.arm else ""
    intro = f"Trial {best.number}{arm} has the best {board.metric}. First what sets it apart from {against}."
    title = f"What {'won' if won else 'leads'}, and how to use it"
    return Section("use", title, blocks, intro, label="Use it")


def _recipe_of(run: RunData, number: int | None) -> Recipe | None:
    record = next((each for each in run.records if each.number == number), None)
    try:
        return resolve(record.recipe) if record is not None and record.recipe else None
    except InputError:
        return None


def differences_in_words(recipe: Recipe, base: Recipe) -> Iterator[str]:
    """Yield a sentence for each setting that differs from the base: what it is, and what it was."""
    mine, theirs = schedules_of(recipe), schedules_of(base)
    for name in dict.fromkeys([*mine, *theirs]):
        one, other = mine.get(name), theirs.get(name)
        if one is not None and one != other:
            before = f", instead of {_schedule(other, base.epochs)}" if other is not None else ""
            yield f"{_named(name)}: {_schedule(one, recipe.epochs)}{before}{_meaning(name, one, other, recipe, base)}"
    scheduled = (*mine, *theirs)
    flat, flat_base = dotted(recipe), dotted(base)
    for name in sorted(flat.keys() | flat_base.keys()):
        owned = any(name == owner or name.startswith(f"{owner}.") for owner in scheduled)
        value, was = flat.get(name), flat_base.get(name)
        if not owned and name != "seed" and value != was:
            yield f"{name}: {short(value, 3)}, instead of {short(was, 3)}{_ratio(value, was)}."


def _named(name: str) -> str:
    words = NAMES.get(name)
    return f"{words[0].upper()}{words[1:]} ({name})" if words else name


def _schedule(schedule: AnySchedule, epochs: int) -> str:
    """Return a schedule in words, with what it comes to if it is longer than the trial."""
    if isinstance(schedule, Constant):
        return short(schedule.value, 3)
    words = schedule_words(schedule)
    span = getattr(schedule, "epochs", None)
    if isinstance(schedule, Adaptive) or span is None:
        return words
    end = span + getattr(schedule, "delay", 0.0)
    if end <= epochs - 1:
        return words
    last, final = short(schedule.at(float(epochs - 1)), 2), short(schedule.at(float(end)), 2)
    when = "only after its last epoch" if end <= epochs else f"never within its {plural(epochs, 'epoch')}"
    return f"{words} ({final} is reached {when}, which begins with {last})"


def _meaning(name: str, one: AnySchedule, other: AnySchedule | None, recipe: Recipe, base: Recipe) -> str:
    """End the sentence, and say what a schedule amounts to over the trial's epochs."""
    if isinstance(one, Adaptive) or isinstance(other, Adaptive):
        return "."
    mean = _mean(one, recipe.epochs)
    if name == "text.swap.probability" and mean < HARDLY:
        return ". It trains practically without swaps."
    if other is None:
        return "."
    before = _mean(other, base.epochs)
    if isinstance(one, Constant) and isinstance(other, Constant):
        return f"{_ratio(mean, before)}."
    return f". In the mean over its epochs {short(mean, 2)} against {short(before, 2)}."


def _mean(schedule: AnySchedule, epochs: int) -> float:
    values = known_path(schedule, epochs).values[:-1] or (schedule.at(0.0),)
    return sum(values) / len(values)


def _ratio(value: Any, before: Any) -> str:
    """Say how many times a figure is what it was; empty for what is no positive figure."""
    figures = all(isinstance(each, int | float) and not isinstance(each, bool) and each > 0 for each in (value, before))
    if not figures or value == before:
        return ""
    times = value / before
    return f" ({times:.1f} times as much)" if times >= 1.95 else f" ({signed(100 * (times - 1), 0)} %)"


def commands(run: RunData, record: TrialRecord) -> Iterator[Step]:
    """Yield the commands that use the trial's checkpoint, or train it again where none was kept."""
    checkpoint = None if run.path is None else RunFolder(run.path).kept_checkpoint(record.number)
    store = _store(run, record)
    if checkpoint is None:
        again = ["adsw", "train", "--store", store, *_settings(record), "--out", f"runs/{run.name}-best"]
        yield Step("Its checkpoint was not kept. Train it again:", shlex.join(again))
        return
    place = _near(checkpoint)
    yield Step("Listen to what it finds:", shlex.join(["adsw", "search", place, "--store", store, "a slow sad tune"]))
    everything = ["adsw", "evaluate", place, "--store", store, "--all", "--html", "evaluation.html"]
    yield Step("Evaluate it on everything that the store allows:", shlex.join(everything))
    index = ["adsw", "index", place, "--store", store, "--out", f"indexes/{run.name}"]
    yield Step("Search it often:", shlex.join(index))
    yield Step("Give it to others:", shlex.join(["adsw", "export", place, "--out", f"exports/{run.name}"]))


def _settings(record: TrialRecord) -> list[str]:
    """Return the options of `adsw train` that make its recipe out of the default one."""
    recipe, base = dotted(resolve(record.recipe)), dotted(Recipe())
    changed: Mapping[str, Any] = {name: value for name, value in recipe.items() if base.get(name, ...) != value}
    return [word for name, value in changed.items() for word in ("--set", f"{name}={value}")]


def _store(run: RunData, record: TrialRecord) -> str:
    stores = run.sweep.named_stores if run.path is None else stores_of(run.path, run.sweep)
    path = stores[record.store].path if record.store in stores else None
    return _near(Path(path)) if path else "STORE"


def _near(path: Path) -> str:
    """Return a path, from here if it lies below."""
    here = Path.cwd()
    full = path.resolve()
    return str(full.relative_to(here)) if full.is_relative_to(here) else str(path)

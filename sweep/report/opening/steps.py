"""What to do next: go on, add seeds, widen a range, or use the winner; with the commands."""

from __future__ import annotations

import math
import shlex
from pathlib import Path

from adsw.metrics import digits_of
from adsw.report.format import listed, number, plural, short, short_names
from adsw.report.opening import Step
from sweep.report.ablation.results import Ablation
from sweep.report.ablation.text import needed_text, quoted
from sweep.report.data import RunData
from sweep.report.findings import Findings
from sweep.report.hyperparameters import Influence
from sweep.report.leaderboard import Leaderboard
from sweep.run.command_lines import command_line
from sweep.space.distributions import Distribution, Integers, Reals

MOST_STEPS = 3
NEAR_END = 0.05
"""Share of a range from whose end on a value is said to lie at it."""
OUT_OF_REACH = 100
"""Replicates from which on a larger change is advised instead of more seeds."""
MANY_TIED = 3


def next_steps(run: RunData, board: Leaderboard, influence: Influence, more: Findings) -> tuple[Step, ...]:
    """Return what is worth doing now, the most useful first."""
    if run.status == "running":
        return (Step("Watch it:", on_run(run, "status", "--watch")),)
    if run.status in ("interrupted", "failed"):
        return (Step("Go on with it:", on_run(run, "resume")),)
    if board.best is None:
        return (Step("See why trials failed, then train them again:", on_run(run, "resume", "--failed")),)
    if more.ablation is not None:
        steps = _of_arms(run, more.ablation)
    else:
        fresh = more.confirmation.primary if more.confirmation is not None else None
        use = _use(run)
        confirmed = fresh is not None and fresh.holds(board.mode)
        first, last = (use, []) if confirmed else ([], use)
        steps = [*first, *_confirm(run, more), *_wider(run, board), *_longer(run, influence), *last]
    return tuple(steps[:MOST_STEPS])


def _of_arms(run: RunData, ablation: Ablation) -> list[Step]:
    """Advise more seeds where they can decide, and a larger change where they cannot."""
    split = ablation.primary
    if any(comparison.decided for comparison in split.comparisons):
        return _use(run)
    needed = {c.name: c.needed for c in split.comparisons if c.needed is not None and c.needed.replicates is not None}
    if not needed:
        return [Step(f"Set `replicates: 5` in the space and run it again{_taken_over(run)}:", _again(run))]
    name, least = min(needed.items(), key=lambda pair: pair[1].replicates or math.inf)
    count = least.replicates or 0
    comparison = next(c for c in split.comparisons if c.name == name)
    gap = number(abs(comparison.shown), digits_of(split.metric.full))
    plan = Step(
        "See what more seeds would buy:", _on_named(run, "power", "--run", "--difference", gap.replace("−", "-"))
    )
    seen = f"{quoted(name)} is nearest to a decision: its difference takes {needed_text(least)} seeds"
    if count > OUT_OF_REACH:
        return [Step(f"{seen}. Try a larger change rather than more of them."), plan]
    return [Step(f"{seen}. Set `replicates: {count}` and run again{_taken_over(run)}:", _again(run)), plan]


def _confirm(run: RunData, more: Findings) -> list[Step]:
    if more.confirmation is not None or more.front is not None:
        return []
    return [Step(f"More seeds: set `confirm: 3` in the space and run it again{_taken_over(run)}:", _again(run))]


def _wider(run: RunData, board: Leaderboard) -> list[Step]:
    """Advise another range where the winner lies at the end of one."""
    best = board.best
    if best is None or best.is_default:
        return []
    names = short_names(board.parameters)
    ends = [
        f"{names[name]} ({short(value, 3)}, searched {parameter.distribution.words()})"
        for name, value in best.params.items()
        if (parameter := run.space.space.get(name)) is not None
        and parameter.searched
        and at_end(value, parameter.distribution)
    ]
    if not ends:
        return []
    what = "another range" if len(ends) == 1 else "other ranges"
    return [Step(f"Try {what}: the winner lies at the end of {listed(ends)}.")]


def at_end(value: object, searched: Distribution) -> bool:
    """Return whether a value lies at an end of its range that is not the end of all that it can be.

    >>> at_end(0.0098, Reals(1e-4, 1e-2, log=True)), at_end(0.99, Reals(0.0, 1.0)), at_end("step", Reals(0.0, 1.0))
    (True, False, False)
    """
    if (
        not isinstance(searched, Reals | Integers)
        or not isinstance(value, int | float)
        or searched.high <= searched.low
    ):
        return False
    low, high, at = float(searched.low), float(searched.high), float(value)
    natural = (low in (0.0, 1.0), high == 1.0)
    if searched.log:
        low, high, at = math.log(low), math.log(high), math.log(at)
    share = (at - low) / (high - low)
    return (share <= NEAR_END and not natural[0]) or (share >= 1 - NEAR_END and not natural[1])


def _longer(run: RunData, influence: Influence) -> list[Step]:
    """Advise more trials where many tie with the best."""
    if len(influence.tied_with_best) < MANY_TIED or run.space.trials is None or run.space.method == "grid":
        return []
    tied = plural(len(influence.tied_with_best), "trial")
    command = f"{on_run(run, 'extend', '--trials', '16')} && {on_run(run, 'resume')}"
    return [Step(f"More trials ({tied} can't be told from the best):", command)]


def _use(run: RunData) -> list[Step]:
    return [Step("Use it: recipe and commands stand in the report, under “Use it”. In short:", on_run(run, "best"))]


def _taken_over(run: RunData) -> str:
    return " (what is trained already is taken over)" if run.sweep.reuse else ""


def on_run(run: RunData, verb: str, *more: str) -> str:
    """Return the command that does something with a run."""
    return command_line(verb, run.path, *more) if run.path is not None else shlex.join(["sweep", verb, run.name, *more])


def _on_named(run: RunData, verb: str, option: str, *more: str) -> str:
    """Return a command that takes the run by an option."""
    words = shlex.split(on_run(run, verb, *more))
    return shlex.join([*words[:2], option, *words[2:]])


def _again(run: RunData) -> str:
    """Return the command that started the run, without the run's name; empty if it was started otherwise."""
    command = list(run.sweep.command)
    if len(command) < 3 or command[1] != "run":
        return ""
    words = ["sweep", *command[1:]]
    if "--name" in words:
        place = words.index("--name")
        del words[place : place + 2]
    here = f"{Path.cwd()}/"
    return shlex.join([word.removeprefix(here) for word in words if not word.startswith("--name=")])

"""Replicates that were added until all was decided: how every arm stands, with error control over all looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sweep.space.compile import base_recipe
from sweep.state import SweepStatus, TrialState
from sweep.statistics.sequential import Decision, looks, sequential_decisions, spent
from sweep.view.ablation_arms import Arm
from sweep.view.run_data import RunData


@dataclass(frozen=True, slots=True)
class Sequential:
    """The plan of looks, and the decisions on one split."""

    plan: tuple[int, ...]
    """Replicates at the looks."""
    spent: tuple[float, ...]
    """What each look spends of the 5 %."""
    decisions: dict[str, Decision]
    """By arm."""

    @property
    def most(self) -> int:
        """Replicates at the last look."""
        return self.plan[-1]


def plan_of(run: RunData) -> tuple[int, ...]:
    """Replicates at the looks; empty where their number was fixed beforehand."""
    rule = run.space.until_decided
    return looks(rule.first, rule.step, rule.most) if rule is not None else ()


def sequential_of(run: RunData, arms: Sequence[Arm], reference: Arm, dataset: str) -> Sequential | None:
    """The decisions that the trials so far allow; None where replicates were fixed beforehand.

    Trials were added by what validation showed. The decisions on another split are valid all the same: the sequential
    p-value holds at all looks together, so it does not matter why an arm's replicates ended.
    """
    plan = plan_of(run)
    if not plan:
        return None
    others = [arm for arm in arms if arm is not reference]
    over = run.status == SweepStatus.DONE
    decisions = sequential_decisions(
        {arm.name: _differences(run, arm, reference, dataset) for arm in others},
        plan,
        ended=[arm.name for arm in others] if over else [],
    )
    return Sequential(plan, spent(plan), decisions)


def _differences(run: RunData, arm: Arm, reference: Arm, dataset: str) -> list[float]:
    """Arm minus reference in the order of seeds, up to the first seed that may still come."""
    rule = run.space.until_decided
    mine, theirs = arm.values(dataset), reference.values(dataset)
    if rule is None:
        return []
    found = []
    over = run.status == SweepStatus.DONE
    lost = {(record.arm, record.seed) for record in run.records if record.state is TrialState.FAILED}
    for seed in rule.seeds(base_recipe(run.space).seed):
        if seed in mine and seed in theirs:
            found.append(mine[seed] - theirs[seed])
        elif not over and not {(arm.of, seed), (reference.of, seed)} & lost:
            break
    return found

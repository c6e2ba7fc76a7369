"""The winners of searches on fresh seeds: differences that cover what another seed would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adsw.align.recipe import dotted, resolve
from sweep.state import TrialRecord, TrialState
from sweep.view.ablation.design import Arm
from sweep.view.comparison.shared_arms import ArmGap, judged_gaps
from sweep.view.comparison.sides import Side
from sweep.view.comparison.standings import BEST, DEFAULT
from sweep.view.leaderboard import DEFAULT_ARM
from sweep.view.scores import Metric


def fresh_gaps(sides: Sequence[Side]) -> tuple[ArmGap, ...]:
    """Winner and default of each other search minus those of the first, over the fresh seeds of both."""
    first = sides[0]
    known = fresh_arms(first)
    return judged_gaps(
        first,
        [(side, arm, known[name]) for side in sides[1:] for name, arm in fresh_arms(side).items() if name in known],
    )


def fresh_arms(side: Side) -> Mapping[str, Arm]:
    """What a search trained again after it, by `BEST` and `DEFAULT`."""
    best = side.board.best
    done = [one for one in side.run.confirming if one.state is TrialState.COMPLETED]
    if best is None or not done:
        return {}
    winner = next(one for one in side.run.records if one.number == best.number)
    chosen = {
        BEST: [one for one in done if _settings(one) == _settings(winner)],
        DEFAULT: [one for one in done if one.arm == DEFAULT_ARM],
    }
    arms = {name: _arm(side, name, records) for name, records in chosen.items() if records}
    return {name: arm for name, arm in arms.items() if arm.valid}


def _arm(side: Side, name: str, records: Sequence[TrialRecord]) -> Arm:
    metric = Metric.parse(side.board.metric)
    on_test = side.run.on_test(metric)
    tested = {one.seed: on_test.value(side.run.test[one.number]) for one in records if one.number in side.run.test}
    return Arm(
        name=name,
        trials={one.seed: one.number for one in records},
        valid={one.seed: value for one in records if (value := one.value(metric.full)) is not None},
        test={seed: value for seed, value in tested.items() if value is not None},
        settings=_settings(records[0]),
        listed=False,
    )


def _settings(record: TrialRecord) -> dict[str, object]:
    """The recipe but for its seed."""
    return {name: value for name, value in dotted(resolve(record.recipe)).items() if name != "seed"}

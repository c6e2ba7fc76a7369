"""What an ablation lists next: tuning, replicates with the chosen values, further looks."""

from __future__ import annotations

from typing import Any

import pytest

from sweep.run.records import TrialRecord, TrialState
from sweep.search.grid_search import chosen_params, known_list
from sweep.space.load import parse_space
from sweep.space.model import Space
from sweep.space.trial_spec import TrialSpec

METRIC = "valid/t2m/R@10"
ARMS = {"plain": {}, "half": {"text.swap.probability": 0.5}, "full": {"text.swap.probability": 1.0}}


def space_of(**keys: Any) -> Space:
    base = {"objective": {"metric": METRIC}, "method": "grid", "arms": ARMS}
    return parse_space({**base, **keys})


def ended(item: TrialSpec, number: int, value: float | None) -> TrialRecord:
    state = TrialState.FAILED if value is None else TrialState.COMPLETED
    return TrialRecord.of(item, number, state, metrics={} if value is None else {METRIC: value})


def run(space: Space, value_of: Any) -> list[TrialRecord]:
    """Run all that there is to run, one stage after another."""
    records: dict[int, TrialRecord] = {}
    while True:
        found = known_list(space, records)
        if len(found) == len(records):
            return list(records.values())
        for number in range(len(records), len(found)):
            records[number] = ended(found[number], number, value_of(found[number]))


TUNED = {
    "space": {"optim.lr": {"choice": [1e-4, 1e-3, 1e-2], "role": "nuisance"}},
    "tune": {"replicates": 2},
    "replicates": [1, 2, 3],
}
BEST = {"plain": 1e-3, "half": 1e-2, "full": 1e-4}


def by_rate(item: TrialSpec) -> float:
    return 0.5 - abs(item.params["optim.lr"] - BEST[item.arm or ""]) - 1e-4 * item.recipe.seed


def test_every_arm_is_trained_with_its_own_best_nuisance_values() -> None:
    records = run(space_of(**TUNED), by_rate)
    tuning = [record for record in records if record.purpose == "tune"]
    rest = [record for record in records if not record.purpose]
    assert len(tuning) == 3 * 3 * 2
    assert [(record.arm, record.seed) for record in rest] == [(arm, seed) for seed in (1, 2, 3) for arm in ARMS]
    assert {record.arm: record.params["optim.lr"] for record in rest} == BEST
    assert {record.seed for record in tuning}.isdisjoint({record.seed for record in rest})


def test_nothing_is_chosen_before_all_tuning_has_ended() -> None:
    space = space_of(**TUNED)
    found = known_list(space, {})
    records = {number: ended(item, number, by_rate(item)) for number, item in enumerate(found[:-1])}
    assert known_list(space, records) == found


def test_lower_ranks_are_better_where_the_objective_says_so() -> None:
    space = space_of(objective={"metric": "valid/t2m/MedR"}, **TUNED)
    found = known_list(space, {})
    records = [
        ended(item, number, None).model_copy(
            update={"state": TrialState.COMPLETED, "metrics": {"valid/t2m/MedR": 1000 * item.params["optim.lr"]}}
        )
        for number, item in enumerate(found)
    ]
    assert {params["optim.lr"] for params in chosen_params(space, records).values()} == {1e-4}


def test_an_arm_whose_tuning_failed_is_left_out() -> None:
    records = run(space_of(**TUNED), lambda item: None if item.arm == "half" else by_rate(item))
    assert {record.arm for record in records if not record.purpose} == {"plain", "full"}


UNTIL = {"replicates": {"until_decided": {"first": 4, "step": 4, "most": 16}}}


def noise(item: TrialSpec, scale: float) -> float:
    """Differs by arm and seed; sums to nothing over any two seeds in a row."""
    place = list(ARMS).index(item.arm or "")
    return scale * (1 if (item.recipe.seed + place) % 2 else -1) * (1 + 0.1 * item.recipe.seed + 0.01 * place)


def test_arms_are_dropped_once_decided_and_the_reference_goes_on() -> None:
    gain = {"plain": 0.0, "half": 0.0, "full": 0.5}
    records = run(space_of(**UNTIL), lambda item: gain[item.arm or ""] + noise(item, 0.005))
    counts = {arm: sum(record.arm == arm for record in records) for arm in ARMS}
    assert counts["full"] < counts["half"] == counts["plain"] == 16


def test_it_ends_as_soon_as_all_is_decided() -> None:
    gain = {"plain": 0.0, "half": -0.4, "full": 0.5}
    records = run(space_of(**UNTIL), lambda item: gain[item.arm or ""] + noise(item, 0.001))
    assert {sum(record.arm == arm for record in records) for arm in ARMS} == {max(4, len(records) // 3)}
    assert len(records) < 3 * 16


def test_a_failed_replicate_stops_its_arm_and_no_other() -> None:
    def value(item: TrialSpec) -> float | None:
        return None if (item.arm, item.recipe.seed) == ("half", 1) else noise(item, 0.01)

    records = run(space_of(**UNTIL), value)
    counts = {arm: sum(record.arm == arm for record in records) for arm in ARMS}
    assert counts == {"plain": 16, "half": 4, "full": 16}


def test_a_failed_replicate_of_the_reference_stops_nobody_else() -> None:
    def value(item: TrialSpec) -> float | None:
        return None if (item.arm, item.recipe.seed) == ("plain", 1) else noise(item, 0.01)

    records = run(space_of(**UNTIL), value)
    assert {arm: sum(record.arm == arm for record in records) for arm in ARMS} == dict.fromkeys(ARMS, 16)


def test_an_arm_that_always_fails_stays_in_the_family() -> None:
    """Its comparison counts for the others' error rate, and it gets no more replicates."""
    gain = {"plain": 0.0, "half": 0.0, "full": 0.5}

    def value(item: TrialSpec) -> float | None:
        return None if item.arm == "half" else gain[item.arm or ""] + noise(item, 0.001)

    records = run(space_of(**UNTIL), value)
    counts = {arm: sum(record.arm == arm for record in records) for arm in ARMS}
    assert counts["half"] == 4
    assert counts["plain"] == counts["full"] < 16


def test_points_of_a_grid_are_decided_one_by_one() -> None:
    space = parse_space(
        {
            "objective": {"metric": METRIC},
            "method": "grid",
            "space": {"text.swap.probability": {"choice": [0.0, 0.5, 1.0]}},
            **UNTIL,
        }
    )
    gain = {0.0: 0.0, 0.5: 0.0, 1.0: 0.5}

    def value(item: TrialSpec) -> float:
        sign = 1 if (item.recipe.seed + int(2 * item.params["text.swap.probability"])) % 2 else -1
        return gain[item.params["text.swap.probability"]] + 0.005 * sign * (1 + 0.1 * item.recipe.seed)

    records = run(space, value)
    counts = [sum(record.params["text.swap.probability"] == point for record in records) for point in gain]
    assert counts[2] < counts[0] == counts[1] == 16


@pytest.mark.parametrize("keys", [{"replicates": [1, 2]}, {}])
def test_without_stages_all_is_listed_at_once(keys: dict[str, Any]) -> None:
    space = space_of(**keys)
    assert len(known_list(space, {})) == 3 * len(keys.get("replicates", [0]))

"""Schedules longer than the trials are told, be they searched, fixed, or an arm's."""

from __future__ import annotations

from sweep.space.configurations import base_recipe
from sweep.space.load import parse_space
from sweep.space.long_schedules import too_long
from sweep.space.model import Space

RAMP = {"kind": "linear", "start": 0, "end": 0.4, "epochs": 20}
SEARCH = {"objective": {"metric": "valid/t2m/mAP@10"}, "trials": 4, "space": {"optim.lr": {"uniform": [1e-3, 1e-2]}}}


def told(space: Space) -> list[str]:
    return [*too_long(space, base_recipe(space))]


def test_a_fixed_ramp_that_does_not_get_there() -> None:
    space = parse_space({**SEARCH, "recipe": {"epochs": 5, "text.swap.probability": RAMP}})
    assert told(space) == ["text.swap.probability takes 20 epochs, and the trials have 5: it gets to 0.08 of 0.4."]
    assert told(parse_space({**SEARCH, "recipe": {"epochs": 20, "text.swap.probability": RAMP}})) == []


def test_a_searched_one_and_an_arm_s() -> None:
    kinds = {"linear": {"start": 0, "end": 0.4, "epochs": {"int": [1, 40]}}}
    searched = {**SEARCH, "recipe": {"epochs": 4}, "space": {"text.swap.probability": {"schedule": kinds}}}
    assert told(parse_space(searched)) == ["text.swap.probability.epochs goes up to 40, beyond the trials' 4 epochs."]
    grid = {"objective": SEARCH["objective"], "method": "grid", "replicates": [0, 1]}
    none = {"text.swap.probability": 0}
    arms = {**grid, "recipe": {"epochs": 4, **none}, "arms": {"none": {}, "ramp": {"text.swap.probability": RAMP}}}
    assert [line.partition(" takes")[0] for line in told(parse_space(arms))] == ["text.swap.probability (arm ramp)"]

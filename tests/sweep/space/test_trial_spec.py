"""A trial's description: what of it is on disk, and what trials share."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adsw.errors import InputError
from adsw.train.recipe import identity, resolve
from sweep.run.records import TrialRecord, TrialState
from sweep.search.protocol import Proposal
from sweep.space.trial_spec import TrialSpec

RECIPE = resolve({"epochs": 3, "seed": 7, "optim.lr": 1e-3})
SPEC = TrialSpec(RECIPE, {"optim.lr": 1e-3}, "wide", "grid", "small", "tune")
STARTED: dict[str, Any] = {
    "number": 4,
    "arm": "wide",
    "params": {"optim.lr": 1e-3},
    "recipe": RECIPE.model_dump(mode="json"),
    "seed": 7,
    "origin": "grid",
    "optuna_number": 2,
    "purpose": "tune",
    "store": "small",
}
"""`started/0004.json` as a run folder holds it."""


def test_a_started_trial_is_read_and_written_as_ever() -> None:
    proposal = Proposal.restored(4, STARTED)
    assert proposal == Proposal(4, SPEC, 2)
    assert {"number": 4, **json.loads(json.dumps(proposal.document()))} == STARTED


def test_plain_data_reads_back_to_the_same_trial_and_needs_no_more_than_a_recipe() -> None:
    assert TrialSpec.from_document(json.loads(json.dumps(SPEC.document()))) == SPEC
    assert TrialSpec.from_document({"recipe": RECIPE.model_dump(mode="json")}) == TrialSpec(RECIPE)
    with pytest.raises(InputError):
        TrialSpec.from_document({"recipe": {"optim": {"lr": "fast"}}})


def test_a_record_holds_all_of_its_trial_but_who_chose_it() -> None:
    record = TrialRecord.of(SPEC, 4, TrialState.STOPPED, epochs=2, why="so")
    assert (record.number, record.seed, record.state, record.epochs, record.why) == (4, 7, TrialState.STOPPED, 2, "so")
    assert record.spec() == TrialSpec(RECIPE, SPEC.params, "wide", "", "small", "tune")
    assert record.spec().training == SPEC.training == ("small", identity(RECIPE))


def test_a_training_is_told_by_store_recipe_and_seed() -> None:
    assert TrialSpec(RECIPE, store="small").training == SPEC.training
    assert TrialSpec(resolve({"seed": 8}, RECIPE), store="small").training != SPEC.training
    assert TrialSpec(RECIPE).training != SPEC.training


@pytest.mark.parametrize(
    ("spec", "exempt"),
    [
        (TrialSpec(RECIPE), False),
        (TrialSpec(RECIPE, arm="default"), True),
        (TrialSpec(RECIPE, purpose="confirm"), True),
    ],
)
def test_named_trials_and_those_with_a_purpose_are_never_stopped(spec: TrialSpec, exempt: bool) -> None:
    assert spec.exempt is exempt

"""The JSON Schema of space files: what is right passes, and clear mistakes do not."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from adsw.train.recipe import known_names
from adsw.yaml_file import read_yaml
from sweep.cli import main
from sweep.space.json_schema import DRAFT, schema
from sweep.space.model import Space
from tests.sweep.space.fault_cases import FILE as FAULTS

SPACES = sorted((Path(__file__).parents[3] / "search_spaces").glob("*.yaml"))

RIGHT: dict[str, Any] = {
    "objective": [{"metric": "valid/t2m/R@10"}, {"metric": "other/m2t/MedR", "mode": "min"}],
    "trials": 8,
    "confirm": 0,
    "searcher": {"sampler": "nsga2", "population": 8},
    "evaluate": ["stores/other", "train", {"name": "words", "split": "valid", "source": "tags"}],
    "recipe": {"head": {"layers": 3}, "text.mix.tags": {"kind": "linear", "start": 0, "end": 1, "epochs": 3}},
    "space": {
        "text.mix": {"simplex": ["human", "caption", "tags"], "points": 4},
        "data.mix.songs": {"uniform": [0, 1], "when": {"head.layers": 2}},
        "head.layers": {"int": [1, 3, 1], "role": "nuisance"},
        "text.swap.probability": {
            "schedule": {"adaptive on plateau": {"start": 0, "end": {"uniform": [0, 0.5]}}, "constant": None}
        },
        "optim.clip": {"fixed": None},
    },
    "include": ["default", {"warm": {"loss": {"temperature": 0.1}}}],
}
GRID: dict[str, Any] = {
    "objective": {"metric": "valid/t2m/R@10"},
    "method": "grid",
    "arms": {"a": None, "b": {"store": "small", "text": {"swap.probability": 0.2, "mix": {"tags": 1}}}},
    "replicates": {"until_decided": {"most": 9}},
    "tune": {"replicates": 2},
}
WRONG_ROOTS = ("unknown key", "no objective", "metric misspelt", "metric of the test split", "method unknown")
WRONG = {
    "a name that is not known": {"space": {"optim.lrr": {"uniform": [0, 1]}}},
    "a group": {"space": {"head": {"choice": [1, 2]}}},
    "no distribution": {"space": {"optim.lr": {"role": "nuisance"}}},
    "two distributions": {"space": {"optim.lr": {"uniform": [0, 1], "int": [0, 1]}}},
    "a misspelt distribution": {"space": {"optim.lr": {"unifrom": [0, 1]}}},
    "one bound": {"space": {"optim.lr": {"uniform": [0]}}},
    "a whole number that is none": {"space": {"head.layers": {"int": [1, 2.5]}}},
    "no choice": {"space": {"head.pool": {"choice": []}}},
    "an unknown role": {"space": {"optim.lr": {"uniform": [0, 1], "role": "nuisence"}}},
    "a schedule of what takes none": {"space": {"head.width": {"schedule": {"constant": {"value": 3}}}}},
    "an unknown kind of schedule": {"space": {"optim.lr": {"schedule": {"cosin": {"value": 3}}}}},
    "a field of another kind": {"space": {"optim.lr": {"schedule": {"constant": {"end": 3}}}}},
    "a condition inside a schedule": {
        "space": {"optim.lr": {"schedule": {"constant": {"value": {"uniform": [0, 1], "when": {"a": 1}}}}}}
    },
    "a simplex of one": {"space": {"text.mix": {"simplex": ["tags"]}}},
    "the seed": {"space": {"seed": {"int": [0, 9]}}},
    "an unknown override": {"recipe": {"head": {"widht": 3}}},
    "an unknown dotted override": {"recipe": {"head.widht": 3}},
    "an override of the wrong type": {"recipe": {"head.layers": "two"}},
    "an override out of range": {"recipe": {"head.layers": 99}},
    "an unknown sampler": {"searcher": {"sampler": "tpee"}},
    "an unknown scheduler": {"scheduler": {"kind": "hyperband"}},
    "no trials": {"trials": 0},
    "an unknown metric": {"objective": {"metric": "valid/t2m/R@11"}},
    "an unknown split": {"evaluate": [{"name": "a", "store": "b", "split": "vaild"}]},
    "arms without a grid": {"arms": {"a": {}}},
    "an included name alone": {"include": ["paper"]},
}
WRONG_GRIDS = {
    "trials of a grid": {"trials": 3},
    "a word for arms": {"arms": "store"},
    "an arm of text": {"arms": {"a": "b"}},
    "a name with a slash": {"arms": {"a/b": {}}},
    "an unknown override of an arm": {"arms": {"a": {"epoch": 3}}},
    "a store that is no name": {"arms": {"a": {"store": "b/c"}}},
    "replicates of a word": {"replicates": "undecided"},
    "one replicate at first": {"replicates": {"until_decided": {"first": 1}}},
    "seeds that repeat": {"replicates": [1, 1]},
}


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    found = schema()
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


@pytest.mark.parametrize("path", SPACES, ids=lambda path: path.stem)
def test_ready_spaces_pass(path: Path, validator: Draft202012Validator) -> None:
    assert [*validator.iter_errors(read_yaml(path).content)] == []


@pytest.mark.parametrize("document", [RIGHT, GRID, {**GRID, "arms": "stores"}, FAULTS["base"]])
def test_what_is_right_passes(document: dict[str, Any], validator: Draft202012Validator) -> None:
    assert [*validator.iter_errors(document)] == []


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_do_not_pass(name: str, validator: Draft202012Validator) -> None:
    assert not validator.is_valid({**RIGHT, **WRONG[name]})


@pytest.mark.parametrize("name", WRONG_GRIDS)
def test_mistakes_of_grids_do_not_pass(name: str, validator: Draft202012Validator) -> None:
    assert not validator.is_valid({**GRID, **WRONG_GRIDS[name]})


@pytest.mark.parametrize("name", WRONG_ROOTS)
def test_faults_of_form_do_not_pass(name: str, validator: Draft202012Validator) -> None:
    case = FAULTS["cases"][name]
    document = {**copy.deepcopy(FAULTS["base"]), **case.get("with", {})}
    wrong = {key: value for key, value in document.items() if key not in case.get("without", [])}
    assert not validator.is_valid(wrong)


def test_every_key_and_every_name_stands_in_it() -> None:
    found = schema()
    assert found["$schema"] == DRAFT
    assert set(found["properties"]) == {field.alias or name for name, field in Space.model_fields.items()}
    plain = {name for name in known_names() if not name.startswith("data.mix.")}
    searched, fixed = found["properties"]["space"], found["$defs"]["recipe"]
    assert set(searched["properties"]) == plain - {"seed"} | {"text.mix", "data.mix"}
    assert plain <= set(fixed["properties"])
    assert searched["properties"]["optim.lr"]["description"] == "Default: 0.0003."


def test_editors_are_told_what_things_mean() -> None:
    def described(part: Any) -> Iterator[str]:
        if isinstance(part, dict) and isinstance(part.get("description"), str):
            yield part["description"]
        for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            yield from described(inner)

    found = [*described(schema())]
    assert all(found)
    for part in ("Trials in all", "Ended trials that tpe", "No trial is stopped before", "Before the first look"):
        assert any(part in text for text in found), part


def test_the_command_prints_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["sweep", "schema"])
    with pytest.raises(SystemExit) as end:
        main()
    assert (end.value.code or 0) == 0
    assert json.loads(capsys.readouterr().out) == schema()

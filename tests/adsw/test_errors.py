"""Faults: all at once, at their place, with the nearest right name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adsw.errors import Fault, Faults, InputError, faults_of, nearest, together, unknown


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rate: float = Field(0.0, ge=0, le=1)


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    inner: Inner = Inner()


def test_a_fault_names_place_rule_value_and_fix() -> None:
    assert str(Fault("row 3", "must not be empty", "", "Give it a name.")) == (
        "row 3: must not be empty (given: ''). Give it a name."
    )
    assert len(str(Fault("x", "is too long", "a" * 500))) < 120


def test_all_faults_are_raised_together() -> None:
    faults = Faults("space.yaml cannot be used")
    faults.raise_if_any()
    faults.add("trials", "must be at least 1", 0)
    faults.extend([Fault("name", "is required")])
    with pytest.raises(InputError) as caught:
        faults.raise_if_any()
    assert [fault.where for fault in caught.value.faults] == ["trials", "name"]
    assert "trials" in str(caught.value)
    assert "name" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("trails", "trials"), ("swap.probability", "text.swap.probability"), ("zzz", None)],
)
def test_the_nearest_name(name: str, expected: str | None) -> None:
    assert nearest(name, ["trials", "text.swap.probability", "name"]) == expected


def test_an_unknown_name_gets_the_nearest_or_the_known_ones() -> None:
    assert "trials" in unknown("space", "trails", ["trials"]).fix
    assert "alpha, beta" in unknown("space", "zzz", ["beta", "alpha"]).fix


def test_pydantics_findings_become_faults_at_their_keys() -> None:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate({"inner": {"rate": 2, "rat": 1}, "nam": "x"})
    found = {fault.where: fault for fault in faults_of(caught.value, Outer, "file.yaml")}
    assert set(found) == {"file.yaml: name", "file.yaml: nam", "file.yaml: inner.rate", "file.yaml: inner.rat"}
    assert "'rate'" in found["file.yaml: inner.rat"].fix
    assert "'name'" in found["file.yaml: nam"].fix
    assert found["file.yaml: inner.rate"].value == 2


def test_what_is_opened_together_is_told_together() -> None:
    def failing(title: str, where: str) -> Callable[[], Any]:
        def opener() -> Any:
            raise InputError(title, [Fault(where, "is wrong")])

        return opener

    assert together(lambda: 1, lambda: "two") == (1, "two")
    with pytest.raises(InputError) as caught:
        together(failing("One", "a"), lambda: 1, failing("Two", "b"))
    assert (caught.value.title, [fault.where for fault in caught.value.faults]) == ("One; Two", ["a", "b"])
    with pytest.raises(InputError) as caught:
        together(failing("One", "a"), title="All")
    assert caught.value.title == "All"


def test_an_abbreviation_is_near_what_it_abbreviates() -> None:
    names = ["optim.lr", "optim.lr.signal", "optim.weight_decay", "text.swap.probability"]
    assert nearest("optim.learning_rate", names) == nearest("learning_rate", names) == "optim.lr"
    assert nearest("weight_decay", names) == "optim.weight_decay"
    assert nearest("TPE", ["tpe", "gp"]) == "tpe"

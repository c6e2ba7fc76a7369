"""Which sweeps can be compared at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from adsw.errors import InputError
from sweep.report.compare.sides import identity_of, open_sides

from ..ablated import Ablated
from ..simulated import Simulation
from .compared import alike


def test_a_sweep_goes_by_its_folder(tmp_path: Path) -> None:
    one, _ = alike(tmp_path, "one", "two")
    one.path.rename(tmp_path / "moved")
    sides = open_sides(tmp_path, ["moved", "two"])
    assert [side.name for side in sides] == ["moved", "two"]
    assert len(sides[0].completed) == 8
    assert sides[0].arms == ()


def test_every_fault_of_the_names_is_told_at_once(tmp_path: Path) -> None:
    alike(tmp_path, "one", "two")
    with pytest.raises(InputError) as caught:
        open_sides(tmp_path, ["one", "two", "one", "two"])
    assert [fault.where for fault in caught.value.faults] == ["one", "two"]
    assert "is given twice" in str(caught.value)
    with pytest.raises(InputError) as caught:
        open_sides(tmp_path, ["one", "tow", "three"])
    assert [fault.where for fault in caught.value.faults] == ["tow", "three"]
    assert "Did you mean 'two'?" in str(caught.value)


def test_sweeps_of_two_objectives_cannot_be_compared(tmp_path: Path) -> None:
    alike(tmp_path, "one", "two")
    Simulation(trials=1, failed=(), metric="valid/t2m/R@10").write(tmp_path, "recall")
    Simulation(trials=1, failed=(), metric="valid/t2m/MedR", mode="min").write(tmp_path, "rank")
    with pytest.raises(InputError, match="cannot be compared") as caught:
        open_sides(tmp_path, ["one", "recall", "two", "rank"])
    assert [fault.where for fault in caught.value.faults] == ["recall", "rank"]
    assert "valid/t2m/mAP@10" in str(caught.value)
    assert "valid/t2m/R@10" in str(caught.value)


def test_identity_is_of_the_resolved_recipe(tmp_path: Path) -> None:
    alike(tmp_path, "one", "two")
    first, second = open_sides(tmp_path, ["one", "two"])
    record = first.completed[1]
    assert identity_of(record) == identity_of(second.completed[1])
    assert identity_of(record) == identity_of(record.model_copy(update={"number": 99}))
    reseeded = record.model_copy(update={"recipe": {**record.recipe, "seed": 1}})
    assert identity_of(record) != identity_of(reseeded)
    foreign = record.model_copy(update={"recipe": {"of another version": 1}})
    assert identity_of(foreign) == identity_of(foreign)


def test_an_ablation_has_arms_and_a_search_has_none(tmp_path: Path) -> None:
    alike(tmp_path, "search")
    Ablated(seeds=(0, 1)).write(tmp_path, "ablation")
    search, ablation = open_sides(tmp_path, ["search", "ablation"])
    assert search.arms == ()
    assert [arm.name for arm in ablation.arms] == ["neither", "drop", "swap", "both"]

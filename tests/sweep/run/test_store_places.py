"""Stores are found again after a move, and no other store is taken for one of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.errors import InputError
from adsw.store.store import Store
from sweep.run.folder import RunFolder
from sweep.run.store_places import places_of, reopen, stores_of
from sweep.space.load import parse_space
from sweep.space.model import Space
from tests.sweep.in_process import begun

METRIC = "valid/t2m/R@10"


def space_with(*sets: dict[str, Any]) -> Space:
    space = {"optim.lr": {"loguniform": [1e-4, 1e-2]}}
    return parse_space({"objective": {"metric": METRIC}, "trials": 2, "space": space, "evaluate": list(sets)})


@pytest.fixture
def project(tmp_path: Path, tiny_store: Store) -> Path:
    """A folder with `stores/mine`, and `runs` to be."""
    shutil.copytree(tiny_store.path, tmp_path / "project" / "stores" / "mine")
    return tmp_path / "project"


def run_in(project: Path, name: str = "", **extra: Path) -> RunFolder:
    """A run on the store of a project, and on evaluation sets."""
    space = space_with(*({"name": each, "store": str(path)} for each, path in extra.items()))
    stores = {name: Store.open(project / "stores" / "mine")}
    runs = project / "runs"
    places = places_of(runs / "one", {each: store.path for each, store in stores.items()}, space)
    return begun(runs, "one", space, stores, places=places)


def test_both_moved_together_go_on_working(project: Path) -> None:
    folder = run_in(project, held=project / "stores" / "mine")
    assert folder.read_sweep().places == {"": "../../stores/mine", "evaluate.held": "../../stores/mine"}
    moved = project.rename(project.with_name("elsewhere"))
    again = reopen(RunFolder.open(moved / "runs" / "one"))
    assert again.stores[""].path == (moved / "stores" / "mine").resolve()
    assert again.space.evaluate[0].store == str((moved / "stores" / "mine").resolve())
    assert again.places == folder.__class__(moved / "runs" / "one").read_sweep().places
    assert stores_of(moved / "runs" / "one", folder.__class__(moved / "runs" / "one").read_sweep())[""].path == str(
        (moved / "stores" / "mine").resolve()
    )


def test_a_store_elsewhere_is_kept_by_its_absolute_path(project: Path, tmp_path: Path) -> None:
    folder = run_in(project)
    runs = (project / "runs").rename(tmp_path / "runs")
    assert reopen(RunFolder.open(runs / "one")).places == {"": "../../project/stores/mine"}
    far = tmp_path / "far" / "away" / "runs"
    far.parent.mkdir(parents=True)
    runs.rename(far)
    assert reopen(RunFolder.open(far / "one")).places == {"": str((project / "stores" / "mine").resolve())}
    assert folder.path.name == "one"


def test_old_runs_know_absolute_paths_only(project: Path) -> None:
    folder = run_in(project)
    folder.update_sweep(places={})
    assert reopen(folder).places == {"": "../../stores/mine"}


def test_a_moved_store_is_told_and_taken_from_where_the_user_says(project: Path, tmp_path: Path) -> None:
    folder = run_in(project, held=project / "stores" / "mine")
    new = (project / "stores" / "mine").rename(tmp_path / "new")
    with pytest.raises(InputError) as caught:
        reopen(folder)
    wheres = [fault.fix for fault in caught.value.faults]
    assert wheres == [
        f"If it was moved, say where: sweep resume one --runs {project / 'runs'} --store {name}PATH"
        for name in ("", "evaluate.held=")
    ]
    again = reopen(folder, {"": new, "evaluate.held": new})
    assert (again.stores[""].path, again.space.evaluate[0].store) == (new, str(new))
    folder.update_sweep(places=again.places)
    assert reopen(folder).stores[""].path == new


def test_a_store_with_a_name_is_meant_by_a_path_alone(project: Path, tmp_path: Path) -> None:
    folder = run_in(project, name="mine")
    new = (project / "stores" / "mine").rename(tmp_path / "new")
    assert list(reopen(folder, {"": new}).stores) == ["mine"]
    with pytest.raises(InputError, match=r"unknown store of the run 'mime'.*Did you mean 'mine'"):
        reopen(folder, {"mime": new})


def test_another_store_is_refused_wherever_it_lies(project: Path, make_store: Callable[..., Store]) -> None:
    folder = run_in(project)
    file = project / "stores" / "mine" / "store.json"
    file.write_text(file.read_text().replace("f" * 64, "0" * 64))
    with pytest.raises(InputError, match="must have the fingerprint the sweep began with, ffffffffffff"):
        reopen(folder)
    with pytest.raises(InputError, match="must have the fingerprint"):
        reopen(folder, {"": project / "stores" / "mine"})
    assert list(reopen(folder, {"": make_store().path}).stores) == [""]

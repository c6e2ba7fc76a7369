"""What is wrong with a host is found before its cell takes a trial, everything at once."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adsw.store.store import Store
from sweep.plan import host
from sweep.plan.host import HostNeeds, host_faults, needs_of
from sweep.plan.resources import Resources, available_memory
from sweep.run.folder import RunFolder
from sweep.space.load import parse_space
from tests.sweep.in_process import begun

SPACE = {"name": "small", "objective": {"metric": "valid/t2m/mAP@10", "mode": "max"}, "trials": 1}


@pytest.fixture
def folder(tmp_path: Path, tiny_store: Store) -> RunFolder:
    return begun(tmp_path / "runs", "small", _space(), {"": tiny_store})


@pytest.fixture
def needs(folder: RunFolder, tiny_store: Store) -> HostNeeds:
    return needs_of(folder, _space(), {"": tiny_store}, 2)


def _space():  # type: ignore[no-untyped-def]
    return parse_space({**SPACE, "space": {"optim.lr": {"loguniform": [1e-4, 1e-2]}}, "recipe": {"epochs": 2}})


def rules(needs: HostNeeds) -> list[str]:
    return [str(fault) for fault in host_faults(needs)]


def test_the_drivers_own_host_will_do(needs: HostNeeds) -> None:
    assert rules(needs) == []
    assert HostNeeds(**needs.document()) == needs
    assert needs.memory_bytes > 0
    assert needs.disk_bytes > 0


def test_a_host_without_the_store_or_with_another_is_found_out(needs: HostNeeds, tiny_store: Store) -> None:
    (said,) = rules(replace(needs, stores={"/not/here": "f" * 64}))
    assert "/not/here: must be a folder" in said
    (said,) = rules(replace(needs, stores={str(tiny_store.path): "e" * 64}))
    assert "must have the fingerprint that the driver sees, eeeeeeeeeeee" in said


def test_a_folder_that_is_not_the_drivers_is_found_out(needs: HostNeeds, folder: RunFolder) -> None:
    (said,) = rules(replace(needs, run="/not/here"))
    assert "is not the driver's run folder" in said
    document = json.loads(folder.sweep_file.read_text())
    folder.sweep_file.write_text(json.dumps({**document, "created": "1999-01-01T00:00:00+00:00"}))
    (said,) = rules(needs)
    assert "but another of that path" in said


def test_a_folder_that_cannot_be_written_to_is_found_out(
    needs: HostNeeds, folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tempfile.TemporaryFile

    def refuse(dir: Path) -> Any:
        # Not by the folder's mode, which does not bind the superuser.
        if dir == folder.states:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(dir))
        return made(dir=dir)

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    said = rules(needs)
    assert "cannot be written to" in said[0]


def test_a_folder_that_is_gone_is_found_out(needs: HostNeeds, folder: RunFolder) -> None:
    folder.states.rmdir()
    (said,) = rules(needs)
    assert "state: cannot be written to" in said


def test_other_code_and_too_little_room_are_found_out_together(needs: HostNeeds) -> None:
    said = rules(replace(needs, code="other", memory_bytes=1 << 60, disk_bytes=1 << 60))
    assert [part.split(":")[0] for part in said] == [needs.run, "code", "memory"]
    assert "Free some, or use fewer cells." in said[2]


def test_a_cell_that_holds_its_data_needs_no_more_memory(needs: HostNeeds) -> None:
    assert host_faults(replace(needs, memory_bytes=1 << 60), before_data=False) == []


def test_a_full_disk_is_found_out(needs: HostNeeds, monkeypatch: pytest.MonkeyPatch) -> None:
    full = Resources(1, 0, 1 << 30, 0)
    monkeypatch.setattr(host, "Resources", SimpleNamespace(here=lambda *_, **__: full))
    (said,) = rules(needs)
    assert "0.00 GB are free" in said


@pytest.mark.parametrize(
    ("files", "free"),
    [
        ({}, 3000 << 10),
        ({"memory.max": "max", "memory.current": "5", "memory.stat": "inactive_file 1"}, 3000 << 10),
        ({"memory.max": "2000", "memory.current": "1500", "memory.stat": "anon 3\ninactive_file 100"}, 600),
        ({"memory.max": "2000", "memory.current": "2500", "memory.stat": "inactive_file 100"}, 0),
    ],
)
def test_memory_is_what_machine_and_container_leave(tmp_path: Path, files: dict[str, str], free: int) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 4000 kB\nMemAvailable: 3000 kB\n")
    for name, text in files.items():
        file = tmp_path / "sys" / "fs" / "cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert available_memory(tmp_path) == free

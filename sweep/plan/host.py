"""What a host must offer to a cell, checked there before the cell takes a trial: files, code, memory and disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adsw.errors import Fault, InputError
from adsw.json_text import parse_json
from adsw.store.store import Store
from sweep.plan.plan import data_bytes, trial_disk_bytes
from sweep.plan.resources import Resources, available_memory
from sweep.run.folder import RunFolder
from sweep.run.provenance import code_digest
from sweep.space.configurations import base_recipe
from sweep.space.model import Space


@dataclass(frozen=True, slots=True)
class HostNeeds:
    """What every cell of a run needs of its host. Plain data, so that it can be sent there."""

    stores: Mapping[str, str]
    """Fingerprints of the run's stores and of those of further evaluation sets, by path."""
    run: str
    """The run folder, which all hosts share."""
    created: str
    """When the run was created: tells its folder from another one of the same path."""
    code: str
    """Digest of the code that trains and judges."""
    memory_bytes: int
    """Bytes of the data that a cell holds."""
    disk_bytes: int
    """Bytes that the trials under way write."""

    def document(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


def needs_of(folder: RunFolder, space: Space, stores: Mapping[str, Store], at_once: int) -> HostNeeds:
    """Return what a run's cells need of their hosts.

    Args:
        folder: the run folder.
        space: what is searched.
        stores: the run's stores by name.
        at_once: trials trained at once in all cells.
    """
    others = [Store.open(Path(entry.store)) for entry in space.evaluate if entry.store is not None]
    infos = [store.info for store in stores.values()]
    return HostNeeds(
        stores={str(store.path.resolve()): store.info.fingerprint for store in (*stores.values(), *others)},
        run=str(folder.path.resolve()),
        created=folder.read_sweep().created,
        code=code_digest(),
        memory_bytes=data_bytes(space, infos),
        disk_bytes=trial_disk_bytes(infos[0], base_recipe(space), at_once),
    )


def host_faults(needs: HostNeeds, before_data: bool = True) -> list[Fault]:
    """Check this host.

    Args:
        needs: what a cell needs of it.
        before_data: whether the cell does not hold its data yet, so that there must be memory for it.

    Returns:
        Everything that is wrong with it; empty for a host on which a cell can train.
    """
    faults = [*_files(needs), *_run_folder(needs)]
    if code_digest() != needs.code:
        fix = "Install the driver's version of this package, torch and numpy there."
        faults.append(Fault("code", "must train and judge as the driver's does", None, fix))
    if before_data and (free := available_memory()) < needs.memory_bytes:
        rule = f"the data takes {needs.memory_bytes / 1e9:.2f} GB, and {free / 1e9:.2f} GB are free"
        faults.append(Fault("memory", rule, None, "Free some, or use fewer cells."))
    return faults


def _files(needs: HostNeeds) -> Iterator[Fault]:
    """Yield what is wrong with the stores."""
    for path, fingerprint in needs.stores.items():
        try:
            found = Store.open(Path(path)).info.fingerprint
        except InputError as error:
            yield from error.faults
        except OSError as error:
            yield Fault(path, f"cannot be read: {error}")
        else:
            if found != fingerprint:
                rule = f"must have the fingerprint that the driver sees, {fingerprint[:12]}"
                yield Fault(path, rule, found[:12], "Share one store among all hosts.")


def _run_folder(needs: HostNeeds) -> Iterator[Fault]:
    """Yield what is wrong with the run folder: not the driver's, not writable, or full."""
    share = "Keep runs in a folder that all hosts share: --runs."
    try:
        created = parse_json((Path(needs.run) / "sweep.json").read_bytes())["created"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield Fault(needs.run, f"is not the driver's run folder: {error}", None, share)
        return
    if created != needs.created:
        yield Fault(needs.run, "is not the driver's run folder, but another of that path", None, share)
        return
    folder = RunFolder(Path(needs.run))
    for place in (folder.states, folder.evaluations, folder.checkpoints):
        try:
            with tempfile.TemporaryFile(dir=place) as file:
                file.write(b"written")
        except OSError as error:
            yield Fault(str(place), f"cannot be written to: {error}")
    free = Resources.here(Path(needs.run), gpus=0).disk_free
    if free < needs.disk_bytes:
        rule = f"the trials under way take {needs.disk_bytes / 1e9:.2f} GB, and {free / 1e9:.2f} GB are free"
        yield Fault(needs.run, rule, None, "Free some.")

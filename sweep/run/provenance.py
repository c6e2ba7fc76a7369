"""Origin of results: versions of the packages that matter, revision and digest of the code."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from adsw.fingerprint import file_sha256, fingerprint
from adsw.store.store import Store
from sweep.space.model import Space

PACKAGES = ("adsw", "ray", "torch", "optuna", "numpy", "pyarrow", "pydantic", "transformers")

TRAINS_AND_JUDGES = (
    "adsw.draws",
    "adsw.judging",
    "adsw.spelling",
    "adsw.store.schema",
    "adsw.train",
    "adsw.retrieval.by_tags",
    "adsw.retrieval.evaluation",
    "adsw.retrieval.nearest",
    "adsw.retrieval.placement",
    "adsw.retrieval.queries",
    "adsw.retrieval.ranking",
    "adsw.retrieval.swap_stored",
    "adsw.retrieval.truth",
    "sweep.cell",
    "sweep.on_ray.data",
)
"""Modules, and packages with all below them, that a trial's figures depend on. A test holds this to what a cell
imports: a page, a table or a command may change, and results are still reused."""

BUT_NOT = (
    "adsw.train.model_card",
    "adsw.train.schedules.describe",
    "sweep.cell.broker",
)
"""Modules of those packages that a cell does not import, or only for text that people read."""


def versions() -> dict[str, str]:
    """Return Python's version and those of the installed `PACKAGES`, by distribution name."""
    installed = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            installed[package] = version(package)
        except PackageNotFoundError:
            continue
    return installed


def code_revision(package: Path | None = None) -> dict[str, Any]:
    """Return the git revision of the running code.

    Args:
        package: a folder of the code; by default this package's.

    Returns:
        ``{"revision": hash or None, "dirty": bool or None}``, with None if git is missing or does not track the folder.
    """
    folder = package or Path(__file__).parent
    # An installed package inside somebody else's repository has no revision of this code.
    if not _git(folder, "ls-files", "--", "."):
        return {"revision": None, "dirty": None}
    revision = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return {"revision": revision or None, "dirty": None if changes is None else bool(changes)}


def _git(folder: Path, *arguments: str) -> str | None:
    """Return the output of a git command in a folder, or None if it fails."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def code_files() -> dict[str, Path]:
    """Return the files of `TRAINS_AND_JUDGES` by module.

    Raises:
        ModuleNotFoundError: a name there or in `BUT_NOT` is no module.
    """
    left_out = {module for name in BUT_NOT for module in _modules(name)}
    files = {module: file for name in TRAINS_AND_JUDGES for module, file in _modules(name).items()}
    return {module: files[module] for module in sorted(files.keys() - left_out)}


def code_digest() -> str:
    """Return a digest of what decides a result beside recipe and store: the code that trains and judges, torch, numpy.

    Unlike a git revision it is equal for two revisions that train alike, and differs with uncommitted changes.
    """
    code = {module: file_sha256(file) for module, file in code_files().items()}
    return fingerprint({"code": code, "torch": version("torch"), "numpy": version("numpy")})


def _modules(name: str) -> dict[str, Path]:
    """Return the files of a module, or of a package and all modules below it, by dotted name, without importing it."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{name}, which the digest of the code names, is gone: mend the list", name=name)
    files = {name: Path(spec.origin)}
    for folder in map(Path, spec.submodule_search_locations or ()):
        for file in folder.rglob("*.py"):
            below = [part for part in file.relative_to(folder).with_suffix("").parts if part != "__init__"]
            files[".".join([name, *below])] = file
    return files


def sweep_document(
    space: Space,
    stores: Mapping[str, Store],
    command: Sequence[str],
    searcher: Mapping[str, Any],
    cells: int,
    slots: int,
    seed: int,
    device: str,
) -> dict[str, Any]:
    """Return the content of sweep.json for `RunFolder.create`.

    Args:
        space: what is searched; kept with its defaults filled in.
        stores: the stores by name, the first of them named `store` too; kept by absolute paths, so that a resume finds
            them from anywhere.
        command: the command line, as `sys.argv`.
        searcher: every setting of the searcher (`sweep.search.settings_of`).
        cells: training cells.
        slots: trials trained at once in a cell.
        seed: training seed of the trials.
        device: ``cpu`` or ``gpu``.
    """
    entries = {name: _entry(store) for name, store in stores.items()}
    return {
        "space": space.document(),
        "store": next(iter(entries.values())),
        **({"stores": entries} if len(entries) > 1 or "" not in entries else {}),
        "sets": {entry.name: _fingerprint(entry.store) for entry in space.evaluate if entry.store is not None},
        "searcher": dict(searcher),
        "versions": versions(),
        "code": {**code_revision(), "digest": code_digest()},
        "command": list(command),
        "cells": cells,
        "slots": slots,
        "device": device,
        "seconds": 0.0,
        "startup_seconds": 0.0,
        "seed": seed,
    }


def _fingerprint(path: str) -> str:
    """Read the fingerprint of a store."""

    return Store.open(Path(path)).info.fingerprint


def _entry(store: Store) -> dict[str, Any]:
    """Return the entry of a store."""
    info = store.info
    return {
        "path": str(store.path.resolve()),
        "fingerprint": info.fingerprint,
        "audio_encoder": f"{info.audio_encoder.name}@{info.audio_encoder.revision}",
        "text_encoder": f"{info.text_encoder.name}@{info.text_encoder.revision}",
        "captioner": info.captioner,
        "weights": info.pretrained,
        "splits": {name: split.model_dump(mode="json") for name, split in info.splits.items()},
        "duplicates": None if info.duplicates is None else info.duplicates.model_dump(mode="json"),
    }

"""Origin of results: versions of the packages that matter, revision and digest of the code."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from adsw.fingerprint import file_sha256, fingerprint

PACKAGES = ("adsw", "ray", "torch", "optuna", "numpy", "pyarrow", "pydantic", "transformers")


TRAINS_AND_JUDGES = (
    "adsw.draws",
    "adsw.encode.schema",
    "adsw.align",
    "adsw.evaluate.direction",
    "adsw.evaluate.distinct",
    "adsw.evaluate.evaluation",
    "adsw.evaluate.placement",
    "adsw.evaluate.queries",
    "adsw.evaluate.query_sets",
    "adsw.evaluate.retrieval",
    "adsw.evaluate.targets",
    "sweep.cell",
    "sweep.on_ray.streams",
)
"""Modules, and packages with all below them, that a trial's figures depend on. A test holds this to what a cell
imports: a page, a table or a command may change, and results are still reused."""
BUT_NOT = (
    "adsw.align.card",
    "adsw.align.local",
    "adsw.align.online",
    "adsw.align.recipe_file",
    "adsw.align.schedule_input",
    "adsw.align.schedules.path",
    "adsw.align.schedules.recorded",
    "adsw.align.schedules.words",
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

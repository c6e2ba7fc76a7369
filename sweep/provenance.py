"""Where results come from: versions of the packages that matter and the revision of the code."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from adsw.fingerprint import file_sha256, fingerprint

PACKAGES = ("adsw", "ray", "torch", "optuna", "numpy", "pyarrow", "pydantic", "transformers")


def versions() -> dict[str, str]:
    """Installed versions by distribution name, and Python's. A package that is not installed is left out."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def code_revision(package: Path | None = None) -> dict[str, Any]:
    """The git revision that holds the running code.

    Args:
        package: a folder of the code; by default this package's.

    Returns:
        ``{"revision": hash or None, "dirty": bool or None}``. None where git is missing or does not track
        that folder (an environment that merely lies within somebody's repository has no revision of ours).
    """
    folder = package or Path(__file__).parent
    if not _git(folder, "ls-files", "--", "."):
        return {"revision": None, "dirty": None}
    revision = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return {"revision": revision or None, "dirty": None if changes is None else bool(changes)}


def _git(folder: Path, *arguments: str) -> str | None:
    """Output of one git command in a folder; None where it cannot be had."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def code_digest() -> str:
    """Digest of what decides a result beside recipe and store: the code that trains and judges, torch, numpy.

    Unlike a git revision it is the same for two revisions that train alike, and another one for uncommitted changes.
    """
    import adsw

    root = Path(adsw.__file__).parent
    parts = [*(root / name for name in ("align", "evaluate")), Path(__file__).parent / "cell"]
    files = [root / "draws.py", root / "encode" / "schema.py", *(file for part in parts for file in part.rglob("*.py"))]
    code = {f"{file.parent.name}/{file.name}": file_sha256(file) for file in sorted(files)}
    return fingerprint({"code": code, "torch": version("torch"), "numpy": version("numpy")})

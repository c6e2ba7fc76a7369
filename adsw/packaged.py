"""Weights that packages of the index carry: found without importing them, read only if they are the known ones."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from adsw.errors import Fault, InputError
from adsw.fingerprint import file_sha256


def package_folder(package: str, kind: str, name: str, install: str) -> Path:
    """Return the folder of an installed package, without importing the package.

    Args:
        package: name of its module.
        kind: ``audio encoder``, ``text encoder`` or ``captioner``.
        name: of the encoder or captioner that needs it.
        install: the command that installs it.

    Raises:
        InputError: it is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        fault = Fault(f"--{kind.replace(' ', '-')}", f"needs the package {package}", name, f"Run: {install}")
        raise InputError(f"The {kind} {name!r} is not installed", [fault])
    return Path(spec.origin).parent


@lru_cache
def installed(distribution: str) -> str:
    """Return a package of the index with its installed version, such as ``musicnn 0.1.0``, or its name alone."""
    try:
        return f"{distribution} {version(distribution)}"
    except PackageNotFoundError:
        return distribution


def check_digests(encoder: str, folder: Path, sha256: Mapping[str, str], missing: str, altered: str) -> None:
    """Refuse files that are not the known ones, byte for byte.

    Args:
        encoder: name of the encoder.
        folder: of its files.
        sha256: file -> digest.
        missing: how to mend a file that is missing.
        altered: how to mend one with another digest.

    Raises:
        InputError: every file that is missing or another.
    """
    faults = []
    for name, expected in sha256.items():
        path = folder / name
        if not path.is_file():
            faults.append(Fault(str(path), "is missing", None, missing))
        elif (digest := file_sha256(path)) != expected:
            faults.append(Fault(str(path), f"must have SHA-256 {expected}", digest, altered))
    if faults:
        raise InputError(f"The files of {encoder!r} are not the ones its name stands for", faults)

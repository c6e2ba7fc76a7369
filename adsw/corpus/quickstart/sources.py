"""Sources of the scores and the recorded instruments: two packages, found without importing them."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from adsw.errors import Fault, InputError
from adsw.fingerprint import file_sha256, fingerprint

_PACKAGES = {"music21": "the scores", "pretty_midi": "the recorded instruments"}


def require_packages() -> None:
    """Check that the packages that the quickstart corpus is made of are installed.

    Raises:
        InputError: with what is missing and how to install it.
    """
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise InputError(
            "The quickstart corpus needs packages that are not installed",
            [
                Fault(name, f"is needed for {_PACKAGES[name]}", None, "Run: pip install 'adsw[quickstart]'")
                for name in missing
            ],
        )


def corpus_folder() -> Path:
    """Return the folder of music21's core corpus."""
    return _folder("music21") / "corpus"


def soundfont_path() -> Path:
    """Return the path of TimGM6mb.sf2 (Tim Brechbill, GPL-2), which pretty_midi carries."""
    return _folder("pretty_midi") / "TimGM6mb.sf2"


def recipe() -> str:
    """Return the fingerprint of what makes a track: scores, instruments and this package's code."""
    code = {path.name: file_sha256(path) for path in sorted(Path(__file__).parent.glob("*.py"))}
    return fingerprint({"music21": version("music21"), "soundfont": file_sha256(soundfont_path()), "code": code})


def _folder(package: str) -> Path:
    """Return the folder of an installed package."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed")
    return Path(spec.origin).parent

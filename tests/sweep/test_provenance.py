"""Versions and the code's revision."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sweep import provenance
from sweep.space.load import parse_space
from sweep.sweep_document import sweep_document


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_versions_of_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "PACKAGES", ("adsw", "no-such-package"))
    found = provenance.versions()
    assert set(found) == {"python", "adsw"}


def test_revision_of_a_repository(tmp_path: Path) -> None:
    git(tmp_path, "init")
    code = tmp_path / "code"
    code.mkdir()
    (code / "a.py").write_text("a = 1\n")
    assert provenance.code_revision(code) == {"revision": None, "dirty": None}  # not tracked: not ours
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "one")
    assert provenance.code_revision(code) == {"revision": git(tmp_path, "rev-parse", "HEAD"), "dirty": False}
    (code / "a.py").write_text("a = 2\n")
    assert provenance.code_revision(code)["dirty"] is True


def test_no_revision_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert provenance.code_revision(tmp_path) == {"revision": None, "dirty": None}
    monkeypatch.setenv("PATH", "")
    assert provenance.code_revision(tmp_path) == {"revision": None, "dirty": None}


def test_the_document_says_what_ran(tmp_path: Path) -> None:
    space = parse_space({"objective": {"metric": "valid/t2m/R@1"}, "method": "grid", "arms": {"a": {}}})
    encoder = SimpleNamespace(name="spectral", revision="1")
    split = SimpleNamespace(model_dump=lambda mode: {"tracks": 5})
    store: Any = SimpleNamespace(
        fingerprint="f",
        audio_encoder=encoder,
        text_encoder=encoder,
        captioner="template@1",
        splits={"train": split},
    )
    document = sweep_document(
        space, tmp_path, store, ["sweep", "run"], {"sampler": "grid"}, cells=2, slots=1, seed=7
    )
    assert document["store"] == {
        "path": str(tmp_path),
        "fingerprint": "f",
        "audio_encoder": "spectral@1",
        "text_encoder": "spectral@1",
        "captioner": "template@1",
        "splits": {"train": {"tracks": 5}},
    }
    assert (document["cells"], document["slots"], document["seed"]) == (2, 1, 7)
    assert parse_space(document["space"]) == space

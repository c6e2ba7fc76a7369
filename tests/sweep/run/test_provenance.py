"""Versions and the code's revision."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from adsw.store.store import Store
from sweep.run import provenance
from sweep.run.provenance import sweep_document
from sweep.space.load import parse_space


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    done = subprocess.run(["git", "-C", str(folder), *identity, *arguments], capture_output=True, text=True, check=True)
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


def test_the_document_says_what_ran(tiny_store: Store) -> None:
    space = parse_space({"objective": {"metric": "valid/t2m/R@1"}, "method": "grid", "arms": {"a": {}}})
    command = ["sweep", "run"]
    document = sweep_document(
        space, {"": tiny_store}, command, {"sampler": "grid"}, cells=2, slots=1, seed=7, device="cpu"
    )
    store = document["store"]
    assert (store["path"], store["fingerprint"]) == (str(tiny_store.path), "f" * 64)
    assert (store["audio_encoder"], store["text_encoder"], store["captioner"]) == ("ear@1", "eye@1", "template@1")
    assert store["weights"] == {}
    assert store["splits"]["train"]["tracks"] == 40
    assert (document["cells"], document["slots"], document["seed"]) == (2, 1, 7)
    assert (document["command"], document["searcher"]) == (command, {"sampler": "grid"})
    assert parse_space(document["space"]) == space
    assert "stores" not in document
    several = sweep_document(space, {"a": tiny_store, "b": tiny_store}, command, {}, 1, 1, 0, "cpu")
    assert several["stores"].keys() == {"a", "b"}
    assert several["store"] == several["stores"]["a"]
    assert len(document["code"]["digest"]) == 64

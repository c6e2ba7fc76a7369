"""The digest that results are reused by: of all code that trains and judges, and of no other."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from adsw.fingerprint import file_sha256
from sweep.run import provenance
from sweep.run.provenance import code_digest, code_files

ROOT = Path(provenance.__file__).parents[2]
ENTRIES = ("sweep.cell.worker", "adsw.retrieval.queries")
"""What trains and judges a trial, and what reads the queries that it is judged by."""
DECIDE_NOTHING = {
    "adsw.yaml_file": "reads the file of a recipe; its content is part of what is compared",
    "adsw.arrays": "names of array types",
    "sweep.space.trial_spec": "which recipe on which store",
    "adsw.train.model_card": "writes words beside a checkpoint",
    "adsw.metrics": "names of metrics; which way one is better does not change",
    "adsw.store.store": "finds the shards; what is in them the store's fingerprint says",
    "adsw.encoders.protocol": "names of encoders, beside a checkpoint",
    "adsw.augment.captions.protocol": "names of captioners, beside a checkpoint",
    "adsw.callable_package": "lets packages be called",
    "adsw.errors": "words of faults",
    "adsw.fingerprint": "identities",
    "adsw.files": "how files are written",
    "adsw.json_text": "which JSON is refused",
    "sweep.run.sweep_record": "which store a trial names",
}
"""Imported by what trains and judges, and without influence on any figure; so is what only they import."""


def file_of(module: str) -> Path | None:
    path = ROOT / module.replace(".", "/")
    return next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file.exists()), None)


def imports(file: Path) -> Iterator[str]:
    """Modules of ours that a file imports, wherever in the file, but for its annotations."""
    tree = ast.parse(file.read_text())
    typing = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    unused = {id(inner) for node in typing for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and id(node) not in unused:
            names = (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
            yield from (name for name in names if name.startswith(("adsw", "sweep")) and file_of(name))


def imported() -> set[str]:
    """Everything that the entries import, directly or not, but for what decides nothing."""
    found: set[str] = set()
    waiting = list(ENTRIES)
    while waiting:
        module = waiting.pop()
        file = file_of(module)
        if module in found or module in DECIDE_NOTHING or file is None:
            continue
        found.add(module)
        waiting += imports(file)
    return found


def test_it_covers_what_a_cell_imports() -> None:
    assert imported() - code_files().keys() == set()


def test_it_covers_nothing_else() -> None:
    more = {"sweep.on_ray.data"}  # gives the cell its rows
    packages = {module for module, file in code_files().items() if file.name == "__init__.py"}
    assert code_files().keys() - packages - imported() == more


@pytest.mark.parametrize(
    "module",
    [
        "adsw.draws",
        "adsw.train.step",
        "adsw.train.sampling",
        "adsw.train.loss",
        "adsw.train.heads",
        "adsw.train.optim",
        "adsw.train.schedules.fixed",
        "adsw.retrieval.ranking",
        "adsw.retrieval.placement",
        "sweep.cell.worker",
    ],
)
def test_a_change_of_what_trains_or_judges_changes_it(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, spec = code_digest(), importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    _change(monkeypatch, {Path(spec.origin)})
    assert code_digest() != before


def test_a_change_of_pages_tables_plots_and_commands_leaves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = code_digest()
    folders = (
        "adsw/report",
        "adsw/cli",
        "adsw/evaluate",
        "adsw/text_quality",
        "sweep/cli",
        "sweep/live",
        "sweep/report",
    )
    changed = {file for folder in folders for file in (ROOT / folder).rglob("*.py")}
    changed |= {
        ROOT / "adsw/train/model_card.py",
        ROOT / "sweep/run/provenance.py",
    }
    assert len(changed) > 50
    _change(monkeypatch, changed)
    assert code_digest() == before


@pytest.mark.parametrize("names", ["TRAINS_AND_JUDGES", "BUT_NOT"])
@pytest.mark.parametrize("gone", ["adsw.train.gone", "adsw.nowhere.step"])
def test_a_module_that_is_gone_is_told(names: str, gone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, names, (*getattr(provenance, names), gone))
    with pytest.raises(ModuleNotFoundError, match="adsw"):
        code_digest()


def _change(monkeypatch: pytest.MonkeyPatch, files: set[Path]) -> None:
    """As if files had another content."""
    changed = {file.resolve() for file in files}
    monkeypatch.setattr(
        provenance, "file_sha256", lambda file: "changed" if file.resolve() in changed else file_sha256(file)
    )

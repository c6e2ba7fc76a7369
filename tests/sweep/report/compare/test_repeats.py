"""The same recipe, seed and store must give the same figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from sweep.report.compare.arms import Reproducibility, reproducibility
from sweep.report.compare.sides import open_sides

from ..ablated import LADDER, Ablated
from ..simulated import METRIC
from .compared import SMALL, alike, changed_record


def check(runs: Path, *names: str) -> Reproducibility:
    return reproducibility(open_sides(runs, names))


def moved_by(gap: float, *metrics: str) -> Any:
    def change(record: dict[str, Any]) -> None:
        for metric in metrics:
            record["metrics"][metric] += gap

    return change


def test_alike_runs_are_reproduced_to_the_last_bit(tmp_path: Path) -> None:
    alike(tmp_path, "one", "two", "three")
    found = check(tmp_path, "one", "two", "three")
    assert (found.checked, found.equal, found.rounded, found.violations) == (16, 16, 0, ())


def test_a_figure_that_moved_is_told_with_both_revisions(tmp_path: Path) -> None:
    _, two = alike(tmp_path, "one", "two")
    changed_record(two, 3, moved_by(0.01, METRIC, "valid/t2m/R@10"))
    changed_record(two, 4, moved_by(0.02, "valid/m2t/R@1"))
    changed_record(two, 5, moved_by(1e-9, METRIC))
    two.update_sweep(
        code={"revision": "b" * 40, "dirty": False}, versions={**two.read_sweep().versions, "torch": "2.14.0"}
    )
    found = check(tmp_path, "one", "two")
    assert (found.checked, found.equal, found.rounded) == (8, 5, 1)
    assert [(one.number, one.metric, one.metrics) for one in found.violations] == [
        (4, "valid/m2t/R@1", 1),
        (3, METRIC, 2),
    ]
    worst = found.violations[0]
    assert (worst.name, worst.reference, worst.reference_number) == ("two", "one", 4)
    assert (worst.revision, worst.reference_revision) == ("bbbbbbbbbb", "00504f4a1b")
    assert worst.versions == ("torch 2.13.0 and 2.14.0",)
    assert not worst.same_code


def test_the_same_clean_revision_is_no_excuse(tmp_path: Path) -> None:
    _, two = alike(tmp_path, "one", "two")
    changed_record(two, 3, moved_by(0.01, METRIC))
    (violation,) = check(tmp_path, "one", "two").violations
    assert violation.same_code
    for name in ("one", "two"):
        folder = open_sides(tmp_path, [name])[0]
        sweep = folder.run.sweep.document()
        two.__class__(tmp_path / name).update_sweep(code={**sweep["code"], "dirty": True})
    (violation,) = check(tmp_path, "one", "two").violations
    assert not violation.same_code


def test_another_store_or_seed_is_another_training(tmp_path: Path) -> None:
    _, two = alike(tmp_path, "one", "two")
    two.update_sweep(store={**two.read_sweep().document()["store"], "fingerprint": "00"})
    assert check(tmp_path, "one", "two").checked == 0
    Ablated(arms=LADDER, seeds=(0, 1)).write(tmp_path, "few")
    Ablated(arms=LADDER, seeds=(1, 2)).write(tmp_path, "later")
    assert check(tmp_path, "few", "later").checked == 3


def test_a_trial_counts_with_the_store_it_names(tmp_path: Path) -> None:
    one, two = alike(tmp_path, "one", "two")
    store = one.read_sweep().document()["store"]
    two.update_sweep(stores={"first": {**store, "fingerprint": "00"}, "second": store})
    assert check(tmp_path, "one", "two").checked == 0
    changed_record(two, 2, lambda record: record.update(store="second"))
    assert check(tmp_path, "one", "two").checked == 1


def test_results_taken_over_prove_nothing(tmp_path: Path) -> None:
    _, two = alike(tmp_path, "one", "two")
    changed_record(two, 2, lambda record: record.update(why="known from one, trial 2", seconds=0.0))
    found = check(tmp_path, "one", "two")
    assert (found.checked, found.copied) == (7, 1)


def test_fresh_seeds_are_checked_too(tmp_path: Path) -> None:
    alike(tmp_path, "one", "two", simulation=replace(SMALL, confirm=2, quality={}))
    found = check(tmp_path, "one", "two")
    assert found.checked == found.equal == 8 + 2 * 2

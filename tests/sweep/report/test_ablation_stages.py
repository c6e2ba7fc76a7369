"""Ablations in stages: tuned nuisances, replicates until decided, arms on stores of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sweep.report.ablation.design import arms_of
from sweep.report.ablation.text import headline, statements
from sweep.report.document import report_tables, write_report
from sweep.report.report import Report
from sweep.space.replication import looks
from sweep.stats.sequential import sequential_decisions

from .ablated import LADDER, SQUARE, Ablated
from .test_page import Page, offered

RATES = {5e-4: -0.4, 1e-3: 0.0, 2e-3: 0.3}


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path]:
    folder = Ablated(quality={"drop": 0.8, "both": 0.8}, tuned=RATES).write(tmp_path_factory.mktemp("runs"))
    return write_report(folder.path, resamples=2), folder.path


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path]:
    """One arm that is decided at the first look, one that never is."""
    study = Ablated(arms=LADDER, quality={"captions": 1.0}, looks=(4, 3, 9))
    folder = study.write(tmp_path_factory.mktemp("runs"))
    return write_report(folder.path, resamples=2), folder.path


def test_tuning_trials_are_no_replicates(tuned: tuple[Report, Path]) -> None:
    report = tuned[0]
    assert report.ablation is not None
    assert len(report.run.tuning) == 2 * len(SQUARE) * len(RATES)
    assert all(score.replicates == 5 for score in report.ablation.primary.arms)
    assert {seed for score in report.ablation.primary.arms for seed in score.seeds} == {0, 1, 2, 3, 4}
    assert len(report.board.rows) == 5 * len(SQUARE)
    assert "24</b> to tune nuisances" in (tuned[1] / "report.html").read_text()


def test_the_chosen_points_are_told(tuned: tuple[Report, Path]) -> None:
    report = tuned[0]
    assert report.ablation is not None
    assert report.ablation.nuisances_tuned
    chosen = {point.arm: point.params["optim.lr"] for point in report.ablation.tuned if point.chosen}
    assert chosen == dict.fromkeys(SQUARE, 2e-3)
    means = {(point.arm, point.params["optim.lr"]): point.mean for point in report.ablation.tuned}
    assert all(means[arm, 2e-3] > means[arm, 5e-4] for arm in SQUARE)  # type: ignore[operator]
    assert any("tuned for every arm among 3 points on 2 seeds" in caveat for caveat in report.caveats)


def test_a_point_at_the_edge_of_the_grid_is_a_caveat(tuned: tuple[Report, Path], tmp_path: Path) -> None:
    edge = "The best optim.lr lies at the edge of what was tried for"
    assert any(edge in caveat and "“drop” (0.002)" in caveat for caveat in tuned[0].caveats)
    inside = Ablated(tuned={5e-4: -0.4, 1e-3: 0.3, 2e-3: -0.4}).write(tmp_path)
    assert not any(edge in caveat for caveat in write_report(inside.path, resamples=2).caveats)


def test_what_was_tuned_is_no_factor_and_has_no_importance(tuned: tuple[Report, Path]) -> None:
    report = tuned[0]
    assert report.ablation is not None
    assert report.ablation.design is not None
    assert "optim.lr" not in {factor.name for factor in report.ablation.design.factors}
    assert report.influence.bases == () or not any(basis.shares for basis in report.influence.bases)
    assert report.slices == ()
    page = Page((tuned[1] / "report.html").read_text())
    assert "ablation-tuning" in offered(page)
    assert "#hyperparameters" not in page.values("href")
    (table,) = (one for one in report_tables(report) if one.name == "ablation-tuning")
    assert len(table.rows) == len(SQUARE) * len(RATES)
    points = json.loads((tuned[1] / "statistics.json").read_text())["ablation"]["tuning"]
    assert len(points) == len(SQUARE) * len(RATES)


def test_an_arm_without_its_tuning_is_a_caveat(tmp_path: Path) -> None:
    folder = Ablated(arms=LADDER, tuned=RATES, seeds=(0, 1)).write(tmp_path)
    lines = [json.loads(line) for line in folder.trials_file.read_text().splitlines()]
    kept = [line for line in lines if not (line["purpose"] == "tune" and line["arm"] == "captions")]
    folder.trials_file.write_text("".join(json.dumps(line) + "\n" for line in kept))
    report = write_report(folder.path, resamples=2)
    assert report.ablation is not None
    assert not report.ablation.nuisances_tuned
    assert any("not tuned for every arm" in caveat for caveat in report.caveats)


def test_decisions_are_those_of_the_differences(looked: tuple[Report, Path]) -> None:
    report = looked[0]
    assert report.ablation is not None
    arms = {arm.name: arm for arm in arms_of(report.run)}
    reference = arms.pop("tags")
    rows = {name: [arm.test[seed] - reference.test[seed] for seed in sorted(arm.test)] for name, arm in arms.items()}
    wanted = sequential_decisions(rows, looks(4, 3, 9), ended=list(rows))
    assert report.ablation.primary.sequential is not None
    assert report.ablation.primary.sequential.decisions == wanted
    assert wanted["captions"].decided
    assert wanted["captions"].look == 0
    assert not wanted["both"].decided
    assert wanted["both"].exhausted
    counts = {score.name: score.replicates for score in report.ablation.primary.arms}
    assert counts == {"tags": 9, "captions": 4, "both": 9}


def test_looks_are_told_in_words_and_tables(looked: tuple[Report, Path]) -> None:
    report, folder = looked
    assert report.ablation is not None
    told = " ".join([headline(report.ablation).text, *(one.text for one in statements(report.ablation))])
    assert "decided at look 1, with 4 replicates" in told
    assert "undecided, and no look is left" in told
    assert "over all looks" in told
    assert "looks were planned at 4, 7 and 9 replicates, and 3 looks were made" in told
    assert "at most 5 %" in told
    caveats = " ".join(report.caveats)
    assert "“captions” (4) was decided by the paired t test" in caveats
    assert "Arms have 4 and 9 replicates" in caveats
    page = Page((folder / "report.html").read_text())
    assert "When it was decided" in page.text
    assert "ablation-looks" in offered(page)
    tables = {table.name: table for table in report_tables(report)}
    assert [row[0].text for row in tables["ablation-looks-test"].rows] == ["captions", "both"]
    split = json.loads((folder / "statistics.json").read_text())["ablation"]["splits"][0]
    assert split["looks"]["replicates"] == [4, 7, 9]
    assert sum(split["looks"]["spent"]) == pytest.approx(0.05)
    assert split["comparisons"][0]["over_looks"]["decided"]


def test_the_interval_told_is_the_repeated_one(looked: tuple[Report, Path]) -> None:
    found = looked[0].ablation
    assert found is not None
    captions = next(one for one in found.primary.comparisons if one.name == "captions")
    assert captions.decision is not None
    assert captions.over_seeds == captions.decision.interval
    assert captions.pairing is not None
    assert captions.over_seeds is not None
    width = captions.over_seeds.high - captions.over_seeds.low
    assert width > captions.pairing.difference.high - captions.pairing.difference.low


def test_an_arm_that_waits_for_more_is_said_to(tmp_path: Path) -> None:
    folder = Ablated(arms=LADDER, looks=(3, 2, 9)).write(tmp_path)
    lines = folder.trials_file.read_text().splitlines(keepends=True)
    folder.trials_file.write_text("".join(lines[:9]))
    document = json.loads(folder.sweep_file.read_text())
    folder.sweep_file.write_text(json.dumps({**document, "status": "interrupted"}))
    found = write_report(folder.path, resamples=2).ablation
    assert found is not None
    decisions = found.primary.sequential
    assert decisions is not None
    assert {one.wanted for one in decisions.decisions.values()} <= {0, 5}
    told = " ".join(one.text for one in statements(found))
    assert "so far; the next look is at 5 replicates" in told


def test_stores_of_two_encoders_each_are_a_factorial(tmp_path: Path) -> None:
    def entry(ear: str, eye: str) -> dict[str, Any]:
        about = {"path": "/nowhere", "fingerprint": ear + eye, "captioner": "template", "splits": {}}
        return {**about, "audio_encoder": f"{ear}@1", "text_encoder": f"{eye}@rev"}

    pairs = {f"{ear}-{eye}": (ear, eye) for ear in ("mert", "htsat") for eye in ("mini", "bert")}
    study = Ablated(
        arms={name: {"store": name} for name in pairs},
        stores={name: entry(*pair) for name, pair in pairs.items()},
        quality={"htsat-mini": 0.6, "htsat-bert": 0.6},
    )
    report = write_report(study.write(tmp_path).path, resamples=2)
    found = report.ablation
    assert found is not None
    assert len(found.primary.arms) == 4  # one recipe on four stores is four arms, not one and three duplicates
    assert found.design is not None
    factors = {factor.name: (factor.low, factor.high) for factor in found.design.factors}
    assert factors == {"store.audio_encoder": ("mert", "htsat"), "store.text_encoder": ("mini", "bert")}
    decided = {effect.factors for effect, call in found.primary.effects if call.decided}
    assert decided == {("store.audio_encoder",)}
    assert report.captioners is None

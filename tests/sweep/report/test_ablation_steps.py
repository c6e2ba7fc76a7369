"""Arms that are steps: each against the one before it, beside the comparison with the reference."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sweep.report.ablation.text import statements
from sweep.report.document import markdown, write_report
from sweep.report.report import Report
from sweep.stats.paired import holm

from .ablated import LADDER, Ablated


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path]:
    """A step that helps and one that undoes it."""
    study = Ablated(arms=LADDER, quality={"captions": 1.0}, fields={"steps": True})
    folder = study.write(tmp_path_factory.mktemp("runs"))
    return write_report(folder.path, resamples=2), folder.path


def test_every_arm_is_set_against_the_one_before(made: tuple[Report, Path]) -> None:
    found = made[0].ablation
    assert found is not None
    assert [one.name for one in found.steps] == ["captions after tags", "both after captions"]
    values = {score.name: dict(zip(score.seeds, score.values, strict=True)) for score in found.primary.arms}
    for one, (later, earlier) in zip(found.steps, [("captions", "tags"), ("both", "captions")], strict=True):
        gaps = [values[later][seed] - values[earlier][seed] for seed in one.seeds]
        assert one.value == pytest.approx(sum(gaps) / len(gaps))
        assert one.pairing is not None
        assert sorted(one.pairing.differences) == pytest.approx(sorted(gaps))
    up, down = found.steps
    assert up.decided
    assert down.decided
    assert up.value > 0 > down.value


def test_steps_are_a_family_of_their_own(made: tuple[Report, Path]) -> None:
    found = made[0].ablation
    assert found is not None
    judgements = [one.judgement for one in found.steps if one.judgement]
    assert [one.adjusted for one in judgements] == pytest.approx(list(holm([one.p for one in judgements])))


def test_they_are_told_everywhere(made: tuple[Report, Path]) -> None:
    report, path = made
    assert report.ablation is not None
    (told,) = [one.text for one in statements(report.ablation) if one.text.startswith("Step by step")]
    assert "both after captions" in told
    assert "decided: worse" in told
    assert "<h3>Step by step</h3>" in (path / "report.html").read_text()
    assert "### Step by step" in markdown(report)
    document = json.loads((path / "statistics.json").read_text())
    assert [one["arm"] for one in document["ablation"]["steps"]] == ["captions after tags", "both after captions"]


def test_arms_that_are_no_steps_have_none(tmp_path: Path) -> None:
    folder = Ablated(arms=LADDER).write(tmp_path)
    report = write_report(folder.path, resamples=2)
    assert report.ablation is not None
    assert report.ablation.steps == ()
    assert "Step by step" not in (folder.path / "report.html").read_text()

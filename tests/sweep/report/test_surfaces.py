"""Contours of the most important pairs of numeric parameters."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.report.document import write_report
from sweep.report.report import Report
from sweep.report.surfaces import Contours, Scale, contour_figures

from .ablated import Ablated
from .simulated import Simulation
from .test_page import Page


@pytest.fixture(scope="module")
def made(report_of: Callable[[Simulation], tuple[Report, Path]]) -> tuple[Report, Path]:
    return report_of(Simulation(trials=40, stopping=False, failed=()))


@pytest.fixture(scope="module")
def found(made: tuple[Report, Path]) -> Contours:
    assert made[0].contours is not None
    return made[0].contours


def test_the_two_that_matter_come_first(found: Contours) -> None:
    first = found.pairs[0]
    assert {first.x.name, first.y.name} == {"optim.lr", "text.view_dropout.rate"}
    assert first.drawn is not None
    assert first.drawn.explained > 0.5
    assert "the surface foretells" in first.words()
    assert all("kind" not in (pair.x.name + pair.y.name) for pair in found.pairs)


def test_points_are_the_trials_and_nothing_is_drawn_beyond_them(made: tuple[Report, Path], found: Contours) -> None:
    pair = found.pairs[0]
    records = {record.number: record for record in made[0].run.records}
    for spot in pair.spots:
        assert spot.x == records[spot.number].params[pair.x.name]
        assert spot.objective == records[spot.number].metrics[made[0].board.metric]
    surface = contour_figures(found, "max")["contour-0"]["data"][0]
    assert surface["type"] == "contour"
    assert surface["connectgaps"] is False
    shown = [
        (x, y)
        for y, row in zip(surface["y"], surface["z"], strict=True)
        for x, z in zip(surface["x"], row, strict=True)
        if z is not None
    ]
    assert max(x for x, _ in shown) <= max(spot.x for spot in pair.spots) * 1.0001
    assert min(y for _, y in shown) >= min(spot.y for spot in pair.spots) * 0.9999
    assert len(shown) < len(surface["x"]) * len(surface["y"])


def test_few_trials_have_points_and_no_surface(report_of: Callable[[Simulation], tuple[Report, Path]]) -> None:
    report, folder = report_of(Simulation(trials=12, stopping=False, failed=()))
    assert report.contours is not None
    assert all(pair.surface is None for pair in report.contours.pairs)
    assert "too few for a surface, which takes 20" in report.contours.pairs[0].words()
    figures = contour_figures(report.contours, "max")
    assert all(trace["type"] == "scatter" for figure in figures.values() for trace in figure["data"])
    assert "contour-0" in Page((folder / "report.html").read_text()).values("data-figure")


def test_noise_has_no_surface(report_of: Callable[[Simulation], tuple[Report, Path]]) -> None:
    report, _ = report_of(Simulation(trials=30, stopping=False, failed=(), effect=0.0, seed=8))
    assert report.contours is not None
    held = [pair for pair in report.contours.pairs if pair.drawn is not None]
    assert len(held) <= 1
    assert any("no surface is drawn" in pair.words() for pair in report.contours.pairs)


def test_stopped_trials_count_at_the_epoch_that_all_saw(report_of: Callable[[Simulation], tuple[Report, Path]]) -> None:
    report, folder = report_of(Simulation(trials=30, failed=(), seed=2))
    assert report.contours is not None
    assert report.contours.all_trials
    assert report.contours.epoch == 3
    assert "at epoch 3, the last that all saw" in Page((folder / "report.html").read_text()).text


def test_scales_follow_the_search() -> None:
    scale = Scale("optim.lr", 1e-4, 1e-2, log=True)
    assert scale.share(1e-3) == pytest.approx(0.5)
    assert scale.value(0.5) == pytest.approx(1e-3)
    plain = Scale("rate", 0.0, 0.8, log=False)
    assert plain.share(0.2) == pytest.approx(0.25)
    assert math.isclose(plain.value(0.25), 0.2)


def test_an_ablation_has_none(tmp_path: Path) -> None:
    folder = Ablated(seeds=(0, 1)).write(tmp_path)
    assert write_report(folder.path, resamples=2).contours is None


def test_what_they_explain_is_in_the_file(made: tuple[Report, Path], found: Contours) -> None:
    surfaces = json.loads((made[1] / "statistics.json").read_text())["surfaces"]
    assert len(surfaces) == len(found.pairs)
    assert found.pairs[0].surface is not None
    assert surfaces[0]["explained"] == found.pairs[0].surface.explained

"""One schedule out of a text, or out of a recipe by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from adsw.cli.schedule_input import read_schedule
from adsw.errors import InputError
from adsw.train.schedules import Constant, Cosine, Linear, OnAccuracy, Piecewise


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("0.3", Constant(value=0.3)),
        ("1e-4", Constant(value=1e-4)),
        ("{kind: linear, start: 0, end: -2, epochs: 20}", Linear(start=0, end=-2, epochs=20)),
        ('{"kind": "piecewise", "points": [[0, 1], [3, 2]]}', Piecewise(points=((0, 1), (3, 2)))),
        ("{kind: adaptive, start: 0, end: 5}", OnAccuracy(start=0, end=5)),
    ],
)
def test_a_schedule_of_nothing_has_no_range(text: str, schedule: object) -> None:
    found = read_schedule(text)
    assert (found.schedule, found.name, found.epochs) == (schedule, None, None)


def test_a_name_takes_it_from_the_recipe(tmp_path: Path) -> None:
    default = read_schedule(None, None, "text.swap.probability")
    assert default.schedule == Linear(start=0.0, end=0.15, epochs=20.0)
    assert (default.name, default.epochs) == ("text.swap.probability", 30)
    file = tmp_path / "recipe.yaml"
    file.write_text("epochs: 12\ntext.swap.probability.kind: cosine\ndata.mix: {jamendo: 2}\n")
    assert read_schedule(None, file, "text.swap.probability").schedule == Cosine(start=0.0, end=0.15, epochs=20.0)
    assert read_schedule(None, file, "data.mix.jamendo").schedule == Constant(value=2.0)


def test_a_text_changes_what_the_recipe_has() -> None:
    found = read_schedule("{kind: adaptive, threshold: 0.4}", None, "text.swap.probability")
    assert found.schedule == OnAccuracy(start=0.0, end=0.15, threshold=0.4)
    assert read_schedule("0.5", None, "data.mix.jamendo").schedule == Constant(value=0.5)


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        (None, None, ["needs a schedule or a name"]),
        ("{a: ", None, ["SCHEDULE: is not YAML"]),
        ("{kind: linear, start: .nan}", None, ["SCHEDULE: start: must be a finite number (write one"]),
        ("fast", None, ["SCHEDULE.value: should be a valid number (given: 'fast')"]),
        ("{start: 0}", None, ["SCHEDULE.kind: is required. One of constant, linear"]),
        ("{kind: linar, start: 0}", None, ["unknown kind of schedule 'linar'. Did you mean 'linear'?"]),
        (
            "{kind: linear, start: fast, epochs: 0, steps: 3, finish: 1}",
            None,
            [
                "SCHEDULE: unknown field of a schedule 'finish'",
                "SCHEDULE.steps: linear has no steps: it belongs to step",
                "SCHEDULE.start: should be a valid number",
                "SCHEDULE.end: is required",
                "SCHEDULE.epochs: should be greater than 0 (given: 0)",
            ],
        ),
        (None, "text.swap.probabilty", ["--name: unknown schedule of the recipe", "'text.swap.probability'?"]),
        ("0.1", "head.width", ["--name: unknown schedule of the recipe 'head.width'"]),
        (None, "data.mix.jamendo", ["--name: unknown schedule of the recipe 'data.mix.jamendo'"]),
        ("1.5", "text.view_dropout.rate", ["text.view_dropout.rate: must lie in [0, 1] at every epoch (given: 1.5)"]),
    ],
)
def test_faults(text: str | None, name: str | None, told: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        read_schedule(text, None, name)
    for expected in told:
        assert expected in str(caught.value)


def test_a_recipe_needs_a_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs the name of one of the recipe's schedules"):
        read_schedule(None, tmp_path / "recipe.yaml", None)

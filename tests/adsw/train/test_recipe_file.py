"""Recipes from files and from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from adsw.errors import InputError
from adsw.train.recipe import Recipe, read_recipe, resolve


def test_neither_file_nor_settings_is_the_default() -> None:
    assert read_recipe(None, []) == Recipe()


def test_settings_go_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text("optim: {lr: 1e-3, clip: null}\nhead.width: 64\ntext.swap.probability.kind: cosine\n")
    settings = ["head.width=32", "text.swap.probability.end = 0.5", "text.swap.categories=[genre]"]
    assert read_recipe(file, settings) == resolve(
        {
            "optim": {"lr": 1e-3, "clip": None},
            "head.width": 32,
            "text.swap.probability": {"kind": "cosine", "end": 0.5},
            "text.swap.categories": ["genre"],
        }
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (["optim.lr"], "must be name=value (given: 'optim.lr')"),
        (["=3"], "must be name=value"),
        (["optim.lr=[1"], "--set optim.lr: is not YAML"),
        (["seed=1", "seed=2"], "--set seed: is given twice (given: 2). Keep one."),
        (["optim.lr=high"], "--set: optim.lr.value: should be a valid number (given: 'high')"),
    ],
)
def test_wrong_settings(settings: list[str], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        read_recipe(None, settings)
    assert expected in str(caught.value)


def test_wrong_files(tmp_path: Path) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text("- optim.lr\n")
    with pytest.raises(InputError, match="must be a mapping of names to values"):
        read_recipe(file, [])
    file.write_text("optim.lr: fast\nepoch: 3\n")
    with pytest.raises(InputError) as caught:
        read_recipe(file, [])
    assert len(caught.value.faults) == 2
    assert all(str(file) in fault.where for fault in caught.value.faults)

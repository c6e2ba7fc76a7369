"""Examples in docstrings hold."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from adsw import metrics
from adsw.cli import schedule_screen
from adsw.cli import schedule_screen as braille
from adsw.train import batches, recipe
from adsw.train.schedules import describe as words
from adsw.train.schedules import kinds


@pytest.mark.parametrize("module", [batches, recipe, kinds, words, metrics, braille, schedule_screen])
def test_examples_in_docstrings_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0

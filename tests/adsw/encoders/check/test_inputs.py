"""The known inputs are known: the same every time, distinct, within full scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adsw.encoders.check.inputs import distinct, odd, sounds, unequal
from tests.adsw.encoders.check.misbehaving import Sane, SaneText


@pytest.mark.parametrize(("rate", "seconds"), [(48_000, 10.0), (16_000, 0.5), (22_050, 3.3)])
def test_sounds(rate: int, seconds: float) -> None:
    made, again = sounds(rate, seconds), sounds(rate, seconds)
    assert len(made) == 8
    for name, wave in made.items():
        assert wave.dtype == np.float32
        assert len(wave) == round(rate * seconds)
        assert 0.05 < np.abs(wave).max() <= 1, name
        assert np.array_equal(wave, again[name])
    assert len({wave.tobytes() for wave in made.values()}) == 8


@pytest.mark.parametrize("encoder", [Sane(), SaneText()])
def test_inputs_of_both_kinds(encoder: Any) -> None:
    assert len(distinct(encoder.info)) == 8
    lengths = [len(item) for item in unequal(encoder.info).values()]
    assert lengths == sorted(set(lengths))
    assert len(odd(encoder.info)) == 4

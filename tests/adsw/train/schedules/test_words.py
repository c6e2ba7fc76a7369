"""Schedules in words."""

from __future__ import annotations

import pytest

from adsw.train.schedules import (
    AnySchedule,
    Constant,
    Cosine,
    Exponential,
    Linear,
    OnAccuracy,
    OnPlateau,
    Piecewise,
    Step,
)
from adsw.train.schedules.describe import schedule_words


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (Constant(value=0.25), "constant 0.25"),
        (Linear(start=0.0, end=-0.5, epochs=2.5), "linear from 0 to −0.5 over 2.5 epochs"),
        (Cosine(start=0.0, end=0.5, epochs=7.0, delay=2.0), "cosine from 0 to 0.5 over 7 epochs, after 2"),
        (Step(start=0.0, end=0.2, epochs=8.0, steps=4), "step from 0 to 0.2 over 8 epochs, steps 4"),
        (
            Exponential(start=0.01, end=0.2, epochs=8.0, sharpness=3.0),
            "exponential from 0.01 to 0.2 over 8 epochs, sharpness 3",
        ),
        (Piecewise(points=((0.0, 0.0), (5.0, 0.3))), "piecewise: 0 at 0, 0.3 at 5"),
        (
            OnAccuracy(start=0, end=0.3, threshold=0.4),
            "adaptive from 0 to 0.3 in 5 raises, each after 1 epoch with a training accuracy of 0.4 or more",
        ),
        (
            OnPlateau(signal="plateau", start=1, end=0, steps=1),
            "adaptive from 1 to 0 in 1 raise, each after 2 epochs in which valid/t2m/mAP@10 did not get better",
        ),
        (
            OnPlateau(signal="plateau", start=0, end=1, gain=0.01),
            "adaptive from 0 to 1 in 5 raises, each after 2 epochs in which valid/t2m/mAP@10 did not get better "
            "by more than 0.01",
        ),
    ],
)
def test_schedules_in_words(schedule: AnySchedule, words: str) -> None:
    assert schedule_words(schedule) == words

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.evaluate.swap_pairs import Outcome, swap_figure, wins
from adsw.stats.bootstrap import Resamples


def outcome(tracks: list[int], trained: list[float]) -> Outcome:
    values = np.array(trained)
    return Outcome(np.array(tracks), values, 1 - values, np.full(len(values), 0.25))


def test_wins_by_hand() -> None:
    audio = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    own = torch.tensor([[0.8, 0.6], [0.6, 0.8], [0.6, 0.8]])
    swapped = torch.tensor([[0.6, 0.8], [0.8, 0.6], [0.6, 0.8]])
    assert wins(audio, own, swapped).tolist() == [1.0, 0.0, 0.5]


@given(st.integers(1, 50), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_pair_and_its_reverse_share_one_point(n: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    audio, own, swapped = (torch.randint(-2, 3, (n, 4), generator=generator).float() for _ in range(3))
    forth, back = wins(audio, own, swapped), wins(audio, swapped, own)
    assert (forth + back == 1).all()
    assert wins(audio, own, own).tolist() == [0.5] * n


def test_the_figure_is_the_mean_over_pairs_and_varies_by_group() -> None:
    resamples = Resamples(["a", "a", "b", "c"], resamples=300)
    told = swap_figure(outcome([0, 0, 1, 3], [1.0, 0.0, 1.0, 0.5]), resamples)
    assert (told.pairs, told.tracks) == (4, 3)
    assert told.figure.interval.value == 0.625
    assert told.figure.untrained == 0.375
    assert (told.blind, told.gain.value) == (0.25, 0.375)
    assert told.figure.interval.low < 0.625 < told.figure.interval.high
    # One group alone does not vary.
    alone = swap_figure(outcome([0, 1], [1.0, 0.0]), resamples)
    assert (alone.figure.interval.low, alone.figure.interval.high) == (0.5, 0.5)


def test_some_of_the_outcomes() -> None:
    both = outcome([0, 1, 2], [1.0, 0.0, 0.5])
    assert both.where(both.trained > 0.2).trained.tolist() == [1.0, 0.5]


def test_no_pairs_have_no_accuracy() -> None:
    with pytest.raises(ValueError, match="at least one pair"):
        swap_figure(outcome([], []), Resamples(["a"]))

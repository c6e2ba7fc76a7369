from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import skew

from adsw.evaluate.baselines import hubness


def test_counts_are_those_of_a_full_sort() -> None:
    rng = np.random.default_rng(0)
    queries, items = rng.standard_normal((200, 6)).astype(np.float32), rng.standard_normal((60, 6)).astype(np.float32)
    first = np.argsort(-(queries @ items.T), axis=1)[:, :10]
    counts = np.bincount(first.ravel(), minlength=60)
    found = hubness(torch.from_numpy(queries), torch.from_numpy(items))
    assert found is not None
    assert found.skewness == pytest.approx(skew(counts))
    assert found.never == (counts == 0).mean()
    assert found.head == pytest.approx(np.sort(counts)[-3:].sum() / 2000)


def test_a_hub_is_seen() -> None:
    rng = np.random.default_rng(1)
    queries = np.abs(rng.standard_normal((300, 20))).astype(np.float32)
    items = rng.standard_normal((100, 20)).astype(np.float32)
    even = hubness(torch.from_numpy(queries - queries.mean(0)), torch.from_numpy(items))
    items[:5] = 10.0
    uneven = hubness(torch.from_numpy(queries), torch.from_numpy(items))
    assert even is not None
    assert uneven is not None
    assert uneven.head == pytest.approx(0.5)
    assert uneven.head > even.head
    assert uneven.skewness > even.skewness


def test_the_skewness_of_random_rankings_is_the_binomials() -> None:
    rng = np.random.default_rng(2)
    found = hubness(torch.from_numpy(rng.standard_normal((50, 9))).float(), torch.ones(40, 9).float())
    assert found is not None
    counts = rng.binomial(50, 10 / 40, 400_000)
    assert found.random_skewness == pytest.approx(skew(counts), abs=0.02)


def test_everything_in_ten_places_has_no_hubs() -> None:
    assert hubness(torch.ones(3, 2), torch.ones(10, 2)) is None


def test_evenly_given_places_have_no_skewness() -> None:
    # Twenty items around a circle, a query at each of them and half-way: every item is found as often.
    angles = torch.arange(40) * torch.pi / 20 + 0.01
    circle = torch.stack([angles.cos(), angles.sin()], 1)
    found = hubness(circle, circle[::2])
    assert found is not None
    assert found.document()["never"] == 0
    assert abs(found.skewness) < 1e-9 or found.skewness == 0

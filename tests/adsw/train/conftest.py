"""Training tests run on one thread, where results have the same bits on every run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from adsw.train.block import Block

from .synthetic import DIMENSIONS, synthetic_table


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def block() -> Block:
    """A hundred synthetic tracks."""
    return Block.from_table(synthetic_table(100), DIMENSIONS)

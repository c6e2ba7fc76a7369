"""A store for real cells, and one thread for what is compared to the bit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from adsw.store.store import Store
from tests.adsw.train.synthetic import synthetic_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return synthetic_store(tmp_path_factory.mktemp("store") / "store", tracks=150)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)

"""Tiny random weights of every text encoder, written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.weights import text


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Encoder -> its folder."""
    return {name: text.write(tmp_path_factory.mktemp("text"), name, tiny=True) for name in text.SHAPES}

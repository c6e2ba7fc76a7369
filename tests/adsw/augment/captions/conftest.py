"""Tiny models and servers that behave as a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adsw.augment.captions.protocol import Asking
from tests.adsw.augment.captions import tiny_model
from tests.adsw.augment.captions.fake_server import FakeServer, good

KEY = "sk-secret-0123456789"


@pytest.fixture(autouse=True)
def _no_key_and_no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """More threads only wait for each other on so little."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def completing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that goes on with a text."""
    return tiny_model.build(tmp_path_factory.mktemp("models") / "completing")


@pytest.fixture(scope="session")
def conversing(completing: Path) -> Path:
    """A model that answers in a conversation."""
    return tiny_model.with_chat_template(completing, completing.parent / "conversing")


@pytest.fixture
def prompt(tmp_path: Path) -> str:
    """The prompt that the tiny model was trained for."""
    file = tmp_path / "tiny.yaml"
    file.write_text(tiny_model.PROMPT)
    return str(file)


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    """A cache of the test's own, and no patience."""
    return Asking(cache=tmp_path / "cache", backoff_s=0.0, tries=3, timeout_s=5.0)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A server that answers well until a test changes its ways."""
    with FakeServer(good).running() as running:
        yield running

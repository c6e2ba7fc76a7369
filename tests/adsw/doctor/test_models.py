"""The Hub, the encoders and Ray, well and ill."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from adsw.doctor import cluster, models
from adsw.doctor.hub import HubProbe
from adsw.encoders.listing import listed
from adsw.executor import LocalExecutor


def test_the_hub_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adsw.hub.hub_answers", lambda: True)
    [line] = HubProbe().lines()
    assert line.state == "ok"


def test_the_hub_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adsw.hub.hub_answers", lambda: False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    [line] = HubProbe().lines()
    assert line.state == "warn"
    assert "switched off by HF_HUB_OFFLINE" in line.said


def test_nobody_waits_for_a_hub_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr("adsw.hub.hub_answers", lambda: over.wait(30))
    monkeypatch.setattr("adsw.doctor.hub._PATIENCE", 0.05)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    began = time.monotonic()
    [line] = HubProbe().lines()
    over.set()
    assert time.monotonic() - began < 5
    assert line.said.startswith("cannot be reached")


def test_encoders_by_what_they_lack(monkeypatch: pytest.MonkeyPatch) -> None:
    some = listed()[0]
    states: dict[str, dict[str, Any]] = {
        "here": {"state": "ready"},
        "far": {"state": "fetch", "megabytes": 2350},
        "bare": {"state": "install", "install": ("pip install this", "pip install that")},
        "family:": {"state": "name"},
    }
    made = [some.model_copy(update={"name": name, **changes}) for name, changes in states.items()]
    monkeypatch.setattr(models, "listed", lambda: made)
    found = {line.name: line for line in models.encoders()}
    assert found["ready"].said == "encoders here"
    assert found["to fetch"].said == "encoders far (2,350 MB)"
    assert found["bare"].fix == "Run: pip install this; pip install that"
    assert found["by model"].said == "encoders family:MODEL"
    monkeypatch.setattr(models, "listed", list)
    assert list(models.encoders()) == []


class Executor:
    """What comes of the work is given; `closed` once it was."""

    def __init__(self, results: Sequence[int] | Exception) -> None:
        self.results = results
        self.closed = False

    def map(self, make_worker: Any, items: Sequence[Any], workers: int) -> Iterator[Any]:
        del make_worker, items, workers
        if isinstance(self.results, Exception):
            raise self.results
        yield from self.results

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("results", "state", "said"),
    [
        ([9, 4, 0, 1], "ok", "worked"),
        ([9, 4], "fail", r"wrong results: \[4, 9\]"),
        (RuntimeError("no port is free"), "fail", "RuntimeError: no port is free"),
    ],
)
def test_ray_at_work(results: Any, state: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    executor = Executor(results)
    monkeypatch.setattr(cluster, "executor_named", lambda _: executor)
    [line] = cluster.cluster(start=True)
    assert line.state == state
    assert executor.closed
    assert re.search(said, line.said)


def test_the_work_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "executor_named", lambda _: LocalExecutor())
    assert [line.state for line in cluster.cluster(start=True)] == ["ok"]


def test_ray_is_not_started_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    [line] = cluster.cluster(start=False)
    assert line.state == "absent"
    monkeypatch.setattr(cluster, "entry_points", lambda **_: [])
    [line] = cluster.cluster(start=False)
    assert line.state == "fail"
    assert "--executor local" in line.fix

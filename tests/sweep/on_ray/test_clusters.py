"""Clusters: found silent or deaf at once, told apart, watched, and started twice at most; without a Ray of its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
import ray

from adsw.errors import InputError, StoppedError
from sweep.on_ray import clusters
from sweep.on_ray.cluster_watch import VARIABLE, ClusterLostError, ClusterWatch
from sweep.on_ray.clusters import require_answer, require_none_here, silence
from sweep.on_ray.session import _start_here


@pytest.fixture
def listening() -> Iterator[str]:
    """The address of something that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def closed() -> str:
    """An address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def test_silence_is_found_at_once(listening: str) -> None:
    assert silence(listening) == ""
    assert "refused" in silence(closed())
    assert silence("head") == silence("head:x") == "must be HOST:PORT or auto"
    assert silence("127.0.0.1:99999") != ""


def test_an_address_without_a_cluster_is_refused() -> None:
    with pytest.raises(InputError, match=r"no Ray cluster answers \(.*refused.*ray start --head"):
        require_answer(closed())


@pytest.mark.parametrize(
    ("mode", "token", "said"),
    [
        ("disabled", True, r"mode disabled here, token there.*Set RAY_AUTH_MODE=token; or start the cluster"),
        ("disabled", False, r"mode disabled here, token there.*RAY_AUTH_MODE=token and copy ~/.ray/auth_token"),
        ("token", True, r"mode token here, token there.*Copy ~/.ray/auth_token"),
        ("token", False, r"RAY_AUTH_MODE is token here, and there is no token"),
    ],
)
def test_a_token_that_does_not_fit_is_told(
    listening: str, mode: str, token: bool, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(address: str) -> None:
        raise ray.exceptions.AuthenticationError(f"InvalidAuthToken at {address}")

    monkeypatch.setattr(clusters, "_mode_here", lambda: mode)
    monkeypatch.setattr(clusters, "_has_token", lambda: token)
    monkeypatch.setattr("ray._raylet.GcsClient", refuse)
    with pytest.raises(InputError, match=said):
        require_answer(listening)


def test_a_cluster_nobody_named_is_told_before_ray_would_join_it(
    listening: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr("ray._private.utils.read_ray_address", lambda _: None)
    require_none_here()
    monkeypatch.setattr("ray._private.utils.read_ray_address", lambda _: closed())
    require_none_here()  # the file of a cluster that was killed
    monkeypatch.setattr("ray._private.utils.read_ray_address", lambda _: listening)
    with pytest.raises(InputError, match=r"runs on this machine already.*--address auto.*--address local"):
        require_none_here()
    monkeypatch.setenv("RAY_ADDRESS", "head:6379")
    with pytest.raises(InputError, match=r"RAY_ADDRESS names a Ray cluster \(given: 'head:6379'\)"):
        require_none_here()


def starts(*errors: Exception | None) -> tuple[list[int], object]:
    """A start of Ray that fails so, and how often it was tried."""
    tried: list[int] = []

    def begin() -> None:
        error = errors[len(tried)]
        tried.append(1)
        if error is not None:
            raise error

    return tried, begin


SLOW = Exception("The current node timed out during startup. This could happen because ...")


def test_a_start_that_was_too_slow_is_tried_once_more() -> None:
    tried, begin = starts(SLOW, None)
    _start_here(begin)  # type: ignore[arg-type]
    assert len(tried) == 2
    for errors in [(SLOW, SLOW), (TimeoutError("after 30 s"), RuntimeError("Failed to get node info x"))]:
        tried, begin = starts(*errors)
        with pytest.raises(StoppedError, match="Ray did not start on this machine"):
            _start_here(begin)  # type: ignore[arg-type]
        assert len(tried) == 2


def test_other_failures_are_not_tried_again() -> None:
    tried, begin = starts(RuntimeError("no such option"))
    with pytest.raises(StoppedError, match="no such option"):
        _start_here(begin)  # type: ignore[arg-type]
    assert len(tried) == 1
    tried, begin = starts(OSError(28, "No space left on device", "/tmp/ray"))
    with pytest.raises(OSError, match="No space left"):
        _start_here(begin)  # type: ignore[arg-type]
    assert len(tried) == 1


def test_a_lost_cluster_is_told_before_rays_own_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    clock = [0.0]
    why = [""]
    watch = ClusterWatch("head:6379", lambda: clock[0], lambda _: why[0])
    for clock[0], why[0] in [(10.0, ""), (20.0, "refused"), (30.0, ""), (40.0, "refused"), (69.0, "refused")]:
        watch.look()
    clock[0] = 72.0
    with pytest.raises(ClusterLostError, match=r"is lost: nothing has answered at head:6379 for 42 s \(refused\)"):
        watch.look()
    monkeypatch.setenv(VARIABLE, "300")

    patient = ClusterWatch("head:6379", lambda: clock[0], lambda _: "refused")
    clock[0] += 270.0
    patient.look()


def test_a_broker_that_does_not_answer_is_no_reason_to_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[object] = [ray.exceptions.GetTimeoutError("slow"), "snapshot"]

    def get(_: object, **__: object) -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(ray, "get", get)
    assert ClusterWatch("head:6379", why_silent=lambda _: "").get(object, lambda: False) == "snapshot"


def test_an_actor_that_has_not_started_is_not_waited_for_after_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def get(_: object, timeout: float) -> None:
        asked.append(timeout)
        raise ray.exceptions.GetTimeoutError

    monkeypatch.setattr("ray.get", get)
    watch = ClusterWatch("head:6379", why_silent=lambda _: "")
    assert watch.get(object, given_up=lambda: len(asked) == 2) is None
    assert len(asked) == 2

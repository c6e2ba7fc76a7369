"""Audio that lies elsewhere: fetched once, tried again, and told apart where it cannot be had."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest

from adsw.audio import fetch as remote
from adsw.audio.bad_audio import BadAudioError
from adsw.audio.fetch import Fetcher, Remote, address_faults, is_remote, scheme_of

DATA = b"RIFF and so on" * 1000


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "WAIT_S", 0.0)


@pytest.fixture
def memory() -> Iterator[Any]:
    """fsspec's file system in memory, empty afterwards."""
    system = fsspec.filesystem("memory")
    yield system
    system.store.clear()
    system.pseudo_dirs[:] = [""]


class Answers(BaseHTTPRequestHandler):
    """Answers by what the path says; ``flaky`` fails twice."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        status = {"/gone.wav": 404, "/secret.wav": 403, "/broken.wav": 500}.get(self.path, 200)
        if self.path == "/flaky.wav" and self.asked.count(self.path) < 3:
            status = 503
        self.send_response(status)
        body = DATA if status == 200 else b""
        # One that breaks off promises more than it sends.
        self.send_header("Content-Length", str(len(body) + (10 if self.path == "/short.wav" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    """Address of a server on this machine."""
    Answers.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def kind_of(address: str, fetcher: Fetcher | None = None) -> str:
    with pytest.raises(BadAudioError) as caught:
        (fetcher or Fetcher())(address)
    assert caught.value.detail
    return caught.value.kind


def test_what_is_fetched_lies_here_as_long_as_it_is_held(memory: Any) -> None:
    memory.pipe("/music/ä b.wav", DATA)
    fetched = Fetcher()("memory://music/ä b.wav")
    path = fetched.path
    assert path.read_bytes() == DATA
    assert fetched.sha256 == hashlib.sha256(DATA).hexdigest()
    del fetched
    assert not path.exists()


def test_files_on_this_machine_are_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "a b.wav"
    path.write_bytes(DATA)
    fetched = Fetcher()(path.as_uri())
    assert fetched.path == path
    assert fetched.keeper is None
    assert fetched.sha256 == hashlib.sha256(DATA).hexdigest()
    assert kind_of_none() == "missing"


def kind_of_none() -> str:
    with pytest.raises(BadAudioError, match="no audio is named") as caught:
        Fetcher()(None)
    return caught.value.kind


def test_what_another_place_does_not_have(memory: Any) -> None:
    memory.pipe("/music/empty.wav", b"")
    assert kind_of("memory://music/nowhere.wav") == "missing"
    assert kind_of("memory://music/empty.wav") == "empty"


def test_over_http(server: str) -> None:
    fetcher = Fetcher()
    assert fetcher(f"{server}/a%20b.wav?x=1").path.read_bytes() == DATA
    assert kind_of(f"{server}/gone.wav", fetcher) == "missing"
    assert kind_of(f"{server}/secret.wav", fetcher) == "denied"
    assert Answers.asked == ["/a%20b.wav?x=1", "/gone.wav", "/secret.wav"]


def test_what_fails_is_tried_again(server: str) -> None:
    assert Fetcher()(f"{server}/flaky.wav").path.read_bytes() == DATA
    assert Answers.asked == ["/flaky.wav"] * 3
    assert kind_of(f"{server}/broken.wav") == "unreachable"
    assert kind_of(f"{server}/short.wav") == "unreachable"
    assert kind_of("http://127.0.0.1:1/a.wav") == "unreachable"


def test_a_server_that_fails_again_and_again_is_left_alone(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    elsewhere = Remote()
    for number in range(remote.PATIENCE + 4):
        with pytest.raises(BadAudioError, match="failed for 5 files" if number >= remote.PATIENCE else "500"):
            elsewhere.fetch(f"{server}/broken.wav")
    assert len(Answers.asked) == remote.TRIES * remote.PATIENCE
    clock[0] = remote.PAUSE_S
    assert elsewhere.fetch(f"{server}/fine.wav").path.exists()
    with pytest.raises(BadAudioError, match="500"):
        elsewhere.fetch(f"{server}/broken.wav")


@pytest.mark.parametrize(
    ("error", "kind", "asked"),
    [
        (PermissionError("AccessDenied"), "denied", 1),
        (FileNotFoundError("NoSuchKey"), "missing", 1),
        (IsADirectoryError("music"), "folder", 1),
        (type("NoCredentialsError", (Exception,), {})("none found"), "denied", 1),
        (ValueError(), "unreachable", 3),
        (TimeoutError("no answer"), "unreachable", 3),
    ],
)
def test_errors_of_file_systems(monkeypatch: pytest.MonkeyPatch, error: Exception, kind: str, asked: int) -> None:
    class System:
        calls = 0

        def get_file(self, _: str, target: str) -> None:
            self.calls += 1
            Path(target).unlink(missing_ok=True)  # as gcsfs does
            raise error

    system = System()
    monkeypatch.setattr(remote, "_system", lambda _: system)
    assert kind_of("s3://bucket/a.wav") == kind
    assert system.calls == asked
    # gcsfs tries again by itself.
    assert kind_of("GS://bucket/a.wav") == kind
    assert system.calls == asked + 1


def test_addresses_that_cannot_be_fetched_here(monkeypatch: pytest.MonkeyPatch) -> None:
    known = fsspec.get_filesystem_class

    def without_packages(scheme: str) -> Any:
        if scheme in ("s3", "abfs"):
            raise ImportError(f"Install the package for {scheme}")
        return known(scheme)

    monkeypatch.setattr("fsspec.get_filesystem_class", without_packages)
    audios = ["/a.wav", "file:///a.wav", "memory://a.wav", "s3://b/1.wav", "S3://b/2.wav", "odd://x", "abfs://y"]
    faults = [str(fault) for fault in address_faults(audios, "audio")]
    assert len(faults) == 3
    assert "abfs://, which needs a package" in faults[0]
    assert "Install the package for abfs" in faults[0]
    assert "1 track begins with odd://, which nothing here can fetch" in faults[1]
    assert "2 tracks begin with s3://, which needs a package that is not installed" in faults[2]
    assert "pip install 'adsw[s3]'" in faults[2]
    assert address_faults(["/a.wav"], "audio") == []


def test_paths_and_addresses() -> None:
    assert is_remote("HTTPS://host/a.wav")
    assert not is_remote("FILE:///a.wav")
    assert scheme_of("S3://bucket/key") == "s3"


def test_waiting_is_limited() -> None:
    assert remote._limits("https")["client_kwargs"]["timeout"].sock_read == 60
    assert remote._limits("s3")["config_kwargs"]["connect_timeout"] == 15
    assert remote._limits("memory") == {}

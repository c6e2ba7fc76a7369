"""Where weights are found: a place, the Hub's cache, the Hub; and what is said where they are not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest

from adsw.encoders.weights import Published, Reference, Weights, are_here, find_weights
from adsw.errors import InputError

COMMIT, OLDER = "a" * 40, "b" * 40
PUBLISHED = Published("some/model", ("config.json", "*.safetensors"), 1234)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The Hub's cache, empty, and no Hub."""
    folder = tmp_path / "hub"
    for constant in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.setattr(huggingface_hub.constants, constant, str(folder))
    monkeypatch.setattr("adsw.encoders.weights.hub_answers", lambda: False)
    return folder


def cached(cache: Path, commit: str = COMMIT, branch: str | None = "main", content: str = "one") -> Path:
    """Files of the model in the cache, as the Hub's own client lays them out."""
    repository = cache / "models--some--model"
    snapshot = repository / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    (snapshot / "model.safetensors").write_text(content)
    (snapshot / "README.md").write_text("not read")
    if branch:
        (repository / "refs").mkdir(exist_ok=True)
        (repository / "refs" / branch).write_text(commit)
    return snapshot


def found(text: str, published: Published | None = PUBLISHED) -> Weights:
    return find_weights(Reference.parse(text), published, "--audio-encoder")


def fault(text: str, published: Published | None = PUBLISHED) -> Any:
    with pytest.raises(InputError) as caught:
        found(text, published)
    [only] = caught.value.faults
    assert only.where == "--audio-encoder"
    return only


def test_a_folder_and_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "models" / "mine"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "notes.txt").write_text("not read")
    weights = found(f"model={folder}")
    assert (weights.path, weights.place) == (folder, str(folder))
    assert [file.name for file in weights.files] == ["config.json"]
    lone = found(f"model={folder / 'notes.txt'}")
    assert lone.files == [folder / "notes.txt"]
    monkeypatch.chdir(tmp_path)
    assert found("model=models/mine").path == folder
    monkeypatch.setenv("HOME", str(tmp_path))
    assert found("model=~/models/mine").path == folder


def test_the_digest_is_of_the_files_that_are_read(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / "config.json").write_text("{}")
        (folder / "model.safetensors").write_text("weights")
    (other / "README.md").write_text("not read")
    digests = [found(f"model={folder}").digest for folder in (one, other)]
    assert digests[0] == digests[1]
    assert len(digests[0]) == 64
    (other / "model.safetensors").write_text("changed")
    assert found(f"model={other}").digest != digests[0]
    (other / "model.safetensors").rename(other / "renamed.safetensors")
    assert found(f"model={other}").digest != digests[0]


def test_a_lone_files_digest_does_not_hang_on_its_name(tmp_path: Path) -> None:
    for name in ("a.pt", "b.pt"):
        (tmp_path / name).write_text("weights")
    assert len({found(f"model={tmp_path / name}").digest for name in ("a.pt", "b.pt")}) == 1


@pytest.mark.parametrize("place", ["/no/such/folder", "./nothing", "~/nothing-here", "nothing", "a/b/c"])
def test_a_place_that_is_not_there(place: str) -> None:
    told = fault(f"model={place}")
    assert told.rule == "is neither here nor a repository"
    assert "org/model" in told.fix


def test_no_weights_of_its_own() -> None:
    told = fault("family:mine", None)
    assert told.rule == "has no weights of its own"
    assert told.fix == "Write family:mine=FOLDER."


def test_the_hubs_cache(cache: Path) -> None:
    assert not are_here(PUBLISHED)
    snapshot = cached(cache)
    weights = found("model")
    assert are_here(PUBLISHED)
    assert weights.place == f"some/model@{COMMIT}"
    assert weights.path == snapshot
    assert [file.name for file in weights.files] == ["config.json", "model.safetensors"]


def test_revisions_in_the_cache(cache: Path) -> None:
    cached(cache)
    cached(cache, OLDER, "v1", "older")
    assert found("model").place.endswith(COMMIT)
    assert found("model@v1").place.endswith(OLDER)
    assert found(f"model@{OLDER}").place.endswith(OLDER)
    assert found("model=some/model@v1").place.endswith(OLDER)
    assert found("model").digest != found("model@v1").digest


def test_the_place_of_what_was_found_leads_back_to_it(cache: Path) -> None:
    cached(cache)
    cached(cache, OLDER, None, "older")
    place = found(f"model@{OLDER}").place
    assert found(f"model={place}").path.name == OLDER


def test_another_repository_for_the_same_encoder(cache: Path) -> None:
    cached(cache)
    assert found("model=some/model", Published("other/model", ("config.json",), 5)).path.name == COMMIT


def test_a_snapshot_without_the_files_is_not_the_model(cache: Path) -> None:
    (cached(cache) / "model.safetensors").unlink()
    only_weights = Published("some/model", ("*.safetensors",), 1234)
    assert not are_here(only_weights)
    assert "not on this machine" in fault("model", only_weights).rule


@pytest.mark.parametrize(
    ("files", "there"),
    [
        (["config.json"], False),
        (["model.safetensors"], False),
        (["config.json", "pytorch_model-00001-of-00002.bin"], True),
        (["config.json", "model.safetensors"], True),
    ],
)
def test_a_part_of_a_repository_is_not_the_model(cache: Path, files: list[str], there: bool) -> None:
    snapshot = cached(cache)
    for file in snapshot.iterdir():
        file.unlink()
    for name in files:
        (snapshot / name).write_text("{}")
    assert are_here(Published("some/model", ("config.json", "pytorch_model.bin"), 5)) is there


def test_a_repository_of_several_models(cache: Path) -> None:
    (cached(cache) / "one.pt").write_text("weights")
    assert are_here(Published("some/model", ("one.pt",), 5))
    assert not are_here(Published("some/model", ("other.pt",), 5))


def test_without_the_files_and_the_hub_one_fault_says_all(cache: Path) -> None:
    assert not cache.exists()
    told = fault("model")
    assert told.rule == "needs some/model (1,234 MB), which is not on this machine, and the Hub cannot be reached"
    assert "hf download some/model config.json '*.safetensors' --local-dir FOLDER" in told.fix
    assert "model=FOLDER" in told.fix


def test_a_revision_that_is_not_here_is_named(cache: Path) -> None:
    cached(cache)
    told = fault("model@v9")
    assert "needs some/model@v9" in told.rule
    assert "--revision v9" in told.fix


def test_of_an_unknown_repository_no_size_is_told(cache: Path) -> None:
    assert not cache.exists()
    told = fault("model=someone/else")
    assert told.rule.startswith("needs someone/else, which is not")


@pytest.fixture
def hub() -> Iterator[str]:
    """A Hub on this machine that knows no repository."""

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Quietly."""

    server = HTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_hub_that_does_not_have_it(cache: Path, hub: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not cache.exists()
    monkeypatch.setattr("adsw.encoders.weights.hub_answers", lambda: True)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub)
    monkeypatch.setattr("huggingface_hub._snapshot_download.HfApi", _api(hub))
    told = fault("model")
    assert told.rule.startswith("needs some/model, which the Hub does not give")
    assert "hf download" in told.fix


def _api(endpoint: str) -> Any:
    """The client with the endpoint of these tests: it read the real one when it was imported."""
    from huggingface_hub import HfApi

    return lambda **settings: HfApi(**{**settings, "endpoint": endpoint})


def test_without_a_network_nobody_waits(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed port stands for a Hub that cannot be reached; the Hub's own client would try again and again."""
    from adsw.hub import hub_answers

    assert not cache.exists()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    for scheme in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(scheme, raising=False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("adsw.encoders.weights.hub_answers", hub_answers)
    began = time.monotonic()
    assert "the Hub cannot be reached" in fault("model").rule
    assert time.monotonic() - began < 10

"""Captions by a language model in a store: asked once a view, whatever happens on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from adsw.augment.captions import model_captioner as captioner_module
from adsw.augment.captions.backend import AskingStoppedError
from adsw.augment.captions.cache import SettledCaptions
from adsw.augment.captions.protocol import Asking, CaptionOptions
from adsw.augment.vocabulary import builtin
from adsw.corpus.track import Track
from adsw.errors import InputError
from adsw.fingerprint import file_sha256
from adsw.store import caption_stage as view_index
from adsw.store.stages import Stage
from adsw.store.store import Store, StoreInfo
from tests.adsw.augment.captions import tiny_model
from tests.adsw.augment.captions.fake_server import FakeServer, Reply, good, tags_in

from ..tiny_encoders import BackwardExecutor, FailingExecutor, InterruptedWorkError, contents

Build = Callable[..., StoreInfo]
KEY = "sk-secret-0123456789"


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(captioner_module, "PUBLISHED_AT_ONCE", 4)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(good).running() as running:
        yield running


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    return Asking(cache=tmp_path / "cache", backoff_s=0.0, tries=2, timeout_s=5.0, concurrency=4)


def views_of(info: StoreInfo) -> int:
    assert info.captions is not None
    return info.captions.views


def counted(info: StoreInfo) -> dict[str, Any]:
    assert info.captions is not None
    return {name: value for name, value in info.captions.model_dump().items() if value}


def test_every_distinct_view_is_asked_once(build: Build, server: FakeServer, asking: Asking, tmp_path: Path) -> None:
    info = build(tmp_path / "store", captioner=server.name, asking=asking)
    asked = [tuple(tags) for tags in server.asked]
    assert len(asked) == len(set(asked)) == views_of(info)
    assert counted(info) == {
        "views": len(asked),
        "asked": len(asked),
        "accepted_first": len(asked),
        "requests": len(asked),
        "prompt_tokens": 10 * len(asked),
        "answer_tokens": 5 * len(asked),
    }
    assert info.captioner.startswith("openai:tiny@paper-")
    texts = [text for row in Store.open(tmp_path / "store").table("train").to_pylist() for text in row["texts"]]
    captions = [text for text in texts if text["source"] == "caption" and text["swap_of"] < 0]
    assert {text["captioner"] for text in captions} == {info.captioner}
    assert all(text["text"].startswith("This is a track that one can call") for text in captions)
    assert {(text["attempts"], text["coverage"], text["added"]) for text in captions} == {(1, 1.0, 0)}


def test_a_settable_number_of_views_is_asked_and_the_template_words_the_others(
    build: Build, server: FakeServer, asking: Asking, tmp_path: Path
) -> None:
    def made(name: str, model_views: int) -> StoreInfo:
        options = CaptionOptions(model_views=model_views)
        return build(tmp_path / name, captioner=server.name, asking=asking, captions=options)

    info = made("few", 4)
    few = {tuple(tags) for tags in server.asked}
    assert len(server.asked) == len(few) == 4
    total = views_of(info)
    assert total > 6
    assert {name: counted(info)[name] for name in ("asked", "accepted_first", "templated")} == {
        "asked": 4,
        "accepted_first": 4,
        "templated": total - 4,
    }
    texts = [text for row in Store.open(tmp_path / "few").table("train").to_pylist() for text in row["texts"]]
    wrote = {text["captioner"].split("@")[0] for text in texts if text["source"] == "caption" and text["swap_of"] < 0}
    assert wrote == {info.captioner.split("@")[0], "template"}
    # More of them are the same ones and others; more than there are, all.
    more = made("more", 6)
    assert more.captions is not None
    assert (more.captions.from_cache, more.captions.asked, more.captions.templated) == (4, 2, total - 6)
    assert len(server.asked) == 6
    everything = made("all", 10 * total)
    assert everything.captions is not None
    assert (everything.captions.templated, len(server.asked)) == (0, total)


def test_another_store_asks_only_for_what_is_new(
    build: Build, server: FakeServer, asking: Asking, tones: list[Track], tmp_path: Path
) -> None:
    first = build(tmp_path / "half", captioner=server.name, asking=asking, tracks=tones[:2])
    asked = len(server.asked)
    assert asked == views_of(first)
    second = build(tmp_path / "all", captioner=server.name, asking=asking)
    assert second.captions is not None
    assert second.captions.from_cache == asked
    assert len(server.asked) == views_of(second)
    third = build(tmp_path / "again", captioner=server.name, asking=asking)
    assert third.captions is not None
    assert third.captions.asked == 0
    assert len(server.asked) == views_of(second)
    assert third.fingerprint == second.fingerprint


def test_order_workers_and_interruptions_change_nothing(
    build: Build,
    server: FakeServer,
    asking: Asking,
    tones: list[Track],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a server whose answers are sometimes bad, and bad in the same way whoever asks."""

    def behave(request: dict[str, Any]) -> Reply:
        bad = request["seed"] % 3 != 1 and request["messages"][-1]["content"] != "Say yes."
        return Reply("This is a track with a saxophone.") if bad else good(request)

    server.behave = behave
    whole = build(tmp_path / "whole", captioner=server.name, asking=asking)
    assert whole.captions is not None
    assert whole.captions.accepted_later > 0
    assert whole.captions.replaced > 0
    assert whole.captions.reasons.keys() <= {"added", "coverage"}

    def elsewhere(name: str) -> dict[str, Any]:
        return {"captioner": server.name, "asking": asking.model_copy(update={"cache": tmp_path / name})}

    other = build(tmp_path / "other", tracks=tones[::-1], executor=BackwardExecutor(), workers=5, **elsewhere("a"))
    assert contents(tmp_path / "other") == contents(tmp_path / "whole")
    # Dies again and again, also in the middle of the asking, which runs in this process.
    deaths = 0
    monkeypatch.setattr("adsw.store.caption_stage.LocalExecutor", lambda: FailingExecutor(after=1))
    monkeypatch.setattr("adsw.augment.captions.openai.ServerBackend.views_at_once", 5)
    while True:
        try:
            resumed = build(
                tmp_path / "resumed", executor=FailingExecutor(after=2), resume=deaths > 0, **elsewhere("b")
            )
            break
        except InterruptedWorkError:
            deaths += 1
            assert deaths < 60
    assert deaths > 10
    assert resumed.fingerprint == whole.fingerprint == other.fingerprint
    assert resumed.captions is not None
    assert resumed.captions == whole.captions
    assert len(server.asked) == 3 * whole.captions.requests


def test_a_spent_budget_stops_and_loses_nothing(
    build: Build, server: FakeServer, asking: Asking, tmp_path: Path
) -> None:
    few = asking.model_copy(update={"requests": 10})
    with pytest.raises(AskingStoppedError, match="budget"):
        build(tmp_path / "store", captioner=server.name, asking=few)
    assert len(server.requests) == 10
    runs = 1
    while True:
        try:
            info = build(tmp_path / "store", captioner=server.name, asking=few, resume=True)
            break
        except AskingStoppedError:
            runs += 1
    assert len(server.asked) == views_of(info)
    assert len(server.requests) == views_of(info) + runs + 1
    assert info.captions is not None
    assert info.captions.from_cache == 0


def test_nothing_is_asked_where_nothing_may_be(
    build: Build, server: FakeServer, asking: Asking, tmp_path: Path
) -> None:
    none = asking.model_copy(update={"requests": 0})
    with pytest.raises(AskingStoppedError):
        build(tmp_path / "store", captioner=server.name, asking=none)
    assert server.requests == []
    build(tmp_path / "first", captioner=server.name, asking=asking)
    server.requests.clear()
    build(tmp_path / "store", captioner=server.name, asking=none, resume=True)
    assert server.requests == []


def test_settled_captions_stay(
    build: Build, server: FakeServer, asking: Asking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that dies after settling asks nothing again, whatever has become of the cache and the server."""
    with monkeypatch.context() as patch:
        patch.setattr("adsw.store.prepare._texts", lambda *_: (_ for _ in ()).throw(InterruptedWorkError))
        with pytest.raises(InterruptedWorkError):
            build(tmp_path / "store", captioner=server.name, asking=asking)
    asked = len(server.requests)
    server.behave = lambda _: Reply(status=500, body="{}")
    gone = asking.model_copy(update={"cache": tmp_path / "nothing"})
    info = build(tmp_path / "store", captioner=server.name, asking=gone, resume=True)
    assert len(server.requests) == asked
    assert views_of(info) == asked - 1


def test_a_server_that_dies_is_asked_again_later(
    build: Build, server: FakeServer, asking: Asking, tmp_path: Path
) -> None:
    server.behave = lambda request: (
        good(request) if len(server.requests) < 15 else Reply(status=500, body='{"error": {"message": "broken"}}')
    )
    with pytest.raises(AskingStoppedError, match="broken"):
        build(tmp_path / "store", captioner=server.name, asking=asking)
    answered = 15 - 1 - 1
    server.behave = good
    before = len(server.requests)
    info = build(tmp_path / "store", captioner=server.name, asking=asking, resume=True)
    assert len(server.requests) - before - 1 == views_of(info) - answered


def test_what_is_wrong_is_told_before_anything_begins(
    build: Build, server: FakeServer, asking: Asking, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    with pytest.raises(InputError) as caught:
        build(store, audio_encoder="spectrl", captioner="openai:here", captions=CaptionOptions(prompt="papr"))
    assert len(caught.value.faults) == 4
    server.behave = lambda _: Reply(status=401, body="{}")
    with pytest.raises(InputError, match="OPENAI_API_KEY"):
        build(store, captioner=server.name, asking=asking)
    with pytest.raises(InputError, match="does not answer"):
        build(store, captioner="openai:http://127.0.0.1:9/v1#tiny", asking=asking)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="--caption-cache"):
        build(store, captioner=server.name, asking=asking.model_copy(update={"cache": tmp_path / "file"}))
    assert not store.exists()


def test_settings_never_mix(build: Build, server: FakeServer, asking: Asking, tmp_path: Path) -> None:
    store = tmp_path / "store"
    build(store, captioner=server.name, asking=asking)
    for options in (CaptionOptions(prompt="listener"), CaptionOptions(attempts=4), CaptionOptions(temperature=0.5)):
        with pytest.raises(InputError, match="other settings"):
            build(store, captioner=server.name, asking=asking, captions=options)
    with pytest.raises(InputError, match="other settings"):
        build(store)
    build(store, captioner=server.name, asking=asking.model_copy(update={"concurrency": 1}))


def test_the_vocabulary_s_identity_is_in_the_plan(build: Build, tmp_path: Path, tones: list[Track]) -> None:
    file = tmp_path / "words.yaml"
    file.write_text("instrument:\n  terms: [glass harp]\n")
    words = builtin().extended({"instrument": ["glass harp"]})
    plain = build(tmp_path / "plain", tracks=tones[:8])
    other = build(tmp_path / "other", tracks=tones[:8], vocabulary=words)
    assert plain.vocabulary != other.vocabulary
    assert plain.fingerprint != other.fingerprint


def test_the_key_is_in_no_file_and_no_log(
    build: Build,
    server: FakeServer,
    asking: Asking,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    caplog.set_level("DEBUG")
    with monkeypatch.context() as patch:
        patch.setattr("adsw.store.prepare.shutil.rmtree", lambda *_, **__: None)
        build(tmp_path / "store", captioner=server.name, asking=asking)
    assert f"Bearer {KEY}" in {headers["authorization"] for headers in server.headers}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any("work" in path.parts for path in files)
    assert any("cache" in path.parts for path in files)
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
    assert KEY not in caplog.text


def test_with_a_model_on_disk(
    build: Build, asking: Asking, tones: list[Track], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    prompt = tmp_path / "tiny.yaml"
    prompt.write_text(tiny_model.PROMPT)
    model = tiny_model.build(tmp_path_factory.mktemp("model") / "tiny", steps=60)
    views = tiny_model.views()[::3]
    tracks = [replace(tones[n], tags=view) for n, view in enumerate(views)]
    options = CaptionOptions(prompt=str(prompt), temperature=0, max_tokens=32, attempts=2)
    told: list[tuple[Stage, int, int]] = []
    info = build(
        tmp_path / "store",
        tracks=tracks,
        captioner=f"local:{model}",
        captions=options,
        asking=asking,
        on_progress=lambda *args: told.append(args),
    )
    assert info.captioner.startswith("local:tiny@tiny-")
    assert info.caption_model is not None
    assert info.caption_model.model == "local:tiny"
    assert info.caption_model.weights == {
        file.name: file_sha256(file) for file in Path(model).iterdir() if file.suffix == ".safetensors"
    }
    assert info.captions is not None
    assert info.captions.accepted_first > 0
    assert info.captions.views == info.captions.asked
    assert [done for stage, done, _ in told if stage == Stage.CAPTIONS][-1] == info.captions.views
    plan = json.loads((tmp_path / "store" / "prepare.json").read_text())
    assert str(tmp_path) not in json.dumps(plan["captions"])
    assert plan["captions"]["options"]["prompt"].startswith("tiny-")
    other = build(
        tmp_path / "other",
        tracks=tracks[::-1],
        captioner=f"local:{model}",
        captions=options,
        asking=asking.model_copy(update={"cache": tmp_path / "other-cache", "batch_size": 3}),
        executor=BackwardExecutor(),
    )
    assert other.fingerprint == info.fingerprint


def test_views_that_were_not_settled_are_loud() -> None:
    with pytest.raises(KeyError):
        SettledCaptions("n", "1", {}).caption([{"genre": ("jazz",)}], ["k"])


def test_answers_that_vanish_are_loud(
    build: Build, server: FakeServer, asking: Asking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adsw.store.caption_stage.AnswerCache.merge", lambda cache: _empty(cache.folder))
    with pytest.raises(RuntimeError, match="gone from the cache"):
        build(tmp_path / "store", captioner=server.name, asking=asking)


def _empty(folder: Path) -> None:
    for path in folder.glob("*.parquet"):
        path.unlink()


def test_an_index_of_nothing(tmp_path: Path) -> None:
    index = view_index.ViewIndex(tmp_path, [])
    assert len(index) == 0


def test_tracks_without_tags_need_no_captions(
    build: Build, server: FakeServer, asking: Asking, tones: list[Track], tmp_path: Path
) -> None:
    tracks = [replace(one, tags={}, captions=("A tune.",)) for one in tones[:5]]
    info = build(tmp_path / "store", tracks=tracks, captioner=server.name, asking=asking)
    assert views_of(info) == 0
    assert server.asked == []
    assert tags_in({"messages": [{"content": "Tags: a, b"}]}) == ["a", "b"]

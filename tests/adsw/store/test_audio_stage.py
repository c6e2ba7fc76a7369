"""Batches, decoding ahead, and what is told of a stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from adsw.corpus.track import Track
from adsw.encoders import registry
from adsw.encoders.catalogue import Entry
from adsw.store import audio_stage
from adsw.store.prepare import Prepared, prepare
from adsw.store.stages import Stage, is_accelerated
from adsw.store.store import StoreInfo

from ..tiny_encoders import FailingExecutor, InterruptedWorkError, TinyAudio, TinyText, arguments, contents, track

Build = Callable[..., StoreInfo]


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of what the encoder was given."""
    sizes: list[int] = []
    plain = TinyAudio.encode

    def encode(self: TinyAudio, waves: Sequence[Any]) -> Any:
        sizes.append(len(waves))
        return plain(self, waves)

    monkeypatch.setattr(TinyAudio, "encode", encode)
    return sizes


@pytest.mark.parametrize("batch", [1, 7, 16, 100])
def test_batches_are_full_although_some_audio_is_bad(
    batches: list[int], build: Build, tones: list[Track], tmp_path: Path, batch: int
) -> None:
    train = [one for one in tones if one.split == "train"][:15]
    bad = [track(900 + n, tmp_path / "gone.wav", split="train") for n in range(1)]
    build(tmp_path / "store", tracks=[*train, *bad], batch=batch, max_bad=20.0)
    full, rest = divmod(15, batch)
    assert batches == [batch] * full + [rest] * bool(rest)


class FakeGpu:
    type = "cuda"


def test_with_a_gpu_audio_is_decoded_ahead_and_the_store_is_the_same(
    build: Build, tones: list[Track], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    plain = audio_stage.in_order
    monkeypatch.setattr(
        audio_stage,
        "in_order",
        lambda work, items, count, ahead: threads.append(count) or plain(work, items, count, ahead),
    )
    tracks = [*tones[:30], track(901, tmp_path / "gone.wav")]
    build(tmp_path / "plain", tracks=tracks)
    fast = Entry("audio", "tiny_encoders:TinyAudio", {}, accelerated=True)
    monkeypatch.setattr(registry, "ENTRIES", MappingProxyType({**registry.ENTRIES, "tiny-audio": fast}))
    monkeypatch.setattr(audio_stage, "device", FakeGpu)
    build(tmp_path / "ahead", tracks=tracks)
    assert set(threads) == {0, audio_stage.DECODERS}
    assert contents(tmp_path / "plain") == contents(tmp_path / "ahead")


def test_only_what_a_gpu_makes_faster_asks_for_one(
    build: Build, tones: list[Track], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    class Noting(FailingExecutor):
        def map(self, *given: Any, accelerated: bool = False) -> Any:
            asked.append(accelerated)
            return super().map(*given)

    assert not is_accelerated(TinyAudio.info.model_copy(update={"name": "given:mine"}))
    fast = Entry("text", "tiny_encoders:TinyText", {}, accelerated=True)
    monkeypatch.setattr(registry, "ENTRIES", MappingProxyType({**registry.ENTRIES, "tiny-text": fast}))
    assert is_accelerated(TinyText.info)
    build(tmp_path / "store", tracks=tones[:5], executor=Noting(after=-1))
    assert asked == [False, False, True]


def run(store: Path, tracks: list[Track], **changes: Any) -> Prepared:
    return prepare(**arguments(store, tracks=tracks, **changes))


def test_a_run_says_what_it_took(tones: list[Track], tmp_path: Path) -> None:
    tracks = [*tones[:20], track(901, tmp_path / "gone.wav"), track(902, None)]
    made = run(tmp_path / "store", tracks)
    assert [one.stage for one in made.stages] == [Stage.AUDIO, Stage.TEXTS, Stage.EMBEDDINGS, Stage.SHARDS]
    texts = sum(split.texts for split in made.info.splits.values())
    assert [one.total for one in made.stages if one.stage != Stage.EMBEDDINGS] == [21, texts, 20]
    assert {(one.before, one.reused) for one in made.stages} == {(0, 0)}
    assert all(one.rate is None or one.rate > 0 for one in made.stages)
    assert made.quarantined_by_kind == {"missing": 1}
    assert made.likeness.keys() == {"audio", "text"}
    document = made.document()
    assert (document["tracks"], document["without_audio"], document["already"]) == (20, 1, False)
    assert document["bytes"] == sum(path.stat().st_size for path in (tmp_path / "store" / "shards").rglob("*.parquet"))
    again = run(tmp_path / "store", tracks)
    assert (again.already, again.stages, again.likeness) == (True, (), {})
    assert again.info == made.info
    assert again.quarantined_by_kind == {"missing": 1}


def test_what_a_killed_process_left_half_written_goes(build: Build, tones: list[Track], tmp_path: Path) -> None:
    build(tmp_path / "whole", tracks=tones[:10])
    with pytest.raises(InterruptedWorkError):
        build(tmp_path / "store", tracks=tones[:10], executor=FailingExecutor(after=0))
    for left in (tmp_path / "store" / ".store.json.0.part", tmp_path / "store" / "shards" / "train" / ".x.1.part"):
        left.parent.mkdir(parents=True, exist_ok=True)
        left.write_text("half")
    build(tmp_path / "store", tracks=tones[:10], resume=True)
    assert contents(tmp_path / "store") == contents(tmp_path / "whole")

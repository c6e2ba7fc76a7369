"""What another store holds is taken from it, and nothing else is."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from adsw.augment.bank import BankConfig
from adsw.corpus.track import Track
from adsw.encoders import registry
from adsw.errors import InputError
from adsw.store.plan import Plan
from adsw.store.prepare import Prepared, prepare
from adsw.store.reuse import Known, audio_keys, remember, text_keys
from adsw.store.store import Store, StoreInfo

from ..tiny_encoders import FailingExecutor, InterruptedWorkError, TinyAudio, TinyText, arguments, contents, tone, track

Build = Callable[..., StoreInfo]


class Calls:
    """How many inputs the tiny encoders were given."""

    audio = 0
    texts = 0


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    counted = Calls()
    hear, read = TinyAudio.encode, TinyText.encode

    def heard(self: TinyAudio, waves: Sequence[Any]) -> Any:
        counted.audio += len(waves)
        return hear(self, waves)

    def has_read(self: TinyText, texts: Sequence[str]) -> Any:
        counted.texts += len(texts)
        return read(self, texts)

    monkeypatch.setattr(TinyAudio, "encode", heard)
    monkeypatch.setattr(TinyText, "encode", has_read)
    return counted


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {"root": tmp_path_factory.mktemp("old")}


@pytest.fixture
def old(made: dict[str, Path], build: Build, tones: list[Track]) -> Path:
    """A store of 40 of the tones."""
    if "store" not in made:
        build(made["root"] / "store", tracks=tones[:40])
        made["store"] = made["root"] / "store"
    return made["store"]


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Any], str], None]:
    """Gives an encoder another revision."""

    def change(encoder: type[Any], revision: str) -> None:
        monkeypatch.setattr(encoder, "info", encoder.info.model_copy(update={"revision": revision}))

    return change


def run(store: Path, tracks: list[Track], **changes: Any) -> Prepared:
    return prepare(**arguments(store, tracks=tracks, **changes))


def test_with_one_encoder_changed_only_that_side_is_encoded(
    old: Path, calls: Calls, tones: list[Track], anew: Callable[[type[Any], str], None], tmp_path: Path
) -> None:
    anew(TinyAudio, "2")
    made = run(tmp_path / "audio", tones[:40], reuse=(old,))
    assert (calls.audio, calls.texts) == (40, 0)
    assert made.reused == {"audio": 0, "texts": made.stages[2].total}
    anew(TinyText, "2")
    calls.audio = 0
    made = run(tmp_path / "text", tones[:40], reuse=(tmp_path / "audio",))
    assert (calls.audio, calls.texts) == (0, made.stages[2].total)
    assert made.reused == {"audio": 40, "texts": 0}


def test_it_is_bit_equal_to_encoding_anew(
    old: Path, build: Build, tones: list[Track], anew: Callable[[type[Any], str], None], tmp_path: Path
) -> None:
    for encoder in (TinyAudio, TinyText):
        anew(encoder, "2")
        build(tmp_path / f"anew-{encoder.__name__}", tracks=tones[:40])
        build(tmp_path / f"reused-{encoder.__name__}", tracks=tones[:40], reuse=(old,))
        assert contents(tmp_path / f"anew-{encoder.__name__}") == contents(tmp_path / f"reused-{encoder.__name__}")
        anew(encoder, "1")


def test_a_larger_corpus_encodes_what_is_new(
    old: Path, build: Build, calls: Calls, tones: list[Track], tmp_path: Path
) -> None:
    made = run(tmp_path / "store", tones, reuse=(old,))
    assert (calls.audio, made.reused["audio"]) == (20, 40)
    total = made.stages[2].total
    assert calls.texts == total - made.reused["texts"]
    assert 0 < calls.texts < total
    build(tmp_path / "anew", tracks=tones)
    assert contents(tmp_path / "store") == contents(tmp_path / "anew")


def test_audio_is_the_same_by_content_place_in_it_and_length(
    old: Path, calls: Calls, tones: list[Track], tmp_path: Path
) -> None:
    moved = shutil.copy(tones[0].audio or "", tmp_path / "moved.wav")
    tracks = [
        replace(tones[0], audio=str(moved)),
        replace(tones[1], start_s=0.25),
        replace(tones[2], duration_s=0.5),
        replace(tones[3], audio=str(tone(tmp_path / "other.wav", 999))),
        replace(tones[4], tags={"mode": ("major",)}),
    ]
    made = run(tmp_path / "store", tracks, reuse=(old,))
    assert (made.reused["audio"], calls.audio) == (2, 3)


def test_several_stores_are_looked_through(
    old: Path, build: Build, calls: Calls, tones: list[Track], tmp_path: Path
) -> None:
    build(tmp_path / "rest", tracks=tones[40:])
    calls.audio = calls.texts = 0
    made = run(tmp_path / "store", tones, reuse=(old, tmp_path / "rest"))
    assert (calls.audio, made.reused["audio"]) == (0, 60)
    assert calls.texts < made.reused["texts"]


def test_bad_audio_is_not_made_good_by_another_store(old: Path, tones: list[Track], tmp_path: Path) -> None:
    tracks = [*tones[:20], track(900, tmp_path / "gone.wav")]
    made = run(tmp_path / "store", tracks, reuse=(old,), max_bad=10.0)
    assert made.quarantined_by_kind == {"missing": 1}
    assert made.info.tracks == 20


def test_interrupted_it_goes_on_with_and_without(
    old: Path, build: Build, calls: Calls, tones: list[Track], tmp_path: Path
) -> None:
    with pytest.raises(InterruptedWorkError):
        build(tmp_path / "store", reuse=(old,), executor=FailingExecutor(after=3))
    calls.audio = calls.texts = 0
    # What was noted of the old store is forgotten where it is not asked for again.
    made = run(tmp_path / "store", tones, resume=True)
    assert made.reused == {"audio": 0, "texts": 0}
    assert calls.texts == made.stages[2].total
    assert made.stages[0].before == 44
    build(tmp_path / "anew", tracks=tones)
    assert contents(tmp_path / "store") == contents(tmp_path / "anew")


def test_what_cannot_be_reused_is_told_before_anything_begins(old: Path, build: Build, tmp_path: Path) -> None:
    store = tmp_path / "store"
    for changes, said in (
        ({"reuse": (tmp_path / "none",)}, "must be a folder"),
        ({"reuse": (store,)}, "must be another store"),
        ({"reuse": (old,), "audio_encoder": "spectral", "text_encoder": "minilm"}, "Nothing of that store"),
    ):
        with pytest.raises(InputError, match=said):
            build(store, **changes)
        assert not store.exists()
    with pytest.raises(InputError) as caught:
        build(store, reuse=(tmp_path / "a", tmp_path / "b"), audio_encoder="spectrl")
    assert len(caught.value.faults) == 2


def test_embeddings_are_those_of_their_texts(old: Path, tmp_path: Path) -> None:
    opened = Store.open(old)
    plan = Plan.model_validate_json((old / "prepare.json").read_text())
    remember([opened], plan, tmp_path)
    rows = [row for split in opened.splits for row in opened.table(split).to_pylist()]
    texts = sorted({text["text"] for row in rows for text in row["texts"]})
    wanted = ["never said", *texts]
    known = Known.of(tmp_path, "texts")
    assert known is not None
    found, embeddings = known.find(text_keys(wanted))
    assert found.tolist() == [False, *[True] * len(texts)]
    assert np.array_equal(embeddings, registry.text_encoder("tiny-text").encode(texts)[:, 0].astype("<f2"))
    sounds = Known.of(tmp_path, "audio")
    assert sounds is not None
    keys = audio_keys((row["audio_sha256"], row["start_s"], row["duration_s"]) for row in rows)
    found, embeddings = sounds.find(keys)
    assert found.all()
    assert [one.tobytes() for one in embeddings] == [row["audio"] for row in rows]


def test_keys_tell_apart() -> None:
    parts = [("a", None, None), ("a", 0.0, None), ("a", None, 0.0), ("b", None, None), ("a", 1.0, 2.0)]
    assert len(set(audio_keys(parts).tolist())) == len(parts)
    assert len(set(text_keys(["", " ", "a", "A", "\ud800"]).tolist())) == 5


def test_a_damaged_store_is_loud(old: Path, build: Build, tones: list[Track], tmp_path: Path) -> None:
    copy = Path(shutil.copytree(old, tmp_path / "copy"))
    shard = Store.open(copy).shards("train")[0]
    damaged = bytearray(shard.read_bytes())
    group = pq.read_metadata(shard).row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    (column,) = [column for column in columns if column.path_in_schema == "audio"]
    damaged[column.data_page_offset + column.total_compressed_size - 5] ^= 0xFF
    shard.write_bytes(damaged)
    with pytest.raises(InputError, match="--reuse: cannot be read"):
        build(tmp_path / "store", tracks=tones, reuse=(copy,), bank=BankConfig(views_per_count=1))

"""One folder, one plan."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.augment.bank import BankConfig
from adsw.draws import key_of
from adsw.errors import InputError
from adsw.store.plan import Plan, begin, cut_shards, place_of, tracks_identity
from adsw.store.schema import SCHEMA_VERSION

from ..tiny_encoders import TinyAudio, TinyText, track


@pytest.fixture
def plan() -> Plan:
    return Plan(
        schema_version=SCHEMA_VERSION,
        audio_encoder=TinyAudio.info,
        text_encoder=TinyText.info,
        captioner="template@1",
        bank=BankConfig(),
        rows_per_shard=64,
        vocabulary="v",
        tracks="t",
        tracks_used=3,
        without_audio=0,
        without_text=0,
    )


def test_shards_are_cut_by_key_whatever_the_order_given() -> None:
    tracks = [track(n, "a.wav") for n in range(200)]
    cut = list(cut_shards(tracks, 50))
    shards = [shard for shard, _ in cut]
    assert [(s.split, s.number, s.rows) for s in shards] == [
        ("train", 0, 50),
        ("train", 1, 50),
        ("train", 2, 20),
        ("valid", 0, 40),
        ("test", 0, 40),
    ]
    train = [track.track_id for _, run in cut[:3] for track in run]
    assert train == sorted(train, key=key_of)
    assert list(cut_shards(tracks[::-1], 50)) == cut
    assert (shards[1].name, shards[1].part) == ("train-00001", "part-00001.parquet")


def test_a_track_without_a_split_is_loud() -> None:
    with pytest.raises(ValueError, match="1 tracks have no split, such as 'track-007'"):
        list(cut_shards([track(1, "a.wav"), track(7, "a.wav", split="")], 50))


def test_audio_in_the_store_is_named_from_there(tmp_path: Path) -> None:
    store = tmp_path / "store"
    assert place_of(str(store / "corpus" / "a.wav"), store) == "corpus/a.wav"
    assert place_of(str(tmp_path / "a.wav"), store) == str(tmp_path / "a.wav")
    assert place_of("s3://bucket/a.wav", store) == "s3://bucket/a.wav"


def test_identity_of_tracks_follows_content_and_not_order_or_place(tmp_path: Path) -> None:
    def tracks(root: Path, **changes: Any) -> list[Any]:
        return [track(n, root / f"{n}.wav", **changes) for n in range(3)]

    one = tracks_identity(tracks(tmp_path / "a"), tmp_path / "a")
    assert tracks_identity(tracks(tmp_path / "b")[::-1], tmp_path / "b") == one
    assert tracks_identity(tracks(tmp_path / "a", captions=("x",)), tmp_path / "a") != one
    assert tracks_identity(tracks(tmp_path / "a", start_s=1.0), tmp_path / "a") != one


def test_a_new_folder_is_claimed(tmp_path: Path, plan: Plan) -> None:
    (tmp_path / "corpus").mkdir()
    begin(tmp_path, plan, resume=False)
    assert Plan.model_validate_json((tmp_path / "prepare.json").read_text()) == plan


def test_an_unfinished_one_wants_to_be_resumed(tmp_path: Path, plan: Plan) -> None:
    begin(tmp_path, plan, resume=False)
    with pytest.raises(InputError, match="--resume"):
        begin(tmp_path, plan, resume=False)
    begin(tmp_path, plan, resume=True)
    (tmp_path / "store.json").touch()
    begin(tmp_path, plan, resume=False)


def test_every_differing_setting_is_named(tmp_path: Path, plan: Plan) -> None:
    begin(tmp_path, plan, resume=False)
    other = plan.model_copy(update={"bank": BankConfig(views_per_count=5, seed=3), "captioner": "poet@2"})
    with pytest.raises(InputError, match="other settings") as caught:
        begin(tmp_path, other, resume=True)
    assert [fault.where.split()[-1] for fault in caught.value.faults] == [
        "bank.seed",
        "bank.views_per_count",
        "captioner",
    ]
    assert "was 'template@1'" in str(caught.value)
    assert "--reuse" not in str(caught.value)
    (tmp_path / "store.json").touch()
    with pytest.raises(InputError, match=f"--store NEW --reuse {tmp_path}"):
        begin(tmp_path, other, resume=False)


def test_what_was_not_always_recorded_of_weights_is_no_difference(tmp_path: Path, plan: Plan) -> None:
    begin(tmp_path, plan, resume=False)
    told = plan.audio_encoder.model_copy(update={"package": "musicnn 0.1.0", "weights": {"a.npz": "ab12"}})
    begin(tmp_path, plan.model_copy(update={"audio_encoder": told}), resume=True)


@pytest.mark.parametrize("name", ["store.json", "shards", "work", "quarantine.jsonl"])
def test_a_folder_of_other_origin(tmp_path: Path, plan: Plan, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match=f"holds {name} of other origin"):
        begin(tmp_path, plan, resume=True)


def test_a_file_is_no_folder(tmp_path: Path, plan: Plan) -> None:
    (tmp_path / "store").touch()
    with pytest.raises(InputError, match="must be a folder"):
        begin(tmp_path / "store", plan, resume=True)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[:20], "cannot be read"),
        (lambda text: json.dumps({**json.loads(text), "trakcs": 1}), "unknown key 'trakcs'"),
    ],
)
def test_a_damaged_plan(tmp_path: Path, plan: Plan, damage: Callable[[str], str], said: str) -> None:
    begin(tmp_path, plan, resume=False)
    file = tmp_path / "prepare.json"
    file.write_text(damage(file.read_text()))
    with pytest.raises(InputError, match=said):
        begin(tmp_path, plan, resume=True)

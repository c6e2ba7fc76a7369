"""Embeddings that were computed elsewhere: a file for each track, or one for all."""

from __future__ import annotations

import os
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adsw.audio.bad_audio import BadAudioError
from adsw.audio.fetch import FetchedArray, FetchedFile
from adsw.corpus.track import Track
from adsw.encoders.audio.precomputed import INDEX, VALUES, GivenFiles, GivenTable
from adsw.encoders.audio.precomputed_file import collection
from adsw.encoders.audio.source import AudioSource, audio_source, planned_source
from adsw.errors import InputError
from adsw.store.store import Store, StoreInfo
from tests.adsw.tiny_encoders import track

MANY = 600  # more than are read at once


def save(path: Path, array: Any) -> Path:
    np.save(path, array)
    return path


def embedding(source: AudioSource, one: Track) -> list[list[float]]:
    """What a track gets, as rows."""
    rows: list[list[float]] = source.encode([source.decode(source.fetch(one), one)])[0].tolist()
    return rows


def kind_of(source: AudioSource, one: Track) -> str:
    with pytest.raises(BadAudioError) as caught:
        source.decode(source.fetch(one), one)
    assert caught.value.detail
    return caught.value.kind


def test_the_first_readable_file_gives_the_shape(tmp_path: Path) -> None:
    tracks = [track(0, tmp_path / "missing.npy"), track(1, save(tmp_path / "a.npy", np.ones((3, 5), np.float16)))]
    info = audio_source("given:mert", tracks).info
    assert (info.name, info.tokens, info.features, info.sample_rate) == ("given:mert", 3, 5, None)
    assert info.place is None


def test_a_vector_is_one_token(tmp_path: Path) -> None:
    one = track(0, save(tmp_path / "a.npy", np.arange(4.0)))
    source = audio_source("given:x", [one])
    source.share(tmp_path)
    assert embedding(source, one) == [[0, 1, 2, 3]]
    assert source.encode([]).shape == (0, 1, 4)


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        (np.ones((3, 4)), "shape"),
        (np.ones((1, 2, 4)), "shape"),
        (np.ones((2, 4), dtype=np.int64), "shape"),
        (np.zeros((0, 4)), "shape"),
        (np.full((2, 4), np.nan), "non-finite"),
        (np.full((2, 4), 1e300), "non-finite"),
        (np.array([["a", None]], dtype=object), "damaged"),
    ],
)
def test_arrays_that_cannot_be_used(tmp_path: Path, array: Any, kind: str) -> None:
    good = track(0, save(tmp_path / "good.npy", np.ones((2, 4))))
    source = audio_source("given:x", [good])
    assert kind_of(source, track(1, save(tmp_path / "bad.npy", array))) == kind


def test_files_that_are_no_array(tmp_path: Path) -> None:
    source = audio_source("given:x", [track(0, save(tmp_path / "good.npy", np.ones((2, 4))))])
    np.savez(tmp_path / "many.npz", a=np.ones((2, 4)))
    (tmp_path / "text.npy").write_text("not an array")
    assert kind_of(source, track(1, tmp_path / "many.npz")) == "damaged"
    assert kind_of(source, track(1, tmp_path / "text.npy")) == "damaged"
    assert kind_of(source, track(1, None)) == "missing"


def test_what_is_wrong_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Write given:NAME") as caught:
        audio_source("given:", [track(0, tmp_path / "a.npy"), track(1, None)])
    assert "no track names a readable array" in str(caught.value)
    with pytest.raises(InputError, match="nothing here can fetch"):
        audio_source("given:x", [track(0, "odd://a.npy")])


def tracks_of(count: int) -> list[Track]:
    return [track(number, None) for number in range(count)]


def values(number: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.full(shape, number, np.float32) + np.arange(np.prod(shape), dtype=np.float32).reshape(shape) / 64


def archive(path: Path, shape: tuple[int, ...]) -> Path:
    np.savez(path / "all.npz", **{one.track_id: values(n, shape) for n, one in enumerate(tracks_of(MANY))})
    return path / "all.npz"


def parquet(path: Path, column: pa.Array, name: str = "all.parquet", **more: Any) -> Path:
    ids = [one.track_id for one in tracks_of(len(column))]
    pq.write_table(pa.table({"title": ids, "track_id": ids, "embedding": column, **more}), path / name)
    return path / name


def lists(shape: tuple[int, ...]) -> pa.Array:
    return pa.array([values(n, shape).tolist() for n in range(MANY)])


def fixed(shape: tuple[int, ...]) -> pa.Array:
    flat = np.concatenate([values(n, shape).ravel() for n in range(MANY)])
    return pa.FixedSizeListArray.from_arrays(flat, int(np.prod(shape)))


def tensors(shape: tuple[int, ...]) -> pa.Array:
    return pa.FixedShapeTensorArray.from_numpy_ndarray(np.stack([values(n, shape) for n in range(MANY)]))


FORMS: dict[str, Callable[[Path], tuple[Path, tuple[int, ...]]]] = {
    "npz": lambda path: (archive(path, (2, 3)), (2, 3)),
    "npz of vectors": lambda path: (archive(path, (3,)), (1, 3)),
    "lists": lambda path: (parquet(path, lists((3,))), (1, 3)),
    "lists of lists": lambda path: (parquet(path, lists((2, 3))), (2, 3)),
    "large lists": lambda path: (parquet(path, lists((3,)).cast(pa.large_list(pa.float64()))), (1, 3)),
    "halves": lambda path: (parquet(path, fixed((3,)).cast(pa.list_(pa.float16(), 3))), (1, 3)),
    "fixed size": lambda path: (parquet(path, fixed((3,))), (1, 3)),
    "tensors": lambda path: (parquet(path, tensors((2, 3))), (2, 3)),
}


@pytest.mark.parametrize("form", FORMS)
def test_one_file_for_all(tmp_path: Path, form: str) -> None:
    place, shape = FORMS[form](tmp_path)
    tracks = tracks_of(MANY)
    source = audio_source("given:x", tracks, place)
    assert (source.info.tokens, source.info.features) == shape
    folder = tmp_path / "work"
    source.share(folder)
    worker = planned_source(source.info, folder)
    dtype = np.float16 if form == "halves" else np.float32
    for number in (0, 1, 300, MANY - 1):
        wanted = values(number, shape).astype(dtype).tolist()
        assert embedding(worker, tracks[number]) == embedding(source, tracks[number]) == wanted
    assert kind_of(worker, track(MANY, None)) == "missing"


def test_what_is_wrong_with_single_tracks(tmp_path: Path) -> None:
    cells = [[1.0, 2.0], [1.0], None, [1.0, None], [[1.0, 2.0]][0]]
    source = audio_source("given:x", tracks_of(5), parquet(tmp_path, pa.array(cells)))
    source.share(tmp_path)
    kinds = [kind_of(source, one) for one in tracks_of(5)[1:4]]
    assert kinds == ["shape", "shape", "non-finite"]
    assert embedding(source, tracks_of(5)[4]) == [[1, 2]]
    ragged = pa.array([[[1.0, 2.0], [3.0, 4.0]], [[1.0], [2.0, 3.0]], []])
    source = audio_source("given:x", tracks_of(3), parquet(tmp_path, ragged, "ragged.parquet"))
    source.share(tmp_path)
    assert [kind_of(source, one) for one in tracks_of(3)[1:]] == ["shape", "shape"]


def test_an_archive_with_what_is_no_array(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {"track-000": np.array([None, "x"], dtype=object), "track-001": np.ones(3, np.float32)}
    np.savez(tmp_path / "a.npz", **arrays)
    source = audio_source("given:x", tracks_of(2), tmp_path / "a.npz")
    source.share(tmp_path)
    assert kind_of(source, tracks_of(2)[0]) == "shape"
    assert embedding(source, tracks_of(2)[1]) == [[1, 1, 1]]


def test_sharing_again_does_nothing_unless_the_file_is_another(tmp_path: Path) -> None:
    place = archive(tmp_path, (3,))
    source = audio_source("given:x", tracks_of(2), place)
    source.share(tmp_path)
    assert len(np.load(tmp_path / VALUES, mmap_mode="r")) == 2  # of the 600, what was asked for
    before = (tmp_path / VALUES).stat().st_mtime_ns, (tmp_path / INDEX).stat().st_mtime_ns
    source.share(tmp_path)
    assert ((tmp_path / VALUES).stat().st_mtime_ns, (tmp_path / INDEX).stat().st_mtime_ns) == before
    np.savez(place, **{"track-000": np.zeros(3)})
    os.utime(place, ns=(1, 1))
    source = audio_source("given:x", tracks_of(2), place)
    source.share(tmp_path)
    assert embedding(source, tracks_of(2)[0]) == [[0, 0, 0]]


def test_mistakes_of_the_caller(tmp_path: Path) -> None:
    source = audio_source("given:x", tracks_of(2), archive(tmp_path, (3,)))
    assert isinstance(source, GivenTable)
    with pytest.raises(RuntimeError, match="after `share`"):
        source.fetch(tracks_of(1)[0])
    with pytest.raises(TypeError, match="are arrays"):
        source.decode(FetchedFile("", tmp_path), tracks_of(1)[0])
    with pytest.raises(FileNotFoundError):
        planned_source(source.info, tmp_path / "elsewhere")
    # A model that was trained on them takes .npy files.
    assert isinstance(planned_source(source.info), GivenFiles)


def test_identity_is_of_the_values(tmp_path: Path) -> None:
    first = FetchedArray.of(np.ones((2, 3), np.float32))
    assert first.sha256 == FetchedArray.of(np.asfortranarray(np.ones((2, 3), np.float32))).sha256
    assert first.sha256 != FetchedArray.of(np.zeros((2, 3), np.float32)).sha256
    one = track(0, save(tmp_path / "a.npy", np.ones((2, 3), np.float16)))
    assert audio_source("given:x", [one]).fetch(one).sha256 == first.sha256


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere.npz", "is no file"),
        (".", "is no file"),
        ("text.npz", "cannot be read as .npz"),
        ("text.parquet", "cannot be read as Parquet"),
        ("text.csv", "must be FILE.npz"),
        ("fine.npz:column", "must be FILE.npz"),
        ("two.parquet", "must name the column of embeddings.*Columns of lists: embedding, other"),
        ("two.parquet:title", "must name a column of lists"),
        ("none.parquet", "It has no column of lists"),
        ("nameless.parquet", "must have a column track_id"),
        ("twice.parquet", "must name every track once"),
        ("others.parquet", "It has 1 tracks, such as 'someone'"),
        ("empty.parquet", "It has 0 tracks"),
        ("words.parquet", "must have an array of real numbers"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, name: str, said: str) -> None:
    for text in ("text.npz", "text.parquet", "text.csv"):
        (tmp_path / text).write_text("neither")
    np.savez(tmp_path / "fine.npz", **{"track-000": np.ones(3)})
    cells = pa.array([[1.0, 2.0], [3.0, 4.0]])
    parquet(tmp_path, cells, "two.parquet", other=cells)
    ids = ["track-000", "track-000"]
    tables = {
        "none": {"track_id": ids},
        "nameless": {"id": ids, "embedding": cells},
        "twice": {"track_id": ids, "embedding": cells},
        "others": {"track_id": ["someone"], "embedding": cells[:1]},
        "empty": {"track_id": pa.array([], pa.string()), "embedding": cells[:0]},
        "words": {"track_id": ids[:1], "embedding": pa.array([["a", "b"]])},
    }
    for table, columns in tables.items():
        pq.write_table(pa.table(columns), tmp_path / f"{table}.parquet")
    with pytest.raises(InputError, match=said):
        audio_source("given:x", tracks_of(2), tmp_path / name)


def test_a_column_by_its_name(tmp_path: Path) -> None:
    cells = pa.array([[1.0, 2.0], [3.0, 4.0]])
    place = parquet(tmp_path, cells, "two.parquet", other=pa.array([[5.0], [6.0]]))
    source = audio_source("given:x", tracks_of(2), Path(f"{place}:other"))
    assert source.info.place == f"{place}:other"
    assert source.info.features == 1
    assert collection(str(source.info.place)).path == place


def test_embeddings_are_for_given_alone(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="are for given:NAME, not for an encoder") as caught:
        audio_source("tiny-audio", [track(0, "odd://a.wav")], archive(tmp_path, (3,)))
    assert len(caught.value.faults) == 2


def test_a_store_of_given_embeddings(tmp_path: Path, build: Callable[..., StoreInfo]) -> None:
    """From one file, without audio; one track has none, another a NaN."""
    tracks = tracks_of(20)
    arrays = {one.track_id: values(number, (2, 4)) for number, one in enumerate(tracks[1:], 1)}
    arrays["track-002"][0, 0] = np.nan
    np.savez(tmp_path / "all.npz", **arrays)
    wishes: dict[str, Any] = {"tracks": tracks, "audio_encoder": "given:mine", "max_bad": 20.0}
    info = build(tmp_path / "store", embeddings=tmp_path / "all.npz", **wishes)
    opened = Store.open(tmp_path / "store")
    assert (info.tracks, info.dimensions.audio_tokens) == (18, 2)
    assert {line["track_id"]: line["kind"] for line in opened.quarantine()} == {
        "track-000": "missing",
        "track-002": "non-finite",
    }
    for row in opened.table("train").to_pylist():
        number = int(row["track_id"].split("-")[1])
        assert np.frombuffer(row["audio"], "<f2").tolist() == values(number, (2, 4)).ravel().astype("<f2").tolist()
        assert opened.audio_file(row["audio_path"]) is None
    # The same embeddings in files of their own make the same rows.
    files = [track(n, save(tmp_path / f"{n}.npy", arrays[f"track-{n:03d}"])) for n in range(1, 20)]
    build(tmp_path / "again", **{**wishes, "tracks": files})
    assert {row["track_id"]: row["audio"] for row in Store.open(tmp_path / "again").table("train").to_pylist()} == {
        row["track_id"]: row["audio"] for row in opened.table("train").to_pylist()
    }


def test_columns_and_tracks_stand_once(tmp_path: Path) -> None:
    ids, cells = pa.array(["a", None]), pa.array([[1.0], [2.0]])
    for names, arrays, said in (
        (["track_id", "x", "x"], [ids, cells, cells], "must have every column once; twice: x"),
        (["track_id", "x"], [ids, cells], "row 2 has none in track_id"),
        (["track_id", "x"], [pa.array(["a", "a"]), cells], "must name every track once in track_id"),
    ):
        pq.write_table(pa.Table.from_arrays(arrays, names), tmp_path / "all.parquet")
        with pytest.raises(InputError, match=said):
            collection(str(tmp_path / "all.parquet"))
    with zipfile.ZipFile(tmp_path / "all.npz", "w") as packed, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the repeated name
        for _ in range(2):
            packed.writestr("a.npy", b"")
    with pytest.raises(InputError, match="must name every track once"):
        collection(str(tmp_path / "all.npz"))


def test_a_folder_named_like_a_column_adds_none(tmp_path: Path) -> None:
    folder = tmp_path / "track_id=b"
    folder.mkdir()
    pq.write_table(pa.table({"track_id": ["a"], "x": [[1.0]]}), folder / "all.parquet")
    assert collection(str(folder / "all.parquet")).ids() == ["a"]

"""Embeddings that other stores hold already: found by a hash of what was encoded, and copied.

If the encoder of a side is the same, by name and revision, an embedding is reused for the same audio (the file's
SHA-256, the track's start and length) or the same text. So with one encoder changed, only that side is encoded.

In the store's work folder:

reuse/{audio,texts}/keys.npy      16 bytes of SHA-256 of each thing known, sorted
                   /places.npy    where each one's embedding is: file << 32 | number in the file
                   /index.json    the files, the column, an embedding's bytes; of audio which files an earlier
                                  version decoded, and the remarks on tracks of the others, by key
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from adsw.arrays import Halves
from adsw.audio.decode import DECODING
from adsw.encoders.protocol import EncoderInfo
from adsw.errors import Fault, InputError
from adsw.files import publish_json, publishing
from adsw.json_text import parse_json
from adsw.parquet_file import read_parquet
from adsw.store.plan import Plan
from adsw.store.store import Store

Keys = NDArray[np.bytes_]
"""S16 [keys]."""


def text_keys(texts: Iterable[str]) -> Keys:
    """Return the first 16 bytes of each text's SHA-256."""
    return _digests(text.encode("utf-8", "surrogatepass") for text in texts)


def audio_keys(heard: Iterable[tuple[str, float | None, float | None]]) -> Keys:
    """Return the first 16 bytes of each sound's SHA-256: of its file's SHA-256, its start there and its length (s)."""
    return _digests(json.dumps(sound).encode() for sound in heard)


def _digests(written: Iterable[bytes]) -> Keys:
    return np.array([hashlib.sha256(item).digest()[:16] for item in written], dtype="S16")


Side = Literal["audio", "texts"]

REUSE_FOLDER = "reuse"

_COLUMNS: dict[Side, str] = {"audio": "audio", "texts": "text_embeddings"}

_SHIFT, _MASK = 32, (1 << 32) - 1

_OPENED = 8
"""Columns of shards that a process keeps: a shard's own texts first occur in few others."""


def reusable(store: Store, audio: EncoderInfo, text: EncoderInfo) -> dict[Side, bool]:
    """Return which sides of a store come from these encoders.

    Raises:
        InputError: neither does.
    """
    sides: dict[Side, bool] = {
        "audio": store.info.audio_encoder.is_same(audio),
        "texts": store.info.text_encoder.is_same(text),
    }
    if not any(sides.values()):
        encoders = (store.info.audio_encoder, store.info.text_encoder)
        had = " and ".join(f"{info.name}@{info.revision}" for info in encoders)
        now = " nor ".join(f"{info.name}@{info.revision}" for info in (audio, text))
        fault = Fault("--reuse", f"holds {had}; neither {now}", str(store.path), "Leave it out.")
        raise InputError("Nothing of that store can be reused", [fault])
    return sides


def remember(stores: Sequence[Store], plan: Plan, work: Path) -> None:
    """Index what these stores hold of a plan's encoders, in place of any earlier index.

    Args:
        stores: in order of preference.
        plan: of the store that is built.
        work: the folder of all stages' files.
    """
    sides = [reusable(store, plan.audio_encoder, plan.text_encoder) for store in stores]
    widths: dict[Side, int] = {"audio": plan.dimensions.audio_bytes, "texts": plan.dimensions.text_bytes}
    for side, width in widths.items():
        chosen = [store for store, has in zip(stores, sides, strict=True) if has[side]]
        _write(work / REUSE_FOLDER / side, _shards(chosen), side, width)


class KnownSound(NamedTuple):
    """What another store holds of a track's audio."""

    embedding: bytes
    """fp16 [T_a, D_a]."""
    remarks: Mapping[str, str] | None
    """On how it was heard; None where an earlier version decoded it, which may have heard less of it."""


class Known:
    """Finds embeddings by key."""

    def __init__(self, folder: Path) -> None:
        """Open the index that `remember` wrote."""
        index = parse_json((folder / "index.json").read_bytes())
        self._keys: Keys = np.load(folder / "keys.npy", mmap_mode="r")
        self._places: NDArray[np.int64] = np.load(folder / "places.npy", mmap_mode="r")
        self._files = [Path(file) for file in index["files"]]
        self._column: str = index["column"]
        self._width: int = index["bytes"]
        self._earlier = frozenset(index["earlier"])
        self._remarks: dict[str, dict[str, str]] = index["remarks"]
        self._open = lru_cache(_OPENED)(self._read)

    @classmethod
    def of(cls, work: Path, side: Side) -> Known | None:
        """Return the index of a side, or None if it is empty."""
        folder = work / REUSE_FOLDER / side
        return cls(folder) if (folder / "index.json").exists() else None

    def find(self, keys: Keys) -> tuple[NDArray[np.bool_], Halves]:
        """Return which keys are known, bool [keys], and the embeddings of those, fp16 [known, T x D].

        Raises:
            InputError: a shard of the other store is damaged.
        """
        is_known, places = self._placed(keys)
        files, rows = places >> _SHIFT, places & _MASK
        out = np.empty((len(places), self._width // 2), dtype="<f2")
        for file in np.unique(files).tolist():
            chosen = files == file
            out[chosen] = self._open(file)[rows[chosen]]
        return is_known, out

    def sound(self, sha256: str, start_s: float | None, duration_s: float | None) -> KnownSound | None:
        """Return what is known of a track's audio, by its file's SHA-256, its start and its length.

        Raises:
            InputError: a shard of the other store is damaged.
        """
        keys = audio_keys([(sha256, start_s, duration_s)])
        is_known, embeddings = self.find(keys)
        if not is_known[0]:
            return None
        file = int(self._placed(keys)[1][0] >> _SHIFT)
        is_sure = file not in self._earlier
        return KnownSound(embeddings[0].tobytes(), self._remarks.get(keys[0].hex(), {}) if is_sure else None)

    def _placed(self, keys: Keys) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Return which keys are known, bool [keys], and the places of those."""
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        is_known: NDArray[np.bool_] = self._keys[at] == keys
        return is_known, self._places[at[is_known]]

    def _read(self, file: int) -> Halves:
        """Read a shard's embeddings, fp16 [rows, T x D].

        Raises:
            InputError: the shard is damaged.
        """
        path, name = self._files[file], self._column
        try:
            table = read_parquet(path, columns=[name], checked=True)
        except (OSError, pa.ArrowException) as error:
            fault = Fault(
                "--reuse", f"cannot be read: {error}", str(path), "Prepare that store again, or leave it out."
            )
            raise InputError("A store that is reused is damaged", [fault]) from error
        data = b"".join(table[name].to_pylist())
        return np.frombuffer(data, dtype="<f2").reshape(-1, self._width // 2)


def _shards(stores: Iterable[Store]) -> Iterator[tuple[Store, str, int, Path]]:
    """Yield store, split, number and file of every shard."""
    for store in stores:
        for split in store.splits:
            for number, path in enumerate(store.shards(split)):
                yield store, split, number, path


def _write(folder: Path, shards: Iterable[tuple[Store, str, int, Path]], side: Side, width: int) -> None:
    """Write the index of a side."""
    # Removed first and written last: an interrupted index is no index.
    (folder / "index.json").unlink(missing_ok=True)
    files: list[str] = []
    keys: list[Keys] = []
    places: list[NDArray[np.int64]] = []
    earlier: list[int] = []
    remarks: dict[str, dict[str, str]] = {}
    for store, split, number, path in shards:
        all_keys = _keys_of(store, split, number, side)
        of_shard, rows = np.unique(all_keys, return_index=True)
        if side == "audio" and store.info.decoding < DECODING:
            earlier.append(len(files))
        elif side == "audio":
            remarks = {**_remarks(store, split, number, all_keys), **remarks}
        keys.append(of_shard)
        places.append((len(files) << _SHIFT) + rows)
        files.append(str(path.resolve()))
    if not files:
        return
    # `return_index` gives the first place of a key, and so the first store that has it.
    distinct, first = np.unique(np.concatenate(keys), return_index=True)
    for name, array in (("keys", distinct), ("places", np.concatenate(places)[first])):
        with publishing(folder / f"{name}.npy") as temporary, temporary.open("wb") as stream:
            np.save(stream, array)
    index = {"files": files, "column": _COLUMNS[side], "bytes": width, "earlier": earlier, "remarks": remarks}
    publish_json(folder / "index.json", index)


def _remarks(store: Store, split: str, number: int, keys: Keys) -> dict[str, dict[str, str]]:
    """Return the remarks on a shard's tracks by their keys, in hexadecimal digits."""
    by_track: dict[str, dict[str, str]] = {}
    for line in store.remarks():
        by_track.setdefault(line["track_id"], {})[line["kind"]] = line["detail"]
    if not by_track:
        return {}
    names = store.shard_table(split, number, ["track_id"])["track_id"].to_pylist()
    return {key.hex(): by_track[name] for name, key in zip(names, keys, strict=True) if name in by_track}


def _keys_of(store: Store, split: str, number: int, side: Side) -> Keys:
    """Return the keys of a shard's contents, in the order of its embeddings."""
    if side == "texts":
        texts = store.shard_table(split, number, ["texts"])["texts"].combine_chunks().flatten()
        return text_keys(pc.struct_field(texts, "text").to_pylist())
    columns = ["audio_sha256", "start_s", "duration_s"]
    table: pa.Table = store.shard_table(split, number, columns)
    return audio_keys(zip(*(table[name].to_pylist() for name in columns), strict=True))

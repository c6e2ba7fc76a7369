"""The store: the bank and the audio embeddings on disk.

DIR/prepare.json                          the settings it was begun with
DIR/shards/<split>/part-00000.parquet     rows as in `adsw.store.schema`, tracks in the order of their keys
DIR/quarantine.jsonl                      tracks whose audio could not be used, and why
DIR/remarks.jsonl                         tracks whose audio is heard in an unusual way, and how
DIR/store.json                            written last: a folder without it is not a store yet
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from adsw.augment.captions.cache import CaptionSummary
from adsw.augment.captions.protocol import CaptionModel
from adsw.corpus.track import SPLITS
from adsw.encoders.protocol import EncoderInfo, weights_in_words
from adsw.errors import Fault, Faults, InputError, faults_of, unknown
from adsw.json_text import JsonError, json_lines, parse_json
from adsw.parquet_file import read_parquet
from adsw.spelling import folded
from adsw.store.duplicates import Duplicates
from adsw.store.schema import READABLE_VERSIONS, SCHEMA_VERSION, Dimensions, columns_held, row_schema, with_nulls
from adsw.text_file import NoTextError, read_text

STORE_FILE = "store.json"

PLAN_FILE = "prepare.json"

QUARANTINE_FILE = "quarantine.jsonl"

REMARKS_FILE = "remarks.jsonl"

SHARDS_FOLDER = "shards"


class ShardInfo(BaseModel):
    """Name and size of one Parquet file, as it was written."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    rows: int
    bytes: int


class SplitInfo(BaseModel):
    """Counts of a split."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    tracks: int
    texts: int
    bytes: int
    shards: int
    quarantined: int


class StoreInfo(BaseModel):
    """`store.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["adsw-store"] = "adsw-store"
    schema_version: int
    """See `adsw.store.schema.READABLE_VERSIONS`."""
    fingerprint: str
    """Identity of all that is in it: settings, encoders, the content of every track. Equal on any machine."""
    audio_encoder: EncoderInfo
    text_encoder: EncoderInfo
    captioner: str
    """``name@version``."""
    captions: CaptionSummary | None = None
    """Counts of a language model's captions; null for the template. No part of the fingerprint."""
    caption_model: CaptionModel | None = None
    """The language model of these captions; null for the template, and in stores made before it was recorded."""
    bank: dict[str, Any]
    """The resolved bank settings."""
    vocabulary: str
    """Identity of the swap vocabulary."""
    dimensions: Dimensions
    splits: dict[str, SplitInfo]
    without_audio: int
    """Number of the manifest's tracks that name no audio, and so are left out."""
    without_text: int
    """Number of tracks that have audio but neither tags nor captions, and so are left out."""
    shards: dict[str, tuple[ShardInfo, ...]]
    decoding: int = 1
    """Version of `adsw.audio.decode` that its audio was heard by."""
    remarks: dict[str, int] = {}
    """Remark of `adsw.audio.bad_audio.REMARKS` -> number of tracks that are heard so."""
    duplicates: Duplicates | None = None
    """Recordings that stand more than once; null if they were not counted."""

    @property
    def pretrained(self) -> dict[str, str]:
        """Encoders and language model with recorded weights: name -> package, files and their SHA-256, in words."""
        return pretrained_in_words((self.audio_encoder, self.text_encoder), self.caption_model)

    @property
    def tracks(self) -> int:
        """Tracks of all splits."""
        return sum(split.tracks for split in self.splits.values())


def pretrained_in_words(encoders: Iterable[EncoderInfo], model: CaptionModel | None) -> dict[str, str]:
    """Return name -> package, files and their SHA-256 of encoders and a language model with recorded weights."""
    parts = [(encoder.name, encoder.package, encoder.weights) for encoder in encoders]
    if model is not None:
        parts.append((model.model, model.package, model.weights))
    return {name: weights_in_words(package, weights) for name, package, weights in parts if weights}


@dataclass(frozen=True, slots=True)
class Store:
    """A complete store."""

    path: Path
    info: StoreInfo

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open a store and check that all its files are there in their recorded sizes.

        Raises:
            InputError: the folder is missing, foreign, half-written, of another schema version, or damaged.
        """
        info = _read_info(path)
        faults = Faults(f"The store {path} is damaged")
        for split, shards in info.shards.items():
            for shard in shards:
                _check_size(path / SHARDS_FOLDER / split / shard.name, shard, faults)
        faults.raise_if_any()
        return cls(path, info)

    @property
    def splits(self) -> list[str]:
        """Its splits, in the usual order."""
        return [split for split in SPLITS if split in self.info.splits]

    def shards(self, split: str) -> list[Path]:
        """Return the files of a split, in order.

        Raises:
            InputError: the store has no such split.
        """
        if split not in self.info.splits:
            raise InputError(
                f"The store {self.path} has no such split", [unknown("split", split, self.splits, "split")]
            )
        return [self.path / SHARDS_FOLDER / split / shard.name for shard in self.info.shards[split]]

    def table(self, split: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Read all rows of a split in the order of the shards, or some columns of them.

        Raises:
            InputError: no such split or column, or a damaged shard (checksums and row counts are verified).
        """
        schema = row_schema(self.info.dimensions)
        wanted = list(schema.names if columns is None else columns)
        faults = Faults(f"The store {self.path} cannot be read so")
        faults.extend(unknown("columns", name, schema.names, "column") for name in wanted if name not in schema.names)
        faults.raise_if_any()
        reading = pa.schema([schema.field(name) for name in wanted])
        paths = zip(self.shards(split), self.info.shards[split], strict=True)
        tables = [_read_shard(path, shard, reading, self.info.schema_version) for path, shard in paths]
        # The empty table gives the schema to a split without shards.
        return pa.concat_tables([reading.empty_table(), *tables])

    def tables(self, split: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Yield a split as `table` reads it, one shard at a time: the whole may not fit into memory.

        Raises:
            InputError: as `table`.
        """
        for number in range(len(self.shards(split))):
            yield self.shard_table(split, number, columns)

    def shard_table(self, split: str, number: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Read one shard of a split, as `table` does.

        Raises:
            InputError: as `table`.
        """
        info = self.info.model_copy(update={"shards": {split: (self.info.shards[split][number],)}})
        return Store(self.path, info).table(split, columns)

    def audio_file(self, audio_path: str | None) -> str | None:
        """Return where a row's audio is: an absolute path or an address; None if only an embedding was given.

        A row names audio inside the store relative to it (`adsw.store.plan.place_of`), so that both can move.
        """
        if audio_path is None or "://" in audio_path:
            return audio_path
        return str(self.path.resolve() / audio_path)

    def quarantine(self) -> list[dict[str, str]]:
        """Read the tracks that were left out for their audio: track_id, split, audio, kind, detail.

        Raises:
            InputError: with every line that cannot be read.
        """
        return self._lines(QUARANTINE_FILE)

    def remarks(self) -> list[dict[str, str]]:
        """Read what must be said of how tracks are heard: track_id, split, audio, kind, detail.

        Raises:
            InputError: with every line that cannot be read.
        """
        return self._lines(REMARKS_FILE)

    def _lines(self, name: str) -> list[dict[str, str]]:
        path = self.path / name
        faults = Faults(f"The store {self.path} is damaged")
        tracks: list[dict[str, str]] = []
        try:
            lines = list(json_lines(read_text(path) if path.exists() else ""))
        except (OSError, NoTextError) as error:
            raise InputError(faults.title, [Fault(str(path), f"cannot be read: {error}", None, _AGAIN)]) from error
        for number, line in lines:
            try:
                track = parse_json(line)
            except JsonError as error:
                faults.add(f"{path} line {number}", str(error), line, _AGAIN)
                continue
            if isinstance(track, dict) and isinstance(track.get("kind"), str):
                tracks.append(track)
            else:
                faults.add(f"{path} line {number}", "must be an object with a kind", line, _AGAIN)
        faults.raise_if_any()
        return tracks


_AGAIN = "Prepare the store again."


def _read_info(path: Path) -> StoreInfo:
    """Read `store.json`.

    Raises:
        InputError: the folder is no store that can be used, and what it is instead.
    """
    title = f"{path} is not a store that can be used"
    file = path / STORE_FILE
    if not path.is_dir():
        raise InputError(title, [Fault(str(path), "must be a folder", None, "Make a store with: adsw prepare")])
    if not file.is_file():
        if (path / PLAN_FILE).is_file():
            fix = "Finish it with: adsw prepare ... --resume"
            raise InputError(title, [Fault(str(path), "is half-written: its preparation has not ended", None, fix)])
        raise InputError(title, [Fault(str(file), "is missing", None, "Make a store with: adsw prepare")])
    try:
        document = parse_json(file.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(title, [Fault(str(file), f"cannot be read: {error}", None, "Prepare it again.")]) from error
    if not isinstance(document, Mapping) or document.get("kind") != "adsw-store":
        raise InputError(title, [Fault(str(file), "must be written by adsw prepare", None, "Name another folder.")])
    if document.get("schema_version") not in READABLE_VERSIONS:
        fix = "Prepare it again with this version, or use the version that wrote it."
        rule = f"must have schema version {' or '.join(map(str, READABLE_VERSIONS))}"
        raise InputError(title, [Fault(str(file), rule, document.get("schema_version"), fix)])
    try:
        return StoreInfo.model_validate(document)
    except ValidationError as error:
        raise InputError(title, faults_of(error, StoreInfo, STORE_FILE)) from error


def _check_size(path: Path, shard: ShardInfo, faults: Faults) -> None:
    """Note a fault if a shard is missing or has not the recorded size."""
    if not path.is_file():
        faults.add(str(path), "is missing", None, "Prepare the store again.")
    elif path.stat().st_size != shard.bytes:
        faults.add(str(path), f"must have {shard.bytes} bytes", path.stat().st_size, "Prepare the store again.")


def _read_shard(path: Path, shard: ShardInfo, schema: pa.Schema, version: int) -> pa.Table:
    """Read the columns of a schema out of one shard of a store of some schema version.

    Raises:
        InputError: the shard is damaged.
    """
    faults = Faults(f"The shard {path.name} is damaged")
    fix = "Prepare the store again."
    try:
        table = read_parquet(path, columns=columns_held(schema.names, version), checked=True)
        table = table if version == SCHEMA_VERSION else with_nulls(table, schema)
    except (OSError, pa.ArrowException) as error:
        raise InputError(faults.title, [Fault(str(path), f"cannot be read: {error}", None, fix)]) from error
    if table.num_rows != shard.rows:
        faults.add(str(path), f"must have {shard.rows} rows", table.num_rows, fix)
    for field in schema:
        if table.schema.field(field.name).type != field.type:
            actual = str(table.schema.field(field.name).type)
            faults.add(str(path), f"must hold {field.name} as {field.type}", actual, fix)
    faults.raise_if_any()
    return table.select(schema.names)


TRACKS = ("track_id", "group", "tags", "audio")
"""Columns of a store that suffice for figures about tracks without texts."""


def audio_of(table: pa.Table, dimensions: Dimensions) -> NDArray[np.float16]:
    """Return the audio tokens of a store's table, float16 [N, T_a, D_a]."""
    width = dimensions.audio_bytes
    shape = (-1, dimensions.audio_tokens, dimensions.audio_features)
    # Read from each chunk's buffer, without a Python object per track. `chunk.offset` counts rows, of
    # `width` bytes each: a slice of a table shares the buffer of the whole.
    parts = [
        np.frombuffer(chunk.buffers()[1], np.float16, len(chunk) * width // 2, chunk.offset * width).reshape(shape)
        for chunk in table.column("audio").chunks
        if len(chunk)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, *shape[1:]), np.float16)


def groups_of(table: pa.Table) -> list[str]:
    """Return the leakage group of every track of a store's table, folded; a track without one is its own."""
    given, names = (table.column(name).to_pylist() for name in ("group", "track_id"))
    return [folded(group or name) for group, name in zip(given, names, strict=True)]

"""Embeddings computed elsewhere, in place of audio: a file for each track, or one for all."""

from __future__ import annotations

from collections.abc import Collection as Ids
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.lib.format import open_memmap, read_array

from adsw.arrays import Float32s as Float32Array
from adsw.audio.bad_audio import BadAudioError
from adsw.audio.decode import Sound
from adsw.audio.fetch import Fetched, FetchedArray, Fetcher, address_faults
from adsw.corpus.track import Track
from adsw.encoders.audio.precomputed_file import IDS, Collection, collection
from adsw.encoders.protocol import EncoderInfo
from adsw.encoders.weights import GIVEN
from adsw.errors import Fault, InputError, together
from adsw.files import publishing
from adsw.parquet_file import read_parquet, read_schema


def tokens_of(array: Any, shape: tuple[int, int] | None = None) -> Float32Array:
    """Return an array as float32 [T, D]; one of a single axis is one token.

    Args:
        array: the value read; anything but an array of real numbers is refused.
        shape: T and D that it must have; None for any.

    Raises:
        BadAudioError: of kind ``shape``.
    """
    if not isinstance(array, np.ndarray) or array.ndim not in (1, 2) or not array.size or array.dtype.kind != "f":
        raise BadAudioError("shape", "must be one array of real numbers, [D] or [T, D]")
    with np.errstate(over="ignore"):
        tokens: Float32Array = np.atleast_2d(array).astype(np.float32)
    if shape is not None and tokens.shape != shape:
        raise BadAudioError("shape", f"is {list(tokens.shape)}; the first was {list(shape)}")
    return tokens


VALUES = "given-values.npy"
"""float32 [rows, T, D], mapped into memory by those who read it."""

INDEX = "given-index.parquet"
"""The row of each track's array, or what is wrong with the array."""

_ORIGIN = b"given"


def lay_out(given: Collection, wanted: Ids[str], shape: tuple[int, int], folder: Path) -> None:
    """Write both files, unless they are there already from the same given file.

    Args:
        given: the file of embeddings.
        wanted: the tracks that will be asked for.
        shape: T and D.
        folder: where both files go.
    """
    status = given.path.stat()
    origin = f"{given.place} {status.st_size} {status.st_mtime_ns}".encode()
    index = folder / INDEX
    if index.exists() and (read_schema(index).metadata or {}).get(_ORIGIN) == origin:
        return
    wanted = set(wanted)
    rows: list[dict[str, Any]] = []
    most = sum(name in wanted for name in given.ids())
    used = 0
    with publishing(folder / VALUES) as temporary:
        values: Any = open_memmap(temporary, mode="w+", dtype=np.float32, shape=(max(1, most), *shape))  # type: ignore[no-untyped-call]
        for track_id, array in given.arrays():
            if track_id not in wanted:
                continue
            row: dict[str, Any] = {IDS: track_id, "row": None, "wrong": None}
            try:
                values[used] = tokens_of(array, shape)
                row["row"] = used
                used += 1
            except BadAudioError as bad:
                row["wrong"] = bad.detail
            rows.append(row)
        values.flush()
        # Unmapped before the file is published.
        del values
    schema = pa.schema([(IDS, pa.string()), ("row", pa.int64()), ("wrong", pa.string())], {_ORIGIN: origin})
    with publishing(index) as temporary:
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), temporary)


class LaidOut:
    """The files that `lay_out` wrote, open."""

    def __init__(self, folder: Path) -> None:
        """Open the files.

        Raises:
            FileNotFoundError: they are not there.
        """
        table = read_parquet(folder / INDEX)
        columns = (table[name].to_pylist() for name in (IDS, "row", "wrong"))
        self._rows = {track_id: (row, wrong) for track_id, row, wrong in zip(*columns, strict=True)}
        self._values = np.load(folder / VALUES, mmap_mode="r")

    def array(self, track_id: str) -> Float32Array:
        """Return a track's embedding, [T, D].

        Raises:
            BadAudioError: of kind ``missing`` or ``shape``.
        """
        row, wrong = self._rows.get(track_id, (None, None))
        if wrong is not None:
            raise BadAudioError("shape", wrong)
        if row is None:
            raise BadAudioError("missing", "the given embeddings have none of this track")
        return np.array(self._values[row])


_TITLE = "The given embeddings cannot be used"


class GivenArrays:
    """Base of the sources of given embeddings."""

    def __init__(self, info: EncoderInfo) -> None:
        self.info = info

    @property
    def shape(self) -> tuple[int, int]:
        """T and D."""
        return self.info.tokens, self.info.features

    def share(self, folder: Path) -> None:
        """Share nothing: workers read each track's file themselves."""

    def decode(self, fetched: Fetched, track: Track) -> Sound:
        """Return the track's array, float32 [T, D], as the one wave of a sound."""
        del track
        if not isinstance(fetched, FetchedArray):
            raise TypeError("Given embeddings are arrays")
        array_TD = tokens_of(fetched.array, self.shape)
        if not np.isfinite(array_TD).all():
            raise BadAudioError("non-finite", "holds NaN or infinite values")
        return Sound.of(array_TD)

    def encode(self, sounds: Sequence[Sound]) -> Float32Array:
        """Return the arrays of the sounds, float32 [B, T, D]."""
        arrays = [next(sound.waves()) for sound in sounds]
        return np.stack(arrays) if arrays else np.empty((0, *self.shape), np.float32)


class GivenFiles(GivenArrays):
    """The manifest's `audio` names a .npy file for each track."""

    def __init__(self, info: EncoderInfo) -> None:
        super().__init__(info)
        self._fetcher = Fetcher()

    @classmethod
    def found(cls, name: str, tracks: Sequence[Track]) -> GivenFiles:
        """Build the source, with the shape of the first file that can be read.

        Raises:
            InputError: no file can be read, or there are addresses that cannot be fetched here.
        """
        if faults := address_faults((track.audio for track in tracks if track.audio), "audio"):
            raise InputError(_TITLE, faults)
        fetcher = Fetcher()
        for track in tracks:
            try:
                return cls(_info(name, tokens_of(_loaded(fetcher, track)), None))
            except BadAudioError:
                continue
        fix = "Name .npy files of shape [D] or [T, D] in the manifest's column audio, or one file with --embeddings."
        raise InputError(_TITLE, [Fault("audio", "no track names a readable array", None, fix)])

    def fetch(self, track: Track) -> Fetched:
        """Read the track's array."""
        return FetchedArray.of(_loaded(self._fetcher, track))


class GivenTable(GivenArrays):
    """One file holds the embeddings of all tracks; they need no `audio`."""

    def __init__(self, info: EncoderInfo, given: Collection | None, wanted: Iterable[str], folder: Path | None) -> None:
        """Open what was shared, if anything was.

        Args:
            info: of the embeddings.
            given: the file to share; None if it was shared already.
            wanted: the tracks that will be asked for.
            folder: where the file was shared; None if it was not yet.
        """
        super().__init__(info)
        self._given = given
        self._wanted = frozenset(wanted)
        self._laid_out = None if folder is None else LaidOut(folder)

    @classmethod
    def found(cls, name: str, tracks: Sequence[Track], place: str) -> GivenTable:
        """Build the source, with the shape of the first array that a track has.

        Raises:
            InputError: see `collection`; or the file has no array of any track.
        """
        given = collection(place)
        wanted = {track.track_id for track in tracks}
        for track_id, array in given.arrays():
            try:
                tokens_TD = tokens_of(array if track_id in wanted else None)
            except BadAudioError:
                continue
            return cls(_info(name, tokens_TD, given.place), given, wanted, None)
        known = given.ids()
        fix = f"It has {len(known):,} tracks{', such as ' + repr(known[0]) if known else ''}."
        rule = "must have an array of real numbers, [D] or [T, D], of a track of the manifest"
        raise InputError(_TITLE, [Fault("--embeddings", rule, given.place, fix)])

    def share(self, folder: Path) -> None:
        """Write the file's arrays to `folder`, where workers find them by track."""
        if self._given is not None:
            lay_out(self._given, self._wanted, self.shape, folder)
        self._laid_out = LaidOut(folder)

    def fetch(self, track: Track) -> Fetched:
        """Read the track's array.

        Raises:
            BadAudioError: of kind ``missing`` or ``shape``.
            RuntimeError: nothing was shared yet.
        """
        if self._laid_out is None:
            raise RuntimeError("Embeddings of one file are fetched after `share`")
        return FetchedArray.of(self._laid_out.array(track.track_id))


def given_source(name: str, tracks: Sequence[Track], embeddings: Path | None) -> GivenFiles | GivenTable:
    """Return the source ``given:NAME``; NAME says which encoder made the embeddings.

    Raises:
        InputError: no NAME, or embeddings that cannot be used; see `GivenFiles.found` and `GivenTable.found`.
    """

    def named() -> None:
        if not name.removeprefix(GIVEN):
            fault = Fault("--audio-encoder", "must name the encoder", name, "Write given:NAME.")
            raise InputError(_TITLE, [fault])

    def found() -> GivenFiles | GivenTable:
        if embeddings is None:
            return GivenFiles.found(name, tracks)
        return GivenTable.found(name, tracks, str(embeddings))

    source: GivenFiles | GivenTable = together(named, found, title=_TITLE)[1]
    return source


def _info(name: str, tokens_TD: Float32Array, place: str | None) -> EncoderInfo:
    """Return the info of embeddings of this shape, [T, D]."""
    return EncoderInfo(
        name=name,
        revision="given",
        place=place,
        kind="audio",
        tokens=tokens_TD.shape[0],
        features=tokens_TD.shape[1],
        parameters=0,
        licence="unknown",
        source="given with the manifest",
    )


def _loaded(fetcher: Fetcher, track: Track) -> Float32Array:
    """Read the array of a track's .npy file, float32 [T, D]."""
    file = fetcher(track.audio)
    try:
        with file.path.open("rb") as stream:
            array = read_array(stream, allow_pickle=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, EOFError) as error:
        raise BadAudioError("damaged", str(error)) from error
    return tokens_of(array)

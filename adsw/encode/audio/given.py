"""Embeddings computed elsewhere, in place of audio: a file for each track, or one for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.lib.format import read_array

from adsw.corpus.track import Track
from adsw.encode.audio.arrays import tokens_of
from adsw.encode.audio.bad import BadAudioError
from adsw.encode.audio.collection import Collection, collection
from adsw.encode.audio.fetch import Fetched, FetchedArray, Fetcher
from adsw.encode.audio.remote import address_faults
from adsw.encode.audio.shared import LaidOut, lay_out
from adsw.encode.audio.sound import Sound
from adsw.encode.protocol import EncoderInfo, Float32Array
from adsw.encode.reference import GIVEN
from adsw.errors import Fault, InputError, together

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

"""Sources of tracks' audio embeddings: audio through an encoder, or arrays computed elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from adsw.arrays import Float32s as Float32Array
from adsw.audio.decode import Excerpt, Sound, encode_sounds, sound_of
from adsw.audio.fetch import Fetched, FetchedFile, Fetcher, address_faults
from adsw.corpus.track import Track
from adsw.encoders.audio.precomputed import GivenFiles, GivenTable, given_source
from adsw.encoders.protocol import EncoderInfo
from adsw.encoders.registry import audio_encoder, reference_to
from adsw.encoders.weights import GIVEN, Reference, reference_of
from adsw.errors import Fault, InputError, together

AT_ONCE = 16
"""Waves that are encoded together."""


class AudioSource(Protocol):
    """Fetches tracks' audio, decodes it, and encodes batches of it.

    `fetch` and `decode` may be called from several threads.
    """

    @property
    def info(self) -> EncoderInfo:
        """Encoder of the embeddings."""
        ...

    def share(self, folder: Path) -> None:
        """Write to `folder` what all workers read, if anything; called once, before they are built."""
        ...

    def fetch(self, track: Track) -> Fetched:
        """Fetch the track's audio to this machine, with the identity of its bytes.

        Raises:
            BadAudioError: it cannot be fetched.
        """
        ...

    def decode(self, fetched: Fetched, track: Track) -> Sound:
        """Return the track's sound for `encode`, checked for everything that can be wrong with it.

        Raises:
            BadAudioError: it cannot be used.
        """
        ...

    def encode(self, sounds: Sequence[Sound]) -> Float32Array:
        """Encode sounds, float32 [B, T_a, D_a]."""
        ...


class EncodedAudio:
    """Audio files through an encoder."""

    def __init__(self, encoder: str | Reference, at_once: int = AT_ONCE) -> None:
        """Build the encoder.

        Raises:
            InputError: there is no such encoder.
        """
        self._encoder = audio_encoder(encoder)
        self._fetcher = Fetcher()
        self._at_once = at_once
        self.info = self._encoder.info

    def share(self, folder: Path) -> None:
        """Share nothing: workers build the encoder themselves."""

    def fetch(self, track: Track) -> Fetched:
        """Fetch the track's file."""
        return self._fetcher(track.audio)

    def decode(self, fetched: Fetched, track: Track) -> Sound:
        """Return the track at the encoder's rate; if longer than its window, cut as the setting `long` says."""
        if self.info.sample_rate is None:
            raise ValueError(f"The audio encoder {self.info.name} names no sample rate")
        if not isinstance(fetched, FetchedFile):
            raise TypeError("An encoder hears files")
        excerpt = Excerpt(track.start_s, track.duration_s)
        chunks = self.info.settings.get("long") == "chunks"
        return sound_of(fetched, excerpt, self.info.sample_rate, self.info.seconds, chunks)

    def encode(self, sounds: Sequence[Sound]) -> Float32Array:
        """Encode sounds, float32 [B, T_a, D_a]."""
        return encode_sounds(sounds, self._encoder.encode, self._at_once)


def audio_source(encoder: str | Reference, tracks: Sequence[Track], embeddings: Path | None = None) -> AudioSource:
    """Return the source of that name: an encoder's, or ``given:NAME``.

    Args:
        encoder: name or reference.
        tracks: those that will be asked for.
        embeddings: for ``given:NAME``, ``FILE.npz`` (arrays by track_id), ``FILE.parquet`` or ``FILE.parquet:COLUMN``
            (with a column track_id); the tracks then need no `audio`. If None, each track's `audio` is a .npy file.

    Raises:
        InputError: see `audio_encoder` and `given_source`; embeddings given to an encoder; or addresses of audio that
            cannot be fetched here, such as ``s3://`` without its package. All at once.
    """
    reference = reference_of(encoder, "--audio-encoder")
    if reference.is_given:
        return given_source(reference.name, tracks, embeddings)

    def check() -> None:
        faults = address_faults((track.audio for track in tracks if track.audio), "audio")
        if embeddings is not None:
            fix = "Write --audio-encoder given:NAME, where NAME says which encoder made them."
            faults.append(Fault("--embeddings", "are for given:NAME, not for an encoder", str(reference), fix))
        if faults:
            raise InputError("The audio cannot be encoded", faults)

    source: AudioSource = together(lambda: EncodedAudio(reference), check)[0]
    return source


def planned_source(info: EncoderInfo, folder: Path | None = None, at_once: int = AT_ONCE) -> AudioSource:
    """Build, in a worker, the source that a plan has settled.

    Args:
        info: of the source that was settled.
        folder: where that source's `share` wrote; None if nothing was shared, so that given embeddings are .npy files.
        at_once: waves that are encoded together.
    """
    if not info.name.startswith(GIVEN):
        return EncodedAudio(reference_to(info), at_once)
    if info.place is None or folder is None:
        return GivenFiles(info)
    return GivenTable(info, None, (), folder)

"""A trained model for use: embeds audio files and texts as unit vectors of one space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from adsw.arrays import Float32s as Float32Array
from adsw.audio.bad_audio import BadAudioError
from adsw.audio.decode import Sound
from adsw.audio.fetch import address_faults
from adsw.corpus.track import Track
from adsw.encoders import registry
from adsw.encoders.audio.source import AudioSource, planned_source
from adsw.encoders.inference import halves
from adsw.encoders.protocol import EncoderInfo, TextEncoder
from adsw.errors import Fault, Faults, InputError
from adsw.evaluate.compatibility import encoder_fault
from adsw.retrieval.evaluation import embed
from adsw.spelling import one_text
from adsw.train import checkpoint as checkpoints
from adsw.train.checkpoint import Checkpoint

Modality = Literal["audio", "text"]
Encoder = TypeVar("Encoder")
Item = TypeVar("Item")
BATCH = 16
"""Number of audio files that are decoded and encoded at once."""


class Model:
    """A checkpoint with its two encoders, on the CPU.

    Embeddings equal those that the checkpoint gives to the same audio or text in a store: encoders' outputs
    are rounded to half precision as there.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint

    @property
    def width(self) -> int:
        """P: number of features of an embedding."""
        return self.checkpoint.recipe.head.out

    def check(self, *modalities: Modality) -> None:
        """Check that the encoders here are those of the training, without reading weights.

        Raises:
            InputError: an encoder is not installed, or has another revision; with the faults of both.
        """
        faults = Faults("The checkpoint cannot be used here")
        for modality in modalities:
            try:
                _ = self._audio if modality == "audio" else self._text  # built on first access, which checks it
            except InputError as error:
                faults.extend(error.faults)
        faults.raise_if_any()

    def encode_audio(self, files: Sequence[str | Path]) -> NDArray[np.float32]:
        """Embed audio files as unit vectors, float32 [N, P], in the order given.

        Of audio longer than the encoder's window the middle is encoded, or all of it in chunks, as in training. If the
        model was trained on ready-made embeddings, the files are .npy arrays as `adsw prepare` takes them.

        Args:
            files: paths, or addresses that fsspec can fetch.

        Raises:
            TypeError: one path instead of a list of them.
            InputError: every file that cannot be used, with the reason; or the encoder cannot.
        """
        paths = [str(file) for file in _listed(files, "files")]
        self.check("audio")
        faults = Faults("The audio cannot be encoded")
        faults.extend(address_faults(paths, "files"))
        faults.raise_if_any()
        embedded = []
        for start in range(0, len(paths), BATCH):
            heard = [sound for path in paths[start : start + BATCH] if (sound := self._heard(path, faults)) is not None]
            if not faults.found:  # after a fault, only the other files' faults are of interest
                embedded.append(self._project(self._audio.encode(heard), self._audio.info))
        faults.raise_if_any()
        return self._joined(embedded)

    def encode_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts as unit vectors, float32 [N, P], in the order given; each as `adsw.spelling.one_text`.

        Raises:
            TypeError: one string instead of a list of them.
            InputError: a text that is no valid Unicode, or the encoder cannot be used.
        """
        texts = list(_listed(texts, "texts"))
        faults = Faults("The texts cannot be encoded")
        for number, text in enumerate(texts):
            if fault := unicode_fault(f"text {number}", text):
                faults.extend([fault])
        faults.raise_if_any()
        if not texts:
            return self._joined([])
        return self._project(self._text.encode([one_text(text) for text in texts]), self._text.info)

    def _heard(self, path: str, faults: Faults) -> Sound | None:
        """Decode an audio file, or note a fault and return None if it cannot be used."""
        track = _whole(path)
        try:
            return self._audio.decode(self._audio.fetch(track), track)
        except BadAudioError as bad:
            faults.add(path, f"cannot be used, {bad.kind}: {bad.detail}")
            return None

    def _project(self, tokens_NTD: Float32Array, info: EncoderInfo) -> NDArray[np.float32]:
        """Embed encoder outputs by the head of their modality, float32 [N, P]."""
        heads = self.checkpoint.heads
        head: Callable[[torch.Tensor], torch.Tensor] = heads.audio if info.kind == "audio" else heads.text
        embedded: NDArray[np.float32] = embed(head, halves(tokens_NTD, info), info.kind).float().numpy()
        return embedded

    def _joined(self, parts: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Concatenate batches of embeddings; no batches give [0, P]."""
        return np.concatenate([np.empty((0, self.width), np.float32), *parts])

    @cached_property
    def _audio(self) -> AudioSource:
        """The audio encoder, or the reader of ready-made embeddings, of the training."""
        source = planned_source(self.checkpoint.audio_encoder)
        return self._checked(source, source.info, self.checkpoint.audio_encoder)

    @cached_property
    def _text(self) -> TextEncoder:
        """The text encoder of the training."""
        trained = self.checkpoint.text_encoder
        encoder = registry.text_encoder(registry.reference_to(trained))
        return self._checked(encoder, encoder.info, trained)

    def _checked(self, encoder: Encoder, installed: EncoderInfo, trained: EncoderInfo) -> Encoder:
        """Return the encoder if it is that of the training, else raise InputError."""
        fault = encoder_fault(installed, trained, self.checkpoint.path)
        if fault:
            raise InputError("The checkpoint cannot be used here", [fault])
        return encoder


def load(path: str | Path, *, modalities: Sequence[Modality] = ("audio", "text")) -> Model:
    """Load a checkpoint that `adsw train`, a sweep or `adsw export` wrote.

    Args:
        path: its folder.
        modalities: those that it will embed; the encoder of the other need not be installed.

    Raises:
        InputError: no such checkpoint, a damaged one, or encoders here that are not those of its training.

    >>> model = load("runs/one")  # doctest: +SKIP
    >>> model.encode_text(["a slow waltz"]) @ model.encode_audio(["waltz.flac"]).T  # doctest: +SKIP
    """
    model = Model(checkpoints.load(Path(path)))
    model.check(*modalities)
    return model


def unicode_fault(where: str, text: str) -> Fault | None:
    """Return the fault of a text with lone surrogates, which no text encoder can read, or None if it has none."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return Fault(where, f"must be valid Unicode: {error.reason} at {error.start}", text)
    return None


def _whole(path: str) -> Track:
    """Return the whole file as a track."""
    return Track(path, path, None, None, {}, (), "", path, "")


def _listed(given: Sequence[Item], what: str) -> Sequence[Item]:
    """Return a sequence unchanged, or raise TypeError for a single string or path."""
    if isinstance(given, str | Path):
        raise TypeError(f"{what} must be a list, not one {type(given).__name__}: write [{given!r}]")
    return given

"""A request for a store, and the encoders, captioner and stores that it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from adsw.augment.bank import BankConfig
from adsw.augment.captions.captioner import ModelPlan
from adsw.augment.captions.options import Asking, CaptionOptions
from adsw.augment.captions.registry import model_plan
from adsw.augment.vocabulary import Vocabulary
from adsw.corpus.track import Track
from adsw.encode import registry
from adsw.encode.audio.source import AudioSource, audio_source
from adsw.encode.protocol import TextEncoder
from adsw.encode.reference import Reference, reference_of
from adsw.encode.reuse import reusable
from adsw.encode.store import Store
from adsw.errors import Fault, InputError, together


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Settings of a store to be prepared."""

    audio_encoder: str | Reference
    """Name of or reference to an audio encoder; or ``given:NAME`` for embeddings computed elsewhere."""
    text_encoder: str | Reference
    """Name of or reference to a text encoder."""
    captioner: str = "template"
    """As `adsw.augment.captions.registry.captioner_named` takes it."""
    bank: BankConfig = field(default_factory=BankConfig)
    """Contents of the bank per track."""
    captions: CaptionOptions | None = None
    """Options of a language model's captions: its prompt, and how its answers are used."""
    asking: Asking | None = None
    """How the language model is asked."""
    vocabulary: Vocabulary | None = None
    """Vocabulary that the corpus's tags extend; the built-in one by default."""
    embeddings: Path | None = None
    """One file of given embeddings, see `adsw.encode.audio.source.audio_source`."""
    reuse: tuple[Path, ...] = ()
    """Stores from which embeddings of the same encoders are taken."""


@dataclass(frozen=True, slots=True)
class Found:
    """The parts that a request names."""

    audio: AudioSource
    text: TextEncoder
    model: ModelPlan | None
    """The language model that captions the views; None for the template."""
    reuse: tuple[Store, ...]


def find(request: Request, tracks: Sequence[Track], store: Path) -> Found:
    """Look up what a request names.

    Args:
        request: the settings.
        tracks: those with audio and text; given embeddings are looked up by them.
        store: the folder of the store to be prepared.

    Raises:
        InputError: all faults of the request.
    """
    audio, text, model, stores = together(
        lambda: audio_source(request.audio_encoder, tracks, request.embeddings),
        lambda: registry.text_encoder(request.text_encoder),
        lambda: model_plan(request.captioner, request.captions, request.asking),
        lambda: tuple(_opened(path, store) for path in request.reuse),
        title="The store cannot be prepared so",
    )
    for opened in stores:
        reusable(opened, audio.info, text.info)
    return Found(audio, text, model, stores)


def faults_without_tracks(request: Request, store: Path) -> list[Fault]:
    """Return the faults of a request that can be found before the manifest is read."""
    try:
        together(
            lambda: _check_audio(request.audio_encoder),
            lambda: registry.text_encoder(request.text_encoder),
            lambda: model_plan(request.captioner, request.captions, request.asking),
            lambda: tuple(_opened(path, store) for path in request.reuse),
        )
    except InputError as error:
        return list(error.faults)
    return []


def _check_audio(encoder: str | Reference) -> None:
    """Check that an audio encoder can be built."""
    reference = reference_of(encoder, "--audio-encoder")
    if not reference.is_given:
        registry.audio_encoder(reference)


def _opened(path: Path, store: Path) -> Store:
    """Open a store to reuse.

    Raises:
        InputError: it cannot be used, or is the one that is built.
    """
    if path.resolve() == store.resolve():
        fault = Fault("--reuse", "must be another store than the one that is built", str(path), "Leave it out.")
        raise InputError("A store cannot reuse itself", [fault])
    return Store.open(path)

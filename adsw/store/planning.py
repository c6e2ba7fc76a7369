"""From a request to a folder in which the work can begin: encoders found, plan settled, tracks on disk."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from adsw.audio.decode import DECODING
from adsw.augment.bank import BankConfig, corpus_vocabulary
from adsw.augment.captions.captioner import model_plan
from adsw.augment.captions.model_captioner import ModelPlan
from adsw.augment.captions.protocol import Asking, CaptionOptions
from adsw.augment.captions.registry import backend_of
from adsw.augment.captions.template import TemplateCaptioner
from adsw.augment.vocabulary import Vocabulary
from adsw.corpus.track import Track, balanced_splits
from adsw.encoders import registry
from adsw.encoders.audio.source import AudioSource, audio_source
from adsw.encoders.protocol import TextEncoder
from adsw.encoders.weights import Reference, reference_of
from adsw.errors import Fault, Faults, InputError, together
from adsw.files import check_writable
from adsw.store.audio_stage import GIVEN_FOLDER
from adsw.store.caption_stage import is_settled
from adsw.store.duplicates import (
    Duplicates,
    OnDuplicate,
    check_duplicates,
    count_duplicates,
)
from adsw.store.leakage import joined_groups, known_recordings
from adsw.store.plan import (
    ROWS_PER_SHARD,
    WORK_FOLDER,
    CaptionPlan,
    Plan,
    ShardPlan,
    TrackFiles,
    begin,
    cut_shards,
    tracks_identity,
    vocabulary_identity,
)
from adsw.store.reuse import remember, reusable
from adsw.store.schema import SCHEMA_VERSION
from adsw.store.stages import Stage
from adsw.store.store import STORE_FILE, Store

LOCK_FILE = "lock"


@contextmanager
def alone(work: Path) -> Iterator[None]:
    """Hold a folder for this process; the system lets go of it however the process ends.

    Args:
        work: the folder; made if it is not there.

    Raises:
        InputError: another process holds it.
    """
    work.mkdir(parents=True, exist_ok=True)
    with (work / LOCK_FILE).open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fault = Fault(str(work.parent), "is being prepared by another process", None, "Wait for it, or stop it.")
            raise InputError(f"Cannot prepare into {work.parent}", [fault]) from None
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Settings of a store to be prepared."""

    audio_encoder: str | Reference
    """Name of or reference to an audio encoder; or ``given:NAME`` for embeddings computed elsewhere."""
    text_encoder: str | Reference
    """Name of or reference to a text encoder."""
    captioner: str = "template"
    """As `adsw.augment.captions.captioner.captioner_named` takes it."""
    bank: BankConfig = field(default_factory=BankConfig)
    """Contents of the bank per track."""
    captions: CaptionOptions | None = None
    """Options of a language model's captions: its prompt, and how its answers are used."""
    asking: Asking | None = None
    """How the language model is asked."""
    vocabulary: Vocabulary | None = None
    """Vocabulary that the corpus's tags extend; the built-in one by default."""
    embeddings: Path | None = None
    """One file of given embeddings, see `adsw.encoders.audio.source.audio_source`."""
    reuse: tuple[Path, ...] = ()
    """Stores from which embeddings of the same encoders are taken."""
    on_duplicate: OnDuplicate = "warn"
    """What is done about recordings that stand in several splits, see `adsw.store.duplicates`."""


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


def check_place(store: Path) -> None:
    """Check that a store that is not there yet can be written where it is to be.

    Raises:
        InputError: it cannot.
    """
    if (store / STORE_FILE).exists():
        return
    faults = Faults("The store cannot be prepared so")
    check_writable("--store", store, faults)
    faults.raise_if_any()


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


@dataclass(frozen=True, slots=True)
class Planned:
    """A preparation that can run. The tracks are in its folder, so that they need not stay in memory."""

    store: Path
    plan: Plan
    shards: tuple[ShardPlan, ...]
    """Empty if the store is complete."""
    vocabulary: Vocabulary
    model: ModelPlan | None
    """The language model that captions the views; None for the template."""


def planned(tracks: Sequence[Track], store: Path, request: Request, resume: bool) -> Planned:
    """Settle what will be built, and claim the folder for it.

    Args:
        tracks: the manifest's. Those without audio, or with neither tags nor captions, are left out and counted.
        store: the folder. If it holds the store of the same request, nothing is left to do.
        request: what the store is to hold.
        resume: whether an unfinished preparation in `store` may be continued.

    Raises:
        InputError: unknown names, nothing to encode, a language model that cannot be used, a folder of another plan or
            in use by another process.
    """
    if request.on_duplicate == "group":
        tracks = joined_groups(tracks, known_recordings(tracks))
    tracks = balanced_splits(tracks)
    used = [track for track in tracks if _has_audio(track, request) and _has_text(track)]
    if not used:
        fix = "Give tracks audio, and tags or captions."
        raise InputError(
            "Nothing to prepare", [Fault("manifest", "no track has both audio and text", len(tracks), fix)]
        )
    parts = find(request, used, store)
    if request.on_duplicate == "error":
        check_duplicates(_known_duplicates(used))
    vocabulary = corpus_vocabulary(used, request.vocabulary)
    plan = _plan(tracks, used, store, request, parts, vocabulary)
    model = parts.model
    work = store.resolve() / WORK_FOLDER
    complete = (store / STORE_FILE).exists()
    if request.bank.swap_draw == "hard" and not complete:
        vocabulary = vocabulary.placed(parts.text.encode)
    if model is not None and not complete:
        model = _probed(model, work / Stage.CAPTIONS)
    begin(store, plan, resume)
    shards: tuple[ShardPlan, ...] = ()
    if not complete:
        with alone(work):
            parts.audio.share(work / GIVEN_FOLDER)
            remember(parts.reuse, plan, work)
            shards = _written(used, plan.rows_per_shard, TrackFiles(work))
    return Planned(store, plan, shards, vocabulary, model)


def _known_duplicates(tracks: Sequence[Track]) -> Duplicates:
    """Count the equal recordings that are known before any audio is fetched."""
    known = zip(tracks, known_recordings(tracks), strict=True)
    return count_duplicates((track.track_id, track.split, heard) for track, heard in known if heard is not None)


def _plan(
    tracks: Sequence[Track],
    used: Sequence[Track],
    store: Path,
    request: Request,
    parts: Found,
    vocabulary: Vocabulary,
) -> Plan:
    """Return the plan: everything that decides what the store will hold."""
    captioner = TemplateCaptioner if parts.model is None else parts.model
    without_audio = sum(not _has_audio(track, request) for track in tracks)
    return Plan(
        schema_version=SCHEMA_VERSION,
        audio_encoder=parts.audio.info,
        text_encoder=parts.text.info,
        captioner=f"{captioner.name}@{captioner.version}",
        captions=None if parts.model is None else CaptionPlan.of(parts.model),
        bank=request.bank,
        rows_per_shard=ROWS_PER_SHARD,
        vocabulary=vocabulary_identity(vocabulary),
        tracks=tracks_identity(used, store),
        on_duplicate=request.on_duplicate,
        decoding=DECODING,
        tracks_used=len(used),
        without_audio=without_audio,
        without_text=len(tracks) - without_audio - len(used),
    )


def _probed(model: ModelPlan, captions: Path) -> ModelPlan:
    """Return the language model after a first answer, if it will be asked; its requests left are counted."""
    if model.asking.requests == 0 or is_settled(captions):
        return model
    # Before anything is begun: a model or cache that cannot be used leaves no folder behind.
    model.cache()
    used = backend_of(model.model.kind).probe(model.model, model.asking)
    left = None if model.asking.requests is None else max(0, model.asking.requests - used)
    return replace(model, asking=model.asking.model_copy(update={"requests": left}))


def _written(tracks: Sequence[Track], rows: int, files: TrackFiles) -> tuple[ShardPlan, ...]:
    """Write the tracks of every shard; return the shards."""
    shards = []
    for shard, of_shard in cut_shards(tracks, rows):
        files.write(shard.name, of_shard)
        shards.append(shard)
    return tuple(shards)


def _has_audio(track: Track, request: Request) -> bool:
    return track.audio is not None or request.embeddings is not None


def _has_text(track: Track) -> bool:
    return any(track.tags.values()) or any(caption.strip() for caption in track.captions)

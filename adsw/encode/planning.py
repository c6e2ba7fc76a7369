"""From a request to a folder in which the work can begin: encoders found, plan settled, tracks on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from adsw.augment.bank import corpus_vocabulary
from adsw.augment.captions.backends import backend_of
from adsw.augment.captions.captioner import ModelPlan
from adsw.augment.captions.template import TemplateCaptioner
from adsw.augment.vocabulary import Vocabulary
from adsw.corpus.track import Track
from adsw.encode.alone import alone
from adsw.encode.audio_stage import GIVEN_FOLDER
from adsw.encode.caption_stage import is_settled
from adsw.encode.plan import (
    ROWS_PER_SHARD,
    WORK_FOLDER,
    CaptionPlan,
    Plan,
    ShardPlan,
    begin,
    cut_shards,
    tracks_identity,
    vocabulary_identity,
)
from adsw.encode.request import Found, Request, find
from adsw.encode.reuse import remember
from adsw.encode.schema import SCHEMA_VERSION
from adsw.encode.stages import Stage
from adsw.encode.store import STORE_FILE
from adsw.encode.track_files import TrackFiles
from adsw.errors import Fault, InputError


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
    used = [track for track in tracks if _has_audio(track, request) and _has_text(track)]
    if not used:
        fix = "Give tracks audio, and tags or captions."
        raise InputError(
            "Nothing to prepare", [Fault("manifest", "no track has both audio and text", len(tracks), fix)]
        )
    parts = find(request, used, store)
    vocabulary = corpus_vocabulary(used, request.vocabulary)
    plan = _plan(tracks, used, store, request, parts, vocabulary)
    model = parts.model
    work = store.resolve() / WORK_FOLDER
    complete = (store / STORE_FILE).exists()
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

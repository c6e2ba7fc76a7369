"""Manifest to store: everything the frozen encoders will ever be shown is encoded, once.

Stages, each over shards of tracks and each leaving one file per shard in ``DIR/work``, so that interrupted
work goes on where it was: the audio, the captions of the distinct views where a language model words them,
the texts of the bank, the embeddings of the distinct texts, and last the shards themselves. Results depend on
the input alone: not on the workers, their number, or interruptions.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from adsw.augment.captions.captioner import ModelPlan
from adsw.augment.vocabulary import Vocabulary
from adsw.corpus.track import Track
from adsw.encode.alone import alone
from adsw.encode.assembly import Assembled, assemble
from adsw.encode.audio_stage import AudioWorker
from adsw.encode.caption_stage import word_views
from adsw.encode.describe import describe
from adsw.encode.outcome import Prepared
from adsw.encode.plan import ShardPlan
from adsw.encode.planning import Planned, planned
from adsw.encode.quarantine import Quarantined, TooManyBadError, by_kind, publish_quarantine, quarantined_of
from adsw.encode.request import Request
from adsw.encode.sample import Likeness, Sample
from adsw.encode.schema import SPLITS
from adsw.encode.stages import Job, Piece, Running, Stage, is_accelerated
from adsw.encode.store import QUARANTINE_FILE, SHARDS_FOLDER, STORE_FILE, Store
from adsw.encode.text_index import TextIndex, embeddings_file, texts_file
from adsw.encode.text_stage import BankWorker, TextWorker
from adsw.encode.track_files import audio_file
from adsw.publish import publish_json, remove_unpublished

__all__ = ["Request", "Running", "Stage", "TooManyBadError", "planned", "prepare", "run"]


def prepare(tracks: Sequence[Track], store: Path, request: Request, running: Running, resume: bool = False) -> Prepared:
    """Build a store, or finish one: `planned` and `run`.

    Args:
        tracks: the manifest's.
        store: the folder to build it in.
        request: what the store is to hold.
        running: how it is run.
        resume: whether an unfinished preparation in `store` may be continued.

    Raises:
        InputError: see `planned`.
        AskingStoppedError, TooManyBadError: see `run`.
    """
    return run(planned(tracks, store, request, resume), running)


def run(preparation: Planned, running: Running) -> Prepared:
    """Build what is planned, or nothing if the store is complete.

    Raises:
        InputError: another process works in the folder.
        AskingStoppedError: a language model gives no more answers for now; what it gave is kept.
        TooManyBadError: more than `running.max_bad` percent of the audio is unusable.
    """
    began = time.monotonic()
    store = preparation.store
    job = Job(store, preparation.plan, running)
    already = (store / STORE_FILE).exists()
    likeness: dict[str, Likeness] = {}
    if not already:
        with alone(job.work):
            likeness = _build(job, preparation)
    opened = Store.open(store)
    # Only now, when the store has been opened and is known to be whole.
    shutil.rmtree(job.work, ignore_errors=True)
    return Prepared(
        store=store,
        info=opened.info,
        already=already,
        seconds=round(time.monotonic() - began, 3),
        start_seconds=round(sum(job.starts), 3),
        stages=tuple(job.reports),
        quarantined_by_kind=by_kind(opened.quarantine()),
        likeness=likeness,
    )


def _build(job: Job, preparation: Planned) -> dict[str, Likeness]:
    """Run all stages; return how alike the embeddings are."""
    for folder in (job.store, *(job.store / SHARDS_FOLDER / split for split in SPLITS)):
        remove_unpublished(folder)
    model, vocabulary = preparation.model, preparation.vocabulary
    good, quarantine = _audio(job, preparation.shards)
    captions = None if model is None else word_views(job, good, model, vocabulary)
    _texts(job, good, model, vocabulary)
    index = _embeddings(job, good)
    sample = Sample()
    assembled = _shards(job, good, index, sample)
    publish_quarantine(job.store, quarantine)
    info = describe(job.plan, good, assembled, quarantine, captions)
    publish_json(job.store / STORE_FILE, info.model_dump(mode="json"))
    return sample.likeness()


def _audio(job: Job, shards: Sequence[ShardPlan]) -> tuple[list[ShardPlan], list[Quarantined]]:
    """Encode all audio and return the shards with the usable tracks counted, and the quarantine.

    Raises:
        TooManyBadError: more of it is unusable than allowed, or all.
    """
    folder, encoder = job.folder(Stage.AUDIO), job.plan.audio_encoder
    pieces = [Piece(shard, shard.rows, audio_file(folder, shard.name).exists()) for shard in shards]
    make = partial(AudioWorker, encoder, job.work, job.running.batch)
    job.run(Stage.AUDIO, make, pieces, accelerated=is_accelerated(encoder))
    bad = [quarantined_of(job.tracks, folder, shard) for shard in shards]
    quarantine = [line for lines in bad for line in lines]
    total, limit = sum(shard.rows for shard in shards), job.running.max_bad
    if len(quarantine) == total or 100 * len(quarantine) > limit * total:
        publish_quarantine(job.store, quarantine)
        # Results with bad tracks are forgotten, so that the next run tries mended files again.
        for shard, lines in zip(shards, bad, strict=True):
            if lines:
                audio_file(folder, shard.name).unlink()
        raise TooManyBadError(len(quarantine), total, limit, job.store / QUARANTINE_FILE)
    left = (replace(shard, rows=shard.rows - len(lines)) for shard, lines in zip(shards, bad, strict=True))
    return [shard for shard in left if shard.rows], quarantine


def _texts(job: Job, shards: Sequence[ShardPlan], model: ModelPlan | None, vocabulary: Vocabulary) -> None:
    """Write the texts of every shard."""
    folder = job.folder(Stage.TEXTS)
    pieces = [Piece(shard, shard.rows, texts_file(folder, shard.name).exists()) for shard in shards]
    make = partial(BankWorker, job.plan.bank, vocabulary, job.tracks, folder, model, job.folder(Stage.CAPTIONS))
    job.run(Stage.TEXTS, make, pieces)


def _embeddings(job: Job, shards: Sequence[ShardPlan]) -> TextIndex:
    """Encode every distinct text once."""
    folder, encoder = job.folder(Stage.EMBEDDINGS), job.plan.text_encoder
    index = TextIndex.build(job.folder(Stage.TEXTS), folder, [shard.name for shard in shards])
    pieces = [Piece(name, size, embeddings_file(folder, name).exists()) for name, size in index.sizes.items() if size]
    make = partial(TextWorker, encoder, folder, job.work)
    job.run(Stage.EMBEDDINGS, make, pieces, accelerated=is_accelerated(encoder))
    return index


def _shards(job: Job, shards: Sequence[ShardPlan], index: TextIndex, sample: Sample) -> list[Assembled]:
    """Put all shards together, anew if an interrupted run had begun with them: it costs seconds."""
    total, done = sum(shard.rows for shard in shards), 0
    began = time.monotonic()
    assembled = []
    for shard in shards:
        job.running.on_progress(Stage.SHARDS, done, total)
        assembled.append(assemble(job, shard, index, sample))
        done += shard.rows
    job.running.on_progress(Stage.SHARDS, done, total)
    job.report(Stage.SHARDS, total, 0, began)
    return assembled

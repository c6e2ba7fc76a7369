"""Manifest to store: everything the frozen encoders will ever be shown is encoded, once.

Stages, each over shards of tracks and each leaving files of a shard or a part of it in ``DIR/work``, so that
interrupted work goes on where it was: the audio, the captions of the distinct views where a language model words them,
the texts of the bank, the embeddings of the distinct texts, and last the shards themselves. Results depend on
the input alone: not on the workers, their number, or interruptions.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from adsw.augment.captions.cache import CaptionSummary
from adsw.augment.captions.model_captioner import ModelPlan
from adsw.augment.captions.protocol import CaptionModel
from adsw.augment.vocabulary import Vocabulary
from adsw.corpus.track import SPLITS, Track
from adsw.files import publish_json, remove_unpublished
from adsw.fingerprint import fingerprint
from adsw.store.assembly import Assembled, Likeness, Sample, assemble
from adsw.store.audio_stage import (
    AudioWorker,
    Quarantined,
    TooManyBadError,
    by_kind,
    publish_quarantine,
    publish_remarks,
    quarantined_of,
    recordings_of,
    remarks_of,
)
from adsw.store.caption_stage import word_views
from adsw.store.duplicates import Duplicates, check_duplicates, count_duplicates
from adsw.store.heard import heard_in, publish_heard
from adsw.store.plan import Plan, ShardPlan, audio_file
from adsw.store.planning import Planned, Request, alone, planned
from adsw.store.stages import Job, Piece, Running, Stage, StageReport, is_accelerated
from adsw.store.store import QUARANTINE_FILE, SHARDS_FOLDER, STORE_FILE, SplitInfo, Store, StoreInfo
from adsw.store.text_stage import BankWorker, TextIndex, TextWorker, bank_pieces, embeddings_file


def describe(
    plan: Plan,
    shards: Sequence[ShardPlan],
    assembled: Sequence[Assembled],
    quarantine: Sequence[Quarantined],
    captions: CaptionSummary | None,
    remarks: Sequence[Quarantined] = (),
    duplicates: Duplicates | None = None,
) -> StoreInfo:
    """Return the document `store.json`.

    Args:
        plan: the plan that was built.
        shards: those that hold tracks, in order.
        assembled: each one as it was published.
        quarantine: tracks that were left out for their audio.
        captions: counts of a language model's captions; None for the template.
        remarks: on how tracks are heard.
        duplicates: recordings that stand more than once.
    """
    by_split: dict[str, list[Assembled]] = {}
    for shard, made in zip(shards, assembled, strict=True):
        by_split.setdefault(shard.split, []).append(made)
    settings = plan.model_dump(mode="json", include={"schema_version", "captioner", "bank", "vocabulary"})
    encoders = {
        "audio_encoder": [plan.audio_encoder.name, plan.audio_encoder.revision],
        "text_encoder": [plan.text_encoder.name, plan.text_encoder.revision],
    }
    tracks = {split: [name for shard in made for name in shard.identities] for split, made in by_split.items()}
    return StoreInfo(
        **settings,
        fingerprint=fingerprint({**settings, **encoders, "tracks": tracks}),
        audio_encoder=plan.audio_encoder,
        text_encoder=plan.text_encoder,
        captions=captions,
        caption_model=None
        if plan.captions is None
        else CaptionModel.model_validate(plan.captions.model_dump(exclude={"options"})),
        dimensions=plan.dimensions,
        splits={
            split: _split_info(split, by_split.get(split, []), quarantine) for split in SPLITS if split in by_split
        },
        without_audio=plan.without_audio,
        without_text=plan.without_text,
        shards={split: tuple(shard.info for shard in made) for split, made in by_split.items()},
        decoding=plan.decoding,
        remarks=dict(Counter(line["kind"] for line in remarks)),
        duplicates=duplicates,
    )


def _split_info(split: str, assembled: Sequence[Assembled], quarantine: Sequence[Quarantined]) -> SplitInfo:
    """Return the counts of a split."""
    return SplitInfo(
        tracks=sum(shard.info.rows for shard in assembled),
        texts=sum(shard.texts for shard in assembled),
        bytes=sum(shard.info.bytes for shard in assembled),
        shards=len(assembled),
        quarantined=sum(line["split"] == split for line in quarantine),
    )


SHOWN = 8
"""Tracks of which `adsw prepare` shows what the encoder hears; `heard.jsonl` has them all."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A store, ready."""

    store: Path
    info: StoreInfo
    already: bool
    """Whether it was complete before, so that nothing was done."""
    seconds: float
    start_seconds: float
    """Seconds of these until the executor, such as Ray, had started."""
    stages: tuple[StageReport, ...]
    """The stages of this run."""
    quarantined_by_kind: dict[str, int]
    likeness: dict[str, Likeness]
    """How alike a sample of the embeddings is, by side; empty if nothing was done."""

    @property
    def reused(self) -> dict[str, int]:
        """Embeddings taken from other stores in this run: tracks of the audio, distinct texts."""
        names = {Stage.AUDIO: "audio", Stage.EMBEDDINGS: "texts"}
        return {names[report.stage]: report.reused for report in self.stages if report.stage in names}

    @property
    def heard(self) -> list[dict[str, Any]]:
        """What the audio encoder says of the first few tracks, see `adsw.store.heard`; empty if it names no tags."""
        return heard_in(self.store, SHOWN)

    def document(self) -> dict[str, Any]:
        """Return what `adsw prepare --json` prints: all of `store.json`, and the run."""
        return {
            "path": str(self.store),
            "already": self.already,
            "seconds": self.seconds,
            "start_seconds": self.start_seconds,
            "stages": [
                {**report.model_dump(mode="json"), "rate": None if report.rate is None else round(report.rate, 3)}
                for report in self.stages
            ],
            "tracks": self.info.tracks,
            "texts": sum(split.texts for split in self.info.splits.values()),
            "bytes": sum(split.bytes for split in self.info.splits.values()),
            "reused": self.reused,
            "quarantined_by_kind": self.quarantined_by_kind,
            "heard": self.heard,
            "likeness": {side: likeness.model_dump(mode="json") for side, likeness in self.likeness.items()},
            **self.info.model_dump(mode="json"),
        }


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
        InputError: another process works in the folder; or a recording stands in several splits, which could not be
            known before, and the plan does not allow it.
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
    folder = job.folder(Stage.AUDIO)
    heard = (recording for shard in good for recording in recordings_of(job.tracks, folder, shard))
    duplicates = count_duplicates(heard)
    if job.plan.on_duplicate != "warn":
        check_duplicates(duplicates)
    captions = None if model is None else word_views(job, good, model, vocabulary)
    _texts(job, good, model, vocabulary)
    index = _embeddings(job, good)
    sample = Sample()
    assembled = _shards(job, good, index, sample)
    remarks = [line for shard in good for line in remarks_of(job.tracks, folder, shard)]
    publish_quarantine(job.store, quarantine)
    publish_remarks(job.store, remarks)
    publish_heard(job.store, job.plan.audio_encoder, good, job.tracks, folder)
    info = describe(job.plan, good, assembled, quarantine, captions, remarks, duplicates)
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
    pieces = [piece for shard in shards for piece in bank_pieces(folder, shard, job.tracks, job.plan.bank)]
    make = partial(BankWorker, job.plan.bank, vocabulary, job.tracks, folder, model, job.folder(Stage.CAPTIONS))
    job.run(Stage.TEXTS, make, pieces)


def _embeddings(job: Job, shards: Sequence[ShardPlan]) -> TextIndex:
    """Encode every distinct text once."""
    folder, encoder = job.folder(Stage.EMBEDDINGS), job.plan.text_encoder
    index = TextIndex.build(job.folder(Stage.TEXTS), folder, [shard.name for shard in shards])
    pieces = [Piece(name, size, embeddings_file(folder, name).exists()) for name, size in index.sizes.items()]
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

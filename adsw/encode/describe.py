"""The content of `store.json`, once everything else in the store is complete."""

from __future__ import annotations

from collections.abc import Sequence

from adsw.augment.captions.settled import CaptionSummary
from adsw.encode.assembly import Assembled
from adsw.encode.plan import Plan, ShardPlan
from adsw.encode.quarantine import Quarantined
from adsw.encode.schema import SPLITS
from adsw.encode.store import SplitInfo, StoreInfo
from adsw.fingerprint import fingerprint


def describe(
    plan: Plan,
    shards: Sequence[ShardPlan],
    assembled: Sequence[Assembled],
    quarantine: Sequence[Quarantined],
    captions: CaptionSummary | None,
) -> StoreInfo:
    """Return the document `store.json`.

    Args:
        plan: the plan that was built.
        shards: those that hold tracks, in order.
        assembled: each one as it was published.
        quarantine: tracks that were left out for their audio.
        captions: counts of a language model's captions; None for the template.
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
        dimensions=plan.dimensions,
        splits={
            split: _split_info(split, by_split.get(split, []), quarantine) for split in SPLITS if split in by_split
        },
        without_audio=plan.without_audio,
        without_text=plan.without_text,
        shards={split: tuple(shard.info for shard in made) for split, made in by_split.items()},
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

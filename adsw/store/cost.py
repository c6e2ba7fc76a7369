"""What the bank of a planned preparation costs, told before it is built: texts, bytes, seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass

from adsw.augment.bank import track_texts
from adsw.augment.captions.template import TemplateCaptioner
from adsw.encoders.registry import reference_to, text_encoder
from adsw.store.plan import WORK_FOLDER, TrackFiles
from adsw.store.planning import Planned

SAMPLED = 48
"""Tracks whose texts are written to see how many there are."""

ENCODED = 96
"""Texts encoded to see how long it takes."""


@dataclass(frozen=True, slots=True)
class BankCost:
    """Estimates for a whole corpus."""

    texts: int
    swaps: int
    """Number of these that are swaps."""
    bytes: int
    """Of their embeddings in the store."""
    seconds: float
    """Of writing and encoding them."""


def cost_of(preparation: Planned, workers: int) -> BankCost | None:
    """Estimate the cost of a preparation's bank from some of its tracks; return None if the store is complete.

    Captions are taken from the template, whatever will word them; texts that tracks share are counted for each, so that
    the seconds are rather too many.

    Args:
        preparation: what is to be built.
        workers: number of processes, taken as quick as this one.
    """
    plan, total = preparation.plan, sum(shard.rows for shard in preparation.shards)
    if not total:
        return None
    files = TrackFiles(preparation.store.resolve() / WORK_FOLDER)
    captioner = TemplateCaptioner(preparation.vocabulary)
    began = time.perf_counter()
    texts = swaps = 0.0
    sample: list[str] = []
    written = 0
    splits = dict.fromkeys(shard.split for shard in preparation.shards)
    for split in splits:
        shards = [shard for shard in preparation.shards if shard.split == split]
        rows = sum(shard.rows for shard in shards)
        # Tracks come in the order of a hash, so that the first ones are a random sample.
        tracks = files.all(shards[0].name)[: max(1, round(SAMPLED * rows / total))]
        made = [text for track in tracks for text in track_texts(track, plan.bank, preparation.vocabulary, captioner)]
        texts += len(made) * rows / len(tracks)
        swaps += sum(text.swap_of >= 0 for text in made) * rows / len(tracks)
        written += len(tracks)
        sample += [text.text for text in made]
    seconds = (time.perf_counter() - began) * total / written
    seconds += texts * _seconds_a_text(preparation, sample)
    return BankCost(round(texts), round(swaps), round(texts) * plan.dimensions.text_bytes, seconds / workers)


def _seconds_a_text(preparation: Planned, sample: list[str]) -> float:
    """Return the time that the encoder takes for one text, by some evenly chosen ones."""
    encoder = text_encoder(reference_to(preparation.plan.text_encoder))
    distinct = sorted(set(sample), key=lambda text: (len(text), text))
    chosen = distinct[:: max(1, len(distinct) // ENCODED)]
    encoder.encode(chosen[:1])  # the first call loads the weights
    began = time.perf_counter()
    encoder.encode(chosen)
    return (time.perf_counter() - began) / len(chosen)

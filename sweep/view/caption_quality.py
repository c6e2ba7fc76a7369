"""The caption quality of a run's stores: read from the stores once, and kept in the run folder.

The figures are coverage, added terms and distinct-2 of `adsw quality`, over all captions of the training split, since
the arms were trained on them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from adsw.errors import InputError
from adsw.publish import publish_json
from adsw.stats.estimates import Estimate, means
from sweep.sweep_record import StoreRecord

if TYPE_CHECKING:
    from adsw.encode.store import Store

CACHE = "caption-quality.json"
"""File in the run folder: by store, the figures with the fingerprint of the store that they were measured on."""
TRACKS = 1000
"""Training tracks that are measured."""
SPLIT = "train"


class CaptionQuality(BaseModel):
    """Figures of the captions of one store."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    fingerprint: str
    captioner: str
    tracks: int
    captions: int
    coverage: Estimate | None
    """Share of its track's tags that a caption states."""
    added: Estimate | None
    """Vocabulary terms per caption that its track's tags do not give."""
    distinct: Estimate | None
    """Distinct two-word sequences over all, in blocks of 500, one caption per track."""


@dataclass(frozen=True, slots=True)
class StoreQuality:
    """One store of a run."""

    name: str
    captioner: str
    quality: CaptionQuality | None
    why: str
    """Why the quality is missing; empty if it is not."""


def caption_quality(stores: Mapping[str, StoreRecord], folder: Path | None) -> tuple[StoreQuality, ...]:
    """Return the caption quality of every store, from the run folder's cache or else measured in the store itself.

    New measurements are added to the cache. A store that is missing, unreadable or replaced by another one has no
    quality, but the reason why.

    Args:
        stores: as sweep.json has them: name -> {path, fingerprint, captioner, ...}.
        folder: the run folder, where the cache is kept; None for no cache.
    """
    cached = _read(folder / CACHE) if folder else {}
    qualities, fresh = [], {}
    for name, facts in stores.items():
        known = cached.get(name)
        # The name alone may stand for another store by now: only its fingerprint says that the figures still hold.
        if known is not None and known.fingerprint == facts.fingerprint:
            qualities.append(StoreQuality(name, str(facts.captioner or ""), known, ""))
            continue
        store = _of_store(name, facts)
        qualities.append(store)
        if store.quality is not None:
            fresh[name] = store.quality
    if folder is not None and fresh:
        publish_json(
            folder / CACHE, {name: quality.model_dump(mode="json") for name, quality in (cached | fresh).items()}
        )
    return tuple(qualities)


def _read(path: Path) -> dict[str, CaptionQuality]:
    """Read the cache; an empty one where it is missing or cannot be read, as it can be made again."""
    try:
        return {name: CaptionQuality.model_validate(fields) for name, fields in json.loads(path.read_bytes()).items()}
    except (OSError, ValueError, AttributeError, ValidationError):
        return {}


def _of_store(name: str, facts: StoreRecord) -> StoreQuality:
    """Measure a store, or say why it cannot be measured."""
    from adsw.encode.store import Store

    captioner, path = str(facts.captioner or ""), Path(facts.path or "")
    try:
        store = Store.open(path)
        if store.info.fingerprint != facts.fingerprint:
            return StoreQuality(name, captioner, None, f"another store lies at {path} now")
        return StoreQuality(name, captioner, measured(store), "")
    except InputError:
        return StoreQuality(name, captioner, None, f"the store cannot be read at {path}")


def measured(store: Store, most: int = TRACKS) -> CaptionQuality:
    """Measure the captions of a store's first `most` training tracks, which are a fair sample of them.

    Raises:
        InputError: the store is damaged or has no texts in its training split.
    """
    import numpy as np

    from adsw.evaluate.quality.diversity import distinct
    from adsw.evaluate.quality.per_track import one_per_track
    from adsw.evaluate.quality.sample import sample_of
    from adsw.evaluate.words import words_of

    sample = sample_of(store, [SPLIT], most)
    members = np.flatnonzero(sample.of("caption"))
    tracks = sample.track[members]
    figures = np.stack([sample.coverage[members], sample.added[members]], axis=1)
    coverage, added = means(figures, tracks) if len(members) else (None, None)
    varied = distinct([words_of(sample.texts[members[place]]) for place in one_per_track(tracks, 0)], 2)
    return CaptionQuality(
        fingerprint=store.info.fingerprint,
        captioner=store.info.captioner,
        tracks=sample.tracks,
        captions=len(members),
        coverage=coverage,
        added=added,
        distinct=varied,
    )

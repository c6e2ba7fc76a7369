"""Splits that are missing, or so small that figures on them say nothing."""

from __future__ import annotations

from collections.abc import Iterator

from adsw.store.store import StoreInfo

LEAST = 20
"""Tracks of a pool below which retrieval in it means nothing: chance alone finds one in ten among the first two."""


def small_splits(info: StoreInfo) -> Iterator[str]:
    """Yield a sentence for every split of a store that is missing or small."""
    for name in ("valid", "test"):
        tracks = info.splits[name].tracks if name in info.splits else 0
        count = "1 track" if tracks == 1 else f"{tracks} tracks"
        if not tracks:
            what = "no final figures can be given" if name == "test" else "training cannot be judged, and no sweep runs"
            yield f"There is no {name} split: {what}. Give tracks a split, or more groups."
        elif tracks < LEAST:
            yield f"The {name} split has {count}: figures on fewer than {LEAST} mean nothing."

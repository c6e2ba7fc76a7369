"""The quarantine list: tracks that are left out for their audio, and why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

import pyarrow.parquet as pq

from adsw.encode.plan import ShardPlan
from adsw.encode.store import QUARANTINE_FILE
from adsw.encode.track_files import TrackFiles, audio_file
from adsw.publish import publish_text


class Quarantined(TypedDict):
    """A line of the list."""

    track_id: str
    split: str
    audio: str
    """As in the manifest; empty if it names none."""
    kind: str
    """One of `adsw.encode.audio.bad.KINDS`."""
    detail: str


class TooManyBadError(Exception):
    """More audio was bad than allowed. The quarantine list says which; repaired files are tried again."""

    def __init__(self, bad: int, tracks: int, limit: float, where: Path) -> None:
        super().__init__(
            f"The audio of {bad} of {tracks} tracks cannot be used, more than the {limit:g} % allowed; "
            f"{where} says which and why"
        )
        self.bad = bad
        self.tracks = tracks


def quarantined_of(tracks: TrackFiles, folder: Path, shard: ShardPlan) -> list[Quarantined]:
    """Return the lines of one shard.

    Args:
        tracks: of all shards.
        folder: of the audio stage's results.
        shard: the one whose lines are wanted.
    """
    results = pq.read_table(audio_file(folder, shard.name), columns=["kind", "detail"])
    if results["kind"].null_count == len(results):
        return []
    lines = zip(tracks.all(shard.name), results["kind"].to_pylist(), results["detail"].to_pylist(), strict=True)
    return [
        Quarantined(track_id=track.track_id, split=track.split, audio=track.audio or "", kind=kind, detail=detail)
        for track, kind, detail in lines
        if kind is not None
    ]


def publish_quarantine(store: Path, lines: Iterable[Quarantined]) -> None:
    """Publish the list."""
    publish_text(store / QUARANTINE_FILE, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def by_kind(lines: Iterable[dict[str, str]]) -> dict[str, int]:
    """Return how many lines there are of each kind, the most frequent first."""
    return dict(Counter(line["kind"] for line in lines).most_common())

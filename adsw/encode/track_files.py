"""The tracks of a preparation on disk, shard by shard: in memory, they would grow with the corpus."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow.parquet as pq

from adsw.corpus.track import Track
from adsw.publish import publish_text

TRACKS_FOLDER = "tracks"
AUDIO_FOLDER = "audio"


@dataclass(frozen=True, slots=True)
class TrackFiles:
    """Reads and writes the tracks of shards, by the shards' names."""

    work: Path
    """The folder of all stages' files."""

    def write(self, shard: str, tracks: Sequence[Track]) -> None:
        """Publish a shard's tracks, unless they are there: a folder has one plan, and a plan one list of tracks."""
        file = self._file(shard)
        if not file.exists():
            publish_text(file, "".join(json.dumps(asdict(track)) + "\n" for track in tracks))

    def all(self, shard: str) -> list[Track]:
        """Read a shard's tracks, in order."""
        return [_track(line) for line in self._file(shard).read_text("utf-8").splitlines()]

    def usable(self, shard: str) -> list[Track]:
        """Read the tracks of a shard whose audio the audio stage could use.

        Raises:
            RuntimeError: the audio stage's file is of other tracks.
        """
        file = audio_file(self.work / AUDIO_FOLDER, shard)
        results = pq.read_table(file, columns=["track_id", "kind"])
        tracks = self.all(shard)
        if results["track_id"].to_pylist() != [track.track_id for track in tracks]:
            raise RuntimeError(f"{file} belongs to other tracks")
        kinds = results["kind"].to_pylist()
        return [track for track, kind in zip(tracks, kinds, strict=True) if kind is None]

    def _file(self, shard: str) -> Path:
        return self.work / TRACKS_FOLDER / f"{shard}.jsonl"


def audio_file(folder: Path, shard: str) -> Path:
    """Return the file of the audio stage's result for a shard."""
    return folder / f"{shard}.parquet"


def _track(line: str) -> Track:
    """Return the track of a line."""
    fields = json.loads(line)
    tags = {category: tuple(names) for category, names in fields["tags"].items()}
    return Track(**{**fields, "tags": tags, "captions": tuple(fields["captions"])})

"""The result of a preparation: the store, and what this run did and how long it took."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adsw.encode.sample import Likeness
from adsw.encode.stages import Stage, StageReport
from adsw.encode.store import StoreInfo


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
            "likeness": {side: likeness.model_dump(mode="json") for side, likeness in self.likeness.items()},
            **self.info.model_dump(mode="json"),
        }

"""One track of a corpus: what a row of a manifest says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Track:
    """A track with its tags and captions."""

    track_id: str
    """Unique, not empty."""
    audio: str | None
    """Absolute path or URI; None if there is none (such a track stays in, `prepare` counts it)."""
    start_s: float | None
    """Where the excerpt begins, seconds; None: at the beginning."""
    duration_s: float | None
    """Length of the excerpt, seconds; None: to the end."""
    tags: dict[str, tuple[str, ...]]
    """Category -> tags, in the order given."""
    captions: tuple[str, ...]
    """Sentences that people wrote about it."""
    split: str
    """``train``, ``valid`` or ``test``; empty while not assigned."""
    group: str
    """Leakage group, never across splits; the track's id if none was given."""
    dataset: str
    """Data set of the track; the manifest's name if it does not say."""

"""Recordings that stand in a corpus more than once under different ids: the same bytes, start and length.

In two splits they are a leak: what is held out was trained on. What `prepare` does about it is its `on_duplicate`:
``warn`` counts and names them in the store, ``error`` refuses, ``group`` joins the leakage groups of equal recordings,
so that they share a split. A joined group is called like the first of its groups in alphabetical order; it goes to the
split that its tracks name, or by the hash of its name if none names one; if they name several, it is refused.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from adsw.errors import Faults
from adsw.report.format import listed, plural

if TYPE_CHECKING:
    import pyarrow as pa

OnDuplicate = Literal["error", "warn", "group"]
POLICIES: tuple[OnDuplicate, ...] = ("error", "warn", "group")

NAMED = 10
"""Recordings that a store names; all are counted."""
_FIX = (
    "Put them into one split, or leave one of them out; without splits in the manifest, --on-duplicate group puts them "
    "into one."
)


class Recording(NamedTuple):
    """Identity of what is heard of a file."""

    file: str
    """SHA-256 of its bytes, or its address."""
    start_s: float
    duration_s: float | None
    """None: to the end."""

    @classmethod
    def of(cls, file: str, start_s: float | None, duration_s: float | None) -> Recording:
        """Return the identity; a start that is not given is 0."""
        return cls(file, start_s or 0.0, duration_s)


class Duplicates(BaseModel):
    """Counts of the recordings that stand more than once, and the names of some."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    recordings: int = 0
    """Recordings that stand in several splits."""
    tracks: dict[str, int] = {}
    """Split -> tracks of it whose recording stands in another split too."""
    within: int = 0
    """Recordings that stand several times, in one split only."""
    excerpts: int = 0
    """Files of which different parts stand in different splits."""
    examples: tuple[dict[str, str], ...] = ()
    """Track id -> split, for some of `recordings`."""

    def sentences(self) -> list[str]:
        """Return what must be said of a store with these; nothing if there are none."""
        said = []
        if self.recordings:
            tracks = listed(f"{count:,} of {split}" for split, count in self.tracks.items())
            alike = listed(
                " = ".join(f"{name} ({split})" for name, split in example.items()) for example in self.examples[:3]
            )
            verb = "stands" if self.recordings == 1 else "stand"
            said.append(
                f"{plural(self.recordings, 'recording')} {verb} in several splits under different ids: {tracks}; "
                f"such as {alike}. Figures on them show memory. {_FIX}"
            )
        if self.excerpts:
            said.append(
                f"Of {plural(self.excerpts, 'file')} different parts stand in different splits: give the tracks of a "
                "file one group."
            )
        if self.within:
            said.append(
                f"{plural(self.within, 'recording')} {'stands' if self.within == 1 else 'stand'} several times in one "
                "split: such tracks cannot be told apart."
            )
        return said


RECORDED = ("track_id", "audio_sha256", "start_s", "duration_s")
"""Columns of a store that tell recordings apart."""


def recordings_in(table: pa.Table) -> dict[str, Recording]:
    """Return the recordings of a store's tracks by id; without those whose digest is not known."""
    rows = zip(*(table[name].to_pylist() for name in RECORDED), strict=True)
    return {name: Recording.of(sha256, start_s, duration_s) for name, sha256, start_s, duration_s in rows if sha256}


def count_duplicates(tracks: Iterable[tuple[str, str, Recording]]) -> Duplicates:
    """Count the recordings that stand more than once.

    Args:
        tracks: id, split and recording of each.
    """
    from adsw.corpus.track import SPLITS

    by_recording: dict[Recording, dict[str, str]] = defaultdict(dict)
    splits_of_file: dict[str, set[str]] = defaultdict(set)
    for track_id, split, recording in tracks:
        by_recording[recording][track_id] = split
        splits_of_file[recording.file].add(split)
    several = {recording: alike for recording, alike in by_recording.items() if len(alike) > 1}
    shared = {recording: alike for recording, alike in several.items() if len({*alike.values()}) > 1}
    whole = {recording.file for recording in shared}
    counts = Counter(split for alike in shared.values() for split in alike.values())
    return Duplicates(
        recordings=len(shared),
        tracks={split: counts[split] for split in SPLITS if counts[split]},
        within=len(several) - len(shared),
        excerpts=sum(len(splits) > 1 and file not in whole for file, splits in splits_of_file.items()),
        examples=tuple(sorted(shared.values(), key=min)[:NAMED]),
    )


def check_duplicates(found: Duplicates) -> None:
    """Check that no recording stands in several splits.

    Raises:
        InputError: the recordings that do.
    """
    faults = Faults("Recordings stand in several splits under different ids")
    for example in found.examples:
        where = " = ".join(example)
        faults.add(where, f"is one recording, and stands in {listed(dict.fromkeys(example.values()))}", None, _FIX)
    if (more := found.recordings - len(found.examples)) > 0:
        faults.add("manifest", f"has {plural(more, 'more such recording')}", None, _FIX)
    faults.raise_if_any()


def check_policy(name: str) -> OnDuplicate:
    """Return what is done about equal recordings.

    Raises:
        InputError: there is no such way.
    """
    faults = Faults("The store cannot be prepared so")
    if name not in POLICIES:
        faults.add("--on-duplicate", f"must be one of {listed(POLICIES)}", name)
    faults.raise_if_any()
    return name  # type: ignore[return-value]

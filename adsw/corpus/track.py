"""One track of a corpus: what a row of a manifest says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from adsw.draws import key_of
from adsw.spelling import folded


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
    """Leakage group, never across splits, whatever its spelling (`adsw.spelling.folded`); the track's id if none was
    given."""
    dataset: str
    """Data set of the track; the manifest's name if it does not say."""


SPLITS = ("train", "valid", "test")

FRACTIONS: Mapping[str, float] = {"train": 0.6, "valid": 0.2, "test": 0.2}


def assign_splits(tracks: Iterable[Track], fractions: Mapping[str, float] = FRACTIONS) -> list[Track]:
    """Give a split to every track without one, whatever else is in the corpus.

    A track whose group has members with a split joins them; otherwise the hash of the group's name decides. The
    fractions hold on average over groups, not exactly.

    Args:
        tracks: in any order; those with a split keep it.
        fractions: split -> share, in sum 1.

    Raises:
        ValueError: the fractions are no shares of the known splits.
    """
    if (
        set(fractions) - set(SPLITS)
        or min(fractions.values(), default=0) < 0
        or abs(sum(fractions.values()) - 1) > 1e-9
    ):
        raise ValueError(f"fractions must be shares of {', '.join(SPLITS)} that sum to 1, not {dict(fractions)}")
    known = list(tracks)
    taken = {folded(track.group): track.split for track in known if track.split}
    return [
        track
        if track.split
        else replace(track, split=taken.get(folded(track.group)) or split_of(track.group, fractions))
        for track in known
    ]


SMALL = 50
"""Fewer groups than this are counted into splits, as hashes would leave some of them empty."""


def balanced_splits(tracks: Iterable[Track]) -> list[Track]:
    """Give a split to every track without one, as `assign_splits` does, but count where the corpus is small.

    Where no track names a split and there are from 3 to 49 groups, the groups in the order of their hashes go to valid
    and test, a fifth each and at least one, and the others to train. The same groups are always divided alike; one more
    group may move others, until there are 50.
    """
    known = list(tracks)
    groups = sorted({folded(track.group) for track in known}, key=lambda group: key_of(f"split/{group}"))
    if not 3 <= len(groups) < SMALL or any(track.split for track in known):
        return assign_splits(known)
    each = max(1, round(FRACTIONS["valid"] * len(groups)))
    split = dict.fromkeys(groups, "train") | dict.fromkeys(groups[:each], "valid")
    split |= dict.fromkeys(groups[each : 2 * each], "test")
    return [replace(track, split=split[folded(track.group)]) for track in known]


def split_of(group: str, fractions: Mapping[str, float] = FRACTIONS) -> str:
    """Return the split that the hash of a group's name, folded, chooses.

    >>> split_of("An Artist") == split_of("an artist")
    True
    """
    place = key_of(f"split/{folded(group)}") / 2.0**64
    shares = [(split, fractions[split]) for split in SPLITS if fractions.get(split, 0.0) > 0]
    for split, share in shares[:-1]:
        place -= share
        if place < 0:
            return split
    return shares[-1][0]

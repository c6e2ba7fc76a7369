"""Groups of texts that are compared: by source, captions also by captioner, and by kept count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from adsw.arrays import Ints
from adsw.evaluate.quality.sample import QualitySample

_STARTS = (1, 2, 3, 4, 5, 7, 10, 15)
"""The smallest kept count of every level."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some of a sample's texts."""

    name: str
    """``tags``, ``caption``, ``caption by X``, ``stand-in by X``, ``human``."""
    source: str
    captioner: str | None
    """Captioner that wrote them; None for a group that is not of one captioner."""
    stands_in: bool
    """Whether another captioner wrote them, because the answers of the one asked were not accepted."""
    members: Ints
    """Rows of the texts in the sample, int64."""
    level: str | None = None
    """Range of their kept counts, as ``3``, ``5-6`` or ``15+``; None for all."""


def groups_of(sample: QualitySample, asked: str) -> list[Group]:
    """Return the groups that have texts: tag lists, all captions, captions by captioner, human captions.

    If one captioner wrote all captions, its group replaces that of all captions.

    Args:
        sample: the texts.
        asked: the captioner that the store was made with, as ``name@version``; others stand in for it.
    """
    # The captioner asked comes first, then its stand-ins by name.
    captioners = sorted({name for name in sample.captioner if name is not None}, key=lambda name: (name != asked, name))
    groups = [_of_source(sample, "tags"), _of_source(sample, "caption")]
    if len(captioners) == 1 and len(groups[1].members):
        groups[1] = _by(sample, captioners[0], asked)
    elif captioners:
        groups += [_by(sample, name, asked) for name in captioners]
    groups.append(_of_source(sample, "human"))
    return [group for group in groups if len(group.members)]


def _of_source(sample: QualitySample, source: str) -> Group:
    """Return the group of all texts of a source."""
    return Group(source, source, None, False, np.flatnonzero(sample.of(source)))


def _by(sample: QualitySample, captioner: str, asked: str) -> Group:
    """Return the group of the captions of one captioner."""
    members = [place for place, name in enumerate(sample.captioner) if name == captioner]
    stands_in = captioner != asked
    kind = "stand-in" if stands_in else "caption"
    return Group(f"{kind} by {captioner}", "caption", captioner, stands_in, np.array(members, dtype=np.int64))


def by_kept(group: Group, kept: Ints) -> list[Group]:
    """Divide a group by levels of the kept count, without empty levels.

    Args:
        group: the group.
        kept: kept count of every text of the sample, int64 [M].

    Returns:
        The levels, ascending; none for human captions, which have no view.
    """
    if group.source == "human":
        return []
    place = np.searchsorted(_STARTS, kept[group.members], side="right") - 1
    levels = [
        Group(group.name, group.source, group.captioner, group.stands_in, group.members[place == number], label)
        for number, label in enumerate(level_labels(_STARTS))
    ]
    return [level for level in levels if len(level.members)]


def level_labels(starts: Sequence[int]) -> list[str]:
    """Return the labels of levels that begin at some kept counts.

    >>> level_labels((1, 2, 5, 7))
    ['1', '2-4', '5-6', '7+']
    """
    closed = [str(start) if after - start == 1 else f"{start}-{after - 1}" for start, after in pairwise(starts)]
    return [*closed, f"{starts[-1]}+"]


def is_told(group: Group, groups: Sequence[Group]) -> bool:
    """Return whether a group is in short reports: all but that of all captions if captions are grouped by captioner."""
    return group.source != "caption" or group.captioner is not None or not any(other.captioner for other in groups)

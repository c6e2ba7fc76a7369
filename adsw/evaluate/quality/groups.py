"""The groups that texts are compared in: by source, captions also by what worded them, and by kept count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from adsw.arrays import Ints
from adsw.evaluate.quality.sample import QualitySample

_STARTS = (1, 2, 3, 4, 5, 7, 10, 15)
"""The least kept count of every level."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some of a sample's texts."""

    name: str
    """``tags``, ``caption``, ``caption by X``, ``stand-in by X``, ``human``."""
    source: str
    captioner: str | None
    """What worded them; None where that does not tell them apart."""
    stands_in: bool
    """Worded by another than the captioner that was asked, whose answers were not taken."""
    members: Ints
    """Their places in the sample."""
    level: str | None = None
    """Their kept counts: ``3``, ``5-6``, ``15+``; None for all."""


def groups_of(sample: QualitySample, asked: str) -> list[Group]:
    """The groups that have texts: the tag lists, all captions, captions by captioner, human captions.

    Args:
        sample: the texts.
        asked: the captioner that the store was made with, as ``name@version``; others stand in for it. With one
            captioner in the store all captions are its group.
    """
    captioners = sorted({name for name in sample.captioner if name is not None}, key=lambda name: (name != asked, name))
    found = [_of_source(sample, "tags"), _of_source(sample, "caption")]
    if len(captioners) == 1 and len(found[1].members):
        found[1] = _by(sample, captioners[0], asked)
    elif captioners:
        found += [_by(sample, name, asked) for name in captioners]
    found.append(_of_source(sample, "human"))
    return [group for group in found if len(group.members)]


def _of_source(sample: QualitySample, source: str) -> Group:
    return Group(source, source, None, False, np.flatnonzero(sample.of(source)))


def _by(sample: QualitySample, captioner: str, asked: str) -> Group:
    members = [place for place, name in enumerate(sample.captioner) if name == captioner]
    stands_in = captioner != asked
    kind = "stand-in" if stands_in else "caption"
    return Group(f"{kind} by {captioner}", "caption", captioner, stands_in, np.array(members, dtype=np.int64))


def by_kept(group: Group, kept: Ints) -> list[Group]:
    """A group by the levels of the kept count that have texts; nothing for human captions, which are of no view.

    Args:
        group: the group.
        kept: kept counts of the sample's texts.
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
    """The kept counts of levels that begin so.

    >>> level_labels((1, 2, 5, 7))
    ['1', '2-4', '5-6', '7+']
    """
    closed = [str(start) if after - start == 1 else f"{start}-{after - 1}" for start, after in pairwise(starts)]
    return [*closed, f"{starts[-1]}+"]


def is_told(group: Group, groups: Sequence[Group]) -> bool:
    """Whether a group is shown where there is little room: all captions together are not, where they are told apart."""
    return group.source != "caption" or group.captioner is not None or not any(one.captioner for one in groups)

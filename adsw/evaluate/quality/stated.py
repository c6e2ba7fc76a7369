"""The tags that texts state, the terms that they add, and the share of other tracks that they would fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from adsw.arrays import Floats
from adsw.augment.captions.check import CaptionChecker
from adsw.augment.vocabulary import Vocabulary
from adsw.evaluate.quality.sample import QualitySample, Tags
from adsw.evaluate.words import words_of

LIST_SHARE = 0.9
"""Share of a caption's words, the tags' own or words that only list them, from which it is a copy of its tag list."""
_LISTING = frozenset({"and", "or", "with", "tag", "tags", "caption"})
"""Words that only list tags."""
_TOLD = 5000
"""Texts between two calls that report progress."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What M texts state.

    Attributes:
        added: names of the vocabulary's terms that a caption states beyond its tags, [M].
        fits: share of the other tracks whose tags include all the tags that the text states, [M]; 1 for a text that
            states none of its tags, NaN with a single track.
        listed: share of a caption's words that are its tags' words, or only list them; NaN for other sources, [M].
    """

    added: tuple[tuple[str, ...], ...]
    fits: Floats
    listed: Floats


def stated(
    sample: QualitySample,
    words: Sequence[Sequence[str]],
    vocabulary: Vocabulary,
    tell: Callable[[int, int], None] | None = None,
) -> Stated:
    """Read every caption of a sample.

    Args:
        sample: the texts.
        words: the words of every text (`adsw.evaluate.words`).
        vocabulary: finds the terms; should be the one that the store was made with.
        tell: called with the number of texts read and the number of all.
    """
    holders = _Holders(sample.tags)
    is_list, is_caption = sample.of("tags"), sample.of("caption")
    added: list[tuple[str, ...]] = []
    fits, listed = np.full(len(sample), np.nan), np.full(len(sample), np.nan)
    for place, text in enumerate(sample.texts):
        tags = sample.words_for[place]
        extra: tuple[str, ...] = ()
        if not is_list[place] and tags:
            checked = CaptionChecker({"tags": tags}, vocabulary).check(text)
            extra = checked.added
            tags = tuple(tag for tag in tags if tag not in checked.missing)
        added.append(extra)
        fits[place] = holders.share(tags)
        if is_caption[place] and words[place]:
            track_tags = sample.tags[int(sample.track[place])]
            listed[place] = _listed(words[place], sample.words_for[place], track_tags)
        if tell is not None and (place + 1) % _TOLD == 0:
            tell(place + 1, len(sample))
    if tell is not None:
        tell(len(sample), len(sample))
    return Stated(tuple(added), fits, listed)


def _listed(words: Sequence[str], tags: Sequence[str], track_tags: Tags) -> float:
    """Compute the share of words that are in the tags, name a category of the track, or only list tags."""
    known = {word for tag in tags for word in words_of(tag)}
    known |= {word for category in track_tags for word in words_of(category)} | _LISTING
    return sum(word in known for word in words) / len(words)


class _Holders:
    """The tracks that have each tag, as bits of one integer: intersecting is one operation for all tracks."""

    def __init__(self, tags: Sequence[Tags]) -> None:
        holders: dict[str, list[int]] = {}
        for track, track_tags in enumerate(tags):
            for tag in {tag for given in track_tags.values() for tag in given}:
                holders.setdefault(tag, []).append(track)
        self._tracks = len(tags)
        self._bits = {tag: self._as_bits(tracks) for tag, tracks in holders.items()}

    def _as_bits(self, tracks: Sequence[int]) -> int:
        """Return an integer with the bits of some tracks set."""
        flags = np.zeros(self._tracks, dtype=np.uint8)
        flags[tracks] = 1
        return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")

    def share(self, tags: Sequence[str]) -> float:
        """Return the share of the other tracks that have all of some tags of a track; NaN if there are no others."""
        if self._tracks < 2:
            return float("nan")
        if not tags:
            return 1.0
        common = self._bits[tags[0]]
        for tag in tags[1:]:
            common &= self._bits[tag]
        return (common.bit_count() - 1) / (self._tracks - 1)

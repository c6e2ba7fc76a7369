"""What texts state of their tags: missing tags, terms beyond them, how many tracks the rest would fit."""

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
"""A caption is a copy of its tag list where so many of its words are the tags', or only list them."""
_LISTING = frozenset({"and", "or", "with", "tag", "tags", "caption"})
_TOLD = 5000


@dataclass(frozen=True, slots=True)
class Stated:
    """What M texts state.

    Attributes:
        added: the names of the vocabulary's terms that a caption states beyond its tags, [M].
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
        words: of every text (`adsw.evaluate.words`).
        vocabulary: best the one that the store was made with.
        tell: is told of progress.
    """
    holders = _Holders(sample.tags)
    is_list, is_caption = sample.of("tags"), sample.of("caption")
    added: list[tuple[str, ...]] = []
    fits, listed = np.full(len(sample), np.nan), np.full(len(sample), np.nan)
    for place, text in enumerate(sample.texts):
        tags = sample.words_for[place]
        extra: tuple[str, ...] = ()
        if not is_list[place] and tags:
            found = CaptionChecker({"tags": tags}, vocabulary).check(text)
            extra = found.added
            tags = tuple(tag for tag in tags if tag not in found.missing)
        added.append(extra)
        fits[place] = holders.share(tags)
        if is_caption[place] and words[place]:
            own = sample.tags[int(sample.track[place])]
            listed[place] = _listed(words[place], sample.words_for[place], own)
        if tell is not None and (place + 1) % _TOLD == 0:
            tell(place + 1, len(sample))
    if tell is not None:
        tell(len(sample), len(sample))
    return Stated(tuple(added), fits, listed)


def _listed(words: Sequence[str], tags: Sequence[str], own: Tags) -> float:
    """Share of words that stand in the tags, name a category, or join a list."""
    known = {word for tag in tags for word in words_of(tag)}
    known |= {word for category in own for word in words_of(category)} | _LISTING
    return sum(word in known for word in words) / len(words)


class _Holders:
    """Which tracks have a tag, as bits of one integer."""

    def __init__(self, tags: Sequence[Tags]) -> None:
        holders: dict[str, list[int]] = {}
        for track, own in enumerate(tags):
            for tag in {tag for given in own.values() for tag in given}:
                holders.setdefault(tag, []).append(track)
        self._tracks = len(tags)
        self._bits = {tag: self._as_bits(tracks) for tag, tracks in holders.items()}

    def _as_bits(self, tracks: Sequence[int]) -> int:
        flags = np.zeros(self._tracks, dtype=np.uint8)
        flags[tracks] = 1
        return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")

    def share(self, tags: Sequence[str]) -> float:
        """Share of the tracks, but for the one meant, that have all of some tags."""
        if self._tracks < 2:
            return float("nan")
        if not tags:
            return 1.0
        common = self._bits[tags[0]]
        for tag in tags[1:]:
            common &= self._bits[tag]
        return (common.bit_count() - 1) / (self._tracks - 1)

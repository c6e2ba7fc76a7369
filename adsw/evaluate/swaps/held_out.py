"""Swaps whose replacement is a term that training never showed: does what TextSwap teaches reach beyond its words?

A term is *held out* if no text of the train split states it, in any of its forms, under any of its categories or
inside another term: neither tags nor captions nor human captions, nor a swapped text (so it was no replacement
either). New swaps of the evaluated split put such terms in, and, for comparison, the same places are filled once more
with terms that training did show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from adsw.align.block import Block
from adsw.augment.swap import swap
from adsw.augment.vocabulary import OTHER, Reading, Vocabulary, builtin
from adsw.draws import generator
from adsw.encode.protocol import TextEncoder
from adsw.encode.store import Store
from adsw.evaluate.swaps.outcome import Pairs
from adsw.evaluate.tags.labels import TagLists, tags_of

SEED = 0
PER_TRACK = 3
"""Places filled per track at most."""
MOST_TRACKS = 500
"""Tracks taken: the first ones of the split, which is a random choice (a store orders its tracks by a hash)."""


@dataclass(frozen=True)
class HeldOut:
    """Which terms of a vocabulary training has shown.

    Attributes:
        vocabulary: the built-in one with the corpus's tags.
        seen: indices of the terms shown.
        unseen: those that were not, and can be put into a text.
    """

    vocabulary: Vocabulary
    seen: frozenset[int]
    unseen: frozenset[int]

    @classmethod
    def of(cls, vocabulary: Vocabulary, texts: Iterable[str], tags: Iterable[str]) -> HeldOut:
        """From the distinct texts and tags of the train split."""
        stated = {hit.form.surface for text in texts for hit in vocabulary.read(text).hits}
        seen = vocabulary.given_by(part for whole in stated | set(tags) for part in _parts(whole))
        fit = {place for place, term in enumerate(vocabulary.terms) if not term.tag_only and term.category != OTHER}
        return cls(vocabulary, seen & fit, frozenset(fit - seen))

    def count(self) -> dict[str, int]:
        """Unseen terms by category."""
        return dict(sorted(Counter(self.vocabulary.terms[place].category for place in self.unseen).items()))

    def preferring(self, chosen: frozenset[int]) -> Vocabulary:
        """The vocabulary with some terms as the corpus's, which swaps prefer; the indices of the terms stay."""
        terms = [replace(term, in_corpus=place in chosen) for place, term in enumerate(self.vocabulary.terms)]
        return Vocabulary(terms, self.vocabulary.grammars, self.vocabulary.names)


@dataclass(frozen=True)
class Filled:
    """n places in texts of a split, each filled with an unseen term and with a seen one.

    Attributes:
        unseen: pairs of the texts; their kind is the category of the place.
        seen: pairs at the same places.
        tokens: float16 [M, T_t, D_t], which the rows of both are of.
        used: the unseen terms that were put in, sorted.
    """

    unseen: Pairs
    seen: Pairs
    tokens: NDArray[np.float16]
    used: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    track: int
    own: int
    category: str
    term: str
    unseen: str
    seen: str


def store_vocabulary(store: Store) -> Vocabulary:
    """The vocabulary that a store's swaps were made with: the built-in one and the tags of all its tracks."""
    tags: dict[str, set[str]] = {}
    for split in store.splits:
        for track in tags_of(store.table(split, columns=["tags"])):
            for category, own in track.items():
                tags.setdefault(category, set()).update(own)
    return builtin().extended({category: sorted(tags[category]) for category in sorted(tags)})


def filled_places(block: Block, tags: Sequence[TagLists], held: HeldOut, encoder: TextEncoder) -> Filled | None:
    """Make and encode the swaps of a split's texts.

    Args:
        block: the split.
        tags: of its tracks.
        held: which terms training has shown.
        encoder: of the store's texts.

    Returns:
        The places; None where no text has one.
    """
    places = list(_places(block, tags, held))
    if not places:
        return None
    number: dict[str, int] = {}
    unseen, seen = (
        np.array([number.setdefault(getattr(place, name), len(number)) for place in places], dtype=np.int64)
        for name in ("unseen", "seen")
    )
    originals, own = np.unique([place.own for place in places], return_inverse=True)
    # As in the store: the heads were trained on half-precision inputs.
    encoded = encoder.encode(list(number)).astype(np.float16)
    tracks = np.array([place.track for place in places], dtype=np.int64)
    kinds = [place.category for place in places]
    return Filled(
        Pairs(tracks, own, unseen + len(originals), kinds),
        Pairs(tracks, own, seen + len(originals), kinds),
        np.concatenate([block.text_embeddings[originals], encoded]),
        tuple(sorted({place.term for place in places})),
    )


def _parts(term: str) -> Iterator[str]:
    """A term and the phrases inside it: who was shown *hard rock* was shown *rock*."""
    words = term.split()
    for first in range(len(words)):
        for last in range(first + 1, len(words) + 1):
            yield " ".join(words[first:last])


def _places(block: Block, tags: Sequence[TagLists], held: HeldOut) -> Iterator[_Place]:
    """The places of every track: its categories in a drawn order, until there are enough."""
    fill = _Fill(held)
    chosen = _full_texts(block)
    for track in range(min(len(block), MOST_TRACKS)):
        name = block.track_ids[track]
        own_tags = tuple(tag for own in tags[track].values() for tag in own)
        texts = [(int(row), str(block.texts[int(row)].as_py())) for row in chosen[block.track_of_text[chosen] == track]]
        readings = {row: held.vocabulary.read(text) for row, text in texts}
        asked = [(row, category) for row, reading in readings.items() for category in fill.categories(reading)]
        order = generator(SEED, name, "held-out").permutation(len(asked))
        found = 0
        for row, category in (asked[place] for place in order):
            made = fill.both(readings[row], category, own_tags, (name, row - int(block.offsets[track])))
            if made is not None:
                yield _Place(track, row, category, *made)
                found += 1
            if found == PER_TRACK:
                break


def _full_texts(block: Block) -> NDArray[np.int64]:
    """Texts that state all tags of their track, and human captions; no swaps."""
    full = np.zeros(len(block), dtype=np.int64)
    np.maximum.at(full, block.track_of_text, block.kept)
    is_full = (block.view < 0) | (block.kept == full[block.track_of_text])
    return np.flatnonzero((block.swap_of < 0) & is_full)


class _Fill:
    """Fills a place twice."""

    def __init__(self, held: HeldOut) -> None:
        self._held = held
        self._unseen, self._seen = held.preferring(held.unseen), held.preferring(held.seen)
        self._index = {(term.category, term.term): place for place, term in enumerate(held.vocabulary.terms)}

    def categories(self, reading: Reading) -> list[str]:
        """The categories of a text's terms, sorted."""
        terms = self._held.vocabulary.terms
        return sorted({terms[hit.form.term].category for hit in reading.hits})

    def both(
        self, reading: Reading, category: str, own: tuple[str, ...], key: tuple[object, ...]
    ) -> tuple[str, str, str] | None:
        """The unseen term put in, the text with it, and the text with a seen term in the same place; else None."""
        unseen = self._filled(reading, category, own, key, self._unseen, self._held.unseen)
        seen = self._filled(reading, category, own, key, self._seen, self._held.seen)
        # The same draws replace the same term, but where it has no replacement in one of the two.
        if unseen is None or seen is None or unseen[0] != seen[0]:
            return None
        return unseen[1], unseen[2], seen[2]

    def _filled(
        self,
        reading: Reading,
        category: str,
        own: tuple[str, ...],
        key: tuple[object, ...],
        vocabulary: Vocabulary,
        allowed: frozenset[int],
    ) -> tuple[str, str, str] | None:
        """The term replaced, the one put for it, and the text; None where no allowed one can be put."""
        rng = generator(SEED, *key, category)
        made = swap(reading.text, vocabulary, own, rng, 1, (category,), reading)
        if made is None or self._index[category, made.terms[0][1]] not in allowed:
            return None
        return *made.terms[0], made.text

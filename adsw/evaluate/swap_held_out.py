"""Swaps whose replacement is a term that training never showed, to test whether TextSwap teaches more than its words.

A term is *held out* if no text of the train split states it, in any of its forms, under any of its categories or
inside another term: tag list, caption, human caption or swapped text (so it was no replacement
either). New swaps of the evaluated split put such terms in, and, for comparison, the same places are filled once more
with terms that training did show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from adsw.augment.bank import vocabulary_of
from adsw.augment.swap import swap
from adsw.augment.vocabulary import OTHER, Reading, Vocabulary
from adsw.draws import generator
from adsw.encoders.protocol import TextEncoder
from adsw.evaluate.tagging_prompts import TagLists, tags_of
from adsw.retrieval.swap_stored import Pairs
from adsw.store.store import Store
from adsw.train.block import Block

SEED = 0
PER_TRACK = 3
"""Most places filled per track."""
MOST_TRACKS = 500
"""Most tracks used: the first ones of the split, which is a random choice (a store orders its tracks by a hash)."""


@dataclass(frozen=True)
class HeldOut:
    """The terms of a vocabulary that training has shown, and those that it has not.

    Attributes:
        vocabulary: the built-in one with the corpus's tags.
        seen: indices of the terms shown that can be put into a text.
        unseen: indices of the terms not shown that can.
    """

    vocabulary: Vocabulary
    seen: frozenset[int]
    unseen: frozenset[int]

    @classmethod
    def of(cls, vocabulary: Vocabulary, texts: Iterable[str], tags: Iterable[str]) -> HeldOut:
        """Divide the terms of a vocabulary by what training showed.

        Args:
            vocabulary: the terms.
            texts: distinct texts of the train split, swaps included.
            tags: its distinct tags.
        """
        stated = {hit.form.surface for text in texts for hit in vocabulary.read(text).hits}
        seen = vocabulary.given_by(part for whole in stated | set(tags) for part in _parts(whole))
        fit = {place for place, term in enumerate(vocabulary.terms) if not term.tag_only and term.category != OTHER}
        return cls(vocabulary, seen & fit, frozenset(fit - seen))

    def count(self) -> dict[str, int]:
        """Return the number of unseen terms by category, sorted."""
        return dict(sorted(Counter(self.vocabulary.terms[place].category for place in self.unseen).items()))

    def preferring(self, chosen: frozenset[int]) -> Vocabulary:
        """Return the vocabulary with only the chosen terms marked as the corpus's, which swaps prefer.

        Indices of terms stay the same.
        """
        terms = [replace(term, in_corpus=place in chosen) for place, term in enumerate(self.vocabulary.terms)]
        whole = self.vocabulary
        return Vocabulary(terms, whole.grammars, whole.names, whole.single)


@dataclass(frozen=True)
class Filled:
    """n places in texts of a split, each filled with an unseen term and with a seen one.

    Attributes:
        unseen: n pairs (own text, text with an unseen term); their kind is the category of the place.
        seen: n pairs with a seen term at the same places.
        tokens: float16 [M, T_t, D_t], embeddings of the texts of both.
        used: the unseen terms that were put in, sorted.
    """

    unseen: Pairs
    seen: Pairs
    tokens: NDArray[np.float16]
    used: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """One place in a text of a split.

    Attributes:
        track: row of the track.
        own: row of its text in the block.
        category: category of the term replaced.
        term: the unseen term put in.
        unseen: the text with it.
        seen: the text with a seen term instead.
    """

    track: int
    own: int
    category: str
    term: str
    unseen: str
    seen: str


def store_vocabulary(store: Store) -> Vocabulary:
    """Return the vocabulary that a store's swaps were made with: the built-in one and the tags of all its tracks."""
    return vocabulary_of([tags for split in store.splits for tags in tags_of(store.table(split, columns=["tags"]))])


def filled_places(block: Block, tags: Sequence[TagLists], held: HeldOut, encoder: TextEncoder) -> Filled | None:
    """Make and encode the swaps of a split's texts.

    Args:
        block: the split, N tracks.
        tags: the tags of each track, by category.
        held: the terms that training has shown and has not.
        encoder: the one that embedded the store's texts.

    Returns:
        The filled places; None if no text has one.
    """
    places = list(_places(block, tags, held))
    if not places:
        return None
    number: dict[str, int] = {}
    unseen, seen = (
        np.array([number.setdefault(getattr(place, name), len(number)) for place in places], dtype=np.int64)
        for name in ("unseen", "seen")
    )
    # `tokens` holds the original texts first, then the new ones.
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
    """Yield a term and the phrases inside it: a text with *hard rock* shows *rock* as well."""
    words = term.split()
    for first in range(len(words)):
        for last in range(first + 1, len(words) + 1):
            yield " ".join(words[first:last])


def _places(block: Block, tags: Sequence[TagLists], held: HeldOut) -> Iterator[_Place]:
    """Yield up to `PER_TRACK` places of every track, trying the categories of its texts in a drawn order."""
    fill = _Fill(held)
    chosen = _full_texts(block)
    for track in range(min(len(block), MOST_TRACKS)):
        name = block.track_ids[track]
        track_tags = tuple(tag for names in tags[track].values() for tag in names)
        texts = [(int(row), str(block.texts[int(row)].as_py())) for row in chosen[block.track_of_text[chosen] == track]]
        readings = {row: held.vocabulary.read(text) for row, text in texts}
        asked = [(row, category) for row, reading in readings.items() for category in fill.categories(reading)]
        order = generator(SEED, name, "held-out").permutation(len(asked))
        count = 0
        for row, category in (asked[place] for place in order):
            # Keyed by the text's place within its track, so that draws do not depend on the other tracks of the block.
            made = fill.both(readings[row], category, track_tags, (name, row - int(block.offsets[track])))
            if made is not None:
                yield _Place(track, row, category, *made)
                count += 1
            if count == PER_TRACK:
                break


def _full_texts(block: Block) -> NDArray[np.int64]:
    """Return the rows of the texts of full views and of human captions, without swaps, int64."""
    full = np.zeros(len(block), dtype=np.int64)
    np.maximum.at(full, block.track_of_text, block.kept)
    is_full = (block.view < 0) | (block.kept == full[block.track_of_text])
    return np.flatnonzero((block.swap_of < 0) & is_full)


class _Fill:
    """Fills a place with an unseen term and with a seen one."""

    def __init__(self, held: HeldOut) -> None:
        self._held = held
        self._unseen, self._seen = held.preferring(held.unseen), held.preferring(held.seen)
        self._index = {(term.category, term.term): place for place, term in enumerate(held.vocabulary.terms)}

    def categories(self, reading: Reading) -> list[str]:
        """Return the categories of a text's terms, sorted."""
        terms = self._held.vocabulary.terms
        return sorted({terms[hit.form.term].category for hit in reading.hits})

    def both(
        self, reading: Reading, category: str, own: tuple[str, ...], key: tuple[object, ...]
    ) -> tuple[str, str, str] | None:
        """Fill one place of a text with an unseen term and with a seen one.

        Args:
            reading: the text, read with the vocabulary.
            category: category of the term to replace.
            own: tags of the track, which no replacement may state.
            key: of the draws.

        Returns:
            The unseen term, the text with it and the text with the seen term; None if either is impossible.
        """
        unseen = self._filled(reading, category, own, key, self._unseen, self._held.unseen)
        seen = self._filled(reading, category, own, key, self._seen, self._held.seen)
        # The same draws replace the same term, unless it has no replacement in one of the two.
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
        """Return the term replaced, its replacement and the new text; None if no allowed term can replace one."""
        rng = generator(SEED, *key, category)
        made = swap(reading.text, vocabulary, own, rng, 1, (category,), reading)
        if made is None or self._index[category, made.terms[0][1]] not in allowed:
            return None
        return *made.terms[0], made.text

from __future__ import annotations

import numpy as np
import pyarrow as pa

from adsw.augment.vocabulary import builtin
from adsw.evaluate.swap_accuracy import texts_of
from adsw.evaluate.swap_held_out import PER_TRACK, HeldOut, filled_places
from adsw.retrieval.swap_stored import SEVERAL, stored_pairs
from adsw.train.block import Block
from tests.adsw.train.synthetic import DIMENSIONS, table_of, text_of


class Lengths:
    """Encodes a text as its length."""

    def encode(self, texts: list[str]) -> np.ndarray:
        shape = (len(texts), DIMENSIONS.text_tokens, DIMENSIONS.text_features)
        return np.broadcast_to(np.array([len(text) for text in texts], dtype=np.float32)[:, None, None], shape)


def table() -> pa.Table:
    own = [
        text_of("slow jazz", kept=2),
        text_of("slow", kept=1, view=1),
        text_of("slow jazz", "caption", kept=2),
        text_of("A slow piano tune.", "human", 0, -1),
        text_of("fast jazz", kept=2, swap_of=0, swap_terms=1, swap_categories=["tempo"]),
        text_of("fast rock", kept=2, swap_of=0, swap_terms=2, swap_categories=["tempo", "genre"]),
        text_of("fast jazz", "caption", kept=2, swap_of=2, swap_terms=1, swap_categories=["tempo"]),
        text_of("A slow harp tune.", "human", 0, -1, swap_of=3, swap_terms=1, swap_categories=["instrument"]),
    ]
    return table_of({"one": own, "two": [text_of("calm")]})


def test_stored_pairs_by_hand() -> None:
    stored = stored_pairs(Block.from_table(table(), DIMENSIONS))
    # The caption's pair is the tags' over again: the same strings count once per track.
    assert stored.pairs.own.tolist() == [0, 0, 3]
    assert stored.pairs.swapped.tolist() == [4, 5, 7]
    assert stored.pairs.tracks.tolist() == [0, 0, 0]
    assert stored.pairs.kinds == ["tempo", SEVERAL, "instrument"]
    assert stored.sources == ["tags", "tags", "human"]
    assert stored.terms.tolist() == [1, 2, 1]
    assert (stored.originals, stored.unswapped) == (5, 2)


def test_all_texts_of_a_table_each_once() -> None:
    halves = pa.concat_tables([table().slice(0, 1), table().slice(1)])
    assert texts_of(halves) == sorted(
        {"slow jazz", "slow", "A slow piano tune.", "fast jazz", "fast rock", "calm", "A slow harp tune."}
    )


def test_a_term_seen_in_any_form_or_sense_is_not_held_out() -> None:
    vocabulary = builtin()
    held = HeldOut.of(vocabulary, ["Two oboes play hard rock, slowly."], ["Baroque"])
    named = {(vocabulary.terms[place].category, vocabulary.terms[place].term) for place in held.unseen}
    for seen in (("instrument", "oboe"), ("genre", "hard rock"), ("genre", "rock"), ("tempo", "slow")):
        assert seen not in named
    assert not {category for category, term in named if term.lower() == "baroque"}
    assert ("instrument", "harp") in named
    assert held.seen.isdisjoint(held.unseen)
    assert held.count()["instrument"] > 50


def test_places_are_filled_twice_and_differ_in_one_term() -> None:
    vocabulary = builtin()
    held = HeldOut.of(vocabulary, ["slow fast jazz rock piano harp violin calm sad moderate"], [])
    block = Block.from_table(table(), DIMENSIONS)
    filled = filled_places(block, [{"tempo": ["slow"], "genre": ["jazz"]}, {"mood": ["calm"]}], held, Lengths())
    assert filled is not None
    assert len(filled.unseen) == len(filled.seen) == len(filled.unseen.kinds)
    assert set(filled.unseen.kinds) <= {"tempo", "genre", "instrument", "mood"}
    assert np.bincount(filled.unseen.tracks).max() <= PER_TRACK
    assert (filled.unseen.own == filled.seen.own).all()
    assert max(filled.unseen.swapped.max(), filled.seen.swapped.max()) < len(filled.tokens)
    unseen = {vocabulary.terms[place].term for place in held.unseen}
    assert set(filled.used) <= unseen
    again = filled_places(block, [{"tempo": ["slow"], "genre": ["jazz"]}, {"mood": ["calm"]}], held, Lengths())
    assert again is not None
    assert again.used == filled.used


def test_no_place_to_fill() -> None:
    held = HeldOut.of(builtin(), [], [])
    block = Block.from_table(table_of({"one": [text_of("xyzzy")]}), DIMENSIONS)
    assert filled_places(block, [{}], held, Lengths()) is None

"""The bank of a track's texts."""

from __future__ import annotations

import time
from collections import Counter
from math import comb
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from adsw.augment.bank import BankConfig, BankText, corpus_vocabulary, track_texts, wanted_swaps
from adsw.augment.captions.template import TemplateCaptioner
from adsw.augment.vocabulary import builtin
from adsw.corpus.track import Track
from adsw.store.schema import SOURCES, TEXT

TAGS: dict[str, tuple[str, ...]] = {
    "form": ("jig",),
    "instrument": ("flute", "church organ"),
    "mode": ("minor",),
    "tempo": ("slow",),
}
HUMAN = ("A slow jig on a flute.", "Zebras sing.", "A slow jig on a flute.", "  ")


def track(**changes: Any) -> Track:
    fields: dict[str, Any] = {"track_id": "t1", "tags": TAGS, "captions": HUMAN, "audio": None, "start_s": None}
    fields |= {"duration_s": None, "split": "train", "group": "g", "dataset": "d"}
    return Track(**{**fields, **changes})


def texts_of(one: Track | None = None, **config: int) -> list[BankText]:
    return track_texts(one or track(), BankConfig(**config), builtin(), TemplateCaptioner())


def test_the_order_is_views_then_human_captions_then_swaps() -> None:
    texts = texts_of()
    originals = [text for text in texts if text.swap_of < 0]
    assert texts[: len(originals)] == originals
    of_views = [text for text in originals if text.view >= 0]
    assert originals[: len(of_views)] == of_views
    assert [text.source for text in of_views] == ["tags", "caption"] * (len(of_views) // 2)
    assert [text.view for text in of_views] == [index // 2 for index in range(len(of_views))]
    assert [text.text for text in originals[len(of_views) :]] == ["A slow jig on a flute.", "Zebras sing."]
    assert {text.source for text in originals} == set(SOURCES)
    swaps = texts[len(originals) :]
    assert [text.swap_of for text in swaps] == sorted(text.swap_of for text in swaps)


def test_captions_come_with_what_they_say_of_the_tags() -> None:
    texts = texts_of()
    template = TemplateCaptioner()
    for text in texts:
        if text.swap_of >= 0 or text.source == "tags":
            assert (text.captioner, text.attempts, text.coverage, text.added) == (None, None, None, None)
        elif text.source == "caption":
            made_by = f"{template.name}@{template.version}"
            assert (text.captioner, text.attempts, text.coverage, text.added) == (made_by, 1, 1.0, 0)
    human = {text.text: (text.coverage, text.added) for text in texts if text.source == "human" and text.swap_of < 0}
    # Of jig, flute, church organ, minor, slow the first states three.
    assert human == {"A slow jig on a flute.": (pytest.approx(0.6), 0), "Zebras sing.": (0.0, 0)}
    (bare,) = [text for text in texts_of(track(tags={}, captions=("A jig.",))) if text.swap_of < 0]
    assert (bare.coverage, bare.added) == (None, None)
    jazz = next(text for text in texts_of(track(captions=("Some jazz.",))) if text.text == "Some jazz.")
    assert (jazz.coverage, jazz.added) == (0.0, 1)


@pytest.mark.parametrize("limit", [1, 2, 3, 64])
def test_every_kept_count_is_there_and_its_weights_sum_to_one(limit: int) -> None:
    for source in ("tags", "caption"):
        texts = [text for text in texts_of(views_per_count=limit) if text.swap_of < 0 and text.source == source]
        for kept in range(1, 6):
            level = [text for text in texts if text.kept == kept]
            assert sum(text.weight_none for text in level) == pytest.approx(1)
            assert sum(text.weight_category for text in level) == pytest.approx(1)
            assert sum(text.weight_none > 0 for text in level) == min(limit, comb(5, kept))
            tags = [text.text.casefold() for text in level]
            given = ("jig", "flute", "church organ", "minor", "slow")
            assert all(sum(tag in text for tag in given) == kept for text in tags)


def test_swaps_point_at_their_originals() -> None:
    texts = texts_of(swaps_per_text=3, swaps_per_category=2)
    vocabulary = builtin()
    forbidden = vocabulary.forbidden_by(tag for tags in TAGS.values() for tag in tags)
    swaps = [text for text in texts if text.swap_of >= 0]
    assert len(swaps) > len(texts) // 2
    for text in swaps:
        original = texts[text.swap_of]
        assert original.swap_of == -1
        assert text.text != original.text
        assert (text.source, text.kept, text.view) == (original.source, original.kept, original.view)
        assert (text.weight_none, text.weight_category) == (0.0, 0.0)
        assert 1 <= text.swap_terms <= 3
        assert 1 <= len(text.swap_categories) <= text.swap_terms
        before = {hit.form.term for hit in vocabulary.read(original.text).hits}
        put_in = {hit.form.term for hit in vocabulary.read(text.text).hits} - before
        assert put_in
        assert not put_in & forbidden
    for index in range(len(texts)):
        mine = [text.text for text in swaps if text.swap_of == index]
        assert len(set(mine)) == len(mine)
    nothing = next(index for index, text in enumerate(texts) if text.text == "Zebras sing.")
    assert not [text for text in swaps if text.swap_of == nothing]


def test_originals_are_no_swaps() -> None:
    for text in texts_of(swaps_per_text=0, swaps_per_category=0):
        assert (text.swap_of, text.swap_terms, text.swap_categories) == (-1, 0, ())


def test_a_track_decides_alone() -> None:
    assert texts_of() == texts_of()
    assert texts_of() != texts_of(track(track_id="t2"))
    assert texts_of() != texts_of(seed=1)


def test_tracks_without_tags_or_captions() -> None:
    assert texts_of(track(tags={}, captions=())) == []
    assert texts_of(track(tags={"mood": ("",)}, captions=("",))) == []
    only = texts_of(track(tags={}, captions=("A flute.",)))
    assert [text.source for text in only] == ["human", "human"]
    assert only[1].swap_of == 0
    assert {text.source for text in texts_of(track(captions=()))} == {"tags", "caption"}


def test_the_order_of_tags_is_drawn_for_every_view() -> None:
    full = {
        next(t.text for t in texts_of(track(track_id=str(number))) if t.kept == 5 and t.source == "tags")
        for number in range(30)
    }
    assert len(full) > 20
    assert {frozenset(text.split(", ")) for text in full} == {frozenset(tag for tags in TAGS.values() for tag in tags)}


def test_the_fields_are_those_of_the_schema() -> None:
    assert [field.name for field in TEXT] == list(BankText.__dataclass_fields__)


def test_the_corpus_vocabulary_depends_on_the_tags_and_not_on_their_order() -> None:
    tracks = [track(tags={"form": ("clog dance",)}), track(tags={"mode": ("lydian",), "form": ("jig", "air")})]
    one, other = corpus_vocabulary(tracks), corpus_vocabulary(tracks[::-1])
    assert one.terms == other.terms
    assert {term.term for term in one.terms if term.in_corpus} == {"clog dance", "jig", "air", "lydian"}
    assert corpus_vocabulary(tracks, corpus_vocabulary([track()])).category_of("clog dance") == "form"


@pytest.mark.parametrize(
    "wrong",
    [
        {"views_per_count": 0},
        {"levels": 0},
        {"most_views": 0},
        {"swaps_per_text": -1},
        {"swap_max_terms": 0},
        {"views": 3},
        {"seed": "x"},
    ],
)
def test_wrong_settings(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BankConfig(**wrong)


@pytest.mark.parametrize(
    "text",
    ["🎻 flute 🎺", "موسيقى هادئة flute", "?!", "a flute " * 12_500, "x" * 100_000, "é\u0301\u200f", "NULL\x00flute"],
)
def test_hostile_tags_and_captions_become_texts_that_arrow_can_hold(text: str) -> None:
    strange = track(tags={"genre": (text,), "mood": ("sad",)}, captions=(text,))
    began = time.process_time()
    vocabulary = corpus_vocabulary([strange])
    texts = track_texts(strange, BankConfig(), vocabulary, TemplateCaptioner(vocabulary))
    assert time.process_time() - began < 10
    assert pa.array([made.text for made in texts], pa.string()).to_pylist() == [made.text for made in texts]
    assert {"tags", "caption", "human"} == {made.source for made in texts}


MANY: dict[str, tuple[str, ...]] = {
    "instrument": ("flute", "cello", "church organ", "banjo"),
    "genre": ("jazz", "folk", "techno"),
    "mood": ("sad", "calm"),
}


def test_captions_of_so_many_views_a_count() -> None:
    """The views and their tag texts stay; of each count and law only the first ones drawn get a caption."""
    many = track(tags=MANY, captions=())
    every = [text for text in texts_of(many, views_per_count=4) if text.swap_of < 0]
    some = [text for text in texts_of(many, views_per_count=4, captions_per_count=1) if text.swap_of < 0]
    kept = Counter(text.kept for text in every if text.source == "caption")
    assert [text.text for text in some if text.source == "tags"] == [t.text for t in every if t.source == "tags"]
    for count in range(1, 10):
        captions = [text for text in some if text.source == "caption" and text.kept == count]
        listed = comb(9, count) <= 4
        assert len(captions) == kept[count] if listed else 1 <= len(captions) <= 2 < kept[count]
        assert sum(text.weight_none for text in captions) == pytest.approx(1)
        assert sum(text.weight_category for text in captions) == pytest.approx(1)
        tagged = {text.view for text in some if text.source == "tags" and text.kept == count}
        assert {text.view for text in captions} <= tagged
    assert texts_of(many, views_per_count=4, captions_per_count=64) == texts_of(many, views_per_count=4)


@pytest.mark.parametrize(
    ("split", "config", "counts"),
    [
        ("train", {"held_out_levels": 2}, list(range(1, 10))),
        ("valid", {"held_out_levels": 2}, [1, 9]),
        ("test", {"held_out_levels": 3, "levels": 5}, [1, 5, 9]),
        ("train", {"held_out_levels": 3, "levels": 5}, [1, 3, 5, 7, 9]),
        ("valid", {"levels": 5}, [1, 3, 5, 7, 9]),
        ("valid", {}, list(range(1, 10))),
    ],
)
def test_kept_counts_of_tracks_that_are_not_trained_on(split: str, config: dict[str, int], counts: list[int]) -> None:
    texts = texts_of(track(tags=MANY, captions=(), split=split), **config)
    assert sorted({text.kept for text in texts}) == counts


def test_swaps_within_categories() -> None:
    held = ["genre", "genre", "instrument", "instrument", "instrument", "mood"]
    config = BankConfig(swap_max_terms=3, swaps_per_text=1, swaps_within_categories=True)
    single = [(1, ("genre",)), (1, ("instrument",)), (1, ("mood",))]
    of_two = [(2, None), (2, ("genre",)), (2, ("instrument",))]
    assert list(wanted_swaps(held, config)) == [*single, *of_two, (3, None), (3, ("instrument",))]
    without = config.model_copy(update={"swaps_within_categories": False})
    assert list(wanted_swaps(held, without)) == [*single, (2, None), (3, None)]
    # Of one category only, what is drawn from all is of it already.
    assert list(wanted_swaps(["mood"] * 3, config)) == [(1, ("mood",)), (2, None), (3, None)]
    texts = texts_of(track(tags=MANY, captions=()), levels=1, swaps_within_categories=True)
    made = {(text.swap_terms, text.swap_categories) for text in texts if text.swap_of >= 0}
    assert {(2, ("mood",)), (2, ("genre",)), (3, ("genre",)), (2, ("instrument",)), (3, ("instrument",))} <= made
    assert (3, ("mood",)) not in made

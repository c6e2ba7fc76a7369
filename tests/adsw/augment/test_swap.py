"""TextSwap: its guarantees on any text, its English, its laws."""

from __future__ import annotations

import re
import time
from collections import Counter
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.augment.denial import Denial
from adsw.augment.english import Words, case_of
from adsw.augment.swap import ARTICLE, Swap, swap, swappable
from adsw.augment.vocabulary import Vocabulary, builtin
from adsw.draws import generator

SURFACES = sorted({surface for term in builtin().terms for surface in term.surfaces})
TAGS = st.lists(st.sampled_from(SURFACES) | st.text(max_size=8), max_size=6)
GLUE = st.sampled_from(
    [" ", " ", ", ", ". ", "-", "/", " a ", " an ", " no ", " and ", "\n", "'s ", " 🎻 ", " مرحبا ", "\ud800", ": "]
)
CASES = st.sampled_from([str, str.upper, str.title, str.capitalize, str.lower])
WORDS = st.builds(lambda surface, case: case(surface), st.sampled_from(SURFACES), CASES) | st.text(max_size=6)
TEXTS = st.lists(st.tuples(WORDS, GLUE), max_size=14).map(lambda parts: "".join(word + glue for word, glue in parts))


def swapped(
    text: str, own: list[str] | None = None, seed: int = 0, vocabulary: Vocabulary | None = None, **more: object
) -> Swap | None:
    return swap(text, vocabulary or builtin(), own or [], generator(seed), **more)  # type: ignore[arg-type]


def some(text: str, count: int = 40, **more: object) -> list[Swap]:
    return [made for seed in range(count) if (made := swapped(text, seed=seed, **more)) is not None]  # type: ignore[arg-type]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(TEXTS, TAGS, st.integers(0, 5), st.integers(1, 5))
def test_the_guarantees(text: str, own: list[str], seed: int, max_terms: int) -> None:
    vocabulary = builtin()
    made = swapped(text, own, seed, max_terms=max_terms)
    assert made == swapped(text, own, seed, max_terms=max_terms)
    if made is None:
        return
    denial = Denial(Words(text))
    for span in made.spans:
        if span.category != ARTICLE:
            assert span.start not in denial
            surface, new = text[span.start : span.end], made.text[span.new_start : span.new_end]
            assert not surface.islower() or new == new.lower()
            assert case_of(surface) != "upper" or new == new.upper()
            assert not surface[:1].isupper() or not new[:1].islower()
    # Outside the replaced spans the texts agree.
    read = new_read = 0
    for span in made.spans:
        assert text[read : span.start] == made.text[new_read : span.new_start]
        read, new_read = span.end, span.new_end
    assert text[read:] == made.text[new_read:]
    # What is put in is of the same category, and could be true neither of the track nor of the text.
    assert 1 <= len(made.terms) == len(made.categories) <= max_terms
    for (old, new), category in zip(made.terms, made.categories, strict=True):
        assert {old, new} <= set(vocabulary.terms_in(category))
    assert {span.category for span in made.spans} - {"article"} == set(made.categories)
    forbidden = vocabulary.forbidden_by(own) | vocabulary.forbidden_by(m.surface for m in vocabulary.find(text))
    new_spans = [span for span in made.spans if span.category != "article"]
    for hit in vocabulary.read(made.text).hits:
        if any(hit.start < span.new_end and span.new_start < hit.end for span in new_spans):
            assert hit.form.term not in forbidden or _is_said_in_broader_words(hit.form.term, text)


def _is_said_in_broader_words(term: int, text: str) -> bool:
    """Whether the text names something broader, which what is put in must be too."""
    vocabulary = builtin()
    present = {hit.form.term for hit in vocabulary.read(text).hits}
    return not present.isdisjoint(vocabulary.kinship.above[term])


def test_never_an_alias_of_an_own_tag() -> None:
    own = ["R&B", "synthesiser", "hip-hop", "melancholic", "eighties"]
    texts = "A jazz piece, some techno, a violin, a happy feel, from the 1920s."
    put_in = {new for made in some(texts, 300, own=own) for _, new in made.terms}
    assert len(put_in) > 100
    assert not put_in & {
        "R&B",
        "synthesizer",
        "synth pad",
        "hip hop",
        "rap",
        "sad",
        "melancholic",
        "1980s",
        "20th century",
    }


def test_neighbours_replaced_together_make_no_forbidden_term_at_their_seam() -> None:
    vocabulary = builtin()
    banned = vocabulary.forbidden_by(["heavy metal", "hard rock", "acid jazz"])
    for made in some(
        "a sad techno, a calm folk, soft disco", 400, own=["heavy metal", "hard rock", "acid jazz"], max_terms=6
    ):
        assert not [hit for hit in vocabulary.read(made.text).hits if hit.form.term in banned]


@pytest.mark.parametrize(
    "text", ["", "   ", "!?...", "🎻🎻🎻", "مرحبا بالعالم", "\ud800\udfff", "no terms stand here", "x" * 100_000]
)
def test_nothing_to_swap(text: str) -> None:
    assert swapped(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "a flute " * 12_500,
        "no drums " * 11_000,
        "slow, " * 16_000,
        "🎻 flute\ud800" * 9_000,
        "a-" * 50_000,
        "e\u0301tude " * 14_000,
        "&/" * 50_000,
    ],
)
def test_long_hostile_texts_take_no_time(text: str) -> None:
    began = time.process_time()
    made = swapped(text)
    assert time.process_time() - began < 5
    assert made is None or made.text != text


def test_every_place_of_a_term_is_replaced_as_one() -> None:
    made = swapped("A flute. The flute's tone, two flutes.", seed=3)
    assert made is not None
    assert len(made.terms) == 1
    assert len([span for span in made.spans if span.category == "instrument"]) == 3
    assert "flute" not in made.text


def test_what_the_text_denies_is_left_alone() -> None:
    for text in (
        "There are no drums.",
        "It isn't sad at all.",
        "a song without violins or flutes",
        "No drums, bass or vocals.",
        "hardly any piano, free of guitars",
        "There is no piano in this song!",
    ):
        assert swapped(text) is None, text
    for made in some("no drums, but a flute; not sad but calm"):
        assert {old for old, _ in made.terms} <= {"flute", "calm"}


@pytest.mark.parametrize("seed", range(20))
def test_articles(seed: int) -> None:
    made = swapped("An oboe plays a jig in a sad mood on AN OBOE; a Bach chorale, a French horn.", seed=seed)
    assert made is not None
    for article, word in re.findall(r"\b(an?) (\S+)", made.text, re.IGNORECASE):
        from adsw.augment.english import article_for

        assert article.lower() == article_for(word)
    assert made.text[0] == "A"
    assert re.search(r"\bon (AN?) [A-Z]{2}", made.text)


def test_number_is_kept() -> None:
    singular = set(builtin().terms_in("instrument"))
    for made in some("two violins, and another cello here", 100, categories=["instrument"], max_terms=1):
        (span,) = made.spans
        put_in = made.text[span.new_start : span.new_end]
        if made.terms[0][0] == "cello":
            assert put_in in {form[0] for t in builtin().terms for slot, form in t.forms.items() if slot == "singular"}
        else:
            assert put_in not in singular or put_in.endswith(("s", "pipes", "i"))


def test_adjectives_nouns_and_adverbs_stay_what_they_are() -> None:
    slots = {
        surface: slot
        for term in builtin().terms
        if term.category == "mood"
        for slot, f in term.forms.items()
        for surface in f[:1]
    }
    for text, slot in (
        ("a feeling of sadness all over", "noun"),
        ("they play sadly here", "adverb"),
        ("a sad piece", "adjective"),
    ):
        for made in some(text):
            (span,) = [span for span in made.spans if span.category == "mood"]
            assert slots[made.text[span.new_start : span.new_end]] == slot


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("FLUTE SOLO", str.isupper), ("flute alone", lambda s: s.islower() or s in SURFACES),
        ("Flutes rule", lambda s: s[:1].isupper()),
        ("Bass Guitar Hero", str.istitle), ("so irish!", str.islower), ("so Irish!", lambda s: s[:1].isupper()),
    ],
)  # fmt: skip
def test_case(text: str, looks: object) -> None:
    kept = [made.text[made.spans[0].new_start : made.spans[0].new_end] for made in some(text)]
    letters = [surface for surface in kept if surface.replace(" ", "").replace("-", "").isalpha()]
    assert len(letters) > 20
    assert all(looks(surface) for surface in letters)  # type: ignore[operator]


def test_only_the_wanted_categories() -> None:
    text = "A slow Irish jig on the flute, happy."
    for made in some(text, categories=["tempo", "mood"]):
        assert set(made.categories) <= {"tempo", "mood"}
    assert swapped(text, categories=["composer"]) is None
    assert swapped(text, categories=[]) is None


def test_the_number_of_terms_is_uniform_up_to_what_there_is() -> None:
    text = "A slow Irish jig on the flute."
    counts = Counter(len(made.terms) for made in some(text, 1200))
    assert sorted(counts) == [1, 2, 3]
    assert all(abs(count - 400) < 80 for count in counts.values())
    assert {len(made.terms) for made in some(text, 100, max_terms=9)} == {1, 2, 3, 4}
    assert {len(made.terms) for made in some("a flute", 20)} == {1}
    assert swapped(text, max_terms=0) is None


def test_replacements_are_uniform() -> None:
    vocabulary = Vocabulary([t for t in builtin().terms if t.category == "texture"], {"texture": "adjective"})
    text = "heterophonic in texture"
    counts = Counter(made.terms[0][1] for made in some(text, 3000, vocabulary=vocabulary))
    expected = 3000 / len(counts)
    assert len(counts) > 10
    assert all(abs(count - expected) < 6 * expected**0.5 for count in counts.values())


def test_the_corpus_comes_first_where_two_of_its_terms_are_left() -> None:
    corpus = builtin().extended(
        {"instrument": ["oboe", "church organ", "flute"], "mode": ["minor"], "metre": ["3/4 time", "6/8 time"]}
    )
    put_in = {new for made in some("a flute", vocabulary=corpus) for _, new in made.terms}
    assert put_in == {"oboe", "church organ"}
    put_in = {new for made in some("a flute", own=["oboe"], vocabulary=corpus) for _, new in made.terms}
    assert len(put_in) > 10
    assert "oboe" not in put_in
    # An item of a list takes the corpus's terms in whatever form.
    put_in = {
        new for made in some("slow, timpani", categories=["instrument"], vocabulary=corpus) for _, new in made.terms
    }
    assert put_in == {"oboe", "church organ", "flute"}
    put_in = {
        new for made in some("the timpani play", categories=["instrument"], vocabulary=corpus) for _, new in made.terms
    }
    assert not put_in & {"oboe", "church organ", "flute"}


def test_where_the_corpus_does_not_fit_others_are_put() -> None:
    """Two terms of the corpus may be put, but both would make a term with the word before: any other is taken."""
    corpus = builtin().extended({"genre": ["rock", "metal"]})
    put_in = {new for made in some("hard techno", vocabulary=corpus, categories=["genre"]) for _, new in made.terms}
    assert "rock" not in put_in
    only = corpus.extended({"genre": ["techno"]})
    made = some("hard techno, heavy techno", 60, vocabulary=only, categories=["genre"])
    assert made
    assert not {new for swapped in made for _, new in swapped.terms} & {"rock", "metal"}


def test_what_has_no_other_term_of_its_kind_stays() -> None:
    only = Vocabulary([term for term in builtin().terms if term.term == "flute"], {"instrument": "noun"})
    assert swapped("a flute", vocabulary=only) is None
    assert swapped("a flute", own=["instrument"], vocabulary=builtin()) is not None


def test_exactly_as_many_terms_as_asked_for() -> None:
    text = "A slow Irish jig on the flute, happy."
    for terms in range(1, 6):
        sets = Counter(frozenset(old for old, _ in made.terms) for made in some(text, 150, exactly=terms))
        assert {len(chosen) for chosen in sets} == {terms}
        assert len(sets) == comb(5, terms)
        assert min(sets.values()) > 0.3 * 150 / comb(5, terms)
    assert swapped(text, exactly=6) is None
    assert swapped(text, exactly=2, categories=["tempo"]) is None
    assert swappable(builtin().read(text), builtin(), []) == ("tempo", "region", "form", "instrument", "mood")


def test_what_another_term_implies_stays_and_binds_the_replacement() -> None:
    """A text of a harmonium, free reeds must not become one of a violin, free reeds."""
    vocabulary = builtin().extended({"family": ["free reeds", "woodwind"]})
    text, own = "harmonium, free reeds", ["harmonium", "free reeds"]
    assert swappable(vocabulary.read(text), vocabulary, own) == ("instrument",)
    (family,) = (i for i in vocabulary.given_by(["free reeds"]) if vocabulary.terms[i].category == "family")
    swaps = some(text, own=own, vocabulary=vocabulary)
    assert len({made.text for made in swaps}) > 2
    for made in swaps:
        assert made.text.endswith(", free reeds")
        (put_in,) = (hit.form.term for hit in vocabulary.read(made.text).hits if hit.form.term != family)
        assert family in vocabulary.kinship.above[put_in]


def test_no_word_stands_twice_in_a_row() -> None:
    for made in some("oboe flute, flute oboe drum, drum", 200, max_terms=1):
        assert not re.search(r"\b(\w+) \1\b", made.text)
    for made in some("a bodhr\u00e1n-like oboe, a banjo bodhr\u00e1n", 200):
        assert "bodhr\u00e1n bodhr\u00e1n" not in made.text


def test_a_gerund_is_replaced_by_a_gerund() -> None:
    vocabulary = builtin().extended({"vocals": ["vocals"]})
    for text in ("vocal singing over it", "with singing all over", "someone whistling here"):
        for made in some(text, 30, vocabulary=vocabulary, max_terms=1):
            (span,) = made.spans
            old, new = text[span.start : span.end], made.text[span.new_start : span.new_end]
            assert old.endswith("ing") == new.endswith("ing"), made.text


def test_a_reading_can_be_shared() -> None:
    text = "A slow Irish jig on the flute."
    reading = builtin().read(text)
    assert swapped(text, reading=reading) == swapped(text)


def test_the_tags_own_categories_stay_apart() -> None:
    for made in some("slow, minor, 3/4 time, flute", 60, max_terms=4):
        assert len(made.text.split(", ")) == 4
        for (_, new), category in zip(made.terms, made.categories, strict=True):
            assert builtin().category_of(new) == category

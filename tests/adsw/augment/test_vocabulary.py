"""Finding terms, what they mean, and vocabularies made of others."""

from __future__ import annotations

import pickle
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.augment.terms import MOST_WORDS, Term
from adsw.augment.vocabulary import Vocabulary, builtin
from adsw.errors import InputError


def found(text: str, vocabulary: Vocabulary | None = None) -> list[tuple[str, str]]:
    return [(match.surface, match.term) for match in (vocabulary or builtin()).find(text)]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("hip hop", "hip hop"), ("hip-hop", "hip hop"), ("hiphop", "hip hop"), ("HIP HOP", "hip hop"),
        ("drum and bass", "drum and bass"), ("d&b", "drum and bass"), ("drum & bass", "drum and bass"),
        ("Drum'n'bass", "drum and bass"), ("drumnbass", "drum and bass"), ("dnb", "drum and bass"),
        ("R&B", "R&B"), ("rnb", "R&B"), ("r & b", "R&B"), ("rhythm and blues", "R&B"), ("r'n'b", "R&B"),
        ("rock 'n' roll", "rock and roll"), ("rocknroll", "rock and roll"), ("3/4 time", "3/4 time"),
        ("étude", "étude"), ("etudes", "étude"), ("synthesiser", "synthesizer"), ("synthesizers", "synthesizer"),
        ("double basses", "double bass"), ("acousticguitar", "acoustic guitar"), ("80's", "1980s"), ("80s", "1980s"),
        ("eighteenth century", "18th century"), ("triple meter", "triple metre"), ("celli", "cello"),
        ("acappella", "a cappella"), ("cappella", "a cappella"), ("a cappella", "a cappella"),
    ],
)  # fmt: skip
def test_spellings_aliases_and_plurals(text: str, term: str) -> None:
    assert found(text) == [(text, term)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("an acoustic guitar", ["acoustic guitar"]),
        ("the violin's tone, two violas' tones", ["violin", "violas"]),
        ("a piano-driven waltz", ["piano", "waltz"]),
        ("pianist, rocky, jazzed, subfolk", []),
        ("hip, hop", []),
        ("13/4 and 3/45", []),
        ("guitar,piano;drums/bass", ["guitar", "piano", "drums", "bass"]),
        ("bass drum and bass", ["bass drum", "bass"]),
        ("hard rock, rock hard", ["hard rock", "rock"]),
        ("I want to rock and to march", []),
        ("on a major label, in D major", ["major"]),
        ("🎻violin🎻 مرحبا piano", ["violin", "piano"]),
        ("", []),
        ("!!! ... ---", []),
    ],
)
def test_boundaries_and_longest_matches(text: str, expected: list[str]) -> None:
    assert [surface for surface, _ in found(text)] == expected


def test_matches_say_where_they_are() -> None:
    text = "naïve: e\u0301tude"
    (match,) = builtin().find(text)
    assert text[match.start : match.end] == match.surface == "e\u0301tude"
    assert (match.term, match.category) == ("étude", "form")


def test_a_match_swallows_its_article_and_no_other_word() -> None:
    assert [(m.surface, m.start) for m in builtin().find("an a cappella group, a waltz")] == [
        ("a cappella", 3),
        ("waltz", 23),
    ]


PIECES = st.sampled_from(
    [
        "flute",
        "rock",
        "hip hop",
        "R&B",
        "3/4 time",
        "Étude",
        "slow",
        "zebra",
        " ",
        ", ",
        "-",
        "&",
        "/",
        "'",
        "\n",
        "🎻",
        "ا",
        "\ud800",
        "e\u0301",
    ]
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(PIECES, max_size=20).map("".join) | st.text(max_size=40))
def test_matches_are_in_order_apart_and_true_of_the_text(text: str) -> None:
    end = 0
    for match in builtin().find(text):
        assert end <= match.start < match.end
        assert text[match.start : match.end] == match.surface
        assert match.term in {builtin().canonical(match.surface), *builtin().aliases(match.surface)}
        end = match.end


def test_every_builtin_form_is_known_and_most_are_found_whole() -> None:
    vocabulary = builtin()
    for term in vocabulary.terms:
        for surface in term.surfaces:
            assert term.category in vocabulary.senses(surface)
            if not term.tag_only and not (term.unless_after or term.unless_before):
                assert [match.surface for match in vocabulary.find(surface)] == [surface]


def test_the_builtin_vocabulary_is_large_and_covers_music() -> None:
    vocabulary = builtin()
    assert len(vocabulary.terms) > 1000
    wanted = {"genre", "instrument", "family", "mood", "tempo", "metre", "mode", "era", "vocals", "texture", "form"}
    wanted |= {"production", "theme", "region", "register", "dynamics", "composer"}
    assert wanted <= set(vocabulary.categories)
    assert all(len(vocabulary.terms_in(category)) >= 5 for category in wanted)


def test_a_term_of_two_categories_is_resolved_by_the_order_and_reported() -> None:
    vocabulary = builtin()
    assert vocabulary.senses("baroque") == ("era", "genre")
    assert vocabulary.category_of("Baroque") == "era"
    conflict = next(c for c in vocabulary.conflicts if c.surface == "baroque")
    assert (conflict.chosen, conflict.others) == ("era:baroque", ("genre:baroque",))


def test_what_is_not_known_is_none() -> None:
    vocabulary = builtin()
    assert vocabulary.category_of("zebra") is None
    assert vocabulary.canonical("zebra") is None
    assert vocabulary.aliases("zebra") == ()
    assert vocabulary.senses("...") == ()


def test_aliases_leave_out_the_term_itself() -> None:
    aliases = builtin().aliases("drum and bass")
    assert "d&b" in aliases
    assert "drum and bass" not in aliases


def test_replacements_are_of_the_category_and_none_close_to_what_is_forbidden() -> None:
    vocabulary = builtin()
    offered = vocabulary.replacements("flute", ["acoustic guitar", "brass"])
    assert {"oboe", "violin", "electric guitar"} <= set(offered)
    assert not {"flute", "alto flute", "guitar", "acoustic guitar", "trumpet", "tuba"} & set(offered)
    assert set(offered) <= set(vocabulary.terms_in("instrument"))
    assert set(vocabulary.replacements("mode")) == {
        term.term for term in vocabulary.terms if term.category == "mode" and not term.tag_only
    }
    assert vocabulary.replacements("zebra") == []


# Closeness


@pytest.mark.parametrize(
    ("tags", "forbidden", "allowed"),
    [
        (["sad"], ["sorrowful", "melancholic", "gloomy"], ["happy", "epic"]),
        (["acoustic guitar"], ["guitar", "plucked strings", "strings"], ["electric guitar", "violin"]),
        (["guitar"], ["electric guitar", "acoustic guitar"], ["violin"]),
        (["woodwind"], ["flute", "oboe", "saxophone"], ["violin", "brass"]),
        (["woodwind", "flute"], ["flute", "alto flute"], ["oboe", "clarinet", "brass"]),
        (["rock"], ["hard rock", "punk rock", "rock and roll"], ["jazz"]),
        (["3/4 time"], ["triple metre", "waltz time"], ["4/4 time", "6/8 time"]),
        (["a slow rock tune"], ["slow", "adagio", "rock"], ["fast", "jazz"]),
        (["Irish"], ["British", "Celtic"][1:], ["Scottish"]),
        (["zebra"], [], ["flute"]),
    ],
)
def test_what_tags_forbid(tags: list[str], forbidden: list[str], allowed: list[str]) -> None:
    vocabulary = builtin()
    banned = {surface for i in vocabulary.forbidden_by(tags) for surface in vocabulary.terms[i].surfaces}
    assert set(forbidden) <= banned
    assert not set(allowed) & banned


def test_closeness_is_mutual_and_remembered_without_end_of_memory() -> None:
    vocabulary = builtin()
    close = vocabulary.kinship.close
    assert all(index in close[other] for index in range(len(close)) for other in close[index])
    for number in range(600):
        vocabulary.forbidden_by((f"tag {number}", "flute"))
    assert len(vocabulary._forbidden) <= 256


# Extension by a corpus


def test_a_corpus_adds_categories_tags_and_its_own_spelling() -> None:
    vocabulary = builtin().extended(
        {
            "form": ["clog dance", "jig"],
            "collection": ["Ryan's Mammoth", "Essen"],
            "instrument": ["church organ", "Upright Bass"],
            "other": ["flute", "zebra"],
            "mode": ["..."],
        }
    )
    assert vocabulary.category_of("clog dance") == "form"
    assert found("two clog dances", vocabulary) == [("clog dances", "clog dance")]
    assert vocabulary.terms_in("collection") == ("Ryan's Mammoth", "Essen")
    assert vocabulary.canonical("double bass") == "Upright Bass"
    assert vocabulary.category_of("zebra") is None
    ours = {term.term for term in vocabulary.terms if term.in_corpus}
    assert ours == {"clog dance", "jig", "Ryan's Mammoth", "Essen", "church organ", "Upright Bass", "flute"}


def test_the_corpus_decides_between_senses() -> None:
    assert builtin().category_of("fast") == "tempo"
    extended = builtin().extended({"mood/theme": ["fast", "film", "deep"]})
    assert extended.category_of("fast") == "mood"
    assert extended.category_of("film") == "theme"
    assert extended.category_of("deep") == "mood"
    assert found("a deep sound") == []
    assert found("a deep sound", extended) == [("deep", "deep")]
    assert extended.meaning_of("mood/theme", "film") == "theme"
    assert extended.meaning_of("mood/theme", "zebra") == "mood"
    assert extended.meaning_of("other", "zebra") == "other"
    assert extended.meaning_of("colour", "zebra") == "colour"


def test_a_phrase_is_no_adjective() -> None:
    extended = builtin().extended({"tradition": ["from Lorraine", "Scottish tune book", "Luxembourgish"]})
    slots = [extended.slot_of(tag, "region") for tag in ("from Lorraine", "Scottish tune book", "Luxembourgish")]
    assert slots == ["prepositional", "label", "adjective"]


def test_extension_leaves_the_original_alone_and_pickles() -> None:
    before = len(builtin().terms)
    extended = builtin().extended({"form": ["clog dance"]})
    assert len(builtin().terms) == before == len(extended.terms) - 1
    again = pickle.loads(pickle.dumps(extended))
    assert again.find("a slow clog dance") == extended.find("a slow clog dance")


def test_a_vocabulary_of_ones_own() -> None:
    terms = [
        Term("cat", "animal", "noun", {"singular": ("cat",), "plural": ("cats",)}),
        Term("dog", "animal", "noun", {"singular": ("dog",), "plural": ("dogs",)}),
    ]
    vocabulary = Vocabulary(terms, {"animal": "noun"})
    assert found("cats and a dog", vocabulary) == [("cats", "cat"), ("dog", "dog")]
    assert vocabulary.conflicts == ()


@pytest.mark.parametrize("tag", ["a flute " * 4000, "rock and " * 30 + "roll", "no drums, " * 2000])
def test_a_sentence_is_no_term_and_costs_no_time(tag: str) -> None:
    began = time.process_time()
    vocabulary = builtin().extended({"genre": [tag]})
    assert vocabulary.category_of(tag) is None
    assert vocabulary.terms_in("genre") == builtin().terms_in("genre")
    assert vocabulary.forbidden_by([tag]) >= vocabulary.forbidden_by([match.surface for match in vocabulary.find(tag)])
    assert time.process_time() - began < 5


def test_the_longest_term_is_one() -> None:
    longest = " ".join(["la"] * MOST_WORDS)
    assert builtin().extended({"genre": [longest, longest + " la"]}).terms_in("genre")[-1] == longest


def test_a_plus_is_an_ampersand() -> None:
    assert [match.term for match in builtin().find("drum+bass, drum + bass, R+B")] == ["drum and bass"] * 2 + ["R&B"]


def test_a_category_is_known_in_any_spelling() -> None:
    extended = builtin().extended({"Instrument": ["Flute", "glass armonica"], "GENRE": ["jazz"]})
    assert extended.categories == builtin().categories
    assert "glass armonica" in extended.terms_in("instrument")


def test_a_file_s_spellings_are_one(tmp_path: Path) -> None:
    file = tmp_path / "v.yaml"
    file.write_text(
        "humeur:\n  names: [Stimmung]\n  terms: ['re\u0301volte\u0301', 'tre\u0300s\u00a0calme']\n", "utf-8"
    )
    words = builtin().with_file(file)
    assert words.terms_in("humeur") == ("révolté", "très calme")
    assert words.meaning_of("STIMMUNG", "unknown") == "humeur"
    file.write_text("e\u0301: [a b]\n\u00e9: [c d]\n", "utf-8")
    with pytest.raises(InputError, match="stands twice"):
        builtin().with_file(file)


def test_a_file_says_of_which_categories_music_has_one_value(tmp_path: Path) -> None:
    assert builtin().single == {"tempo", "metre", "mode", "register", "era"}
    path = tmp_path / "terms.yaml"
    path.write_text("venue: {single: true, terms: [church]}\nera: {single: false}\ntempo: [brisk]\n")
    made = builtin().with_file(path)
    assert made.single == {"tempo", "metre", "mode", "register", "venue"}
    assert made.extended({"venue": ["hall"]}).single == made.single

"""a or an, plurals, lists and case."""

from __future__ import annotations

import pytest

from adsw.augment.english import article_for, in_case_of, join_list, plural_of, titled


@pytest.mark.parametrize(
    ("article", "words"),
    [
        ("a", "flute|ukulele|unison|uniform|user|European|one-part|Ukrainian|ubiquitous|house|hymn|D&B song|UK garage"),
        (
            "a",
            "1980s|3/4 time|110 bpm|RHYTHM|ROCK|yodel|K-pop|c minor|B-side|🎻|...|Ugandan",
        ),
        ("an", "oboe|étude|hour|honest|heir|R&B song|EDM|idm track|rnb|F major|e-guitar|a cappella|MC"),
        ("an", "8-bit|80s|808|18th century|11/8|1800s|unusual|unimportant|uilleann pipes|OBOE|Irish|upbeat|urban"),
    ],
)
def test_the_article_follows_the_sound(article: str, words: str) -> None:
    assert {word: article_for(word) for word in words.split("|")} == dict.fromkeys(words.split("|"), article)


def test_the_article_of_nothing_is_a() -> None:
    assert article_for("") == "a"


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("flute", "flutes"),
        ("double bass", "double basses"),
        ("music box", "music boxes"),
        ("march", "marches"),
        ("lullaby", "lullabies"),
        ("toy", "toys"),
        ("piano", "pianos"),
        ("child", "children"),
        ("wise woman", "wise women"),
    ],
)
def test_plurals(one: str, many: str) -> None:
    assert plural_of(one) == many


def test_lists() -> None:
    assert [join_list(list("abcd")[:count]) for count in range(5)] == [
        "",
        "a",
        "a and b",
        "a, b and c",
        "a, b, c and d",
    ]


@pytest.mark.parametrize(
    ("surface", "new", "expected"),
    [
        ("flute", "oboe", "oboe"),
        ("Flute", "pan flute", "Pan flute"),
        ("FLUTE", "oboe", "OBOE"),
        ("Bass Guitar", "pan flute", "Pan Flute"),
        ("Drum and Bass", "rock and roll", "Rock and Roll"),
        ("Irish", "Scottish", "Scottish"),
        ("Irish", "flute", "Flute"),
        ("irish", "Scottish", "scottish"),
        ("IRISH", "Scottish", "SCOTTISH"),
        ("rock", "R&B", "r&b"),
        ("R&B", "jazz", "JAZZ"),
        ("r&b", "EDM", "edm"),
        ("3/4 time", "4/4 time", "4/4 time"),
        ("3/4", "common time", "common time"),
    ],
)
def test_case_is_kept(surface: str, new: str, expected: str) -> None:
    assert in_case_of(surface, new) == expected


def test_titles_keep_small_words_and_capitals() -> None:
    assert titled("hip-hop of the R&B kind") == "Hip-Hop of the R&B Kind"

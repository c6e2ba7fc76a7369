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
    ("surface", "natural", "new", "starts", "expected"),
    [
        ("flute", "flute", "oboe", False, "oboe"),
        ("Flute", "flute", "pan flute", True, "Pan flute"),
        ("Flute", "flute", "oboe", False, "Oboe"),
        ("FLUTE", "flute", "oboe", False, "OBOE"),
        ("Bass Guitar", "bass guitar", "pan flute", False, "Pan Flute"),
        ("Drum and Bass", "drum and bass", "rock and roll", False, "Rock and Roll"),
        ("Irish", "Irish", "Scottish", False, "Scottish"),
        ("irish", "Irish", "Scottish", False, "scottish"),
        ("IRISH", "Irish", "Scottish", False, "SCOTTISH"),
        ("rock", "rock", "R&B", False, "R&B"),
        ("R&B", "R&B", "jazz", False, "jazz"),
        ("R&B", "R&B", "jazz", True, "Jazz"),
        ("r&b", "R&B", "EDM", False, "edm"),
        ("3/4 time", "3/4 time", "4/4 time", True, "4/4 time"),
        ("3/4", "3/4", "common time", True, "common time"),
    ],
)
def test_case_is_kept(surface: str, natural: str, new: str, starts: bool, expected: str) -> None:
    assert in_case_of(surface, natural, new, starts) == expected


def test_titles_keep_small_words_and_capitals() -> None:
    assert titled("hip-hop of the R&B kind") == "Hip-Hop of the R&B Kind"

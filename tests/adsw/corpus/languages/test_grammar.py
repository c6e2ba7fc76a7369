"""Queries in several languages: every term has its word, and the words agree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adsw.corpus.languages.grammar import LANGUAGES, METRE, queries, query_views, worded, write_queries
from adsw.corpus.languages.translations import TERMS
from adsw.corpus.quickstart import labels, performance, theory
from adsw.corpus.track import Track
from adsw.errors import InputError

IRISH = {
    "form": ("folk song",),
    "region": ("Irish",),
    "instrument": ("flute", "cello"),
    "family": ("woodwind",),
    "mode": ("major",),
    "metre": ("6/8 time",),
    "tempo": ("very fast",),
    "texture": ("two-part",),
    "register": ("high register",),
    "era": ("Renaissance",),
    "composer": ("Bach",),
    "collection": ("Aird's Airs",),
}


def vocabulary() -> dict[str, set[str]]:
    """Every tag that the quickstart can give, by category, as its own tables have them."""
    forms = {form for _, form, _ in labels._DANCES} | {form for _, form in labels._SONGS} | set(labels._MASS)
    forms |= {"folk song", "air", "chorale", "madrigal", "mass movement", "motet", "polyphonic song"}
    forms |= {"ballata", "caccia", "minuet", "scherzo"}
    composers = {"Bach", "Palestrina", "Monteverdi", "Haydn", "Mozart", "Beethoven", "O'Carolan", "Landini", "Piero"}
    composers |= {"Ciconia", "Gherardello", *labels._TRECENTO_NAMES.values()}
    return {
        "form": forms,
        "region": {tag for _, tag in labels._COUNTRIES} | set(labels._REGIONS.values()) | {"Italian"},
        "collection": set(labels._BOOKS.values()),
        "era": {*labels._ERAS.values(), "18th century"},
        "composer": composers,
        "ensemble": {"string quartet"},
        "instrument": {one.name for one in performance.INSTRUMENTS},
        "family": {one.family for one in performance.INSTRUMENTS},
        "mode": {"major", "minor", "pentatonic", "mixolydian", "dorian", "phrygian"},
        "tempo": {name for _, name in performance.TEMPO_CLASSES},
        "texture": {"monophonic", "chordal", *theory._NAMES.values()},
        "register": {"low register", "middle register", "high register"},
    }


def test_every_term_of_the_quickstart_has_its_words_and_there_are_no_others() -> None:
    assert {category: set(terms) for category, terms in TERMS.items()} == vocabulary()
    assert set(TERMS) | {"metre"} == set(labels.CATEGORIES)
    for category, terms in TERMS.items():
        for language in ("de", "es", "zh"):
            words = [getattr(said, language) for said in terms.values()]
            assert all(word.strip() == word and word for word in words)
            assert len(set(words)) == len(words), (category, language)  # no two terms are one


@pytest.mark.parametrize("language", ["de", "es", "zh"])
def test_every_term_can_be_said_alone(language: str) -> None:
    said = [worded({category: (term,)}, language) for category, terms in TERMS.items() for term in terms]
    assert len(set(said)) == len(said)
    assert not any(mark in text for text in said for mark in ("*", "|", "  "))
    assert "6/8" in worded({"metre": (f"6/8{METRE}",)}, language)


def test_nouns_have_a_gender_and_adjectives_their_forms() -> None:
    for words in TERMS["form"].values():
        assert words.de.rpartition(" ")[2] in {"m", "f", "n"}
        assert words.es.rpartition(" ")[2] in {"m", "f"}
        assert words.de[0].isupper() or "*" in words.de
    for category in ("region", "tempo", "texture"):
        for words in TERMS[category].values():
            assert len(words.es.split("|")) == 2 or words.es.startswith(("a ", "de "))
    # *Y* would have to become *e* before such words.
    assert not any(
        words.es.lower().startswith(("i", "hi"))
        for category in ("instrument", "ensemble", "texture", "tempo")
        for words in TERMS[category].values()
    )


@pytest.mark.parametrize(
    ("tags", "language", "expected"),
    [
        (
            IRISH,
            "en",
            "A very fast two-part Irish folk song for flute and cello, in major, in 6/8 time, in the high register, "
            "from the Renaissance, by Bach, from the collection Aird's Airs, of the woodwind family.",
        ),
        (
            IRISH,
            "de",
            "Ein sehr schnelles zweistimmiges irisches Volkslied für Flöte und Cello, in Dur, im 6/8-Takt, in "
            "hoher Lage, aus der Renaissance, von Bach, aus der Sammlung Aird's Airs, aus der Familie der "
            "Holzblasinstrumente.",
        ),
        (
            IRISH,
            "es",
            "Una canción popular irlandesa muy rápida y a dos voces para flauta y violonchelo, en modo mayor, en "
            "compás de 6/8, en el registro agudo, del Renacimiento, de Bach, de la colección Aird's Airs, de la "
            "familia de los instrumentos de viento madera.",
        ),
        (
            IRISH,
            "zh",
            "一首爱尔兰民歌，由长笛和大提琴演奏，极快速，两声部，大调，6/8拍，高音区，文艺复兴时期，巴赫作曲，"
            "选自曲集《Aird's Airs》，属于木管乐器。",
        ),
        ({"form": ("march",), "tempo": ("slow",)}, "de", "Ein langsamer Marsch."),
        ({"form": ("polka",), "tempo": ("slow",)}, "de", "Eine langsame Polka."),
        ({"form": ("sacred song",), "region": ("German",)}, "de", "Ein deutsches geistliches Lied."),
        ({"form": ("minuet",), "region": ("German",), "tempo": ("fast",)}, "es", "Un minueto alemán rápido."),
        ({"family": ("voices",), "tempo": ("slow",)}, "es", "Una pieza lenta, de la familia de las voces."),
        ({"instrument": ("choir",)}, "zh", "一首乐曲，由合唱团演唱。"),
        ({"region": ("Irish",)}, "en", "An Irish piece."),
    ],
)
def test_words_agree(tags: dict[str, tuple[str, ...]], language: str, expected: str) -> None:
    assert worded(tags, language) == expected


def test_a_track_is_asked_for_by_all_of_its_tags_and_by_half_of_them_in_every_language() -> None:
    whole, half = query_views(IRISH, "a")
    assert whole == IRISH
    kept = [(category, tag) for category, tags in half.items() for tag in tags]
    assert len(kept) == 6
    assert all(tag in IRISH[category] for category, tag in kept)
    assert query_views(IRISH, "a") == [whole, half]
    assert any(query_views(IRISH, str(n))[1] != half for n in range(5))
    assert query_views({"mode": ("major",)}, "a") == [{"mode": ("major",)}]
    for language in LANGUAGES:
        assert queries({"a": IRISH, "b": {}}, language) == [
            ("a", worded(whole, language)),
            ("a", worded(half, language)),
        ]


def test_what_has_no_translation_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        queries({"a": {"mood": ("sad",), "instrument": ("flute", "theremin")}}, "de")
    assert [fault.where for fault in caught.value.faults] == ["instrument: theremin", "mood: sad"]
    with pytest.raises(InputError, match="must be one of en, de, es, zh"):
        worded(IRISH, "fr")


def test_queries_of_held_out_tracks_are_written(tmp_path: Path) -> None:
    tracks = [Track(name, None, None, None, IRISH, (), name, "", "") for name in ("train", "valid", "test")]
    write_queries(tracks, tmp_path / "queries.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "queries.jsonl").read_text("utf-8").splitlines()]
    assert [(row["set"], row["track_id"]) for row in rows] == [
        (language, name) for language in LANGUAGES for name in ("valid", "valid", "test", "test")
    ]
    assert rows[4]["text"].startswith("Ein sehr schnelles")

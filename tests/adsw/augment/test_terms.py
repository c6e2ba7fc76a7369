"""Vocabulary files: what they may say, and every fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from adsw.augment.terms import read_terms
from adsw.augment.vocabulary import builtin
from adsw.errors import InputError

GOOD = """
genre:
  - hyperpunk
  - {term: jazz, aliases: [jazzzz], near: [blues]}
flavour:
  grammar: adjective
  names: [taste]
  groups:
    nice: [{term: sweetish, forms: {noun: sweetishness, adverb: [sweetishly]}}, sugary]
    warm: [toasty, sugary]
    sour: [acidic]
  kindred: [[nice, warm]]
instrument:
  - {term: nose flute, plural: nose flutes, parents: [woodwind]}
  - {term: bones, plural: false, slot: plural}
  - {term: gadget, unless_after: [kitchen], unless_before: [shop]}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_users_file_adds_and_comes_first(tmp_path: Path) -> None:
    vocabulary = builtin().with_file(write(tmp_path, GOOD))
    assert vocabulary.category_of("hyperpunk") == "genre"
    assert [m.term for m in vocabulary.find("jazzzz and Jazz, nose flutes")] == ["jazz", "jazz", "nose flute"]
    assert vocabulary.aliases("jazz")[0] == "jazzzz"
    assert "flavour" in vocabulary.categories
    assert vocabulary.meaning_of("taste", "sugary") == "flavour"
    assert vocabulary.find("a kitchen gadget, a gadget shop") == []
    assert len(vocabulary.find("a gadget")) == 1
    banned = {vocabulary.terms[i].term for i in vocabulary.forbidden_by(["jazz"])}
    assert {"blues", "smooth jazz"} <= banned


def test_groups_circle_and_kindred_groups_do_too(tmp_path: Path) -> None:
    vocabulary = builtin().with_file(write(tmp_path, GOOD))
    close = {vocabulary.terms[i].term for i in vocabulary.forbidden_by(["sweetish"])}
    assert close == {"sweetish", "sugary", "toasty"}
    assert vocabulary.replacements("sweetish") == ["acidic"]


def test_a_users_sense_wins_and_is_reported(tmp_path: Path) -> None:
    vocabulary = builtin().with_file(write(tmp_path, "genre: [baroque]\ntheme: [flute]"))
    assert vocabulary.category_of("baroque") == "genre"
    conflicts = {c.surface: c for c in vocabulary.conflicts}
    assert conflicts["flute"].chosen == "theme:flute"
    assert "instrument:flute" in conflicts["flute"].others


def test_an_empty_category_is_allowed(tmp_path: Path) -> None:
    assert read_terms(write(tmp_path, "smell: []"), "user").grammars == {"smell": "modifier"}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("genre: [a, {b", ["line 2", "not YAML"]),
        ("- genre", ["must map categories to terms"]),
        ("", ["is empty"]),
        ("genre: [{term: x, aliasses: [y]}]", ["genre", "aliasses", "Did you mean 'aliases'"]),
        ("genre: [{aliases: [y]}]", ["term", "is required"]),
        ("genre: {grammer: noun}", ["grammer", "Did you mean 'grammar'"]),
        ("genre: {grammar: verb}", ["grammar"]),
        ("genre: 3", ["genre", "list of terms"]),
        ("genre: [a]\nmood: [b]\ngenre: [c]", ["genre (line 3): stands on line 1 already"]),
        ("genre: [la la la la la la la la la la la la la]", ["at most 12 words"]),
        ("genre: [yes]", ["genre.0 (line 1)", "Write true, or quote it if it is text"]),
        ("genre: [3]", ["genre", "quote what YAML reads"]),
        ("genre: ['...']", ["letter or a digit"]),
        ("3: [x]", ["category's name must be text"]),
        ("mood: {groups: {sad: [x]}, kindred: [[sad, sed]]}", ["kindred", "sed", "Did you mean 'sad'"]),
    ],
)
def test_faults(tmp_path: Path, text: str, parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        read_terms(write(tmp_path, text), "user")
    for part in parts:
        assert part in str(caught.value)


def test_relations_to_terms_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        builtin().with_file(write(tmp_path, "genre: [{term: x, parents: [jaz], near: [nobody knows this]}, y]"))
    assert len(caught.value.faults) == 2
    assert "own.yaml: genre.x: unknown term 'jaz'. Did you mean 'jazz'?" in str(caught.value)


def test_all_faults_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_terms(
            write(tmp_path, "genre: [{term: x, plurals: y}, '?']\nmood: {gramar: noun}\n7: [x]\nera: ['!']"), "user"
        )
    assert len(caught.value.faults) == 4


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_terms(tmp_path / "none.yaml", "user")


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_bytes(b"genre: [\xff\xfe]")
    with pytest.raises(InputError, match="no text in UTF-8"):
        read_terms(path, "user")

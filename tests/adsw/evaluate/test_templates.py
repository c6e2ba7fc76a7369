from __future__ import annotations

from pathlib import Path

import pytest

from adsw.augment.vocabulary import builtin
from adsw.errors import InputError
from adsw.evaluate.tagging_prompts import DEFAULT, Templates, filled


def test_the_packages_templates_read_well_for_every_category_of_the_vocabulary() -> None:
    templates = Templates.read()
    for category in builtin().categories:
        own = templates.by_category.get(category, templates.by_category[DEFAULT])
        assert len(own) >= 3, category
        for template in own:
            prompt = filled(template, "oboe")
            assert "oboe" in prompt
            assert "{" not in prompt
    assert set(templates.by_category) - {DEFAULT, "collection"} <= set(builtin().categories)


def test_articles_follow_the_sound() -> None:
    assert filled("This is {a_tag}.", "air") == "This is an air."
    assert filled("This is {a_tag}, a {tag}.", "jig") == "This is a jig, a jig."


def test_a_tag_takes_the_templates_of_its_meaning() -> None:
    templates = Templates.read()
    assert templates.category_for(("genre", "jazz"), builtin()) == "genre"
    assert templates.category_for(("mood/theme", "film"), builtin()) == "theme"
    assert templates.category_for(("mood/theme", "sad"), builtin()) == "mood"
    assert templates.category_for(("shoe size", "44"), builtin()) == DEFAULT


def test_identity_follows_the_content(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("default: ['{tag}']\ngenre: ['{tag} music']\n")
    two.write_text("genre: ['{tag} music']\n\ndefault: ['{tag}']\n")
    assert Templates.read(one).identity == Templates.read(two).identity != Templates.read().identity


def test_every_fault_of_a_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "genre: []\n"
        "mood: 'sad {tag}'\n"
        "form: ['{tag}', '{tag}', 'nothing', '{tune}', '{tag!r}', '{tag:>9}', '{tag', 7, '']\n"
    )
    with pytest.raises(InputError) as caught:
        Templates.read(path)
    told = [str(fault) for fault in caught.value.faults]
    assert [line.split(":")[1].strip() for line in told[:2]] == ["genre", "mood"]
    for number, what in enumerate(
        ("must not stand twice", "must hold {tag}", "must hold {tag}", "must hold {tag}", "must hold {tag}"), start=2
    ):
        assert any(f"template {number}" in line and what in line for line in told), number
    assert any("template 7" in line and "is no template" in line for line in told)
    assert any("template 8" in line and "must be text" in line for line in told)
    assert any("template 9" in line for line in told)
    assert any(DEFAULT in line for line in told)


def test_a_list_is_no_file_of_templates(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("- '{tag}'\n")
    with pytest.raises(InputError, match="must map categories"):
        Templates.read(path)


def test_templates_and_categories_are_plain_texts(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text("default: ['a  {tag}\u00a0song']\ne\u0301ra: ['{tag} cafe\u0301']\n", "utf-8")
    assert Templates.read(file).by_category == {"default": ("a {tag} song",), "éra": ("{tag} café",)}


def test_a_category_in_capitals_takes_the_same_templates() -> None:
    templates = Templates.read()
    assert templates.category_for(("Genre", "jazz"), builtin()) == templates.category_for(("genre", "jazz"), builtin())

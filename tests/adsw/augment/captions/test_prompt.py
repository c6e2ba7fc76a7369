"""Prompts: those that come with the package, and what is wrong with others."""

from __future__ import annotations

from pathlib import Path

import pytest

from adsw.augment.captions.checks import CaptionChecker
from adsw.augment.captions.prompt import Prompt, prompt_named, prompt_names
from adsw.augment.vocabulary import builtin
from adsw.errors import InputError

VIEW = {"mood": ("sad",), "genre": ("jazz", "blues"), "empty": ()}


def test_the_paper_s_style_comes_with_the_package() -> None:
    assert {"paper", "categories", "listener", "search", "small"} == set(prompt_names())
    assert prompt_named("paper").examples


@pytest.mark.parametrize("name", ["paper", "categories", "listener", "search", "small"])
def test_every_prompt_asks_about_the_view(name: str) -> None:
    prompt = prompt_named(name)
    messages = prompt.messages(VIEW)
    assert [message["role"] for message in messages[-1:]] == ["user"]
    assert all(tag in messages[-1]["content"] for tag in ("sad", "jazz", "blues"))
    assert prompt.completion(VIEW).endswith("\nCaption:")
    assert prompt.description
    for example in prompt.examples:
        assert not any(CaptionChecker(example.tags, builtin()).check(example.caption)), example.caption
        assert example.caption in prompt.completion(VIEW)


def test_views_are_asked_in_one_order() -> None:
    prompt = prompt_named("paper")
    other = {"genre": ("blues", "jazz"), "mood": ("sad",)}
    assert prompt.messages(VIEW) == prompt.messages(other)
    assert prompt.messages(VIEW)[-1]["content"] == "Tags: blues, jazz, sad"
    assert "genre: blues, jazz; mood: sad" in prompt_named("categories").completion(VIEW)


def test_tags_with_braces_and_surrogates_are_only_tags() -> None:
    asked = prompt_named("paper").messages({"x": ("{tags}", "\ud800")})[-1]["content"]
    assert asked == "Tags: {tags}, ?"


def test_a_version_follows_what_the_model_is_told(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    versions = []
    for text in (
        "user: '{tags}'",
        "user: '{tags}!'",
        "user: '{tags}'\nsystem: Sing.",
        "description: D\nuser: '{tags}'",
    ):
        file.write_text(text)
        versions.append(prompt_named(str(file)).version)
    assert all(version.startswith("mine-") for version in versions)
    assert versions[0] == versions[3]
    assert len(set(versions)) == 3


def test_a_text_file_is_the_user_part(tmp_path: Path) -> None:
    file = tmp_path / "plain.txt"
    file.write_text("Describe {categories} in {{one}} line.")
    prompt = prompt_named(str(file))
    assert isinstance(prompt, Prompt)
    assert prompt.completion({"genre": ("jazz",)}) == "Describe genre: jazz in {one} line.\nCaption:"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("user: 'Describe {tag}.'", "Did you mean 'tags'"),
        ("user: 'Describe it.'", "has no place for the tags"),
        ("user: ' '", "is empty"),
        ("user: 'Describe {tags.'", "braces that do not pair up"),
        ("user: 'Describe {tags:>10}.'", "takes no format"),
        ("user: 7", "valid string"),
        ("system: Sing.", "is required"),
        ("user: '{tags}'\nusr: x", "Did you mean 'user'"),
        ("user: '{tags}'\nname: x", "is not written in the file"),
        ("user: '{tags}'\nexamples: [{tags: {genre: []}, caption: x}]", "holds no tag"),
        ("user: '{tags}'\nexamples: [{tags: {genre: [jazz]}, caption: ''}]", "at least 1 character"),
        ("- user", "must be a mapping"),
        ("", "is empty"),
    ],
)
def test_bad_prompts_are_clear_errors(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        prompt_named(str(file))
    assert str(file) in str(caught.value)


def test_all_faults_at_once(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("user: 'Say {tag} and {mood}.'\nexample: []\nexamples: [{tags: {genre: []}}]")
    with pytest.raises(InputError) as caught:
        prompt_named(str(file))
    assert len(caught.value.faults) == 6


def test_prompts_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Did you mean 'paper'"):
        prompt_named("papr")
    with pytest.raises(InputError, match="no such file"):
        prompt_named(str(tmp_path / "none.yaml"))
    with pytest.raises(InputError, match="cannot be read"):
        prompt_named(str(tmp_path / "none.txt"))

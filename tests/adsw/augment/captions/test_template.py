"""The template captioner: states the tags, nothing else, in many shapes and in readable English."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.augment.captions.captioner import captioner_named, captioner_names
from adsw.augment.captions.checks import CaptionCheck, CaptionChecker
from adsw.augment.captions.grammar import CLAUSES, FRAMES, LAST_RESORT, NOUNS, UNKNOWN
from adsw.augment.captions.protocol import Captioner
from adsw.augment.captions.template import TemplateCaptioner
from adsw.augment.english import article_for
from adsw.augment.vocabulary import builtin
from adsw.errors import InputError

VIEW = {
    "form": ("jig",),
    "region": ("Irish",),
    "era": ("18th century",),
    "instrument": ("church organ", "oboe"),
    "mode": ("minor",),
    "metre": ("6/8 time",),
    "tempo": ("slow",),
    "mood": ("sad",),
    "register": ("low register",),
}
BUILTIN_TAGS = {category: sorted(builtin().terms_in(category)) for category in builtin().categories}
ANY_CATEGORY = st.sampled_from([*BUILTIN_TAGS, "mood/theme", "colour", "shelf_mark", "other", "Über-kind"])


@st.composite
def views(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    view = {}
    for category in draw(st.lists(ANY_CATEGORY, min_size=1, max_size=6, unique=True)):
        pool = BUILTIN_TAGS.get(category, ["crimson", "A-17", "from Lorraine", "two words", "film", "slow tempo"])
        tags = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3, unique=True))
        view[category] = tuple(tags)
    return view


def captions(view: dict[str, tuple[str, ...]], count: int) -> list[str]:
    return [made.text for made in TemplateCaptioner().caption([view] * count, [str(key) for key in range(count)])]


def captioned(view: dict[str, tuple[str, ...]], key: str) -> str:
    (made,) = TemplateCaptioner().caption([view], [key])
    return made.text


@settings(max_examples=500, deadline=None, derandomize=True)
@given(views(), st.text(max_size=5))
def test_a_caption_states_all_tags_of_its_view_and_nothing_else(view: dict[str, tuple[str, ...]], key: str) -> None:
    caption = captioned(view, key)
    assert CaptionChecker(view, builtin()).check(caption) == CaptionCheck((), ())
    assert caption.strip() == caption
    assert caption[-1] == "."
    assert not re.search(r"[{}]|  |,,|\.\.|^[a-z]", caption.replace("J. S.", "").replace("W. A.", ""))
    assert caption == captioned(view, key)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.dictionaries(
        st.text(max_size=6),
        st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=3).map(tuple),
        min_size=1,
        max_size=4,
    )
)
def test_any_tags_at_all_are_stated(view: dict[str, tuple[str, ...]]) -> None:
    caption = captioned(view, "key")
    for tags in view.values():
        for tag in tags:
            assert tag.casefold() in caption.casefold()


@pytest.mark.parametrize(
    "tag", ["{x}", "{np}", "{clauses}", "{list}", "{category}", "\ud800", "🎻", "مرحبا", "a" * 10_000, "..."]
)
def test_hostile_tags(tag: str) -> None:
    view = {"mood": (tag,), "instrument": ("flute", tag), "{x}": (tag,)}
    for caption in captions(view, 30):
        assert tag.casefold() in caption.casefold()


def test_articles_are_right() -> None:
    for view in (VIEW, {"tempo": ("slow tempo",), "form": ("étude",), "ensemble": ("orchestra",), "era": ("1980s",)}):
        for caption in captions(view, 200):
            for article, word in re.findall(r"\b(an?) ([\w-]+)", caption, re.IGNORECASE):
                assert article.lower() == article_for(word), caption


def test_there_are_dozens_of_shapes() -> None:
    assert len(FRAMES) == len({frame.text + str((frame.before, frame.after)) for frame in FRAMES}) >= 40
    tags = sorted((tag for given in VIEW.values() for tag in given), key=len, reverse=True)
    of_a_tag = re.compile("|".join(map(re.escape, tags)), re.IGNORECASE)
    shapes = {of_a_tag.sub("#", caption) for caption in captions(VIEW, 600)}
    assert len(shapes) > 400
    shorter = {of_a_tag.sub("#", c) for size in range(1, 9) for c in captions(dict(list(VIEW.items())[:size]), 100)}
    assert len({" ".join(shape.split()[:3]) for shape in shapes | shorter}) >= 40


def test_every_frame_is_used_by_some_view() -> None:
    used = set()
    for size in range(1, len(VIEW) + 1):
        view = dict(list(VIEW.items())[-size:])
        for caption in captions(view, 150):
            for frame in FRAMES:
                fixed = [part for part in re.split(r"\{\w+\}", frame.text) if len(part.strip(" .,:;")) > 3]
                if all(part in caption for part in fixed):
                    used.add(frame)
    assert used == set(FRAMES)


def test_no_word_of_the_grammar_is_a_term() -> None:
    words = [frame.text for frame in FRAMES] + [LAST_RESORT, *(f"a {noun}." for noun in NOUNS)]
    for clauses in (*CLAUSES.values(), UNKNOWN):
        words += [*clauses.said, *clauses.after, *clauses.said_adjective, *clauses.after_adjective]
        words += [*clauses.said_repeated, *clauses.after_repeated]
    assert builtin().find("\n. ".join(re.sub(r"\{\w+\}", "#", text) for text in words)) == []


def test_other_keys_word_a_view_otherwise() -> None:
    assert len(set(captions(VIEW, 50))) > 45


def test_tags_that_would_be_read_as_one_are_kept_apart() -> None:
    view = {"tempo": ("slow",), "form": ("air",)}
    for caption in captions(view, 100):
        assert "slow air" not in caption.lower()
    assert captioned({"other": ("rock", "roll")}, "k").lower().count("rock and roll") == 0


def test_the_last_resort_is_a_list() -> None:
    # Every clause and frame for these joins them with "and", which makes a term of its own.
    vocabulary = builtin().extended({"colour": ["red and blue"]})
    view = {"colour": ("red", "blue")}
    made = TemplateCaptioner(vocabulary).caption([view] * 50, [str(n) for n in range(50)])
    assert {caption.text for caption in made} == {"Tagged: red, blue."}


def test_categories_by_other_names_and_senses() -> None:
    joined = " ".join(captions({"mood/theme": ("film", "happy")}, 60))
    assert "theme" in joined
    assert not re.search(r"feels film|film in mood|film piece|film track", joined)
    for caption in captions({"composer": ("traditional",)}, 40):
        assert "by traditional" not in caption
    for caption in captions({"tempo": ("slow tempo",)}, 40):
        assert "tempo is slow tempo" not in caption


def test_checks_tell_what_is_missing_and_what_was_added() -> None:
    found = CaptionChecker({"tempo": ("slow",), "instrument": ("flute",)}, builtin()).check("A slow jig on the violin.")
    assert found == CaptionCheck(("flute",), ("jig", "violin"))
    assert CaptionChecker({"genre": ("UK garage",)}, builtin()).check("UK GARAGE") == CaptionCheck((), ())


def test_captioners_by_name() -> None:
    made: Captioner = captioner_named("template")
    assert (made.name, made.version) == ("template", TemplateCaptioner.version)
    assert "template" in captioner_names()
    with pytest.raises(InputError, match="Did you mean 'template'"):
        captioner_named("templete")


def test_views_and_keys_must_pair_up() -> None:
    with pytest.raises(ValueError, match="zip"):
        TemplateCaptioner().caption([VIEW], [])

"""What a caption is in what language models answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.augment.captions.backend import Answer
from adsw.augment.captions.checks import is_english
from adsw.augment.captions.clean import Cleaned, Reason, clean

CAPTION = "A slow jazz track with piano."


@pytest.mark.parametrize(
    "answer",
    [
        CAPTION,
        f'"{CAPTION}"',
        f"\u201c{CAPTION}\u201d",
        f"  {CAPTION}\n\n",
        f"Caption: {CAPTION}",
        f"**Caption:** *{CAPTION}*",
        f"### Caption\n{CAPTION}",
        f"The caption is: {CAPTION}",
        f"Sure! {CAPTION}",
        f'Sure, here is a caption:\n\n"{CAPTION}"',
        f"Okay, so here's the one: {CAPTION}",
        f"Sure! Here's a caption for the music:\n**{CAPTION}**\n\nNote: I used all the tags.",
        f"<think>Jazz and piano, slow.</think>\n{CAPTION}",
        f"Jazz and piano, slow.\n</think>\n\n{CAPTION}",
        f"{CAPTION}<|im_end|>\n<|im_start|>user\nAnother one",
        f"1. {CAPTION}\n2. A jazz track that is slow.",
        f"Here are three captions:\n\n1) {CAPTION}\n2) Slow jazz.\n3) Piano jazz.",
        f"Option 1: {CAPTION}\nOption 2: Slow jazz.",
        f"- {CAPTION}\n- Slow jazz.",
        f'{{"caption": "{CAPTION}"}}',
        f'[{{"text": "{CAPTION}"}}]',
        f'```json\n{{"caption": "{CAPTION}"}}\n```',
        f"```\n{CAPTION}\n```",
        f"{CAPTION}\nTags: techno\nCaption: A techno track.",
        f"{CAPTION} I hope this helps!",
        f"{CAPTION} (Note: all tags are used.)",
        f"{CAPTION} This caption states all tags.",
        "A slow jazz track\nwith piano.",
        "A **slow** jazz track with `piano`.",
        "A slow\tjazz\u200b track  with piano.",
    ],
)
def test_the_caption_is_found(answer: str) -> None:
    assert clean(Answer(answer), 60) == Cleaned(CAPTION, None)


@pytest.mark.parametrize(
    "caption",
    [
        "Here is a slow waltz with violin.",
        "Here is a waltz: it is slow.",
        "Great drums, slow piano.",
        "The song is by J. S. Bach. It is slow.",
        "In 6/8: a jig.",
        "a track called 2*3*4 by snake_case_band",
        "Sentence structure is loose.",
        "It can't be slower.",
        "Music you can fall asleep to.",
        "A track for those who say \u201cI can't\u201d.",
    ],
)
def test_what_only_looks_like_wrapping_stays(caption: str) -> None:
    assert clean(Answer(caption), 60) == Cleaned(caption, None)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer("", refused=True), Reason.SERVER),
        (Answer(""), Reason.EMPTY),
        (Answer(" \n ... \n"), Reason.EMPTY),
        (Answer("Caption"), Reason.EMPTY),
        (Answer("<think></think>"), Reason.EMPTY),
        (Answer("I'm sorry, but I can't help with that."), Reason.REFUSAL),
        (Answer("Sure! I cannot listen to music."), Reason.REFUSAL),
        (Answer("As an AI language model, I have no ears."), Reason.REFUSAL),
        (Answer("Please provide the tags."), Reason.REFUSAL),
        (Answer("<think>Let me see, jazz"), Reason.UNFINISHED),
        (Answer("A slow jazz track with", finished=False), Reason.UNFINISHED),
        (Answer("slow " * 61), Reason.OVERLONG),
    ],
)
def test_what_is_no_caption_has_a_reason(answer: Answer, reason: Reason) -> None:
    assert clean(answer, 60) == Cleaned("", reason)


def test_long_and_unfinished_answers_end_after_a_sentence() -> None:
    assert clean(Answer(f"{CAPTION} It is calm. And it", finished=False), 60).text == f"{CAPTION} It is calm."
    assert clean(Answer(f"{CAPTION} It is calm."), 7).text == CAPTION
    assert clean(Answer(f"{CAPTION}\nA second one that was cut", finished=False), 60).text == CAPTION


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(max_size=300), st.booleans())
def test_anything_can_be_cleaned(text: str, finished: bool) -> None:
    found = clean(Answer(text, finished), 60)
    assert (found.text == "") == (found.reason is not None)
    assert len(found.text.split()) <= 60
    assert not set(found.text) & set("\n\r\t\x00")
    found.text.encode("utf-8")


MARKS = (
    *("<", "<|", "<|a|>", "<|channel|>", "x<|message|>", "<b ", "</think>", "[", "&", "&amp;", "\u25c1", "analysis"),
    *("\n", '{"', '{"a":', '["a",', "assistant final", "here is a ", "we "),
)


@pytest.mark.parametrize("filler", ["*", "(", "<think>", "``", "1. ", "a. ", '"', "{", "sure, here is ", "_*_", *MARKS])
def test_hostile_answers_take_no_time(filler: str) -> None:
    clean(Answer(filler * (20_000 // len(filler))), 60)


@pytest.mark.parametrize(
    ("text", "tags", "english"),
    [
        (CAPTION, [], True),
        ("Bossa nova.", [], True),
        ("A track with m\u00fasica popular brasileira and saudade.", ["m\u00fasica popular brasileira"], True),
        ("Ein langsamer Walzer mit der Violine.", [], False),
        ("Un morceau de jazz lent avec du piano.", ["jazz", "piano"], False),
        ("Una pieza de jazz lenta con piano.", ["jazz", "piano"], False),
        ("\u4e00\u9996\u7f13\u6162\u7684\u7235\u58eb\u4e50", [], False),
        ("\u041c\u0435\u0434\u043b\u0435\u043d\u043d\u044b\u0439 \u0434\u0436\u0430\u0437", [], False),
        ("A calm \u6b4c track.", [], True),
        ("", [], True),
    ],
)
def test_which_language_it_is(text: str, tags: list[str], english: bool) -> None:
    assert is_english(text, tags) == english

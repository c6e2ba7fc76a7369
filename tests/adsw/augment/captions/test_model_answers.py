"""What becomes of answers in the markups of many families of models: judged, from a server, from a local model."""

from __future__ import annotations

import json
import re
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from adsw.augment.captions.backend import Answer
from adsw.augment.captions.cache import Outcome, summary_of
from adsw.augment.captions.captioner import model_plan
from adsw.augment.captions.checks import Judge
from adsw.augment.captions.clean import Cleaned, Reason
from adsw.augment.captions.local import LocalModel
from adsw.augment.captions.model_captioner import ModelCaptioner
from adsw.augment.captions.prompt import prompt_named
from adsw.augment.captions.protocol import Asking, Caption, CaptionOptions
from adsw.augment.vocabulary import builtin
from tests.adsw.augment.captions.fake_server import FakeServer, Reply
from tests.adsw.augment.captions.model_answers import CAPTIONS, DAMAGES, FAMILIES, THOUGHTS, VIEW, Made, answers, whole

COUNT = 500
MADE = answers(COUNT)
# Half of the tags is the number of the answer, which no caption states.
OPTIONS = CaptionOptions(attempts=1, least_coverage=0.5, max_tokens=512)
JUDGE = Judge(prompt_named("paper"), OPTIONS, builtin())
VIEWS = [{"genre": (f"genre{number}",), "mood": ("calm",)} for number in range(COUNT)]


def judged(text: str, finished: bool = True) -> str | Reason:
    """The caption or the reason."""
    found = JUDGE.judge(VIEW, Answer(text, finished))
    return found.reason or found.text


def outcome(caption: Caption) -> str:
    """The caption, or why the template's stands in its place."""
    if caption.rejected:
        assert caption.captioner.startswith("template@")
        return caption.rejected[0]
    return caption.text


def number_in(text: str) -> int:
    """Which of the answers a question is about."""
    return int(re.findall(r"genre(\d+)", text)[-1])


def check(captions: list[Caption]) -> None:
    """Compare captions of all views with what they should be, and their counts with the number of each reason."""
    found = {number: outcome(caption) for number, caption in enumerate(captions)}
    wanted = {number: str(made.wanted) for number, made in enumerate(MADE)}
    assert {MADE[number]: found[number] for number in found if found[number] != wanted[number]} == {}
    reasons = [str(made.wanted) for made in MADE if isinstance(made.wanted, Reason)]
    counts = summary_of(Outcome(caption, []) for caption in captions)
    assert counts.reasons == {reason: reasons.count(reason) for reason in sorted(set(reasons))}
    assert counts.replaced == len(reasons)


def test_the_answers_are_many_and_of_many_kinds() -> None:
    assert len({made.family for made in MADE}) == len(FAMILIES) >= 30
    assert len({made.damage for made in MADE}) == len(DAMAGES) >= 25
    assert 100 < sum(isinstance(made.wanted, Reason) for made in MADE) < 250


@pytest.mark.parametrize("seed", range(3))
def test_each_becomes_what_it_should(seed: int) -> None:
    wrong: list[tuple[Made, str | Reason]] = []
    for made in answers(COUNT, seed):
        found = judged(made.text, made.finished)
        if found != made.wanted:
            wrong.append((made, found))
    assert wrong == []


def test_from_a_server(server: FakeServer, asking: Asking) -> None:
    def behave(request: dict[str, Any]) -> Reply:
        made = MADE[number_in(request["messages"][-1]["content"])]
        return Reply(made.text, finish="stop" if made.finished else "length")

    server.behave = behave
    plan = model_plan(server.name, OPTIONS, asking)
    assert plan is not None
    check(ModelCaptioner(plan).caption(VIEWS, ["k"] * COUNT))


@pytest.fixture
def speaking(conversing: Path, tmp_path: Path) -> Path:
    """A model whose tokenizer knows some of the marks as special tokens."""
    folder = tmp_path / "speaking"
    copytree(conversing, folder)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    marks = ["<|start|>", "<|channel|>", "<|message|>", "<|end|>", "[THINK]", "[/THINK]", "<|im_start|>", "<|im_end|>"]
    tokenizer.add_tokens(marks, special_tokens=True)
    tokenizer.save_pretrained(folder)
    return folder


def test_from_a_local_model(speaking: Path, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = model_plan(f"local:{speaking}", OPTIONS, asking.model_copy(update={"batch_size": 50}))
    assert plan is not None
    engine = LocalModel(plan.model, 50)

    def generate(input_ids: torch.Tensor, **_: object) -> torch.Tensor:
        """The answers word for word; those that are cut off go on until the longest one may."""
        tokenizer = engine._tokenizer
        space = tokenizer(" ")["input_ids"][-1]
        rows = []
        for prompt in tokenizer.batch_decode(input_ids):
            made = MADE[number_in(prompt)]
            said = tokenizer(made.text, add_special_tokens=False)["input_ids"]
            rest = [tokenizer.eos_token_id if made.finished else space] * (OPTIONS.max_tokens - len(said))
            rows.append([*said, *rest])
        return torch.cat([input_ids, torch.tensor(rows)], dim=1)

    # As for architectures that are decoded by their own `generate`.
    monkeypatch.setattr(engine, "_decoder", None)
    monkeypatch.setattr(engine._model, "generate", generate)
    captioner = ModelCaptioner(plan)
    monkeypatch.setattr(ModelCaptioner, "_engine", engine)
    check(captioner.caption(VIEWS, ["k"] * COUNT))


UNMARKED = st.text(
    st.characters(exclude_characters="<>[]&\u25c1\u25b7|\uff5c*", exclude_categories=("Cs",)), max_size=80
)
PIECES = (
    *(
        "<think>",
        "</think>",
        "<|end|>",
        "<|channel|>",
        "final",
        "<|message|>",
        "[/INST]",
        "<b>",
        "<answer>",
        "</answer>",
    ),
    *("assistant", "<x:y>", "{", '"', "thought ", "A calm one.", "\n", "&lt;", "<|im_start|>"),
)
MARKED = [name for name, family in FAMILIES.items() if not family.plain]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from(MARKED), UNMARKED, st.sampled_from(CAPTIONS))
def test_no_thought_is_part_of_a_caption(name: str, thought: str, caption: str) -> None:
    assert judged(whole(FAMILIES[name], thought, caption)) == caption


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(FAMILIES)), st.sampled_from(THOUGHTS), st.sampled_from(CAPTIONS), st.data())
def test_an_answer_cut_anywhere_is_the_caption_or_a_rejection(
    name: str, thought: str, caption: str, data: st.DataObject
) -> None:
    text = whole(FAMILIES[name], thought, caption)
    cut = data.draw(st.integers(0, len(text)))
    assert judged(text[:cut], finished=False) in (caption, *Reason)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_no_mark_is_left_whatever_comes(pieces: list[str]) -> None:
    found = judged("".join(pieces))
    assert isinstance(found, Reason) or not set(found) & set("<>{}|&")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A calm song at &lt; 90 &amp; more.", Reason.ADDED),  # no markup, but no tag says 90
        ("A calm song &amp; more.", "A calm song & more."),
        ("Calm &#39;n&#39; d&eacute;j&agrave;&nbsp;vu.", "Calm 'n' d\u00e9j\u00e0 vu."),
        ("A & B; calm &unknown;.", "A & B; calm &unknown;."),
        ("A calm<br>one<BR/>with <i>feeling</i>.", "A calm one with feeling."),
        ("<think>It may be <b>calm</b> or <i.</think>A calm one.", "A calm one."),
        ("A calm one. <think>Was that right?</think>", "A calm one."),
        ("<think>So: <answer>A calm one.</answer>", "A calm one."),
        ("user\nTags: calm\nassistant\nA calm one.", "A calm one."),
        ("### Instruction:\nTags: calm\n\n### Response:\nA calm one.", "A calm one."),
        ("[Response]: A calm one.", "A calm one."),
        ("Sure! Here's my reasoning:\nIt is calm.\n\nCaption: A calm one.", "A calm one."),
        ("Okay. Here is my thought process:\nIt is calm.", Reason.UNFINISHED),
        ('{"caption": "A calm one."}\n\nNote: it has all tags.', "A calm one."),
        ('"A calm one, called \\"x\\"."', 'A calm one, called "x".'),
        ("<table><tr><td>A calm one.</td></tr></table>", Reason.NOT_PLAIN),
        ("<!-- calm --> A calm one.", Reason.NOT_PLAIN),
        ("A calm one. <del>And more.</del>", Reason.NOT_PLAIN),
        ("\\boxed{A calm one.}", Reason.NOT_PLAIN),
        ('{"caption": "A calm one.', Reason.NOT_PLAIN),
        ("A calm **one with feeling.", Reason.NOT_PLAIN),
        ('"A calm one.', Reason.NOT_PLAIN),
        ("[OUT]A calm one.[/OUT]", Reason.NOT_PLAIN),
        ("A calm one\ufffd.", Reason.NOT_PLAIN),
        ("A calm one with the", Reason.UNFINISHED),
        ("A calm one, featuring", Reason.UNFINISHED),
        ("A calm one (with", Reason.UNFINISHED),
        ("A calm one. It has a", "A calm one."),
        ("<think>I was told to say calm.</think>", Reason.EMPTY),
        ("A calm one. <think>Was that", Reason.UNFINISHED),
        ("<think>So <think>calm</think> it is", Reason.UNFINISHED),
        ("<think>calm<|im_end|>calm, I mean", Reason.UNFINISHED),
    ],
)
def test_marks_by_hand(text: str, wanted: str | Reason) -> None:
    assert judged(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "<think>So: <answer>A calm one.</answer>",
        "<think>A calm one.",
        "<answer></answer><answer>A calm on",
        '{"caption": "A calm',
    ],
)
def test_a_draft_in_a_thought_cut_off_is_no_caption(text: str) -> None:
    assert judged(text, finished=False) == Reason.UNFINISHED


@pytest.mark.parametrize(
    "text",
    [
        "We need to name calm.",
        "I should say calm, and nothing else.",
        "The user wants something calm.",
        "Okay, so the tag is calm.",
        "Let me think of something calm.",
        "This is a caption that names calm.",
        "Here is a description for the calm music.",
        "It is calm, but as an AI I hear nothing.",
        "A sentence that states calm.",
        "The only given tag is calm, so calm it is: the tags say so.",
    ],
)
def test_what_speaks_of_the_task_is_not_taken(text: str) -> None:
    assert judged(text) == Reason.TASK


@pytest.mark.parametrize(
    "text",
    [
        "A calm song that makes you want to dance.",
        "The calm one repeats \u201cI should have known, we need to go\u201d.",
        "Here is something calm, with the user of a thing asleep.",
        "A calm piece that I would listen to at night.",
        "You have to hear how calm it gets.",
        "First, we have something calm, and I would describe it as such.",
        "Here is a calm version of it, which calls for a response.",
        "You should give it a listen when you want to be calm.",
        "The calm one has all producer tags in it.",
        "Something calm in its way",
        "First it is calm, so calm that you can hear the room.",
    ],
)
def test_what_only_sounds_like_the_task_is_taken(text: str) -> None:
    assert judged(text) == text


def test_tags_may_say_what_they_like() -> None:
    judge = Judge(prompt_named("paper"), CaptionOptions(), builtin())
    text = "A calm song called we need to talk."
    assert judge.judge({"mood": ("calm",), "title": ("we need to talk",)}, Answer(text)) == Cleaned(text, None)


def reply_with(**message: object) -> Reply:
    return Reply(
        body=json.dumps({"choices": [{"message": {"role": "assistant", **message}, "finish_reason": "length"}]})
    )


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ({"content": None, "reasoning_content": THOUGHTS[0]}, Reason.UNFINISHED),
        ({"content": "", "reasoning": THOUGHTS[0]}, Reason.UNFINISHED),
        ({"content": "A calm one.", "reasoning_content": THOUGHTS[0]}, "A calm one."),
        ({"content": None, "refusal": "I'm sorry, I can't do that."}, Reason.REFUSAL),
        (
            {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": THOUGHTS[0]}]},
                         {"type": "text", "text": "A calm one."}]},
            "A calm one.",
        ),
    ],
)  # fmt: skip
def test_thoughts_beside_the_content(
    server: FakeServer, asking: Asking, message: dict[str, object], wanted: str | Reason
) -> None:
    server.behave = lambda _: reply_with(**message)
    plan = model_plan(server.name, OPTIONS, asking)
    assert plan is not None
    (caption,) = ModelCaptioner(plan).caption([VIEW], ["k"])
    assert outcome(caption) == str(wanted)


def test_captions_of_other_rules_have_another_version(
    completing: Path, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    local, server = (model_plan(name, OPTIONS, asking) for name in (f"local:{completing}", "openai:http://x/v1#m"))
    assert local is not None
    assert server is not None
    before = local.version
    # Raw answers are kept: those of servers serve on, those that were read without special tokens do not.
    assert "reading" in local.about
    assert "reading" not in server.about
    monkeypatch.setattr("adsw.augment.captions.model_captioner.RULES", 3)
    assert local.version != before


def test_the_captions_are_taken_by_themselves() -> None:
    assert [judged(caption) for caption in CAPTIONS] == [*CAPTIONS]

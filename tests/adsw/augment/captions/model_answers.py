"""Answers in the markups of many families of models, whole and damaged, each with what must become of it."""

from __future__ import annotations

import html
import random
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from adsw.augment.captions.clean import Reason


class Family(NamedTuple):
    """How a family of models writes."""

    opening: str
    """Before a thought."""
    closing: str
    """After a thought."""
    before: str
    """Between the thought and the answer."""
    after: str
    """After the answer."""
    alone: str = ""
    """Before an answer without a thought."""
    plain: bool = False
    """Whether thoughts are divided by words rather than marks, so that their case matters."""


FAMILIES = {
    "gpt-oss": Family(
        "<|channel|>analysis<|message|>",
        "<|end|>",
        "<|start|>assistant<|channel|>final<|message|>",
        "<|return|>",
        "<|channel|>final<|message|>",
    ),
    "gpt-oss, headed": Family(
        "<|start|>assistant<|channel|>analysis<|message|>",
        "<|end|>",
        "<|start|>assistant<|channel|>final<|message|>",
        "<|end|>",
        "<|start|>assistant<|channel|>final<|message|>",
    ),
    "deepseek-r1": Family("<think>\n", "\n</think>\n\n", "", "<\uff5cend\u2581of\u2581sentence\uff5c>"),
    "deepseek, headed": Family(
        "<\uff5cAssistant\uff5c><think>", "</think>", "", "<\uff5cend\u2581of\u2581sentence\uff5c>"
    ),
    "qwen3": Family("<think>\n", "\n</think>\n\n", "", "<|im_end|>"),
    "chatml": Family("<|im_start|>assistant\n<think>", "</think>", "", "<|im_end|>\n", "<|im_start|>assistant\n"),
    "magistral": Family("[THINK]", "[/THINK]", "", "</s>"),
    "seed-oss": Family("<seed:think>", "</seed:think>", "", "<seed:eos>"),
    "seed-oss, headed": Family(
        "<seed:bos>assistant\n<seed:think>", "</seed:think>", "", "<seed:eos>", "<seed:bos>assistant\n"
    ),
    "glm": Family("[gMASK]<sop><|assistant|>\n<think>", "</think>\n", "<|begin_of_box|>", "<|end_of_box|><|user|>"),
    "kimi": Family("\u25c1think\u25b7", "\u25c1/think\u25b7", "", "<|im_end|>"),
    "kimi, headed": Family(
        "<|im_assistant|>assistant<|im_middle|><think>",
        "</think>",
        "",
        "<|im_end|>",
        "<|im_assistant|>assistant<|im_middle|>",
    ),
    "granite": Family(
        "<|start_of_role|>assistant<|end_of_role|><think>", "</think>", "<response>", "</response><|end_of_text|>"
    ),
    "granite-3.2": Family("Here is my thought process:\n", "\n\n", "Here is my response:\n", "", plain=True),
    "gemma": Family("<start_of_turn>model\n<think>", "</think>", "", "<end_of_turn>\n", "<start_of_turn>model\n"),
    "gemma-4": Family("<|channel>thought\n", "<channel|>", "", "<turn|>", "<|turn>model\n"),
    "llama-3": Family(
        "<|start_header_id|>assistant<|end_header_id|>\n\n<thinking>",
        "</thinking>",
        "",
        "<|eot_id|>",
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
    ),
    "llama-4": Family("<|header_start|>assistant<|header_end|><reasoning>", "</reasoning>", "", "<|eot|>"),
    "llama-2": Family(
        "<s> [INST] Tags: calm [/INST] <think>", "</think>", " ", " </s>", "<s> [INST] Tags: calm [/INST] "
    ),
    "phi-3": Family("<|assistant|>\n<think>", "</think>", "", "<|end|>", "<|assistant|>\n"),
    "phi-4": Family(
        "<|im_start|>assistant<|im_sep|><think>", "</think>", "", "<|im_end|>", "<|im_start|>assistant<|im_sep|>"
    ),
    "command": Family(
        "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|><|START_THINKING|>",
        "<|END_THINKING|>",
        "<|START_RESPONSE|>",
        "<|END_RESPONSE|><|END_OF_TURN_TOKEN|>",
        "<|START_RESPONSE|>",
    ),
    "exaone": Family("[|assistant|]<thought>\n", "\n</thought>\n\n", "", "[|endofturn|]", "[|assistant|]"),
    "hunyuan": Family("<think>\n", "\n</think>\n", "<answer>\n", "\n</answer>"),
    "hunyuan, headed": Family("<\uff5chy_Assistant\uff5c><think>", "</think>", "<answer>", "</answer>"),
    "ernie": Family("<think>\n", "\n</think>\n", "<response>\n", "\n</response>"),
    "nemotron": Family("<SPECIAL_11>Assistant\n<think>", "</think>", "", "<SPECIAL_12>", "<SPECIAL_11>Assistant\n"),
    "olmo": Family("<|assistant|>\n<think>", "</think>", "", "<|endoftext|>"),
    "open-thinker": Family(
        "<|begin_of_thought|>\n", "\n<|end_of_thought|>\n", "<|begin_of_solution|>\n", "\n<|end_of_solution|>"
    ),
    "apriel": Family(
        "Here are my reasoning steps:\n", "\n", "[BEGIN FINAL RESPONSE]\n", "\n[END FINAL RESPONSE]<|end|>", plain=True
    ),
    "solar": Family(
        "<|begin|>assistant<|think|>",
        "<|end|>",
        "<|begin|>assistant<|content|>",
        "<|end|>",
        "<|begin|>assistant<|content|>",
    ),
    "ring": Family("<role>ASSISTANT</role><think>", "</think>", "", "<|role_end|>", "<role>ASSISTANT</role>"),
    "reflection": Family("<thinking>\n", "\n</thinking>\n", "<output>\n", "\n</output>"),
    "gpt-oss without special tokens": Family("analysis", "", "assistantfinal", "", plain=True),
    "ollama": Family("Thinking...\n", "\n...done thinking.\n\n", "", "", plain=True),
    "headings": Family("**Reasoning:** ", "\n\n", "**Caption:** ", "", plain=True),
}

ANOTHER_TURN = "<|im_start|>user\nTags: dark<|im_end|>\n<|im_start|>assistant\nA dark one."

VIEW = {"mood": ("calm",)}
CAPTIONS = (
    "A calm recording played with feeling.",
    "This is calm from the first moment to the last.",
    "Something calm & plain that you can get lost in.",
    "You get calm here, and nothing else.",
    "It stays calm all the way through.",
)
THOUGHTS = (
    "We need to write one caption that names calm and no more.",
    "The user wants a sentence. The only tag is calm, so I should say calm and stop.",
    'Maybe: "A calm thing." Hmm, that is dull. Let me try again.',
    "1. Calm is a mood.\n2. Nothing else is given.\n\nSo, one calm sentence it is.",
    "Okay, calm. It must not name an instrument; it is what they asked for.",
    "Draft:\nA calm piece of work.\n\nThat is fine, but a bit short. I could go on a little.",
)


class Made(NamedTuple):
    """An answer and what must become of it."""

    family: str
    damage: str
    text: str
    finished: bool
    wanted: str | Reason


def whole(family: Family, thought: str, caption: str) -> str:
    """An answer as it should be."""
    return f"{family.opening}{thought}{family.closing}{family.before}{caption}{family.after}"


Damage = Callable[[Family, str, str], tuple[str, bool, str | Reason] | None]


def _cased(change: Callable[[str], str]) -> Damage:
    def damage(family: Family, thought: str, caption: str) -> tuple[str, bool, str | Reason] | None:
        if family.plain:
            return None
        return whole(Family(*map(change, family[:5])), thought, caption), True, caption

    return damage


def _twice(family: Family, thought: str, caption: str) -> tuple[str, bool, str | Reason] | None:
    text = f"{family.opening}{thought}{family.closing}" * 2 + f"{family.before}{caption}{family.after}"
    return text, True, caption


def _nested(family: Family, thought: str, caption: str) -> tuple[str, bool, str | Reason] | None:
    if "think>" not in family.opening:
        return None
    inside = f"{thought}<think>{thought}</think>{thought}"
    return whole(family, inside, caption), True, caption


def _without_opening(family: Family, thought: str, caption: str) -> tuple[str, bool, str | Reason] | None:
    if family.plain and "analysis" not in family.opening:
        return None
    return f"{thought}{family.closing}{family.before}{caption}{family.after}", True, caption


def _cut_in_thought(family: Family, thought: str, _: str) -> tuple[str, bool, str | Reason]:
    return family.opening + thought[: 2 * len(thought) // 3], False, Reason.UNFINISHED


def _without_closing(family: Family, thought: str, _: str) -> tuple[str, bool, str | Reason]:
    return family.opening + thought, True, Reason.UNFINISHED


def _cut_in_answer(family: Family, thought: str, caption: str) -> tuple[str, bool, str | Reason]:
    text = f"{family.opening}{thought}{family.closing}{family.before}{caption[: len(caption) // 2]}"
    return text, False, Reason.UNFINISHED


def _of_answer(change: Callable[[str], str], wanted: Reason | None = None) -> Damage:
    def damage(family: Family, thought: str, caption: str) -> tuple[str, bool, str | Reason]:
        return whole(family, thought, change(caption)), True, wanted or caption

    return damage


DAMAGES: dict[str, Damage] = {
    "none": lambda family, thought, caption: (whole(family, thought, caption), True, caption),
    "no thought": lambda family, _, caption: (f"{family.alone}{caption}{family.after}", True, caption),
    "no end": lambda family, thought, caption: (
        whole(family._replace(after=""), thought, caption),
        True,
        caption,
    ),
    "upper case": _cased(str.upper),
    "lower case": _cased(str.lower),
    "doubled thought": _twice,
    "nested thought": _nested,
    "doubled opening": lambda family, thought, caption: (
        None if family.plain else (whole(family, f"\n{family.opening}{thought}", caption), True, caption)
    ),
    "empty thought": lambda family, _, caption: None if family.plain else (whole(family, "", caption), True, caption),
    "no opening": _without_opening,
    "another turn": lambda family, thought, caption: (
        f"{whole(family, thought, caption)}\n{ANOTHER_TURN}",
        True,
        caption,
    ),
    "cut in the thought": _cut_in_thought,
    "no closing": _without_closing,
    "cut in the answer": _cut_in_answer,
    "encoded": lambda family, thought, caption: (html.escape(whole(family, thought, caption)), True, caption),
    "encoded twice": lambda family, thought, caption: (
        html.escape(html.escape(whole(family, thought, caption))),
        True,
        caption,
    ),
    "HTML": _of_answer(lambda caption: f"<p>{caption.replace('alm', '<b>alm</b>')}</p><br/>"),
    "HTML with attributes": _of_answer(lambda caption: f'<span style="color: red">{caption}</span>'),
    "Markdown": _of_answer(lambda caption: f"**{caption}**"),
    "quotes": _of_answer(lambda caption: f'"{caption}"'),
    "a label": _of_answer(lambda caption: f"Caption: {caption}"),
    "a remark": _of_answer(lambda caption: f"Sure, here is a caption:\n\n{caption}\n\nNote: all tags are used."),
    "JSON": _of_answer(lambda caption: f'{{"reasoning": "We need to name calm.", "caption": "{caption}"}}'),
    "fenced JSON": _of_answer(lambda caption: f'```json\n{{"thought": "calm", "answer": "{caption}"}}\n```'),
    "an unknown mark": _of_answer(lambda caption: f"<foo:bar>{caption}</foo:bar>", Reason.NOT_PLAIN),
    "an unknown token": _of_answer(lambda caption: f"<|python_tag|>{caption}", Reason.NOT_PLAIN),
    "a tool call": _of_answer(lambda caption: f'<tool_call>{{"say": "{caption}"}}</tool_call>', Reason.NOT_PLAIN),
    "a mark cut off": _of_answer(lambda caption: f"{caption[:-1]} <|im_e", Reason.NOT_PLAIN),
    "about the task": _of_answer(lambda _: THOUGHTS[0], Reason.TASK),
    "about the caption": _of_answer(lambda _: "It is a caption that names calm.", Reason.TASK),
    "unfinished though it says otherwise": _of_answer(lambda _: "A calm recording with the", Reason.UNFINISHED),
}


def answers(count: int, seed: int = 0) -> list[Made]:
    """As many answers: every damage of every family in turn, with drawn thoughts and captions."""
    return list(islice(_answers(random.Random(seed)), count))


def _answers(draw: random.Random) -> Iterator[Made]:
    while True:
        kinds = [(family, damage) for family in FAMILIES for damage in DAMAGES]
        draw.shuffle(kinds)
        for family, damage in kinds:
            made = DAMAGES[damage](FAMILIES[family], draw.choice(THOUGHTS), draw.choice(CAPTIONS))
            if made is not None:
                yield Made(family, damage, *made)

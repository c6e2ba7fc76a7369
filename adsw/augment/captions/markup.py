"""The marks by which language models divide an answer into turns, thoughts and the answer proper.

Families write them in many forms: ``<think>``, ``[THINK]``, ``<seed:think>``, ``<|START_THINKING|>``, turns such as
``<|im_start|>assistant``, channels such as ``<|channel|>analysis<|message|>``. Here a mark is read by its name, not
by its family, so that a new family with familiar names needs nothing. HTML's usual tags are removed. All other marks
stay in the text, where `NOT_PLAIN` finds them.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from enum import Enum, auto
from html.entities import html5
from typing import NamedTuple


class Said(NamedTuple):
    """What is left of an answer without its thoughts and its other turns."""

    text: str
    whole: bool
    """Whether a mark follows it, so that it is whole even if the answer was cut off."""
    thinking: bool
    """Whether the answer ends in a thought: there is no text then."""


class _Kind(Enum):
    THOUGHT = auto()
    ANSWER = auto()
    HEADER = auto()
    """Begins a turn; its role follows."""
    HEADER_END = auto()
    CHANNEL = auto()
    ROLE = auto()
    """Begins the turn of the role that it names."""
    END = auto()
    NEUTRAL = auto()
    INLINE = auto()
    BLOCK = auto()
    UNKNOWN = auto()


# Bounded, so that reading a text takes time proportional to its length.
_MARK = re.compile(
    r"<[|\uff5c](?P<opening>/?[^\s<>|\uff5c]{1,40})[|\uff5c]?>"
    r"|<(?P<closing>[^\s<>|\uff5c]{1,40})[|\uff5c]>"
    r"|\u25c1(?P<triangle>/?\w{1,40})\u25b7"
    r"|\[\|(?P<barred>/?\w{1,40})\|\]"
    r"|(?P<tilde>\]~!?b[\[\]]|\[e~\[)"
    r"|<<(?P<doubled>/?sys)>>"
    r"|\[(?P<bracket>/?(?:think|inst|gmask|system_prompt|answer|response|(?:begin|end) final response))\]"
    r"|<(?P<tag>/?[a-z_][\w:.\-]{0,40})(?:\s[^<>]{0,200})?/?>",
    re.IGNORECASE,
)
_EDGED = re.compile(r"(?P<edge>begin|start|end)_(?:of_)?(?P<name>\w+)")
_THOUGHT = re.compile(
    r"(?:\w+[:_])?(?:think(?:ing)?|thoughts?|reason(?:ing)?|analysis|reflection|rationale|scratchpad"
    r"|chain_of_thought|cot|cot_budget_reflect|monologue|explanation|plan(?:ning)?)"
)
_ANSWER = re.compile(
    r"(?:final_?)?(?:answer|response|reply|solution|output|result|caption|description|sentence|box|text)|final"
)
_ROLE = re.compile(
    r"(?:im_|hy_|begin_|start_)?(?P<role>assistant|model|chatbot|bot|ai|user|human|system|developer|tool|observation)"
    r"(?:_token)?"
)
_NAMES = {
    _Kind.HEADER: "start im_start start_header_id header_start start_of_role start_of_turn start_of_turn_token turn "
    "begin role role_start extra_id_0 extra_id_1 special_10 special_11 seed:bos bom ]~b]",
    _Kind.HEADER_END: "message end_header_id header_end end_of_role im_sep im_middle content",
    _Kind.CHANNEL: "channel",
    _Kind.END: "end im_end eos eot eom eod eop eot_id eom_id return call endoftext end_of_text endofturn end_of_turn "
    "end_of_turn_token end_of_sentence end_of_utterance role_end special_12 seed:eos separator [e~[",
    _Kind.NEUTRAL: "]~!b[ s bos begin_of_text begin_of_sentence startoftext start_of_text pad sop gmask constrain sys "
    "system_prompt",
    _Kind.INLINE: "a abbr b big cite code em font i ins kbd mark q samp small span strong sub sup tt u var wbr",
    _Kind.BLOCK: "blockquote body br center div h1 h2 h3 h4 h5 h6 hr html li ol p pre ul",
}
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names.split()}

_ASSISTANT = ("assistant", "model", "chatbot", "bot", "ai", "gpt")
_HEADER_ROLE = re.compile(
    r"\s*(assistant|model|chatbot|bot|ai|user|human|system|developer|tool|function)\b[ \t]*:?", re.IGNORECASE
)
_HEADER_CHANNEL = re.compile(r"\s*(analysis|commentary|thought|thinking|final)(?![a-z])", re.IGNORECASE)

NOT_PLAIN = re.compile(
    # A comparison with a number is no rest of a mark.
    r"[<>](?!\s?\d)|[|\uff5c\u25c1\u25b7{}\ufffd]|\*\*|__|``|~~|\]\(|\\|\[/|(?-i:\[[A-Z_]{3,}\])"
    r"|assistant(?:final|analysis|commentary)|&(?:#\w{1,8}|amp|lt|gt|quot|apos|nbsp);",
    re.IGNORECASE,
)
"""What no plain sentence holds: rests of markup."""

_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
_MOST_ENCODED = 3


def decoded(text: str) -> str:
    """Return a text with HTML's entities decoded, however often they were encoded.

    >>> decoded("R&amp;amp;B &#39;n&#39; drum&bass;")
    "R&B 'n' drum&bass;"
    """
    for _ in range(_MOST_ENCODED):
        before, text = text, _ENTITY.sub(_character, text)
        if text == before:
            break
    return text


def _character(entity: re.Match[str]) -> str:
    """Return what an entity stands for, or itself if there is no such entity."""
    found = entity.group()
    return html.unescape(found) if found[1] == "#" or found[1:] in html5 else found


@dataclass(slots=True)
class _Turn:
    """What was said in one turn."""

    role: str = ""
    """Empty where no header names one."""
    channel: str = ""
    plain: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """Marked answers, the last of which may be open."""
    in_answer: bool = False
    depth: int = 0
    """Number of thoughts that are open."""
    just_opened: bool = False
    """Whether the open thought holds nothing yet."""
    after_answer: bool = False
    """Whether nothing follows the last marked answer."""
    ended: bool = False

    def add(self, text: str) -> None:
        """Add a text where it belongs: an answer, a thought, which is not kept, or neither."""
        if self.in_answer:
            self.answers[-1] += text
        elif self.depth == 0:
            self.plain.append(text)
        if text.strip():
            self.just_opened = self.after_answer = False

    def think(self, closing: bool) -> None:
        """Open or close a thought."""
        if not closing:
            # A template that opens the thought too makes two marks of it.
            self.depth += not (self.depth and self.just_opened)
            self.just_opened = True
        elif self.depth:
            self.depth -= 1
            self.answers, self.in_answer = [], False  # drafts in the thought
        else:
            # The template opened the thought, or the mark was left out.
            self.plain, self.answers, self.in_answer = [], [], False

    def answer(self, closing: bool) -> None:
        """Open or close a marked answer."""
        if not closing:
            self.answers.append("")
        elif not self.in_answer and not self.answers and not self.depth:
            self.answers, self.plain = ["".join(self.plain)], []
        self.in_answer, self.after_answer = not closing, closing

    @property
    def thinking(self) -> bool:
        """Whether a thought is open, but for a marked answer at its very end."""
        return bool(self.depth) and not (self.answers and self.after_answer)

    @property
    def said(self) -> str:
        """The first marked answer, or without one all that is no thought."""
        if self.thinking:
            return ""
        marked = next((answer for answer in self.answers if _has_words(answer)), "")
        return marked or ("" if self.depth else "".join(self.plain))

    @property
    def closed(self) -> bool:
        """Whether a mark follows what was said."""
        return self.ended or any(map(_has_words, self.answers[: -1 if self.in_answer else None]))


def said(text: str, finished: bool = True) -> Said:
    """Return what an answer says to the reader: without its thoughts, roles and marks of HTML.

    Of several turns the first of the assistant's counts; with channels, the first final one.

    Args:
        text: of the answer.
        finished: whether it ended by itself: a marked answer at its end closes a thought, which may go on otherwise.
    """
    turns = _turns(text)
    if any(turn.channel for turn in turns):
        finals = [turn for turn in turns if turn.channel == "final"]
        # Without a final channel the text before the first header is a thought whose header was left out.
        turns = finals or [turn for turn in turns if turn.role and not turn.channel]
        if not turns:
            return Said("", whole=False, thinking=True)
    open_thought = False
    for turn in turns:
        # What follows the end of a turn in the midst of a thought goes on with the thought, unless a header says no.
        speaks = turn.role in _ASSISTANT or (not turn.role and not open_thought)
        if speaks and _has_words(turn.said) and (finished or not turn.depth):
            return Said(turn.said, turn.closed, thinking=False)
        open_thought = open_thought or turn.depth > 0
    return Said("", whole=False, thinking=open_thought)


def _has_words(text: str) -> bool:
    """Return whether a text has any letter or digit."""
    return any(char.isalnum() for char in text)


def _turns(text: str) -> list[_Turn]:
    """Divide a text into turns."""
    turns = [_Turn()]
    header: _Kind | None = None  # the kind of header that is being read
    held = ""  # its text
    at = 0
    for mark in [*_MARK.finditer(text), None]:
        piece = text[at : mark.start() if mark else len(text)]
        name, closing = _named(mark) if mark else ("", False)
        kind, closing = _kind(name, closing) if mark else (_Kind.NEUTRAL, closing)
        at = mark.end() if mark else len(text)
        if turns[-1].depth and mark and mark["tag"] and kind in (_Kind.ROLE, _Kind.UNKNOWN):
            kind = _Kind.INLINE  # a tag of which a thought only speaks
        if header is not None:
            held += piece
            if mark and name == "constrain":
                continue
            _begin(turns, header, held, whole=kind is _Kind.HEADER_END)
            header, held = None, ""
        elif kind is _Kind.HEADER_END:
            _begin_headed(turns, piece)
        else:
            turns[-1].add(piece)
        if name == "content":
            turns[-1].channel = "final"
        if kind in (_Kind.HEADER, _Kind.CHANNEL):
            header = kind
        elif mark:
            _apply(turns, kind, name, closing, mark.group())
    return turns


def _named(mark: re.Match[str]) -> tuple[str, bool]:
    """Return a mark's name in lower case, and whether it closes something."""
    form = mark.lastgroup or ""
    written = mark[form].casefold()
    name = re.sub(r"[\u2581\s\-]", "_", written.removeprefix("/"))
    return name, written.startswith("/") or form == "closing"


def _kind(name: str, closing: bool) -> tuple[_Kind, bool]:
    """Return the kind of a mark, and whether it closes something: names such as ``end_thinking`` say so too."""
    kind = _KINDS.get(name)
    if kind is not None:
        if closing and kind in (_Kind.HEADER, _Kind.CHANNEL):
            # Of "<role>assistant</role>", "<|turn>model ... <turn|>" and "<|channel>thought ... <channel|>".
            kind = {"role": _Kind.HEADER_END, "channel": _Kind.THOUGHT}.get(name, _Kind.END)
        return (_Kind.END if closing and name == "s" else kind), closing
    if name == "inst":
        return _Kind.ROLE, closing
    edged = _EDGED.fullmatch(name)
    if edged:
        name, closing = edged["name"], closing or edged["edge"] == "end"
    if _THOUGHT.fullmatch(name):
        return _Kind.THOUGHT, closing
    if _ANSWER.fullmatch(name):
        return _Kind.ANSWER, closing
    if _ROLE.fullmatch(name):
        return (_Kind.END if closing else _Kind.ROLE), closing
    return _Kind.UNKNOWN, closing


def _apply(turns: list[_Turn], kind: _Kind, name: str, closing: bool, written: str) -> None:
    """Apply a mark that is part of no header."""
    turn = turns[-1]
    if kind is _Kind.THOUGHT:
        turn.think(closing)
    elif kind is _Kind.ANSWER:
        turn.answer(closing)
    elif kind is _Kind.END:
        turn.ended = True
        turns.append(_Turn())
    elif kind is _Kind.ROLE and name == "inst":
        if closing:
            turn.role = "user"  # even if the opening mark was left out
        turns.append(_Turn("assistant" if closing else "user"))
    elif kind is _Kind.ROLE:
        turn.ended = True
        role = _ROLE.search(name)
        turns.append(_Turn(role["role"] if role else ""))
    elif kind is _Kind.BLOCK:
        turn.add("\n")
    elif kind is _Kind.UNKNOWN:
        turn.add(written)


def _begin_headed(turns: list[_Turn], header: str) -> None:
    """Begin what follows a header whose opening mark was left out, or that a role's mark began."""
    turn = turns[-1]
    if _HEADER_CHANNEL.fullmatch(header):
        _begin(turns, _Kind.CHANNEL, header, whole=True)
    elif _has_words(header) and (not turn.role or "".join(turn.plain).strip()):
        _begin(turns, _Kind.HEADER, header, whole=True)


def _begin(turns: list[_Turn], kind: _Kind, held: str, whole: bool) -> None:
    """Begin a turn or a channel.

    Args:
        turns: the last is the one before.
        kind: of the header.
        held: the header's text, and what follows it if no mark divides them.
        whole: whether a mark ends the header.
    """
    found = (_HEADER_ROLE if kind is _Kind.HEADER else _HEADER_CHANNEL).match(held)
    named = found.group(1).casefold() if found else held.strip().casefold() if whole else ""
    rest = "" if whole else held[found.end() :] if found else held
    turn = turns[-1]
    if kind is _Kind.HEADER or turn.channel or _has_words(turn.said):
        turn.ended = True
        turns.append(_Turn(turn.role if kind is _Kind.CHANNEL else ""))
    if kind is _Kind.HEADER:
        turns[-1].role = named or "assistant"
    elif whole or named == "final":
        turns[-1].channel = named
    else:
        # "<|channel>thought ... <channel|>" stands within a turn.
        turns[-1].think(closing=False)
    turns[-1].add(rest)

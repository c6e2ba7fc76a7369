"""Extraction of the caption from a language model's answer: no thoughts, no wrapping, the first of several, no remarks.

Nothing is reworded. An answer without a usable caption gets a reason instead.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import NamedTuple

from adsw.augment.captions.backend import Answer
from adsw.augment.captions.markup import NOT_PLAIN, decoded, said
from adsw.json_text import parse_foreign_json

RULES = 4
"""Version of the rules by which answers are cleaned and checked; part of a captioner's version."""


class Reason(StrEnum):
    """Why an answer is rejected."""

    SERVER = "server"
    """The server refused the question."""
    EMPTY = "empty"
    REFUSAL = "refusal"
    UNFINISHED = "unfinished"
    """It ends before the end of its first sentence, or while the model was thinking."""
    NOT_PLAIN = "not a plain sentence"
    """It holds markup that is not known."""
    OVERLONG = "overlong"
    LANGUAGE = "language"
    COVERAGE = "coverage"
    """It leaves out too many of the tags."""
    ADDED = "added"
    """It states terms that were not given."""
    TAG_LIST = "tag list"
    """It only lists the tags."""
    PROMPT = "prompt"
    """It repeats the prompt or one of its examples."""
    GRAMMAR = "grammar"
    """It has parts that belong to nothing: *with sad*, *in and*."""
    TASK = "about the task"
    """It speaks of what the model was asked, not of the music."""


class Cleaned(NamedTuple):
    """A caption, or why there is none."""

    text: str
    reason: Reason | None


# Every pattern is bounded or anchored. One expression for a whole answer was quadratic: 34 s for 20 kB.
_REASONED = re.compile(
    r"^\W{0,6}(?:(?:(?:my|the|model) )?(?:reasoning|thinking|thoughts?|analysis|rationale|chain of thought)"
    r"(?: process| steps)?\W{0,4}(?::|\.{3}|\n)"
    r"|here(?:'s|\u2019s| is| are) (?:my |the |a )?(?:thought process|thinking|thoughts|reasoning|analysis)\b"
    r"[^\n:]{0,40}:"
    r"|(?:user|human|instruction|question)\W{0,3}(?::|\n))"
    # What servers make of Harmony's marks where they leave special tokens out.
    r"|^\s*(?:[Aa]nalysis|[Cc]ommentary|[Tt]hought)(?-i:(?=[A-Z\d\"\u201c]|(?:we|the|user|need|let|okay|so)\b))",
    re.IGNORECASE,
)
"""An answer that begins with reasoning, or with what was asked, under a heading."""
_CONCLUDED = re.compile(
    r"(?:^|\n)\W{0,6}(?:(?:so|thus|therefore|my|the|final|music|suggested|model|resulting)[ ,]{1,2}){0,4}"
    r"(?:answer|caption|response|output|sentence|description|assistant|conclusion)(?: is)?\W{0,4}(?::|\n)"
    r"|here(?:'s|\u2019s| is) (?:my |the )?(?:final )?(?:response|answer|caption)\W{0,3}:|\.{3}\s{0,3}done thinking\.",
    re.IGNORECASE,
)
"""What divides such reasoning from the answer."""
_FINAL = re.compile(r"^(?:.*assistant\s{0,2}final|\s*final(?=[A-Z\"\u201c]))", re.DOTALL)
_LEADING_ROLE = re.compile(r"^\s*(?:assistant(?=[A-Z\"\u201c])|(?:assistant|model|ai|bot)\s*\n)")
_JSON = re.compile(r"\"|\{\s*[\"'}]|\[\s*[\"'{\]]")
_THOUGHT_KEYS = re.compile(r"thought|think|reason|analys|explan|rationale|plan|note|comment|draft|steps|tags", re.I)
_ANSWER_KEYS = ("caption", "final", "answer", "response", "output", "description", "sentence", "text", "content")
_FENCE = re.compile(r"```[a-z]*\n?(.*?)(?:```|$)", re.DOTALL | re.IGNORECASE)
_BOLD = re.compile(r"(?<!\w)(\*{1,3}|_{2,3})(\S(?:.*?\S)?)\1(?!\w)")
_MARKUP = re.compile(r"(?<!\w)(\*{1,3}|_{2,3}|`)(\S(?:.*?\S)?)\1(?!\w)")
_HEADING = re.compile(r"^\s{0,3}(?:#{1,6}\s+|>\s*)")
_LABEL = re.compile(
    r"^\W{0,3}(?:(?:the |my |music |final |suggested |generated |one[- ]sentence |short )*"
    r"(?:caption|description|sentence|answer|response|output|phrase|assistant|option|alternative|version)"
    r"(?: ?#?\d+)?)(?: is)?(?:\W{0,3}[:\-\u2013\u2014]\s*|\W{0,3}$)",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^(?:so,? )?(?:sure|certainly|of course|absolutely|okay|ok|great|yes|here(?:'s|\u2019s| is| are| you go))\b"
    r"[^\n:.!]{0,120}[:.!]\s*",
    re.IGNORECASE,
)
_INTRODUCES = re.compile(
    r"^(?:[Ss]o,? )?[Hh]ere(?:'s|\u2019s| is| are) (?![^:]{0,120}\b(?:caption|description|sentence|phrase|option)s?\b)"
    r"(?:an?|some)\b[^\n:.!]{0,120}: [a-z]"
)
_CHEER = re.compile(r"^(?:sure|certainly|of course|absolutely|okay|ok|great)(?: thing)?\s*[,.!]+\s*", re.IGNORECASE)
_ANNOUNCES = re.compile(r"\b(?:caption|description|sentence|phrase|option|version|answer|alternative)s?\b", re.I)
_NUMBERED = re.compile(r"^\s*(?:\(?\d{1,2}[.)]|[-*\u2022\u2013])\s+")
_REMARK = re.compile(
    r"^\W*(?:note|explanation|tags?|reasoning|this caption|this sentence|this description|i hope|let me know|feel free|"
    r"please let|is there anything|would you like|if you(?:'d| would) like|i (?:have )?(?:used|included|kept))\b",
    re.IGNORECASE,
)
_BRACKETED_REMARK = re.compile(r"\s*[(\[](?:note|explanation|this caption|i (?:have )?used)\b.*$", re.I)
_REFUSAL = re.compile(
    r"^\W*(?:i(?:'m| am|\u2019m) (?:really |very |so )?sorry|sorry\b|apolog|i apologi[sz]e|unfortunately\b|"
    r"i (?:can(?:no|')?t|cannot|can\u2019t|am unable|am not able|won't|will not|do(?: no|n')t have)\b|"
    r"i(?:'m| am|\u2019m) (?:unable|not able|just an?|an) |as an? (?:ai|language|large)|"
    r"(?:could|can|please) (?:you )?(?:please )?(?:provide|give|share|specify))",
    re.IGNORECASE,
)
_SPEAKER = re.compile(r"^\W{0,4}(?:user|human|system|instruction|question)\W{0,3}:", re.IGNORECASE)
_CUT_SHORT = re.compile(r"(?:[,:(\[\u2013\u2014-]|\b(?:an?|[Tt]he|and|or|nor|featuring|including))$")
_OPEN_QUOTE = re.compile(r"[\"\u201c][^\"\u201d]*$")
_QUOTES = ('""', "''", "\u201c\u201d", "\u2018\u2019", "\u00ab\u00bb", "\u201e\u201c", "``", "()", "[]", "**", "__")
_SENTENCE_END = re.compile(r"(?<=[.!?\u2026])[\"'\u201d\u2019)]*(?=\s|$)")
_ABBREVIATED = re.compile(r"(?:\b[A-Za-z]|\b(?:feat|vs|etc|no|op|st|mr|mrs|dr|approx|ca))\.$", re.IGNORECASE)

_LONGEST_ABBREVIATED = 8


def clean(answer: Answer, most_words: int) -> Cleaned:
    """Return the caption in an answer, or the reason why there is none.

    Args:
        answer: as it came from the model.
        most_words: longer captions are cut after their last sentence that fits; without one they are overlong.
    """
    if answer.refused:
        return Cleaned("", Reason.SERVER)
    text, whole, reason = _answered(answer.text, answer.finished)
    if reason is not None:
        return Cleaned("", reason if answer.finished else Reason.UNFINISHED)
    text = _said(_MARKUP.sub(r"\2", text))
    if _REFUSAL.match(text):
        return Cleaned("", Reason.REFUSAL)
    text, cut = _first(text)
    text = _plain(text)
    if not any(char.isalnum() for char in text):
        return Cleaned("", Reason.EMPTY if answer.finished else Reason.UNFINISHED)
    if NOT_PLAIN.search(text) or _OPEN_QUOTE.match(text):
        return Cleaned("", Reason.NOT_PLAIN)
    # Of several captions the first is whole even if the last is cut off.
    if (not answer.finished and not cut and not whole) or _CUT_SHORT.search(text) or text.count("(") > text.count(")"):
        text = _whole_sentences(text, most_words)
        return Cleaned(text, None if text else Reason.UNFINISHED)
    if len(text.split()) > most_words:
        text = _whole_sentences(text, most_words)
        return Cleaned(text, None if text else Reason.OVERLONG)
    return Cleaned(text, None)


class _Answered(NamedTuple):
    """What an answer says, or why it says nothing."""

    text: str
    whole: bool
    reason: Reason | None = None


def _answered(text: str, finished: bool) -> _Answered:
    """Return an answer without thoughts, marks, fences, and the JSON in which some models answer."""
    # Lone surrogates, which JSON can escape, cannot be written to any file.
    text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8")).replace("\r", "\n")
    found = said(decoded(text), finished)
    if found.thinking:
        return _Answered("", False, Reason.UNFINISHED)
    text = _concluded(found.text.strip().lstrip(": \n"))
    fenced = _FENCE.search(text)
    if fenced and fenced.group(1).strip():
        text = fenced.group(1).strip()
    if _JSON.match(text):
        try:
            # A remark may follow, but not on a string, which may only be a quotation.
            value = parse_foreign_json(text, only=text[0] == '"')
        except ValueError:
            if text[0] != '"':
                return _Answered("", False, Reason.NOT_PLAIN)
        else:
            # JSON may hold marks as escapes.
            inner = said(decoded(_string_in(value).encode("utf-8", "replace").decode("utf-8")), finished)
            return _Answered(_concluded(inner.text.strip()), True, Reason.UNFINISHED if inner.thinking else None)
    return _Answered(text, found.whole, Reason.UNFINISHED if found.text.strip() and not text else None)


def _concluded(text: str) -> str:
    """Return what follows reasoning under a heading; an empty string if nothing does."""
    text = _LEADING_ROLE.sub("", _FINAL.sub("", text))
    if text[:1] in ("{", "[") or not _REASONED.match(_CHEER.sub("", text)):  # JSON names its reasoning as headings do
        return text
    text = _BOLD.sub(r"\2", text)
    ends = [end.end() for end in _CONCLUDED.finditer(text)]
    return text[ends[-1] :].strip() if ends else ""


def _string_in(value: object) -> str:
    """Return the first string in parsed JSON, preferring the keys of answers and leaving out those of reasoning."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        keys = sorted((key for key in value if not _THOUGHT_KEYS.search(key)), key=_rank_of_key)
        return next(filter(None, (_string_in(value[key]) for key in keys)), "")
    if isinstance(value, list):
        return next(filter(None, map(_string_in, value)), "")
    return ""


def _rank_of_key(key: str) -> int:
    """Return the place of a key in JSON among those of answers."""
    return next((rank for rank, name in enumerate(_ANSWER_KEYS) if name in key.casefold()), len(_ANSWER_KEYS))


def _said(text: str) -> str:
    """Return a text without openings such as *Sure, here is a caption:*."""
    text = _CHEER.sub("", text.lstrip())
    opening = _OPENING.match(text)
    rest = text[opening.end() :] if opening else ""
    # "Here is a slow waltz." and "Here is a waltz: it is slow." are captions; an opening announces one.
    if _INTRODUCES.match(text):
        return text
    if opening and rest.strip() and (opening.group().rstrip()[-1] == ":" or _ANNOUNCES.search(opening.group())):
        return rest
    return text


def _first(text: str) -> tuple[str, bool]:
    """Return the first of several captions, its lines joined, and whether more text follows it."""
    lines = [_HEADING.sub("", line).strip() for line in text.split("\n")]
    kept: list[str] = []
    for number, line in enumerate(lines):
        bare = _LABEL.sub("", _NUMBERED.sub("", _LABEL.sub("", line)))
        if not line or not any(char.isalnum() for char in bare):
            if kept:
                return " ".join(kept), any(lines[number:])
            continue
        announces = line.endswith(":") and not kept  # "Here are three captions:"
        if announces:
            continue
        # A line break alone does not end a caption: models break lines anywhere.
        starts = _NUMBERED.match(line) or _LABEL.match(line)
        ended = bool(kept) and kept[-1][-1:] in '.!?\u2026"\u201d'
        if kept and (starts or ended or _REMARK.match(line) or _SPEAKER.match(line)):
            return " ".join(kept), True
        kept.append(bare)
    return " ".join(kept), False


def _plain(text: str) -> str:
    """Return a text without enclosing quotes, remarks after it, control characters and runs of spaces."""
    text = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in text)
    text = " ".join(text.split())
    before = None
    while before != text:  # quotes may enclose a label that precedes quotes
        before = text
        text = _LABEL.sub("", text).strip()
        for pair in _QUOTES:
            inside = text[1:-1]
            if len(text) > 2 and text[0] == pair[0] and text[-1] == pair[1] and not set(pair) & set(inside):
                text = inside.strip()
    return _without_remarks(_BRACKETED_REMARK.sub("", text))


def _without_remarks(text: str) -> str:
    """Return the sentences before the first remark about the caption."""
    ends = [0, *_sentence_ends(text)]
    for end in ends[1:]:
        if _REMARK.match(text[end:].lstrip(" (")):
            return text[:end]
    return text


def _sentence_ends(text: str) -> list[int]:
    """Return where sentences end; full stops of abbreviations end none."""
    ends = [(end.start(), end.end()) for end in _SENTENCE_END.finditer(text)]
    return [end for start, end in ends if not _ABBREVIATED.search(text[max(0, start - _LONGEST_ABBREVIATED) : start])]


def _whole_sentences(text: str, most_words: int) -> str:
    """Return as many whole sentences as fit; an empty string if not even one does."""
    whole = ""
    for end in _sentence_ends(text):
        if len(text[:end].split()) > most_words:
            break
        whole = text[:end]
    return whole

"""Rules of English for rewriting texts: a or an, plurals, lists, case."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

_WORD = re.compile(r"[\W_]*([^\W_]+)")

_SPOKEN_AN_NUMBER = re.compile(r"8\d*|1[18](?:\d\d)?(?!\d)")
"""Numbers that begin with a vowel: eight, eighty, eight hundred, eleven, eighteen, eleven and eighteen hundred."""

_AN_LETTERS = frozenset("aefhilmnorsx")
"""Letters whose names begin with a vowel: an R&B song, a D&B song."""

_CONSONANT_SOUND = re.compile(r"eu|ew|uk|uni(?!n|m)|us[aeiu]|ut[aeio]|ub|ugan|ur(?:al|an|in)|one(?!i)|once|ouija")

_SILENT_H = re.compile(r"hour|honest|hono|heir")

_ACRONYM = re.compile(r"[bcdfghjklmnpqrstvwxyz]{2,5}|[aeiou][bcdfghjklmnpqrstvwxz]{2,4}")

_SPELLED_OUT = frozenset({"uk", "us", "usa", "satb", "edm", "idm", "ebm"})

_IRREGULAR = {"man": "men", "woman": "women", "child": "children", "person": "people"}

_SMALL_WORDS = frozenset({"a", "an", "and", "da", "de", "d", "n", "in", "of", "on", "the", "to"})


def article_for(text: str) -> str:
    """Return ``"a"`` or ``"an"``, by the sound the text begins with.

    >>> [article_for(word) for word in ("oboe", "ukulele", "R&B song", "18th century dance", "hour")]
    ['an', 'a', 'an', 'an', 'an']
    """
    match = _WORD.match(text)
    if match is None:
        return "a"
    word = match.group(1)
    # Without accents: *étude* begins with a vowel too.
    plain = "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))
    lower = plain.lower()
    if lower[:1].isdigit():
        vowel = _SPOKEN_AN_NUMBER.match(lower) is not None
    elif len(lower) == 1 or _is_spelled_out(plain):
        vowel = lower[:1] in _AN_LETTERS
    elif lower[:1] in set("aeiou"):
        vowel = _CONSONANT_SOUND.match(lower) is None
    else:
        vowel = _SILENT_H.match(lower) is not None
    return "an" if vowel else "a"


def _is_spelled_out(word: str) -> bool:
    """Return whether a word is said letter by letter: EDM, rnb, but neither ROCK nor rhythm."""
    lower = word.lower()
    if lower in _SPELLED_OUT:
        return True
    looks = _ACRONYM.fullmatch(lower) is not None and "y" not in lower
    return looks and (word.isupper() or lower[:1] not in set("aeiou"))


def plural_of(noun: str) -> str:
    """Return the regular plural of a noun phrase, by its last word.

    >>> [plural_of(noun) for noun in ("double bass", "lullaby", "church organ", "cello")]
    ['double basses', 'lullabies', 'church organs', 'cellos']
    """
    head, space, last = noun.rpartition(" ")
    lower = last.lower()
    if lower in _IRREGULAR:
        made = _IRREGULAR[lower]
    elif lower.endswith(("s", "x", "z", "ch", "sh")):
        made = last + "es"
    elif lower.endswith("y") and lower[-2:-1] not in set("aeiou"):
        made = last[:-1] + "ies"
    else:
        made = last + "s"
    return head + space + made


def join_list(items: Sequence[str]) -> str:
    """Join items with commas and "and": ``"a"``, ``"a and b"``, ``"a, b and c"``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def capitalised(text: str) -> str:
    """Return the text with its first letter in upper case and the rest unchanged."""
    return text[:1].upper() + text[1:]


def titled(text: str) -> str:
    """Capitalise every word but the small ones, and leave the other letters unchanged (R&B stays R&B)."""
    words = re.split(r"([ \-]+)", text)
    return "".join(word if place and word in _SMALL_WORDS else capitalised(word) for place, word in enumerate(words))


def in_case_of(surface: str, new: str) -> str:
    """Return a replacement in the case of the words that it replaces.

    lower for lower, UPPER for UPPER, Title for Title, a capital for a capital: whatever the replacement's own case, so
    that no capital tells that a word was put in.

    Args:
        surface: the replaced words in the text.
        new: the replacement as the vocabulary writes it.
    """
    return _casing(surface)(new)


@lru_cache(maxsize=4096)
def _casing(surface: str) -> Callable[[str], str]:
    """Return what puts a replacement in the case of some words."""
    if surface.islower():
        return str.lower
    if case_of(surface) == "upper":
        return str.upper
    if case_of(surface) == "lower":
        return str
    words = [word for word in re.split(r"[\W_]+", surface) if word and word.lower() not in _SMALL_WORDS]
    is_title = len(words) > 1 and all(word[:1].isupper() or word[:1].isdigit() for word in words)
    return titled if is_title else capitalised


def case_of(written: str) -> str:
    """Return how words are written: ``upper`` (*R&B*), ``capital`` (*Irish*) or ``lower`` (*flute*, *3/4 time*)."""
    if written.isupper() and sum(char.isalpha() for char in written) > 1:
        return "upper"
    return "capital" if written[:1].isupper() else "lower"


Key = tuple[str, ...]
"""The words of a term: ``("drum", "and", "bass")``, ``("r", "&b")``, ``("3", "/4", "time")``."""

_JOINING = re.compile(r"\s{0,3}|[-\u2010-\u2013_]|\s?['\u2018\u2019`\u00b4]\s?")

_PLUS = frozenset({"&", "+"})
"""Symbols of one meaning: drum & bass, drum + bass."""

_BREAK = "\u200b"
"""The zero-width space, the one invisible character that separates words."""

_COMMON_JOINING = frozenset({" ", "-", "'", "\u2019"})


class _Folding(dict[int, str]):
    """Code point -> its folded character, filled as characters are met.

    A space for what is neither letter nor digit, nothing for a combining mark or an invisible character such as a soft
    hyphen.
    """

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = " "
        if unicodedata.combining(char) or (unicodedata.category(char) == "Cf" and char != _BREAK):
            folded = ""
        elif char.isalnum():
            parts = unicodedata.normalize("NFKD", char.casefold())
            base = "".join(part for part in parts if not unicodedata.combining(part))
            # One character for one, so that places in the folded text are places in the text (*ß* is kept).
            folded = base if len(base) == 1 and base.isalnum() else char
        self[code] = folded
        return folded


_FOLDING = _Folding()

# `str.translate` is quicker with a plain dict than with one that has `__missing__`.
_ASCII_FOLDING = {code: _FOLDING[code] for code in range(128)}


class Words:
    """A text cut into folded words.

    Attributes:
        text: as given.
        folded: the folded text, words separated by spaces; as long as the text but for combining marks.
        padded: the folded text between two spaces, so that every word has a space on both sides.
        words: its words.
        places: the place in the text of every place in the folded text; None if they are the same.
    """

    __slots__ = ("folded", "padded", "places", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded = text.translate(_ASCII_FOLDING if text.isascii() else _FOLDING)
        self.padded = f" {self.folded} "
        self.words = self.folded.split()
        self.places: list[int] | None = None
        if len(self.folded) != len(text):
            self.places = [place for place, char in enumerate(text) if _FOLDING[ord(char)]] + [len(text)]

    def where(self, word: str) -> Iterator[int]:
        """Yield the places in the text where a folded word, or several separated by single spaces, begins."""
        padded = f" {word} "
        place = self.padded.find(padded)
        while place >= 0:
            yield place if self.places is None else self.places[place]
            place = self.padded.find(padded, place + len(padded) - 1)  # the space after one may be before the next

    def next_word(self, end: int) -> tuple[int, str]:
        """Return where the word after a folded place begins, and the text before it; there must be one."""
        start = end
        while self.folded[start] == " ":
            start += 1
        if self.places is None:
            return start, self.text[end:start]
        return start, self.text[self.places[end] : self.places[start]]


def mark_of(gap: str, before: str) -> str | None:
    """Return how two words with this text between them follow each other in a term.

    Args:
        gap: the text between them.
        before: the first of them; a full stop may follow a single letter (*J. S. Bach*).

    Returns:
        ``""`` for words of one term, ``"&"`` or ``"/"`` for words joined by it, None for words apart.
    """
    if gap in _COMMON_JOINING or _JOINING.fullmatch(gap):
        return ""
    if len(before) == 1 and gap in (".", ". "):
        return ""
    symbol = gap.strip()
    if symbol in _PLUS:
        return "&"
    return "/" if gap == "/" else None


def words_of(text: str) -> Key:
    """Return the key of a term.

    >>> words_of("Drum & Bass"), words_of("3/4 time"), words_of("Étude")
    (('drum', '&bass'), ('3', '/4', 'time'), ('etude',))
    """
    words = Words(text)
    key: list[str] = []
    before, end = "", 0
    for word in words.words:
        start, gap = words.next_word(end)
        mark = mark_of(gap, before) if key else ""
        key.append((mark or "") + word)
        before, end = word, start + len(word)
    return tuple(key)

"""Rules of English for rewriting texts: a or an, plurals, lists, case."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

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


def in_case_of(surface: str, natural: str, new: str, starts_sentence: bool) -> str:
    """Return a replacement in the case of the words that it replaces.

    Args:
        surface: the replaced words in the text.
        natural: how the vocabulary writes the replaced term (``Irish``, ``R&B``, ``flute``).
        new: the replacement as the vocabulary writes it.
        starts_sentence: whether the surface begins a sentence.

    Returns:
        UPPER for UPPER, Title for Title, a capital for a capital. If the surface is in its natural case, so is
        the replacement; if the writer left out natural capitals (``irish``), so does the replacement.
    """
    if surface.islower():
        return new if natural.islower() else new.lower()
    first = surface[:1].isupper()
    letters = sum(char.isalpha() for char in surface)
    if surface.isupper() and not natural.isupper() and letters > 1:
        return new.upper()
    if surface == natural:
        return capitalised(new) if first and starts_sentence else new
    words = [word for word in re.split(r"[\W_]+", surface) if word and word.lower() not in _SMALL_WORDS]
    if len(words) > 1 and all(word[:1].isupper() or word[:1].isdigit() for word in words):
        return titled(new)
    if first and (starts_sentence or not natural[:1].isupper()):
        return capitalised(new)
    return new

"""Detection of English by the letters and the small words of a text.

Tags are left out first: *bossa nova* and *música popular* are stated in any language. The rest is English
unless too many of its letters are of another script, or more of its small words are another language's. A text
too short to decide counts as English.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]+")
_MOST_FOREIGN_LETTERS = 0.3
"""Largest share of letters outside the Latin script."""
_LEAST_FOREIGN_WORDS = 2
"""Number of another language's small words below which a text counts as English: one may be a name."""

_ENGLISH = frozenset(
    [
        *("a", "an", "and", "are", "as", "at", "be", "but", "by", "can", "for", "from", "has", "have", "here", "in"),
        *(
            "is",
            "it",
            "its",
            "into",
            "like",
            "of",
            "on",
            "or",
            "some",
            "sounds",
            "that",
            "the",
            "there",
            "this",
            "to",
            "we",
        ),
        *("what", "where", "which", "while", "with", "you", "your", "played", "featuring"),
        *("song", "piece", "music"),
    ]
)
"""Words of which nearly every English caption has some."""

_OTHERS = {
    "German": "der die das ein eine einer eines mit und ist von für auf im dem den wird zu ruhiges stück lied",
    "French": "le la les un une des du de et est avec dans pour sur au aux ce cette qui morceau chanson",
    "Spanish": "el la los las un una unos de del y es con en para por que se al este esta canción",
    "Italian": "il lo la gli le un una di del della e è con in per che da al questo questa brano",
    "Portuguese": "o a os as um uma de do da dos das e é com em para por que no na este esta música",
    "Dutch": "de het een en is met van voor op in te dat die wordt aan dit rustig nummer",
    "Polish": "i w z na do to jest się ten ta utwór oraz dla przy o",
    "Swedish": "en ett och är med av för på i som det den till detta låt",
    "Turkish": "bir ve ile bu için olan da de çok gibi şarkı",
    "Indonesian": "yang dan dengan ini adalah untuk dari di lagu sebuah musik",
}
"""Small words of languages in Latin letters in which models sometimes answer."""

# Words that are English too (*a*, *is*, *in*) do no harm: an English caption has more of the others.
_FOREIGN = {language: frozenset(words.split()) for language, words in _OTHERS.items()}


def is_english(text: str, tags: Iterable[str] = ()) -> bool:
    """Return whether a text seems to be English, leaving out the given tags.

    >>> is_english("A slow waltz with violin."), is_english("Ein langsamer Walzer mit der Violine.")
    (True, False)
    """
    lowered = text.lower()
    for tag in sorted(tags, key=len, reverse=True):  # longest first, since a tag may contain another
        lowered = lowered.replace(tag.lower(), " ")
    letters = [char for char in lowered if char.isalpha()]
    foreign = sum(not _is_latin(char) for char in letters)
    if foreign > _MOST_FOREIGN_LETTERS * len(letters):
        return False
    words = _WORD.findall(lowered)
    english = sum(word in _ENGLISH for word in words)
    others = max(sum(word in small for word in words) for small in _FOREIGN.values())
    return others < _LEAST_FOREIGN_WORDS or english >= others


def _is_latin(char: str) -> bool:
    """Return whether a letter is of the Latin script."""
    return char.isascii() or unicodedata.name(char, "").startswith(("LATIN", "MODIFIER", "FEMININE", "MASCULINE"))

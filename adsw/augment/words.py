"""Words as the figures count them: runs of letters and digits, hyphens and apostrophes inside, folded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from sys import intern

from adsw.spelling import folded

_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


def words_of(text: str) -> list[str]:
    """Return the words of a text, in order, repeats included.

    >>> words_of("A Piano-led 90's groove, in 3/4.")
    ['a', 'piano-led', "90's", 'groove', 'in', '3', '4']
    """
    return [intern(word) for word in _WORD.findall(folded(text))]  # Interned: a corpus has few different words.


def content_of(words: Sequence[str]) -> list[str]:
    """Return the words without function words (scikit-learn's English list), in their order."""
    function = function_words()
    return [word for word in words if word not in function]


@lru_cache(maxsize=1)
def function_words() -> frozenset[str]:
    """Return the English function words that scikit-learn lists."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS)

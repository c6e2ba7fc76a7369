"""Recognition of the tags of a hit that a query's text names."""

from __future__ import annotations

import re

_WORDS = re.compile(r"[^\W_]+")


def named_in(tag: str, text: str) -> bool:
    """Return whether every word of a tag is a word of a text, whatever the case.

    >>> named_in("church organ", "a slow minor tune on the church organ"), named_in("slow air", "a slow minor tune")
    (True, False)
    """
    words = _WORDS.findall(tag.casefold())
    return bool(words) and set(words) <= set(_WORDS.findall(text.casefold()))

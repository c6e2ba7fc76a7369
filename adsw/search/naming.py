"""Recognition of the tags of a hit that a query's text names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adsw.search.query import Query

_WORDS = re.compile(r"[^\W_]+")


def named_in(tag: str, text: str) -> bool:
    """Return whether every word of a tag is a word of a text, whatever the case.

    >>> named_in("church organ", "a slow minor tune on the church organ"), named_in("slow air", "a slow minor tune")
    (True, False)
    """
    words = _WORDS.findall(tag.casefold())
    return bool(words) and set(words) <= set(_WORDS.findall(text.casefold()))


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of a hit; `sort` is ``wanted`` or ``unwanted`` where the query names it."""

    text: str
    sort: str


def named_tags(tags: Mapping[str, Sequence[str]], query: Query) -> dict[str, tuple[Tag, ...]]:
    """Return the tags of a hit by category, as the query names them; categories without any are left out."""
    return {
        category: tuple(Tag(text, _sort(text, query)) for text in texts) for category, texts in tags.items() if texts
    }


def _sort(tag: str, query: Query) -> str:
    if any(named_in(tag, text) for text in query.unwanted):
        return "unwanted"
    return "wanted" if any(named_in(tag, text) for text in query.texts) else ""

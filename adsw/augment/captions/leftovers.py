"""Sentences that do not hold together, as small models leave them: *with sad*, *in and*, *for a major, 3/4 time*.

Rules that look at small words and at the grammar and category of terms, never at which term it is:

- words that must be followed by what they belong to (prepositions, articles) are followed by another of their kind, by
  a conjunction or by nothing; or the same words come three times in a row;
- a term that is an adjective stands where a noun must: between a preposition or an article and the end of its phrase;
- a piece is *for* how it is (*for 3/4 time*, *for monophonic*), not for who plays it;
- the caption begins with *a* before a term that takes *an*, or the other way round;
- tags stand bare between commas, as in the list that the model was given.
"""

from __future__ import annotations

import re
from itertools import pairwise

from adsw.augment.captions.invented import SOUNDING
from adsw.augment.captions.protocol import TagView
from adsw.augment.captions.stated import states
from adsw.augment.english import article_for
from adsw.augment.matcher import Hit
from adsw.augment.vocabulary import Reading, Vocabulary

_ARTICLES = r"(?:an?|the|its|their|his|her)"
_OPENS = r"(?:with|of|for|from|by|into|featuring|including)"
"""Prepositions that no verb takes along at the end of a clause (*sung along*, *fades in*, *to dance to*)."""
_BEFORE_THINGS = r"(?:with|from|by|featuring|including)"
"""Those after which an adjective is never a thing or a deed, as it is in *kind of sad*, *for relaxing*."""
_CLOSES = r"(?:[.;:!?)]|,?\s+(?:and|or|but)\s+(?:with|for|by|from|of|in|at)\b|\s+(?:with|of|for|from|by|in|at)\b|$)"

_DANGLING = re.compile(
    rf"\b{_OPENS}\s*(?:[.;:!?]|$)|\b{_OPENS}\s+(?:and|or|with|of|for|by)\b"
    rf"|\b(?:an?|the)\s*(?:[.,;:!?]|$)|\b(?:an?|the)\s+(?:and|or|with|of|for|by|from|is|are|an?|the)\b"
    r"|\b(?:and|or)\s*(?:[.;:!?]|$)|\b(?:and|or)\s+(?:and|or)\b|\bin\s+(?:and|or)\s+(?:with|an?|the)\b",
    re.IGNORECASE,
)
_BEFORE_ADJECTIVE = re.compile(rf"\b(?:{_ARTICLES}|{_BEFORE_THINGS})\s+$", re.IGNORECASE)
_AND = re.compile(r"(?:,\s*|,?\s+(?:and|or)\s+)$")
_ENDS = re.compile(_CLOSES, re.IGNORECASE)
_STUTTER = re.compile(r"\b(\w+(?:\W+\w+){0,3})(?:\W+\1\b){2}", re.IGNORECASE)
"""The same words three times in a row."""

_ADJECTIVE = "adjective"

_MANNERS = frozenset({"tempo", "metre", "mode", "register", "texture", "dynamics"})
"""Categories of how music is: nothing is written for one of them."""
_FOR = re.compile(r"\bfor\s+(?:an?\s+|the\s+)?$", re.IGNORECASE)
_ARTICLE = re.compile(r"(an?)\s+", re.IGNORECASE)
_COMMA = re.compile(r",\s*(?:and\s+)?")
_AFTER_ITEM = re.compile(r"(?:\W*$|\s+(?:with|of|for|from|by|in|at|on)\b)")


def has_leftovers(caption: Reading) -> bool:
    """Return whether a caption has parts that belong to nothing."""
    text = caption.text
    return (
        bool(_DANGLING.search(text) or _STUTTER.search(text))
        or any(_is_stranded(caption, group) for group in _adjectives(caption))
        or any(_is_for_a_manner(text, hit) for hit in caption.hits)
        or any(_has_wrong_article(text, hit) for hit in caption.hits[:1])
    )


def _is_for_a_manner(text: str, hit: Hit) -> bool:
    """Return whether a phrase is *for* how the music is."""
    if hit.form.category not in _MANNERS or not _FOR.search(text[: hit.start]):
        return False
    return bool(_ENDS.match(text, hit.end)) or text[hit.end : hit.end + 1] == ","


def _has_wrong_article(text: str, hit: Hit) -> bool:
    """Return whether a text begins with *a* for *an*, or *an* for *a*, and a term.

    Not asked elsewhere: people who write captions mistake the two in 1.7 of 100.
    """
    article = _ARTICLE.fullmatch(text[: hit.start])
    return article is not None and article.group(1).casefold() != article_for(text[hit.start : hit.end])


def has_bare_items(caption: str, view: TagView, vocabulary: Vocabulary) -> bool:
    """Return whether a caption has a bare tag after a comma that continues no list of its category.

    *A folk song, harmonium, free reeds, in 3/4 time* does; *a slow, minor waltz for cello, viola, violin* does not:
    adjectives and things of one kind are joined by commas.

    Args:
        caption: the text.
        view: its tags.
        vocabulary: tells which tags are adjectives.
    """
    tags = [(tag.casefold(), category) for category, given in view.items() for tag in given]
    before, *items = _COMMA.split(caption.casefold().strip())
    for place, item in enumerate(items, 1):
        named = [
            (tag, category) for tag, category in tags if item.startswith(tag) and _AFTER_ITEM.match(item, len(tag))
        ]
        if named:
            tag, category = max(named, key=lambda found: len(found[0]))
            alike = any(states(before, other) for other, of in tags if of == category or {of, category} <= SOUNDING)
            last = place == len(items)
            if not alike and (last or vocabulary.slot_of(tag, category) != _ADJECTIVE):
                return True
        before = item
    return False


def _adjectives(caption: Reading) -> list[list[Hit]]:
    """Return the adjectives of a caption, those joined by a comma or *and* together."""
    groups: list[list[Hit]] = []
    hits = [hit for hit in caption.hits if hit.form.slot == _ADJECTIVE]
    for before, hit in pairwise([None, *hits]):
        assert hit is not None
        joined = before is not None and _AND.fullmatch(caption.text[before.end : hit.start])
        if joined:
            groups[-1].append(hit)
        else:
            groups.append([hit])
    return groups


def _is_stranded(caption: Reading, group: list[Hit]) -> bool:
    """Return whether adjectives stand where a noun must."""
    text = caption.text
    return bool(_BEFORE_ADJECTIVE.search(text[: group[0].start]) and _ENDS.match(text, group[-1].end))

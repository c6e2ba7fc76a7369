"""Sentences that do not hold together, as small models leave them: *with sad*, *in and*, *for a major, 3/4 time*.

Rules that look at small words and at the grammar and category of terms, never at which term it is:

- words that must be followed by what they belong to (prepositions, articles) are followed by another of their kind, by
  a conjunction or by nothing; or the same words come three times in a row;
- a term that is an adjective stands where a noun must: between a preposition or an article and the end of its phrase;
- a piece is *for* how it is, where it is from or who wrote it (*for 3/4 time*, *for Chinese*, *for Bach*), not for who
  plays it; a bare form is played (*for air*); or somebody who plays does so for another (*a clarinet for woodwind*);
- music is *in* who plays it (*in keyboards*); a metre has a mode (*in a major 3/4 time*);
- a term is repeated with nothing but small words between (*for woodwind in the woodwind*), or a short caption says it
  three times;
- an adjective is joined to a thing (*with keyboards and major*);
- the caption begins with *a* before a term that takes *an*, or the other way round, or before a plural or a name that
  nothing follows (*A keyboards for ...*, *A Ryan's Mammoth Collection, ...*);
- tags stand bare between commas, as in the list that the model was given.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from adsw.augment.captions.invented import SOUNDING
from adsw.augment.captions.protocol import TagView
from adsw.augment.captions.stated import states
from adsw.augment.english import article_for
from adsw.augment.matcher import Hit
from adsw.augment.terms import PLURAL
from adsw.augment.vocabulary import Reading, Vocabulary

_ARTICLES = r"(?:an?|the|its|their|his|her)"
_OPENS = r"(?:with|of|for|from|by|into|featuring|including)"
"""Prepositions that no verb takes along at the end of a clause (*sung along*, *fades in*, *to dance to*)."""
_BEFORE_THINGS = r"(?:with|from|by|featuring|including)"
"""Those after which an adjective is never a thing or a deed, as it is in *kind of sad*, *for relaxing*."""
_CLOSES = r"(?:[.;:!?)]|,?\s+(?:and|or|but)\s+(?:with|for|by|from|of|in|at)\b|\s+(?:with|of|for|from|by|in|at|on)\b|$)"

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

_ADJECTIVE, _ADVERB = "adjective", "adverb"

_MANNERS = frozenset({"tempo", "metre", "mode", "register", "texture", "dynamics"})
"""Categories of how music is: nothing is written for one of them."""
_ORIGINS = frozenset({"region", "era", "composer"})
"""Categories of where music is from: without an article nothing is for one of them."""
_PLAYING = frozenset({"instrument", "family"})
_SOURCES = frozenset({"composer", "collection"})
_FOR = re.compile(r"\bfor\s+(?:an?\s+|the\s+)?$", re.IGNORECASE)
_FOR_BARE = re.compile(r"\bfor\s+$", re.IGNORECASE)
_IN = re.compile(r"\bin\s+(?:the\s+)?$", re.IGNORECASE)
_A = re.compile(r"an?\s+", re.IGNORECASE)
_WITH = re.compile(r"\b(?:with|for|from|by)\s+(?:the\s+)?$", re.IGNORECASE)
_SMALL = re.compile(r"\s+(?:in|of|for|with|on|from)\s+(?:an?\s+|the\s+)?", re.IGNORECASE)
_FOR_BETWEEN = re.compile(r"\s+for\s+(?:an?\s+|the\s+)?", re.IGNORECASE)
_ARTICLE = re.compile(r"(an?)\s+", re.IGNORECASE)
_FIRST = re.compile(r"(an?)\s+(?=\d)", re.IGNORECASE)
_LISTS = re.compile(r"\b(?:with|for|of|from|by|on|featuring|including)\b", re.IGNORECASE)
_COMMA = re.compile(r",\s*(?:and\s+)?")
_BETWEEN_ADJECTIVES = re.compile(r"[\s,]+")
_ONLY_ARTICLE = re.compile(r"\W*(?:an?|the)?\W*", re.IGNORECASE)
_AFTER_ITEM = re.compile(r"(?:\W*$|\s+(?:with|of|for|from|by|in|at|on)\b)")
_OFTEN = 3
_SHORT = 15
"""Largest number of words of a caption in which nothing is said `_OFTEN` times."""


def has_leftovers(caption: Reading) -> bool:
    """Return whether a caption has parts that belong to nothing."""
    text, hits = caption.text, caption.hits
    return (
        bool(_DANGLING.search(text) or _STUTTER.search(text))
        or any(_is_stranded(caption, group) for group in _adjectives(caption))
        or any(_is_misplaced(text, hits, place) for place in range(len(hits)))
        or any(_is_odd_pair(text, hits, place) for place in range(len(hits) - 1))
        or _repeats(caption)
        or _has_wrong_article(text, hits)
    )


def _ends(text: str, hit: Hit) -> bool:
    """Return whether a phrase ends with a term."""
    return bool(_ENDS.match(text, hit.end)) or text[hit.end : hit.end + 1] == ","


def _opening(text: str, hits: list[Hit], place: int) -> str:
    """Return what stands before a term and the adjectives before it."""
    start = hits[place].start
    for hit in reversed(hits[:place]):
        if hit.form.slot != _ADJECTIVE or not _BETWEEN_ADJECTIVES.fullmatch(text, hit.end, start):
            break
        start = hit.start
    return text[:start]


def _is_misplaced(text: str, hits: list[Hit], place: int) -> bool:
    """Return whether a term stands after a small word that does not go with its category."""
    hit = hits[place]
    category, slot = hit.form.category, hit.form.slot
    before = text[: hit.start]
    if not _ends(text, hit):
        return False
    if category in _MANNERS:
        return bool(_FOR.search(before))
    opening = _opening(text, hits, place)
    if category in _ORIGINS or (category == "form" and slot == "singular"):
        if _FOR_BARE.search(opening):
            return True
    elif category in _PLAYING and _IN.search(before):
        return True
    # Elsewhere people slip too: "a shimmering hi hats".
    if not _A.fullmatch(opening):
        return False
    is_plural = slot == PLURAL or (slot == "modifier" and hit.form.surface.endswith("s"))
    return (category in _PLAYING and is_plural) or (category in _SOURCES and text[hit.end : hit.end + 1] in {",", "."})


def _is_odd_pair(text: str, hits: list[Hit], place: int) -> bool:
    """Return whether a term and the next do not go together.

    They are one said twice, a mode of a metre (*a major 3/4 time*), or who the caption is about plays for another.
    """
    first, second = hits[place : place + 2]
    between = (first.end, second.start)
    if first.form.term == second.form.term:
        return bool(_SMALL.fullmatch(text, *between)) and _ends(text, second)
    if (first.form.category, second.form.category) == ("mode", "metre"):
        return text[slice(*between)].isspace()
    plays = {first.form.category, second.form.category} <= _PLAYING and _FOR_BETWEEN.fullmatch(text, *between)
    return bool(plays) and bool(_ARTICLE.fullmatch(_opening(text, hits, place)))


def _repeats(caption: Reading) -> bool:
    """Return whether a short caption says something again and again."""
    said = Counter(hit.form.term for hit in caption.hits)
    return max(said.values(), default=0) >= _OFTEN and len(caption.text.split()) <= _SHORT


def _has_wrong_article(text: str, hits: list[Hit]) -> bool:
    """Return whether a text begins with *a* for *an*, or *an* for *a*, and a term or a number.

    Not asked elsewhere: people who write captions mistake the two in 1.7 of 100.
    """
    article = _ARTICLE.fullmatch(text[: hits[0].start]) if hits else None
    article = article or _FIRST.match(text)
    return article is not None and article.group(1).casefold() != article_for(text[article.end() :])


def has_bare_items(caption: Reading, view: TagView, vocabulary: Vocabulary) -> bool:
    """Return whether a caption has a bare tag after a comma that continues no list of its category.

    *A folk song, harmonium, free reeds, in 3/4 time* does; *a slow, minor waltz for cello, viola, violin* does not:
    adjectives and things of one kind are joined by commas. Nor does *a slow, German, waltz*: a comma too many.

    Args:
        caption: as the vocabulary read it.
        view: its tags.
        vocabulary: tells which tags are adjectives.
    """
    text = caption.text.strip()
    tags = [(tag.casefold(), category) for category, given in view.items() for tag in given]
    given = vocabulary.given_by(tag for tag, _ in tags)
    found = {hit.start: hit for hit in caption.hits if hit.form.term in given}
    commas = list(_COMMA.finditer(text))
    before = text[: commas[0].start()].casefold() if commas else ""
    for comma, following in pairwise([*commas, None]):
        assert comma is not None
        item = text[comma.end() : len(text) if following is None else following.start()].casefold()
        named = [
            (len(tag), category, vocabulary.slot_of(tag, category))
            for tag, category in tags
            if item.startswith(tag) and _AFTER_ITEM.match(item, len(tag))
        ]
        hit = found.get(comma.end())
        if hit is not None and hit.form.slot != _ADVERB and _AFTER_ITEM.match(item, hit.end - hit.start):
            named.append((hit.end - hit.start, hit.form.category, hit.form.slot))
        if named and not _is_of_adjectives(caption, comma.start()):
            _, category, slot = max(named, key=lambda name: name[0])
            # After a preposition all that sounds may follow: "for cello, viola and bowed strings".
            kinds = SOUNDING if category in SOUNDING and _LISTS.search(text[: comma.start()]) else {category}
            alike = any(states(before, other) for other, of in tags if of in kinds)
            if not alike and (following is None or slot != _ADJECTIVE):
                return True
        before = item
    return False


def _is_of_adjectives(caption: Reading, end: int) -> bool:
    """Return whether a caption holds nothing but an article and adjectives up to a place."""
    hits = [hit for hit in caption.hits if hit.end <= end]
    rest, start = "", 0
    for hit in hits:
        rest, start = rest + caption.text[start : hit.start], hit.end
    return bool(hits) and all(hit.form.slot == _ADJECTIVE for hit in hits) and bool(_ONLY_ARTICLE.fullmatch(rest))


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
    """Return whether adjectives stand where a noun must: after a preposition, or joined to a thing after one."""
    text, start = caption.text, group[0].start
    if not _ENDS.match(text, group[-1].end):
        return False
    thing = next((hit for hit in caption.hits if _AND.fullmatch(text, hit.end, start)), None)
    joined = thing is not None and thing.form.slot != _ADJECTIVE and bool(_WITH.search(text[: thing.start]))
    return joined or bool(_BEFORE_ADJECTIVE.search(text[:start]))

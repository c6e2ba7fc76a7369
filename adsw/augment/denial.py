"""What a text denies: *no vocals, drums or bass*, *it isn't sad at all*, *lacks a melody*, *far from calm*, *drumless*.

A denial reaches from the word that denies through a list (commas, *or*, *nor*, *and*) to its end: a full stop, a
contrast (*but*, *just*, *only*), or a new clause.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Set
from itertools import islice

from adsw.augment.english import Words

_WORDS = frozenset(
    {
        "absence", "absent", "aint", "anything", "arent", "avoiding", "avoids", "barely", "cannot", "cant",
        "couldnt", "devoid", "didnt", "doesnt", "dont", "except", "excepting", "excluding", "far", "free",
        "hadnt", "hardly", "hasnt", "havent", "instead", "isnt", "lack", "lacked", "lacking", "lacks",
        "longer", "minus", "missing", "neither", "never", "no", "non", "none", "nor", "not", "nothing",
        "nowhere", "omits", "omitted", "omitting", "rather", "sans", "scarcely", "shouldnt", "t", "void",
        "wasnt", "werent", "without", "wont", "wouldnt", "zero",
    }
)  # fmt: skip
"""Folded words without which nothing is denied."""

_STEMS = frozenset(
    {
        "ain", "aren", "can", "couldn", "didn", "doesn", "don", "hadn", "hasn", "haven", "isn", "shouldn", "wasn",
        "weren", "won", "wouldn",
    }
)  # fmt: skip
"""Folded words that deny with the *t* after them: folding cuts *isn't* in two."""

_LOOKS = r"(?:is|are|was|were|does|do|did|has|have|had|wo|would|ca|could|should|ai)n\s?['\u2018\u2019`]?\s?t|can\s?not"

_DENIES = re.compile(
    r"\b(?:"
    + _LOOKS
    + r"|(?P<also>not\s+(?:only|just|merely|simply|to\s+mention|least|unlike)|without\s+(?:a\s+)?doubt)|"
    r"far\s+from|anything\s+but|nothing\s+like|rather\s+than|instead\s+of|except(?:\s+for)?|excluding|excepting|"
    r"no\s+longer|(?:hardly|barely|scarcely)(?:\s+(?:any|a|an|ever))?|lack(?:s|ed|ing)?(?:\s+of)?|"
    r"absence\s+of|absent|(?:de)?void\s+of|free\s+(?:of|from)|omit(?:s|ted|ting)|avoid(?:s|ing)|"
    r"no(?![\s.]*\d)|not|non|without|never|nor|neither|none\s+of|minus|sans|zero|missing)\b",
    re.IGNORECASE,
)
"""A word that denies what follows; with the group `also` it does not (*not only drums*)."""

_LESS = r"\b(?!wordless|regardless|endless|timeless|seamless)[^\W\d_]{3,30}-?less\b"

_WITH_LESS = re.compile(_LESS, re.IGNORECASE)

_SUFFIX = re.compile(rf"\b[^\W_][\w'\u2019]{{0,30}}(?:\s[^\W\d_]{{1,30}})?-\s?free\b|{_LESS}", re.IGNORECASE)
"""What a suffix denies: *vocal-free*, *drumless*."""

_FREE = re.compile(r"-\s?free\b", re.IGNORECASE)
"""What every suffix of *free* has, found sooner than the suffix."""

_PREDICATE = re.compile(
    r"\s(?:is|are|was|were)\s(?:\w{1,30}\s)?(?:absent|missing|lacking|omitted|nowhere)\b", re.IGNORECASE
)
"""What denies the clause before it: *drums and bass are absent*."""

_PREDICATES = frozenset({"absent", "missing", "lacking", "omitted", "nowhere"})

_CLAUSE = re.compile(r"[^.;:!?\n]*\Z")

_END = (
    r"[.;:!?()\n\u2013\u2014]|\s-\s|"
    r"\b(?:but|though|although|yet|while|whereas|however|only|just|solely|instead|except|other\s+than|"
    r"besides|apart\s+from|because|since|so|then|which|that|when|where|as|making|giving|creating|leaving|"
    r"there(?:\s+(?:is|are|was|were)|['\u2019]s)|"
    r"(?:it|this|he|she|they|we|you|i)(?:['\u2019](?:s|re|d|ll|ve))?|played|accompanied|backed|featuring|features|"
    r"(?:a|an|the|this)\s+(?:\w+\s+){1,4}(?:is|are|was|were|has|have|plays?|sings?|features?|contains?)|"
    r"with)\b"
)
"""Where a denial ends."""

_NEW = (
    r"with|it|this|just|only|but|very|pretty|quite|mostly|mainly|purely|simply|instrumental|featuring|instead|"
    r"giving|making"
)

_TURN = (
    rf",\s*(?:(?:and|or)\s+)?(?=(?:{_NEW})\b)|"
    r",?\s+and\s+(?=(?:with|it|this|there|is|are|was|has|have|very|quite|more|plays?|sounds?|features?|contains?)\b)"
)
"""A comma or *and* after which something new begins rather than the next item of what is denied."""

_ARTICLE_TURN = r",\s*(?:and\s+)?(?=(?:a|an|the)\s)"
"""The same, unless what is denied has articles itself: *no drums, a flute*, but *without a flute, a drum*."""

# One search for all of them takes half the time of one for each.
_STOP_WITH_ARTICLES = re.compile(f"{_END}|{_TURN}", re.IGNORECASE)
_STOP = re.compile(f"{_END}|{_TURN}|{_ARTICLE_TURN}", re.IGNORECASE)

_HAS_ARTICLE = re.compile(r"\s+(?:a|an|the)\s", re.IGNORECASE)

_MOST = 120
"""Largest number of characters of a denial."""


_MOST_DENIALS = 200
"""Number of denials from which on all of a text counts as denied: no description has as many."""


class Denial:
    """The places of a text that it denies; test one with `in`."""

    def __init__(self, words: Words) -> None:
        text, places = words.text, words.places
        if places is not None:  # without combining marks and invisible characters
            text = "".join(text[place] for place in places[:-1])
        told = _WORDS.intersection(words.words)
        found = islice(_denials(words, text, told), _MOST_DENIALS) if told else ()
        spans = [(match.start(), _end(text, match)) for match in found]
        has_free = "free" in told and _FREE.search(text) is not None
        if has_free or "less " in words.padded:
            suffix = _SUFFIX if has_free else _WITH_LESS  # which is quicker
            spans += [match.span() for match in islice(suffix.finditer(text), _MOST_DENIALS)]
        if not _PREDICATES.isdisjoint(told):
            predicates = islice(_PREDICATE.finditer(text), _MOST_DENIALS)
            spans += [(_begin(text, match.start()), match.end()) for match in predicates]
        if len(spans) >= _MOST_DENIALS:
            spans.append((min(start for start, _ in spans), len(text)))
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(end, self._ends[-1])
            else:
                self._starts.append(start)
                self._ends.append(end)
        if places is not None:
            self._starts = [places[start] for start in self._starts]
            self._ends = [places[end] for end in self._ends]

    @staticmethod
    def in_any(words: Words) -> bool:
        """Return whether a text has any word that may deny; quicker than finding out where."""
        return not _WORDS.isdisjoint(words.words) or "less " in words.padded

    def __contains__(self, place: int) -> bool:
        index = bisect_right(self._starts, place) - 1
        return index >= 0 and place < self._ends[index]


def _denials(words: Words, text: str, told: Set[str]) -> Iterator[re.Match[str]]:
    """Yield what `_DENIES` finds in a text without combining marks; `told` are the words in it that may deny."""
    if words.places is None:
        # Looked for only where a word begins that may deny: several times quicker than everywhere.
        begin = told | _STEMS.intersection(words.words) if "t" in told else told
        places = sorted(place for word in begin for place in words.where(word))
        found: Iterator[re.Match[str]] = filter(None, (_DENIES.match(text, place) for place in places))
    else:
        found = _DENIES.finditer(text)
    return (match for match in found if not match.group("also"))


def _begin(text: str, place: int) -> int:
    """Return where the clause that ends at a place begins, at most `_MOST` characters before."""
    window = text[max(0, place - _MOST) : place]
    clause = _CLAUSE.search(window)
    return place - len(clause.group() if clause else "")


def _end(text: str, match: re.Match[str]) -> int:
    """Return the place where the scope of a denial ends."""
    begin = match.end()
    limit = min(len(text), begin + _MOST)
    stop = (_STOP_WITH_ARTICLES if _HAS_ARTICLE.match(text, begin) else _STOP).search(text, begin, limit)
    return stop.start() if stop else limit

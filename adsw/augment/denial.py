"""What a text denies: *no vocals, drums or bass*, *it isn't sad at all*, *lacks a melody*, *far from calm*, *drumless*.

A denial reaches from the word that denies through a list (commas, *or*, *nor*, *and*) to its end: a full stop, a
contrast (*but*, *just*, *only*), or a new clause.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from adsw.augment.english import Words

_WORDS = frozenset(
    [
        "no",
        "not",
        "non",
        "without",
        "never",
        "nor",
        "neither",
        "none",
        "lack",
        "lacks",
        "lacked",
        "lacking",
        "absence",
        "absent",
        "devoid",
        "minus",
        "sans",
        "zero",
        "cannot",
        "missing",
        "hardly",
        "barely",
        "scarcely",
        "lest",
        "nothing",
        "nowhere",
        "void",
        "except",
        "excluding",
        "excepting",
        "instead",
        "rather",
        "free",
        "less",
        "isnt",
        "arent",
        "wasnt",
        "werent",
        "doesnt",
        "dont",
        "didnt",
        "hasnt",
        "havent",
        "hadnt",
        "wont",
        "wouldnt",
        "cant",
        "couldnt",
        "shouldnt",
        "aint",
        "isn",
        "aren",
        "wasn",
        "weren",
        "doesn",
        "don",
        "didn",
        "hasn",
        "haven",
        "hadn",
        "won",
        "wouldn",
        "can",
        "couldn",
        "shouldn",
        "ain",
        "far",
        "anything",
        "longer",
        "omits",
        "omitted",
        "omitting",
        "avoids",
        "avoiding",
        "unaccompanied",
    ]
)
"""Folded words without which nothing is denied."""

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

_SUFFIX = re.compile(
    r"[^\W_][\w'\u2019]*(?:\s[^\W\d_]+)?-\s?free\b|\b(?!wordless|regardless|endless|timeless|seamless)[^\W\d_]{3,}-?less\b",
    re.IGNORECASE,
)
"""What a suffix denies: *vocal-free*, *drumless*."""

_PREDICATE = re.compile(
    r"[^.;:!?\n]+\s(?:is|are|was|were)\s(?:\w+\s)?(?:absent|missing|lacking|omitted|nowhere)\b", re.IGNORECASE
)
"""A clause that denies what it is about: *drums and bass are absent*."""

_END = re.compile(
    r"[.;:!?()\n\u2013\u2014]|\s-\s|"
    r"\b(?:but|though|although|yet|while|whereas|however|only|just|solely|instead|except|other\s+than|"
    r"besides|apart\s+from|because|since|so|then|which|that|when|where|as|making|giving|creating|leaving|"
    r"there(?:\s+(?:is|are|was|were)|['\u2019]s)|"
    r"(?:it|this|he|she|they|we|you|i)(?:['\u2019](?:s|re|d|ll|ve))?|played|accompanied|backed|featuring|features|"
    r"(?:a|an|the|this)\s+(?:\w+\s+){1,4}(?:is|are|was|were|has|have|plays?|sings?|features?|contains?)|"
    r"with)\b",
    re.IGNORECASE,
)
"""Where a denial ends."""

_NEW = (
    r"with|it|this|just|only|but|very|pretty|quite|mostly|mainly|purely|simply|instrumental|featuring|instead|"
    r"giving|making"
)

_TURN = re.compile(
    rf",\s*(?:(?:and|or)\s+)?(?=(?:{_NEW})\b)|"
    r",?\s+and\s+(?=(?:with|it|this|there|is|are|was|has|have|very|quite|more|plays?|sounds?|features?|contains?)\b)",
    re.IGNORECASE,
)
"""A comma or *and* after which something new begins rather than the next item of what is denied."""

_ARTICLE_TURN = re.compile(r",\s*(?:and\s+)?(?=(?:a|an|the)\s)", re.IGNORECASE)
"""The same, unless what is denied has articles itself: *no drums, a flute*, but *without a flute, a drum*."""

_HAS_ARTICLE = re.compile(r"\s+(?:a|an|the)\s", re.IGNORECASE)

_MOST = 120
"""Largest number of characters of a denial."""


class Denial:
    """The places of a text that it denies; test one with `in`."""

    def __init__(self, words: Words) -> None:
        text, places = words.text, words.places
        if places is not None:  # without combining marks and invisible characters
            text = "".join(text[place] for place in places[:-1])
        spans = [(match.start(), _end(text, match)) for match in _DENIES.finditer(text) if not match.group("also")]
        spans += [match.span() for pattern in (_SUFFIX, _PREDICATE) for match in pattern.finditer(text)]
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
        return not _WORDS.isdisjoint(words.words) or "less" in words.folded

    def __contains__(self, place: int) -> bool:
        index = bisect_right(self._starts, place) - 1
        return index >= 0 and place < self._ends[index]


def _end(text: str, match: re.Match[str]) -> int:
    """Return the place where the scope of a denial ends."""
    begin = match.end()
    limit = min(len(text), begin + _MOST)
    turns = [_END, _TURN] if _HAS_ARTICLE.match(text, begin) else [_END, _TURN, _ARTICLE_TURN]
    return min((found.start() for turn in turns if (found := turn.search(text, begin, limit))), default=limit)

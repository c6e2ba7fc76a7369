"""What a caption says of the music though no tag says so, beyond the terms that the vocabulary finds in running text.

Four kinds: a number that no tag has (*12/16*, *120 bpm*, *his 13th*, *three instruments*); a key or an interval (*C
minor*, *in the key of G*, *the German key*, *a minor third*); a name that is neither a tag's nor a term's (*by John
Fielding*); and who or what sounds, or the value of a category of which music has one (its tempo), if the vocabulary
knows it as a tag alone because the word is ambiguous elsewhere (*vocals*, *voice*, *solo*, *grave*).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from adsw.augment.vocabulary import Reading, Vocabulary

SOUNDING = frozenset({"vocals", "instrument", "family", "ensemble"})
"""Categories of who or what sounds, of which a caption must not invent any."""

_MODE = "mode"
_WORD = re.compile(r"[^\W_][\w'\u2019#\u266f\u266d/-]*")
_NUMBER = re.compile(
    r"\d+(?:/\d+)?|^(?:single|two|three|four|five|six|seven|eight|nine|ten|twelve)(?![^-])", re.IGNORECASE
)
_KEY_OF = re.compile(r"\bkey of [A-G](?:[#\u266f\u266d]|[- ]?(?:sharp|flat)\b)?(?![\w'#])")
_KEY = re.compile(r"\s+key\b")
_INTERVAL = re.compile(r"\s+(?:second|third|sixth|seventh)\b")
_KEY_NOTE = re.compile(r"(?:^|[^\w'])([A-G](?:[#\u266f\u266d]|[- ]?(?:sharp|flat))?)[ -]$")
_SENTENCE = re.compile(r"(?:^|[.!?:\u2026]['\")\u201d]*\s+|[\"\u201c(])\W*$")
_LONGEST_INITIALS = 4
"""Capital letters that are an abbreviation (*DJ*, *R&B*, *EDM*) and not a name."""


def invented(caption: Reading, tags: Iterable[str], given: frozenset[int], vocabulary: Vocabulary) -> list[str]:
    """Return what a caption invents, in the order of the kinds above.

    Args:
        caption: as the vocabulary read it.
        tags: of the view.
        given: the terms that they state.
        vocabulary: knows the terms.
    """
    text = caption.text
    known = " ".join(tags).casefold()
    spans = [(hit.start, hit.end) for hit in caption.hits]
    said = {match.group() for match in _WORD.finditer(known)}
    free = [
        match
        for match in _WORD.finditer(text)
        if match.group().casefold() not in said and not any(a <= match.start() < b for a, b in spans)
    ]
    found = [
        number.group()
        for word in free
        for number in _NUMBER.finditer(word.group())
        if not re.search(rf"(?<!\w){re.escape(number.group().casefold())}(?![\d-])", known)
    ]
    found += _keys(caption, known)
    found += _names(text, free, known)
    # Beside what sounds a general word for it may stand (*a choir, with vocals*); beside a tempo no other tempo may.
    sounds = {vocabulary.terms[index].category for index in given} - vocabulary.single
    told = SOUNDING | vocabulary.single
    implied = given.union(*(vocabulary.kinship.implied_by(index) for index in given))
    for word in free:
        readings = vocabulary.senses_of(word.group())
        senses = [vocabulary.terms[index] for index in readings if index not in implied]
        states = len(senses) < len(readings) or any(term.category in sounds for term in senses)
        if not states and any(term.tag_only and term.category in told for term in senses):
            found.append(word.group())
    return found


def _keys(caption: Reading, known: str) -> Iterator[str]:
    """Yield the keys that are named beside a mode (*C sharp minor*) or without one (*the key of G*, *a German key*)."""
    yield from (key.group() for key in _KEY_OF.finditer(caption.text) if key.group().casefold() not in known)
    for hit in caption.hits:
        if hit.form.category != _MODE:
            if hit.form.slot == "adjective" and _KEY.match(caption.text, hit.end):
                yield caption.text[hit.start : hit.end] + " key"
            continue
        interval = _INTERVAL.match(caption.text, hit.end)
        if interval:
            yield caption.text[hit.start : interval.end()]
        note = _KEY_NOTE.search(caption.text[: hit.start])
        # A sentence may begin with the article: "A minor piece".
        if note and not (note.group(1) == "A" and _SENTENCE.search(caption.text[: note.start(1)])):
            key = caption.text[note.start(1) : hit.end]
            if key.casefold() not in known:
                yield key


def _names(text: str, free: list[re.Match[str]], known: str) -> Iterator[str]:
    """Yield the words with a capital that no tag has and no sentence begins with; none where most words have one."""
    written = [match.group() for match in _WORD.finditer(text)][1:]
    if 2 * sum(word[0].isupper() for word in written) > len(written):
        return
    for word in free:
        name = word.group()
        short = name.isupper() and len(name) <= _LONGEST_INITIALS
        begins = _SENTENCE.search(text[: word.start()])
        if name[0].isupper() and not short and not begins and name.split("'")[0].casefold() not in known:
            yield name

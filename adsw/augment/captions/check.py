"""Comparison of a caption with the tags of its view: tags it leaves out, and terms it adds."""

from __future__ import annotations

from typing import NamedTuple

from adsw.augment.captions.protocol import TagView
from adsw.augment.vocabulary import Reading, Vocabulary

_ENDINGS = ("s", "es", "ly")
"""Endings with which a tag still counts as stated: *guitars*, *slowly*."""


class CaptionCheck(NamedTuple):
    """The faults of a caption; two empty tuples if it has none."""

    missing: tuple[str, ...]
    """Tags of the view that the caption does not state."""
    added: tuple[str, ...]
    """Vocabulary terms in the caption that the view does not give."""


class CaptionChecker:
    """Compares captions with one view.

    A tag is stated by its words, whatever their case, or by another form of the same term (*hip-hop* for
    *hip hop*, an alias). A term is added if the vocabulary finds it and no tag gives it.
    """

    def __init__(self, view: TagView, vocabulary: Vocabulary) -> None:
        """Read the view's tags once for all its captions."""
        self._vocabulary = vocabulary
        self._tags = [(tag, tag.casefold()) for given in view.values() for tag in given]
        self._given = vocabulary.given_by(tag for tag, _ in self._tags)

    @property
    def tags(self) -> int:
        """Number of tags of the view."""
        return len(self._tags)

    def check(self, caption: str) -> CaptionCheck:
        """Return the faults of a caption of the view."""
        return self.check_read(self._vocabulary.read(caption))

    def check_read(self, caption: Reading) -> CaptionCheck:
        """Return the faults of a caption that the vocabulary has read already."""
        folded = caption.text.casefold()
        terms = [self._vocabulary.terms[hit.form.term] for hit in caption.hits]
        missing = tuple(tag for tag, wanted in self._tags if not states(folded, wanted))
        # Other forms of a tag's term are looked up only if its own words are not there: this runs for every caption.
        if missing:
            stated = {term.term for term in terms}
            missing = tuple(tag for tag in missing if self._vocabulary.canonical(tag) not in stated)
        added = [term.term for term, hit in zip(terms, caption.hits, strict=True) if hit.form.term not in self._given]
        return CaptionCheck(missing, tuple(dict.fromkeys(added)))


def states(text: str, tag: str) -> bool:
    """Return whether a text contains a tag as separate words, both casefolded; *trap* does not state *rap*.

    >>> states("two guitars", "guitar"), states("a trap beat", "rap")
    (True, False)
    """
    at = text.find(tag)
    while at >= 0:
        end = at + len(tag)
        # Letters or digits on both sides of the tag's first place mean that it begins inside a word.
        before = text[at - 1 : at] + tag[:1]
        if not (len(before) == 2 and before.isalnum()) and _ends(text, end, tag):
            return True
        at = text.find(tag, at + 1)
    return False


def _ends(text: str, end: int, tag: str) -> bool:
    """Return whether a word of the text ends at a place, with or without one of `_ENDINGS`."""
    if not tag[-1:].isalnum() or not text[end : end + 1].isalnum():
        return True
    return any(text.startswith(ending, end) and not text[end + len(ending) :][:1].isalnum() for ending in _ENDINGS)

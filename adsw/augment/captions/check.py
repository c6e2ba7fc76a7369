"""Whether a caption states the tags of its view and nothing else."""

from __future__ import annotations

from typing import NamedTuple

from adsw.augment.captions.protocol import TagView
from adsw.augment.vocabulary import Reading, Vocabulary


class CaptionCheck(NamedTuple):
    """What is wrong with a caption; two empty tuples where nothing is."""

    missing: tuple[str, ...]
    """Tags of the view that do not stand in the caption."""
    added: tuple[str, ...]
    """Vocabulary terms in the caption that the view does not give."""


def check_caption(caption: str, view: TagView, vocabulary: Vocabulary) -> CaptionCheck:
    """Compare a caption with its view: tags by string search whatever the case, other terms by the vocabulary."""
    return CaptionChecker(view, vocabulary).check(caption)


class CaptionChecker:
    """Compares captions with one view."""

    def __init__(self, view: TagView, vocabulary: Vocabulary) -> None:
        """Read the view's tags once for all its captions."""
        self._vocabulary = vocabulary
        self._tags = [(tag, tag.casefold()) for given in view.values() for tag in given]
        self._given = vocabulary.given_by(tag for tag, _ in self._tags)

    @property
    def tags(self) -> int:
        """Tags of the view."""
        return len(self._tags)

    def check(self, caption: str) -> CaptionCheck:
        """What is wrong with a caption of the view."""
        return self.check_read(self._vocabulary.read(caption))

    def check_read(self, caption: Reading) -> CaptionCheck:
        """The same for a caption that the vocabulary has read already."""
        folded = caption.text.casefold()
        terms, hits = self._vocabulary.terms, caption.hits
        missing = tuple(tag for tag, wanted in self._tags if wanted not in folded)
        added = [terms[hit.form.term].term for hit in hits if hit.form.term not in self._given]
        return CaptionCheck(missing, tuple(dict.fromkeys(added)))

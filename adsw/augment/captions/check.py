"""Whether a caption states the tags of its view and nothing else."""

from __future__ import annotations

from typing import NamedTuple

from adsw.augment.captions.protocol import TagView
from adsw.augment.vocabulary import Vocabulary


class CaptionCheck(NamedTuple):
    """What is wrong with a caption; two empty tuples where nothing is."""

    missing: tuple[str, ...]
    """Tags of the view that do not stand in the caption."""
    added: tuple[str, ...]
    """Vocabulary terms in the caption that the view does not give."""


def check_caption(caption: str, view: TagView, vocabulary: Vocabulary) -> CaptionCheck:
    """Compare a caption with its view: tags by string search whatever the case, other terms by the
    vocabulary."""
    tags = [tag for given in view.values() for tag in given]
    folded = caption.casefold()
    missing = tuple(tag for tag in tags if tag.casefold() not in folded)
    given = vocabulary.given_by(tags)
    hits = vocabulary.read(caption).hits
    added = dict.fromkeys(vocabulary.terms[hit.form.term].term for hit in hits if hit.form.term not in given)
    return CaptionCheck(missing, tuple(added))

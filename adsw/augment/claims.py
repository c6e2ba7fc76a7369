"""What a text claims of the music, what is true of a track, and so of which tracks a text is true.

Both are sets of names. A name is the folded name of a term of the vocabulary, under which all its forms, spellings and
categories are one, or a folded tag that the vocabulary does not know. A text is true of a track if its claims are known
and all among the track's truths.
"""

from __future__ import annotations

from collections.abc import Iterable

from adsw.augment.denial import Denial
from adsw.augment.english import Words
from adsw.augment.matcher import term_name
from adsw.augment.swap import ARTICLE, Swap
from adsw.augment.vocabulary import Reading, Vocabulary

Claims = tuple[str, ...]
"""Names, sorted, each once."""


def claims_of_tags(tags: Iterable[str], vocabulary: Vocabulary) -> Claims:
    """Return what a list of tags claims."""
    return tuple(sorted({vocabulary.name_of(tag) for tag in tags}))


def claims_of_caption(caption: Reading, stated: Iterable[str], vocabulary: Vocabulary) -> Claims | None:
    """Return what a view's caption claims: the tags that it states, and the terms that it adds.

    Args:
        caption: as the vocabulary read it.
        stated: the tags and terms in it, by the view's `CaptionChecker`.
        vocabulary: gives the names.

    Returns:
        The claims; None if it states nothing that is known, or denies a term otherwise than a tag does (*no drums*):
        no tags can confirm that.
    """
    stated = list(stated)
    if Denial.in_any(caption.words) and not any(Denial.in_any(Words(tag)) for tag in stated):
        denial = Denial(caption.words)
        if any(hit.start in denial for hit in caption.hits):
            return None
    return claims_of_tags(stated, vocabulary) or None


def claims_of_swap(claims: Claims | None, made: Swap, vocabulary: Vocabulary) -> Claims | None:
    """Return what a swap of a text with these claims claims: replaced terms exchanged for their replacements.

    Returns:
        The claims; None if the original's are not known, or a replaced term is only a part of what it claims.
    """
    replaced = {term_name(old) for old, _ in made.terms}
    if claims is None or not replaced.issubset(claims):
        return None
    put_in = {vocabulary.name_of(edit.new) for edit in made.edits if edit.category != ARTICLE}
    return tuple(sorted(put_in.union(claims) - (replaced - put_in)))


def truths_of(tags: Iterable[str], vocabulary: Vocabulary) -> Claims:
    """Return the names of all that is true of a track with these tags, sorted.

    They are the tags, the other senses and the aliases' terms of each, and all that is broader: *hard rock* is *rock*,
    a flute a woodwind. A tag that is not known as a whole is all that the terms in it say. A tag that denies something
    (*no drums*) implies nothing.
    """
    names: set[str] = set()
    for tag in tags:
        reading = vocabulary.read(tag)
        senses = vocabulary.senses_of(tag)
        names.add(vocabulary.name_of(tag))
        names.update(vocabulary.term_names[sense] for sense in senses)
        if not Denial.in_any(reading.words):
            for index in senses or [hit.form.term for hit in reading.hits]:
                names.update(vocabulary.term_names[implied] for implied in vocabulary.kinship.implied_by(index))
    return tuple(sorted(names))

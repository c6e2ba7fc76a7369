"""Remarks on peculiarities of a store that matter for its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adsw.augment.vocabulary import Vocabulary
from adsw.encode.plan import vocabulary_identity
from adsw.encode.store import Store
from adsw.evaluate.quality.groups import Group
from adsw.evaluate.quality.sample import QualitySample


def remarks(store: Store, sample: QualitySample, groups: Sequence[Group], vocabulary: Vocabulary) -> Iterator[str]:
    """Yield a remark for each peculiarity that applies.

    Args:
        store: the store.
        sample: the texts of it that were measured.
        groups: the sample's groups.
        vocabulary: the one that terms were read with.
    """
    total = sum(store.info.splits[split].tracks for split in set(sample.splits))
    if sample.tracks < total:
        yield (
            f"Measured on {sample.tracks:,} of {total:,} tracks: the first of each split, in the order of a hash of "
            "their names. Which texts stand on other tracks is counted among these."
        )
    if vocabulary_identity(vocabulary) != store.info.vocabulary:
        yield (
            "The vocabulary at hand is not the one that the store was made with (tracks were left out, a file of your "
            "own, or another version). Coverage and added terms are counted as the store has them; their names, and "
            "the terms by category, are read by the one at hand."
        )
    stand_ins = sum(len(group.members) for group in groups if group.stands_in)
    if stand_ins:
        captions = int(sample.of("caption").sum())
        yield (
            f"{stand_ins:,} of {captions:,} captions ({stand_ins / captions:.1%}) were worded by a stand-in, because "
            f"no answer of {store.info.captioner} was taken. They are counted apart."
        )
    if not sample.of("human").any():
        yield "There are no human captions, so nothing is compared with them."

"""Texts that occur on other tracks too, word for word or nearly."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from adsw.arrays import Floats, Ints
from adsw.evaluate.words import content_of


def other_tracks(texts: Sequence[str], track_M: Ints) -> Floats:
    """Count the other tracks that have the same string, float64 [M].

    Args:
        texts: the M texts.
        track_M: the track of each.
    """
    holders: dict[str, set[int]] = {}
    for text, track in zip(texts, track_M.tolist(), strict=True):
        holders.setdefault(text, set()).add(track)
    return np.array([len(holders[text]) - 1 for text in texts], dtype=np.float64)


def near_copies(texts: Sequence[str], words: Sequence[Sequence[str]]) -> Floats:
    """Return 1 for a text whose set of content words is that of another string, else 0, float64 [M].

    Order, case, punctuation, repeats and function words do not matter. A text without content words is no copy.

    Args:
        texts: the M texts.
        words: the words of every text (`adsw.evaluate.words`).
    """
    keys: list[Hashable] = [frozenset(content_of(text_words)) for text_words in words]
    wordings: dict[Hashable, set[str]] = {}
    for key, text in zip(keys, texts, strict=True):
        wordings.setdefault(key, set()).add(text)
    return np.array([float(bool(key) and len(wordings[key]) > 1) for key in keys], dtype=np.float64)

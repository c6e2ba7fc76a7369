"""Texts that stand on other tracks too, word for word or nearly."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from adsw.arrays import Floats, Ints
from adsw.evaluate.words import content_of


def other_tracks(texts: Sequence[str], track_M: Ints) -> Floats:
    """On how many other tracks the same string stands, [M]."""
    holders: dict[str, set[int]] = {}
    for text, track in zip(texts, track_M.tolist(), strict=True):
        holders.setdefault(text, set()).add(track)
    return np.array([len(holders[text]) - 1 for text in texts], dtype=np.float64)


def near_copies(texts: Sequence[str], words: Sequence[Sequence[str]]) -> Floats:
    """1 for a text whose content words are those of another string, whatever the order, case, punctuation and
    function words; 0 for others, [M]. A text without content words is nobody's copy.

    Args:
        texts: the texts.
        words: of every text (`adsw.evaluate.words`).
    """
    keys: list[Hashable] = [frozenset(content_of(found)) for found in words]
    wordings: dict[Hashable, set[str]] = {}
    for key, text in zip(keys, texts, strict=True):
        wordings.setdefault(key, set()).add(text)
    return np.array([float(bool(key) and len(wordings[key]) > 1) for key in keys], dtype=np.float64)

"""Samples of one text per track, whose figures do not depend on how many texts a track has."""

from __future__ import annotations

import numpy as np

from adsw.arrays import Ints
from adsw.draws import generator


def one_per_track(track_M: Ints, seed: int = 0) -> Ints:
    """Draw one text of every track at random, and the tracks in random order.

    The texts of one track share its tags, so a sample with several of a track would look the less varied the fewer
    tracks a corpus has.

    Args:
        track_M: the track of every text, any integers.
        seed: of the draws.

    Returns:
        Rows of the chosen texts, one per track.
    """
    rng = generator(seed, "quality one per track")
    order = rng.permutation(len(track_M))
    first = np.unique(track_M[order], return_index=True)[1]
    chosen: Ints = rng.permutation(order[first])
    return chosen

"""How like the human captions of its own track a text is, against those of other tracks.

A cosine says little alone: any two sentences about music are alike. So every figure comes with the same towards
other tracks' human captions. Human captions are compared too, each with the others of its track: what two people
hearing one track come to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats, Ints
from adsw.draws import generator
from adsw.evaluate.quality.sample import QualitySample
from adsw.evaluate.quality.sums import products, summed

CLOSER_TEXTS = 20_000
"""Texts for which `Likeness.closer` is taken, at most, evenly drawn."""
CLOSER_HUMANS = 1000
"""Human captions that stand for those of all other tracks in it."""
CHRF_TEXTS = 4000
"""Texts of a source for which chrF is taken, at most, evenly drawn."""
SAME = 1e-5
"""Cosines so near to each other are the same: beyond is rounding of half precision."""
_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Likeness:
    """Values of M texts, NaN where they were not taken: for a track without (other) human captions, beyond a sample.

    Attributes:
        own: mean cosine to the human captions of the own track.
        others: mean cosine to those of all other tracks.
        closer: share of the other tracks' human captions that are further away than the own ones are on average, ties
            half; chance is 0.5.
        chrf_own: chrF (Popovic, WMT 2015; sacreBLEU's) against one drawn human caption of the own track, a fraction.
        chrf_others: the same against one of another track.
    """

    own: Floats
    others: Floats
    closer: Floats
    chrf_own: Floats
    chrf_others: Floats


def likeness(sample: QualitySample, seed: int = 0) -> Likeness:
    """Compare every text of a sample with the human captions in it.

    Args:
        sample: the texts.
        seed: of the samples.
    """
    human = np.flatnonzero(sample.of("human"))
    own, others = _cosines(sample, human)
    chrf = _chrf(sample, human, own, seed)
    return Likeness(own, others, _closer(sample, human, own, seed), chrf[0], chrf[1])


def _cosines(sample: QualitySample, human: Ints) -> tuple[Floats, Floats]:
    """Mean cosines to the own track's human captions (but the text itself) and to those of all others, [M] each."""
    sums_ND = summed(sample.vectors[human], sample.track[human], sample.tracks)
    counts_N = np.bincount(sample.track[human], minlength=sample.tracks).astype(np.float64)
    is_human = np.zeros(len(sample))
    is_human[human] = 1.0
    towards_own = products(sample.vectors, sums_ND, sample.track)
    everybody = np.zeros(len(sample), dtype=np.int64)
    far = products(sample.vectors, sums_ND.sum(axis=0, keepdims=True), everybody) - towards_own
    itself = is_human * np.einsum("md,md->m", sample.vectors, sample.vectors, dtype=np.float64)
    own_counts = counts_N[sample.track] - is_human
    other_counts = len(human) - counts_N[sample.track]
    known = (own_counts > 0) & (other_counts > 0)
    own, others = np.full(len(sample), np.nan), np.full(len(sample), np.nan)
    np.divide(towards_own - itself, own_counts, out=own, where=known)
    np.divide(far, other_counts, out=others, where=known)
    return own, others


def _closer(sample: QualitySample, human: Ints, own: Floats, seed: int) -> Floats:
    rng = generator(seed, "quality closer")
    texts = np.sort(rng.permutation(np.flatnonzero(np.isfinite(own)))[:CLOSER_TEXTS])
    drawn = np.sort(rng.permutation(human)[:CLOSER_HUMANS])
    found = np.full(len(sample), np.nan)
    for first in range(0, len(texts), _ROWS):
        rows = texts[first : first + _ROWS]
        cosines: NDArray[np.float32] = sample.vectors[rows] @ sample.vectors[drawn].T
        foreign = sample.track[rows][:, None] != sample.track[drawn][None, :]
        ahead = own[rows][:, None] - cosines
        wins = ((ahead > SAME) + 0.5 * (np.abs(ahead) <= SAME)) * foreign
        _divide_into(found, rows, wins.sum(axis=1), foreign.sum(axis=1))
    return found


def _divide_into(found: Floats, rows: Ints, sums: Floats, counts: Ints) -> None:
    known = counts > 0
    found[rows[known]] = sums[known] / counts[known]


def _chrf(sample: QualitySample, human: Ints, own: Floats, seed: int) -> tuple[Floats, Floats]:
    """chrF against one human caption of the own track and one of another, [M] each."""
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF()
    rng = generator(seed, "quality chrf")
    found = np.full(len(sample), np.nan), np.full(len(sample), np.nan)
    by_track: dict[int, list[int]] = {}
    for place in human.tolist():
        by_track.setdefault(int(sample.track[place]), []).append(place)
    for source in np.unique(sample.source):
        texts = np.flatnonzero(np.isfinite(own) & (sample.source == source))
        for text in np.sort(rng.permutation(texts)[:CHRF_TEXTS]).tolist():
            near = [place for place in by_track[int(sample.track[text])] if place != text]
            far = _foreign(human, int(sample.track[text]), sample.track, rng)
            for values, reference in zip(found, (near[int(rng.integers(len(near)))], far), strict=True):
                score = metric.sentence_score(sample.texts[text], [sample.texts[reference]]).score
                values[text] = score / 100
    return found


def _foreign(human: Ints, track: int, track_of: Ints, rng: np.random.Generator) -> int:
    """A human caption of another track; there is one."""
    while True:
        drawn = int(human[int(rng.integers(len(human)))])
        if track_of[drawn] != track:
            return drawn

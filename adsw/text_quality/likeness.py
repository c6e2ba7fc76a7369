"""Similarity of texts to the human captions of their own track and of other tracks.

A cosine by itself says little, because any two sentences about music are similar. So every figure is given towards
the own track's human captions and towards those of other tracks. Human captions are compared too, each with the others
of its track: this is the similarity that two people reach who hear the same track.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats, Ints
from adsw.draws import generator
from adsw.text_quality.sample import QualitySample

_SUM_ROWS = 8192
"""Rows held in float64 at a time."""


def summed(vectors_MD: NDArray[Any], owner_M: Ints, owners: int) -> Floats:
    """Sum the vectors of every owner, in float64, [owners, D].

    Args:
        vectors_MD: the vectors, one per row.
        owner_M: the owner of each, 0 to owners - 1.
        owners: number of owners; one without vectors has a sum of 0.
    """
    from scipy.sparse import csr_matrix

    out = np.zeros((owners, vectors_MD.shape[1]))
    for first in range(0, len(owner_M), _SUM_ROWS):
        owner = owner_M[first : first + _SUM_ROWS]
        # A sparse product is far faster than `np.add.at`.
        belongs = csr_matrix((np.ones(len(owner)), (owner, np.arange(len(owner)))), shape=(owners, len(owner)))
        out += belongs @ vectors_MD[first : first + _SUM_ROWS].astype(np.float64)
    return out


def products(vectors_MD: NDArray[Any], sums_CD: Floats, owner_M: Ints) -> Floats:
    """Return the inner product of every vector with its owner's sum, float64 [M].

    Args:
        vectors_MD: the vectors.
        sums_CD: the sum of each of C owners.
        owner_M: the owner of each vector.
    """
    out = np.empty(len(owner_M))
    for first in range(0, len(owner_M), _SUM_ROWS):
        rows = slice(first, first + _SUM_ROWS)
        out[rows] = np.einsum("md,md->m", vectors_MD[rows].astype(np.float64), sums_CD[owner_M[rows]])
    return out


CLOSER_TEXTS = 20_000
"""Texts for which `Likeness.closer` is computed at most, drawn at random."""

CLOSER_HUMANS = 1000
"""Human captions, drawn at random, that `Likeness.closer` compares with."""

CHRF_TEXTS = 4000
"""Texts of a source for which chrF is computed at most, drawn at random."""

SAME = 1e-5
"""Largest difference of cosines that count as equal; embeddings are stored in half precision."""

_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Likeness:
    """Similarities of M texts; NaN for a track without (other) human captions, and for texts not drawn.

    Attributes:
        own: mean cosine to the human captions of the own track, without the text itself, [M].
        others: mean cosine to those of all other tracks, [M].
        closer: share of the other tracks' human captions that are further away than the own ones are on average, ties
            half, [M]; chance is 0.5.
        chrf_own: chrF (Popovic, WMT 2015; sacreBLEU's), 0 to 1, against one human caption of the own track, drawn at
            random, [M].
        chrf_others: the same against one of another track, [M].
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
    """Compute `Likeness.own` and `Likeness.others`.

    Args:
        sample: M texts.
        human: rows of the human captions.
    """
    # The cosines to many texts add up to the product with the sum of their vectors: no matrix of all pairs.
    sums_ND = summed(sample.vectors[human], sample.track[human], sample.tracks)
    counts_N = np.bincount(sample.track[human], minlength=sample.tracks).astype(np.float64)
    is_human = np.zeros(len(sample))
    is_human[human] = 1.0
    towards_own = products(sample.vectors, sums_ND, sample.track)
    single_owner = np.zeros(len(sample), dtype=np.int64)
    far = products(sample.vectors, sums_ND.sum(axis=0, keepdims=True), single_owner) - towards_own
    # A human caption is in its track's sum: its product with itself is taken out again.
    itself = is_human * np.einsum("md,md->m", sample.vectors, sample.vectors, dtype=np.float64)
    own_counts = counts_N[sample.track] - is_human
    other_counts = len(human) - counts_N[sample.track]
    known = (own_counts > 0) & (other_counts > 0)
    own, others = np.full(len(sample), np.nan), np.full(len(sample), np.nan)
    np.divide(towards_own - itself, own_counts, out=own, where=known)
    np.divide(far, other_counts, out=others, where=known)
    return own, others


def _closer(sample: QualitySample, human: Ints, own: Floats, seed: int) -> Floats:
    """Compute `Likeness.closer` for texts drawn at random; `own` are the mean cosines to the own track."""
    rng = generator(seed, "quality closer")
    texts = np.sort(rng.permutation(np.flatnonzero(np.isfinite(own)))[:CLOSER_TEXTS])
    drawn = np.sort(rng.permutation(human)[:CLOSER_HUMANS])
    closer = np.full(len(sample), np.nan)
    for first in range(0, len(texts), _ROWS):
        rows = texts[first : first + _ROWS]
        cosines: NDArray[np.float32] = sample.vectors[rows] @ sample.vectors[drawn].T
        foreign = sample.track[rows][:, None] != sample.track[drawn][None, :]
        ahead = own[rows][:, None] - cosines
        wins = ((ahead > SAME) + 0.5 * (np.abs(ahead) <= SAME)) * foreign
        _divide_into(closer, rows, wins.sum(axis=1), foreign.sum(axis=1))
    return closer


def _divide_into(means: Floats, rows: Ints, sums: Floats, counts: Ints) -> None:
    """Write sums over counts to some rows; rows whose count is 0 stay."""
    known = counts > 0
    means[rows[known]] = sums[known] / counts[known]


def _chrf(sample: QualitySample, human: Ints, own: Floats, seed: int) -> tuple[Floats, Floats]:
    """Compute `Likeness.chrf_own` and `Likeness.chrf_others` for texts drawn at random."""
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF()
    rng = generator(seed, "quality chrf")
    scores = np.full(len(sample), np.nan), np.full(len(sample), np.nan)
    by_track: dict[int, list[int]] = {}
    for place in human.tolist():
        by_track.setdefault(int(sample.track[place]), []).append(place)
    for source in np.unique(sample.source):
        texts = np.flatnonzero(np.isfinite(own) & (sample.source == source))
        for text in np.sort(rng.permutation(texts)[:CHRF_TEXTS]).tolist():
            near = [place for place in by_track[int(sample.track[text])] if place != text]
            far = _foreign(human, int(sample.track[text]), sample.track, rng)
            for values, reference in zip(scores, (near[int(rng.integers(len(near)))], far), strict=True):
                score = metric.sentence_score(sample.texts[text], [sample.texts[reference]]).score
                values[text] = score / 100
    return scores


def _foreign(human: Ints, track: int, track_of: Ints, rng: np.random.Generator) -> int:
    """Draw a human caption of another track, of which there must be one."""
    # Drawn until it fits: listing the others for every text would take longer.
    while True:
        drawn = int(human[int(rng.integers(len(human)))])
        if track_of[drawn] != track:
            return drawn

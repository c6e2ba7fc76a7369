"""Measures of how much texts differ in their words: distinct-n and self-BLEU, on samples of a fixed size.

Both change with the number of texts they are taken on, and with how many of one track are among them, so that a
small corpus would look more varied than a large one, or a corpus of many views less. Here all are measured on the
same: one text per track (`adsw.text_quality.diversity`), and

* distinct-n (Li et al., *A Diversity-Promoting Objective Function*, NAACL 2016) on blocks of 500 n-grams, mean over the
  blocks, as the mean segmental type-token ratio does (Johnson, 1944); n-grams do not cross texts;
* self-BLEU (Zhu et al., *Texygen*, SIGIR 2018) on 300 texts, each against all others. BLEU is sacreBLEU's (sentence
  level, effective order, exponential smoothing), on words as `adsw.augment.words` finds them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats, Ints
from adsw.draws import generator
from adsw.stats.estimates import Estimate, means, ratios
from adsw.text_quality.likeness import products, summed

BLOCK = 500
"""n-grams of a block."""

MOST_BLOCKS = 200

SELF_BLEU_TEXTS = 300

_ORDER = 4
"""Longest n-gram of BLEU."""


def distinct(texts: Sequence[Sequence[str]], n: int, seed: int = 0) -> Estimate | None:
    """Compute distinct over all n-grams, in blocks of `BLOCK`, mean over at most `MOST_BLOCKS` blocks.

    Args:
        texts: the words of one text per track, in random order.
        n: words of an n-gram.
        seed: of the interval.

    Returns:
        The mean, with an interval over blocks; None if the texts do not fill one block.
    """
    shares: list[float] = []
    block: list[tuple[str, ...]] = []
    for gram in _ngrams(texts, n):
        block.append(gram)
        if len(block) == BLOCK:
            shares.append(len(set(block)) / BLOCK)
            block = []
            if len(shares) == MOST_BLOCKS:
                break
    return means(np.array(shares)[:, None], np.arange(len(shares)), seed)[0]


def _ngrams(texts: Iterable[Sequence[str]], n: int) -> Iterator[tuple[str, ...]]:
    """Yield the n-grams of every text, in order."""
    for words in texts:
        yield from zip(*(words[start:] for start in range(n)), strict=False)


def self_bleu(texts: Sequence[Sequence[str]], seed: int = 0) -> Estimate | None:
    """Compute the mean BLEU, 0 to 1, of each of the first `SELF_BLEU_TEXTS` texts against all others of these.

    The interval resamples the texts as hypotheses; their references stay. Fewer texts than `SELF_BLEU_TEXTS` (see
    `Estimate.n`) give a lower value, because there are fewer references.

    Args:
        texts: the words of one text per track, in random order; a text without words is left out.
        seed: of the interval.

    Returns:
        The mean; None if fewer than two texts have words.
    """
    chosen = [" ".join(words) for words in texts if words][:SELF_BLEU_TEXTS]
    if len(chosen) < 2:
        return None
    scores = leave_one_out_bleu(chosen)
    return means(np.array(scores)[:, None], np.arange(len(scores)), seed)[0]


def leave_one_out_bleu(texts: Sequence[str]) -> list[float]:
    """Compute the BLEU, 0 to 1, of every text against all the others, as `sacrebleu.sentence_bleu` gives it.

    The cost grows with the number of texts, not with its square.

    Args:
        texts: words separated by spaces, none empty.
    """
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.helpers import extract_all_word_ngrams

    counted = [extract_all_word_ngrams(text, 1, _ORDER) for text in texts]
    # Per n-gram the largest count, the text that has it, and the second largest: clipping against all other texts
    # needs no more than these, merged once for all texts.
    best: dict[tuple[str, ...], tuple[int, int, int]] = {}
    for owner, (grams, _) in enumerate(counted):
        for gram, count in grams.items():
            first, holder, second = best.get(gram, (0, -1, 0))
            best[gram] = (count, owner, first) if count > first else (first, holder, max(second, count))
    lengths = Counter(length for _, length in counted)
    scores = []
    for owner, (grams, length) in enumerate(counted):
        correct, total = [0] * _ORDER, [0] * _ORDER
        for gram, count in grams.items():
            first, holder, second = best[gram]
            total[len(gram) - 1] += count
            correct[len(gram) - 1] += min(count, second if holder == owner else first)
        reference = _closest(length, lengths)
        bleu = BLEU.compute_bleu(correct, total, length, reference, smooth_method="exp", effective_order=True)
        scores.append(float(bleu.score) / 100)
    return scores


def _closest(length: int, lengths: Counter[int]) -> int:
    """Return the length of another text that is nearest to a text's, the shorter of two equally near.

    Args:
        length: the text's.
        lengths: how many texts have each length, this text included.
    """
    others = (other for other, count in lengths.items() if other != length or count > 1)
    return min(others, key=lambda other: (abs(other - length), other))


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


RANK_TEXTS = 300
"""Distinct texts on which the effective rank is measured, since their number bounds it."""


def typicality(vectors_MD: NDArray[np.float32], track_M: Ints) -> Floats:
    """Return the mean cosine of every text to the texts of all other tracks.

    Args:
        vectors_MD: unit vectors of the texts.
        track_M: the track of every text, any integers.

    Returns:
        Float64 [M]; NaN if there is no other track.
    """
    sums, others = _against_others(vectors_MD, track_M)
    return np.divide(sums, others, out=np.full(len(sums), np.nan), where=others > 0)


def pair_cosine(vectors_MD: NDArray[np.float32], track_M: Ints, seed: int = 0) -> Estimate | None:
    """Compute the mean cosine over all pairs of texts of different tracks.

    It is a U-statistic; its interval is the bootstrap, by track, of its Hajek projection (van der Vaart, *Asymptotic
    Statistics*, 1998, chapter 12).

    Args:
        vectors_MD: unit vectors of the texts.
        track_M: the track of every text, any integers.
        seed: of the bootstrap.

    Returns:
        The mean; None if there are not two tracks.
    """
    sums, others = _against_others(vectors_MD, track_M)
    estimate = ratios(sums[:, None], others[:, None], track_M, seed)[0]
    if estimate is None or estimate.low is None or estimate.high is None:
        return estimate
    value = estimate.value
    # A pair has two texts, but the projection varies only one of them: it deviates half as much as the U-statistic.
    low, high = (value + 2 * (end - value) for end in (estimate.low, estimate.high))
    return Estimate(value, max(low, -1.0), min(high, 1.0), estimate.n)


def _against_others(vectors_MD: NDArray[np.float32], track_M: Ints) -> tuple[Floats, Floats]:
    """Return, for every text, the sum of its cosines to the texts of other tracks, and their number; [M] each."""
    names, code = np.unique(track_M, return_inverse=True)
    # The cosines to many texts add up to the product with the sum of their vectors: no matrix of all pairs.
    track_sums = summed(vectors_MD, code, len(names))
    sizes = np.bincount(code, minlength=len(names))
    single_owner = np.zeros(len(track_M), dtype=np.int64)
    total = products(vectors_MD, track_sums.sum(axis=0, keepdims=True), single_owner)
    sums = total - products(vectors_MD, track_sums, code)
    others = (len(track_M) - sizes[code]).astype(np.float64)
    # Without another track the difference is rounding error.
    return np.where(others > 0, sums, 0.0), others


def effective_rank(texts: Sequence[str], vectors_MD: NDArray[np.float32]) -> Estimate | None:
    """Compute the effective rank of the centred embeddings of the first `RANK_TEXTS` distinct texts.

    It is the exponential of the entropy of the singular values, normalised to sum 1 (Roy and Vetterli, *The effective
    rank*, EUSIPCO 2007): the number of directions that the texts use. Fewer texts (see `Estimate.n`) give less.

    Args:
        texts: one text per track, in random order.
        vectors_MD: their embeddings.

    Returns:
        The rank without an interval, as it is no mean; None if there are not two distinct texts.
    """
    first: dict[str, int] = {}
    for place, text in enumerate(texts):
        first.setdefault(text, place)
    chosen = list(first.values())[:RANK_TEXTS]
    if len(chosen) < 2:
        return None
    points = vectors_MD[chosen].astype(np.float64)
    values = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    if values.sum() <= 0:
        return Estimate(0.0, None, None, len(chosen))
    shares = values / values.sum()
    shares = shares[shares > 0]
    return Estimate(float(np.exp(-(shares * np.log(shares)).sum())), None, None, len(chosen))


def same_embedding(texts: Sequence[str], vectors_MD: NDArray[np.float32]) -> float | None:
    """Compute the share of the distinct texts whose embedding is that of another one.

    The encoder gives two texts one embedding if it cuts them off before they differ, or has collapsed.

    Returns:
        The share; None if there is no text.
    """
    by_text = {text: vector.tobytes() for text, vector in zip(texts, vectors_MD, strict=True)}
    if not by_text:
        return None
    counts: dict[bytes, int] = {}
    for vector in by_text.values():
        counts[vector] = counts.get(vector, 0) + 1
    return sum(count for count in counts.values() if count > 1) / len(by_text)

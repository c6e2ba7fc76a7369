"""Measures of how much texts differ in their words: distinct-n and self-BLEU, on samples of a fixed size.

Both change with the number of texts they are taken on, and with how many of one track are among them, so that a
small corpus would look more varied than a large one, or a corpus of many views less. Here all are measured on the
same: one text per track (`adsw.evaluate.quality.per_track`), and

* distinct-n (Li et al., *A Diversity-Promoting Objective Function*, NAACL 2016) on blocks of 500 n-grams, mean over the
  blocks, as the mean segmental type-token ratio does (Johnson, 1944); n-grams do not cross texts;
* self-BLEU (Zhu et al., *Texygen*, SIGIR 2018) on 300 texts, each against all others. BLEU is sacreBLEU's (sentence
  level, effective order, exponential smoothing), on words as `adsw.evaluate.words` finds them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from adsw.stats.estimates import Estimate, means

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

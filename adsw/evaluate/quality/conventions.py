"""The rules by which the figures of texts are counted, printed with every report."""

from __future__ import annotations

from adsw.evaluate.quality.diversity import BLOCK, MOST_BLOCKS, SELF_BLEU_TEXTS
from adsw.evaluate.quality.likeness import CHRF_TEXTS, CLOSER_HUMANS, CLOSER_TEXTS
from adsw.evaluate.quality.spread import RANK_TEXTS
from adsw.evaluate.quality.stated import LIST_SHARE
from adsw.stats.estimates import RESAMPLES


def conventions() -> tuple[str, ...]:
    """Return the conventions, one paragraph each."""
    return (
        f"Intervals are 95 % percentile bootstraps of {RESAMPLES:,} resamples by track. Every text of the bank counts "
        "once; swaps are left out.",
        "Coverage: share of a view's tags that its caption states. Added: vocabulary terms that it states and the tags "
        "do not give. A human caption is held against the track's tags, so what it adds is not wrong, only untagged. "
        "Terms that the vocabulary does not know are not seen.",
        "distinct-1 and -2, self-BLEU and effective rank are taken on one text per track and on samples of a fixed "
        "size, so that corpora compare whatever their size and views; a star marks a smaller sample.",
        f"distinct-1 and -2: different n-grams over all, in blocks of {BLOCK} n-grams, mean of at most {MOST_BLOCKS} "
        "blocks. The interval is over blocks.",
        f"self-BLEU: BLEU-4 (sacreBLEU, sentence level) of each of {SELF_BLEU_TEXTS} texts against all others, 0 to 1, "
        "lower is more varied. From fewer texts it reads lower.",
        "Shared: also on another track, word for word. Near copy: another string of the source has the same content "
        f"words. List copy: {LIST_SHARE:.0%} of the words are the tags' own, or only list them.",
        "Fits: share of the other tracks whose tags include every tag that the text states: how generic it is.",
        "Pair cosine: mean over all pairs of texts of different tracks. Effective rank: of the centred embeddings of "
        f"{RANK_TEXTS} distinct texts; from fewer it reads lower.",
        "Human captions: mean cosine to those of the own track and of other tracks (a human caption: to the others "
        "of its track). Closer: share of others' captions further away than the own ones, chance 0.5, on at most "
        f"{CLOSER_TEXTS:,} texts against {CLOSER_HUMANS:,}. chrF: sacreBLEU's, against one caption of the own track "
        f"and one of another, on at most {CHRF_TEXTS:,} texts per source, 0 to 1.",
    )

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU
from scipy.stats import chisquare

from adsw.text_quality.diversity import BLOCK, SELF_BLEU_TEXTS, distinct, leave_one_out_bleu, one_per_track, self_bleu

TEXTS = st.lists(
    st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=9).map(" ".join), min_size=2, max_size=8
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(TEXTS)
def test_every_text_scores_what_sacrebleu_gives_it_against_the_others(texts: list[str]) -> None:
    metric = BLEU(effective_order=True, tokenize="none")
    wanted = [
        metric.sentence_score(text, texts[:place] + texts[place + 1 :]).score / 100 for place, text in enumerate(texts)
    ]
    assert leave_one_out_bleu(texts) == pytest.approx(wanted, abs=1e-9)


def test_self_bleu_of_copies_is_one_and_of_strangers_nothing() -> None:
    copies = self_bleu([["a", "calm", "folk", "tune"]] * 9)
    strangers = self_bleu([[f"w{number}", f"x{number}", f"y{number}"] for number in range(9)])
    assert copies is not None
    assert copies.value == pytest.approx(1.0)
    assert strangers is not None
    assert strangers.value == 0.0
    assert self_bleu([["alone"], []]) is None


def test_self_bleu_takes_a_sample_of_a_fixed_size() -> None:
    found = self_bleu([[f"w{number % 50}", "tune"] for number in range(SELF_BLEU_TEXTS + 300)])
    assert found is not None
    assert found.n == SELF_BLEU_TEXTS


def test_distinct_counts_ngrams_that_do_not_cross_texts() -> None:
    texts = [["a", "b", "c"]] * BLOCK
    one, two = distinct(texts, 1), distinct(texts, 2)
    assert one is not None
    assert one.value == pytest.approx(3 / BLOCK)
    assert one.n == 3
    assert two is not None
    assert two.value == pytest.approx(2 / BLOCK)
    assert two.n == 2
    assert distinct([["a", "b"]] * (BLOCK - 1), 2) is None
    assert distinct([], 1) is None


def test_distinct_falls_neither_with_the_size_of_a_corpus_nor_with_its_views() -> None:
    def corpus(tracks: int) -> list[list[str]]:
        return [[f"w{(7919 * number + place * place) % 3000}" for place in range(10)] for number in range(tracks)]

    small, large = distinct(corpus(300), 1), distinct(corpus(6000), 1)
    assert small is not None
    assert large is not None
    assert small.value == pytest.approx(large.value, rel=0.05)
    plain = [len({word for text in corpus(texts) for word in text}) / (10 * texts) for texts in (300, 6000)]
    assert plain[0] > 4 * plain[1]
    views = [text for text in corpus(300) for _ in range(8)]
    chosen = one_per_track(np.repeat(np.arange(300), 8))
    found = distinct([views[place] for place in chosen], 1)
    assert found is not None
    assert found.value == pytest.approx(small.value, rel=0.05)


def test_one_text_of_every_track_is_drawn_evenly() -> None:
    tracks = np.array([4, 4, 4, 9, 2, 2])
    counts = np.zeros(6)
    first = np.zeros(10)
    for seed in range(900):
        chosen = one_per_track(tracks, seed)
        assert sorted(tracks[chosen]) == [2, 4, 9]
        counts[chosen] += 1
        first[tracks[chosen[0]]] += 1
    assert chisquare(counts[:3]).pvalue > 0.001
    assert chisquare(counts[4:]).pvalue > 0.001
    assert chisquare(first[[2, 4, 9]]).pvalue > 0.001
    assert one_per_track(np.empty(0, np.int64)).tolist() == []

from __future__ import annotations

import numpy as np

from adsw.augment.vocabulary import builtin
from adsw.augment.words import content_of, words_of
from adsw.text_quality.values import near_copies, other_tracks, usage


def test_words_hold_hyphens_and_apostrophes_but_no_other_marks() -> None:
    assert words_of("It\u2019s a HIP-HOP tune_in 3/4 \u2014 d\u00e9j\u00e0 vu!") == [
        "it\u2019s",
        "a",
        "hip-hop",
        "tune",
        "in",
        "3",
        "4",
        "d\u00e9j\u00e0",
        "vu",
    ]
    assert words_of("... \U0001f3b5 ---") == []
    assert content_of(["this", "is", "a", "waltz"]) == ["waltz"]


def test_other_tracks_counts_tracks_and_not_texts() -> None:
    found = other_tracks(["a", "a", "a", "b"], np.array([1, 1, 4, 4]))
    assert found.tolist() == [1, 1, 1, 0]


def test_near_copies_have_the_same_content_words_in_another_string() -> None:
    texts = ["A calm waltz.", "The waltz is calm", "A calm reel.", "It is.", "This is it.", "A calm reel."]
    found = near_copies(texts, [words_of(text) for text in texts])
    assert found.tolist() == [1, 1, 0, 0, 0, 0]


def test_usage_counts_texts_and_not_mentions() -> None:
    texts = ["Jazz with a flute, a flute and jazz.", "A flute.", "A flute."]
    found = usage(texts, [words_of(text) for text in texts], builtin())
    assert (found.words, found.vocabulary) == (12, 5)
    assert found.top_words == (("flute", 1.0), ("jazz", 1 / 3))
    assert list(found.categories) == ["instrument", "genre"]
    assert found.categories["instrument"].document() == {"texts": 1.0, "distinct": 1, "top": {"flute": 1.0}}
    assert found.categories["genre"].texts == 1 / 3

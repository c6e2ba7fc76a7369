"""Words, tags and style, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from adsw.shift.wording import styles, word_overlap

KNOWN = ["Slow jazz.", "a slow waltz"]
ASKED = ["slow techno", "Techno techno, a waltz!", ""]
GROUPS = np.array(["x", "y", "z"])


def test_words_that_are_not_known() -> None:
    found = word_overlap(KNOWN, ASKED, GROUPS)
    assert found.sizes == (4, 4)
    assert found.shared == pytest.approx(3 / 5)
    assert found.unknown_types == pytest.approx(1 / 4)
    assert found.unknown_uses == pytest.approx(3 / 6)
    assert found.unknown is not None
    assert found.unknown.value == pytest.approx((1 / 2 + 2 / 4 + 0) / 3)
    assert found.unknown.low <= found.unknown.value <= found.unknown.high
    assert found.examples == ("techno",)
    assert word_overlap(KNOWN, KNOWN, GROUPS[:2]).shared == 1


def test_style_by_hand() -> None:
    one, other = ["A flute.", "Two, three words."], ["A slow jig on the flute. It is fast!", "One"]
    found = {style.name: style for style in styles(one, other, (np.array(["a", "b"]), np.array(["c", "d"])))}
    assert found["words"].means == (2.5, 5.0)
    assert found["words"].difference.value == 2.5
    pooled = np.sqrt((0.5 + 32) / 2)
    assert found["words"].effect == pytest.approx(2.5 / pooled)
    assert found["words"].ks == ks_2samp([2, 3], [9, 1]).statistic
    assert found["sentences"].means == (1, 1.5)
    assert found["commas per word"].means == (pytest.approx(1 / 6), 0)
    assert found["letters per word"].means[0] == pytest.approx((6 / 2 + 13 / 3) / 2)
    assert found["terms of the built-in vocabulary"].means == (0.5, 2.0)
    still = styles(["a", "b"], ["c"], (np.array(["a", "b"]), np.array(["c"])))[0]
    assert (still.effect, still.difference.value) == (0, 0)

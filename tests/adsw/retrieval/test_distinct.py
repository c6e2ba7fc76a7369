from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.retrieval.nearest import distinct_rows


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(0, 1200), kinds=st.integers(1, 700))
def test_rows_are_grouped_as_by_a_full_comparison(seed: int, rows: int, kinds: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((kinds, 2, 3)).astype(np.float16)[rng.integers(0, kinds, rows)]
    firsts, group = distinct_rows(values)
    assert (values[firsts][group] == values).all()
    assert len(firsts) == len(np.unique(values.reshape(rows, 6), axis=0))
    assert (np.diff(firsts) > 0).all()

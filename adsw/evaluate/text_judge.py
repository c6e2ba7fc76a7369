"""Judges that tell a text from a swap of it without listening, which bound what swap accuracy can say of a model.

A swap may give itself away: the replacement is rarer, or does not go with the rest. What can be told so is no hearing,
so swap accuracy is reported beside two judges that know the texts of the training split only:

* **text judge**: a logistic regression on the frozen text vectors, trained on the pairs (text, swap of it) of the
  training split. Its input is the difference of the two vectors, which makes it a linear score of single texts whose
  larger one wins, fitted to exactly this comparison: what two texts have in common cancels. (The same score fitted to
  single vectors, own against swapped, must also explain what differs between tracks, and tells no more: .786 against
  .791 on swaps of evenly drawn terms in the quickstart corpus.)
* **frequent tag**: the text whose tags are the more frequent in training is the true one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from adsw.arrays import Floats, Ints
from adsw.draws import key_of
from adsw.retrieval.swap_stored import stored_pairs
from adsw.retrieval.truth import claims_of
from adsw.spelling import folded
from adsw.store.store import Store
from adsw.train.block import Block

MOST_TRACKS, MOST_PAIRS = 16_384, 20_000
"""Tracks read and pairs learnt from at most. The first tracks of a store are a random choice, as it orders them by a
hash; the pairs are drawn by the names of their tracks."""

FEWEST = 20
"""Pairs that a judge needs."""

STRENGTH = 0.1
"""Scikit-learn's C, the inverse strength of the l2 penalty: of 1e-4 to 10 the best on swaps of evenly drawn terms in
the quickstart corpus, where from 0.01 on it hardly matters."""

_STEPS = 1000
"""Iterations of the solver at most."""

_BLOCK = 512
"""Texts pooled at a time: token sequences are large."""


def pooled(tokens: NDArray[np.float16], rows: Ints) -> NDArray[np.float32]:
    """Return the mean over tokens of some texts' frozen embeddings, float32 [n, D_t].

    Args:
        tokens: float16 [M, T_t, D_t].
        rows: int64 [n].
    """
    blocks = (rows[first : first + _BLOCK] for first in range(0, len(rows), _BLOCK))
    return np.concatenate([tokens[block].mean(axis=1, dtype=np.float32) for block in blocks])


@dataclass(frozen=True)
class TextJudge:
    """What the texts of a training split teach of its swaps.

    Attributes:
        weights: float64 [D_t], of the linear score of a text's vector.
        frequency: by the name of a claim, the number of training tracks with a text that claims it; None if the store
            does not know what its texts claim.
        pairs: number of pairs learnt from.
        tracks: number of training tracks looked at.
    """

    weights: Floats
    frequency: Mapping[str, int] | None
    pairs: int
    tracks: int

    @classmethod
    def taught(cls, store: Store, split: str, without: Block) -> TextJudge | None:
        """Learn from the pairs of a split.

        Args:
            store: has the split.
            split: its name.
            without: tracks to be judged; those of the same name or leakage group are not learnt from.

        Returns:
            None if fewer than `FEWEST` pairs are left.

        Raises:
            InputError: the store has no such split, or a shard of it is damaged.
        """
        block = Block.from_table(store.table(split).slice(0, MOST_TRACKS), store.info.dimensions)
        known = {*map(folded, without.track_ids), *without.groups}
        named = zip(map(folded, block.track_ids), block.groups, strict=True)
        fresh = np.array([known.isdisjoint(names) for names in named], dtype=np.bool_)
        pairs = stored_pairs(block).pairs
        chosen = np.flatnonzero(fresh[pairs.tracks])
        if len(chosen) > MOST_PAIRS:
            within = (pairs.swapped - block.offsets[pairs.tracks])[chosen]
            names = (block.track_ids[track] for track in pairs.tracks[chosen])
            keys = [key_of(f"text judge {name} {place}") for name, place in zip(names, within.tolist(), strict=True)]
            chosen = chosen[np.sort(np.argsort(np.array(keys, dtype=np.uint64))[:MOST_PAIRS])]
        if len(chosen) < FEWEST:
            return None
        tokens = block.text_embeddings
        difference = pooled(tokens, pairs.own[chosen]) - pooled(tokens, pairs.swapped[chosen])
        return cls(_fitted(difference), _frequency(block, fresh), len(chosen), int(fresh.sum()))

    def tells(self, tokens: NDArray[np.float16], own: Ints, swapped: Ints) -> Floats:
        """Return 1 if a text scores higher than the swap of it, 0.5 if equal, else 0, float64 [n].

        Args:
            tokens: float16 [M, T_t, D_t], frozen embeddings.
            own: int64 [n], rows of the texts.
            swapped: int64 [n], rows of their swaps.
        """
        rows, number = np.unique(np.concatenate([own, swapped]), return_inverse=True)
        # Row by row, not as a matrix product: equal texts score the same, to the bit.
        scores = (pooled(tokens, rows) * self.weights).sum(axis=1)[number]
        return _won(scores[: len(own)] - scores[len(own) :])

    def by_frequency(self, own: Sequence[Iterable[str] | None], swapped: Sequence[Iterable[str] | None]) -> Floats:
        """Return 1 if what a text alone claims is more frequent than what the swap of it alone claims, else 0.

        Args:
            own: what the texts claim; None where that is not known.
            swapped: the same of their swaps.

        Returns:
            Float64 [n], by the mean log count; 0.5 if equal, NaN if a claim is not known, or if they are the same.
        """
        return _won(np.array([self._more_frequent(*pair) for pair in zip(own, swapped, strict=True)], dtype=np.float64))

    def _more_frequent(self, own: Iterable[str] | None, swapped: Iterable[str] | None) -> float:
        if own is None or swapped is None or self.frequency is None:
            return np.nan
        first, second = set(own) - set(swapped), set(swapped) - set(own)
        if not first or not second:
            return np.nan
        # One more than the count, for a tag that no training text states.
        logs = [np.mean([np.log1p(self.frequency.get(name, 0)) for name in sorted(names)]) for names in (first, second)]
        return float(logs[0] - logs[1])


def _won(margin: Floats) -> Floats:
    """Return 1 for a positive margin, 0.5 for none, 0 for a negative one, NaN for NaN."""
    won: Floats = (np.sign(margin) + 1) / 2
    return won


def _fitted(difference_nD: NDArray[np.float32]) -> Floats:
    """Fit a logistic regression that tells the order of pairs by the differences (own less swapped) of their vectors.

    The regression has no constant and the differences are standardised about zero, so both orders of a pair are one
    datum: every other one is given turned round.

    Returns:
        Weights of the differences as given, float64 [D].
    """
    from sklearn.linear_model import LogisticRegression

    scale = np.sqrt(np.mean(difference_nD.astype(np.float64) ** 2, axis=0))
    scale[scale == 0] = 1.0
    straight = np.arange(len(difference_nD)) % 2 == 0
    given = difference_nD / scale * np.where(straight, 1, -1)[:, None]
    # One thread: the same sums on every machine.
    with threadpool_limits(1):
        model = LogisticRegression(C=STRENGTH, fit_intercept=False, max_iter=_STEPS).fit(given, straight)
    weights: Floats = model.coef_[0] / scale
    return weights


def _frequency(block: Block, fresh: NDArray[np.bool_]) -> dict[str, int] | None:
    """Return by the name of a claim the number of fresh tracks with a text that claims it; None if none is known."""
    originals = np.flatnonzero((block.swap_of < 0) & fresh[block.track_of_text])
    by_track: dict[int, set[str]] = {}
    for track, names in zip(block.track_of_text[originals].tolist(), claims_of(block, originals), strict=True):
        if names is not None:
            by_track.setdefault(track, set()).update(names)
    return dict(Counter(name for names in by_track.values() for name in names)) if by_track else None

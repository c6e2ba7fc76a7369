"""Which texts are true of which tracks: names that texts claim, among names that are true of tracks.

A text is true of a track if its claims are known and all among the track's truths (`adsw.augment.claims`). As a
negative of that track's audio it would be a false one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from adsw.arrays import Ints


@dataclass(frozen=True, slots=True)
class Names:
    """For each of n things a set of numbered names, end to end.

    Attributes:
        values: int64, the names of thing i are values[starts[i]] up to values[starts[i + 1]].
        starts: int64 [n + 1].
        known: bool [n], whether the set is known; it is empty if not.
    """

    values: Ints
    starts: Ints
    known: NDArray[np.bool_]

    @classmethod
    def of_lists(cls, lists: pa.Array, names: pa.Array) -> Names:
        """Number the strings of an Arrow list array by their place in `names`, which has all of them; null: unknown."""
        values = np.asarray(pc.index_in(lists.flatten(), names), dtype=np.int64)
        sizes = np.asarray(pc.fill_null(pc.list_value_length(lists), 0), dtype=np.int64)
        return cls(values, np.concatenate([[0], np.cumsum(sizes)]), np.asarray(lists.is_valid()))

    @classmethod
    def of_sets(cls, sets: Sequence[Iterable[str] | None], numbers: dict[str, int]) -> Names:
        """Number the strings of sets, which grows `numbers` by those that are new; None: unknown."""
        lists = [[numbers.setdefault(name, len(numbers)) for name in names or ()] for names in sets]
        values = np.array([value for each in lists for value in each], dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum([len(each) for each in lists], dtype=np.int64)])
        return cls(values, starts, np.array([names is not None for names in sets], dtype=np.bool_))

    def __len__(self) -> int:
        return len(self.known)


_MANY = 1024
"""Names beyond which only those that a batch's texts claim are looked at."""


class Claimed:
    """Tells which of a window's texts are true of which of its tracks; made once per window.

    Args:
        claims: of the M texts.
        truths: of the N tracks, in the same numbering.
    """

    def __init__(self, claims: Names, truths: Names) -> None:
        tracks, size = len(truths), 1 + int(max(claims.values.max(initial=-1), truths.values.max(initial=-1)))
        owner = np.repeat(np.arange(tracks), np.diff(truths.starts))
        # Names that are true of no track make a text true of none, and need no row of their own.
        true_names = np.unique(truths.values)
        columns = np.full(size, -1, dtype=np.int64)
        columns[true_names] = np.arange(len(true_names))
        never, always = len(true_names), len(true_names) + 1
        held = np.zeros((len(true_names) + 2, tracks), dtype=np.bool_)
        held[columns[truths.values], owner] = True
        held[always] = truths.known
        self._held = np.packbits(held, axis=1, bitorder="little")
        # Every text has an entry, also one without claims; the last is of no text.
        sizes = np.diff(claims.starts)
        empty = np.append(sizes == 0, True)
        entries = np.append(np.where(claims.known, always, never), never)
        place = columns[claims.values]
        self._columns = np.insert(np.where(place < 0, never, place), claims.starts[empty], entries[empty])
        self._sizes = np.append(sizes, 0) + empty
        self._starts = np.cumsum(self._sizes) - self._sizes
        # Without any claims that are known, nobody need ask.
        self.idle = bool(np.logical_or.reduceat(self._columns == never, self._starts).all())

    def true_of(self, texts_n: Ints, rows_B: Ints) -> NDArray[np.bool_]:
        """Return which texts [n] are known to be true of which tracks [B], bool [n, B].

        Args:
            texts_n: numbers of the texts; -1 for none, which is true of nothing.
            rows_B: numbers of the tracks.
        """
        # -1 is the entry after the last text's, by NumPy's own rule for negative places.
        starts, sizes = self._starts[texts_n], self._sizes[texts_n]
        first = np.cumsum(sizes) - sizes
        columns = self._columns[np.repeat(starts - first, sizes) + np.arange(sizes.sum())]
        names = np.arange(len(self._held))
        if len(self._held) > _MANY:
            names, columns = np.unique(columns, return_inverse=True)
        # Packed over the tracks, 64 to a word: a text is true of those whose bit all of its claims have.
        bits = self._held[names[:, None], rows_B >> 3] & (1 << (rows_B & 7)).astype(np.uint8)
        by_name = np.zeros((len(names), -(-len(rows_B) // 64) * 8), dtype=np.uint8)
        packed = np.packbits(bits, axis=1)
        by_name[:, : packed.shape[1]] = packed
        true = np.bitwise_and.reduceat(by_name.view(np.uint64)[columns], first, axis=0)
        return np.unpackbits(true.view(np.uint8), axis=1, count=len(rows_B)).view(np.bool_)

"""The mix of data sets, shared out over a whole epoch: how often each window shows tracks of each data set.

A window that lacks a data set must not change the shares, so they are shared out with every window's tracks in view.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from adsw.arrays import Ints
from adsw.train.batches import WINDOW, DataConfig, fraction_rows, largest_remainder, window_sizes
from adsw.train.block import Block

CENSUS_COLUMNS = ("dataset", "track_key")
"""Columns of a store that a census reads."""

_ROUNDS = 200
"""Most rounds of fitting shares to windows and to data sets in turn; a few suffice where windows are alike."""


@dataclass(frozen=True, slots=True)
class Census:
    """The data sets of a split's tracks, window by window.

    Attributes:
        names: the D data sets.
        codes: for each of the W windows the data set of each of its tracks, as index into `names`.
        keys: for each window the tracks' keys.
    """

    names: tuple[str, ...]
    codes: tuple[Ints, ...]
    keys: tuple[NDArray[np.uint64], ...]

    @classmethod
    def of_table(cls, table: pa.Table, limit: int = WINDOW) -> Census:
        """Take the census of a split from its rows in the store's order, cut into windows of at most `limit` tracks."""
        coded = table.column("dataset").combine_chunks().dictionary_encode()
        bounds = np.cumsum(window_sizes(len(table), limit))[:-1]
        codes = np.asarray(coded.indices, dtype=np.int64)
        keys = np.asarray(table.column("track_key"), dtype=np.uint64)
        return cls(tuple(coded.dictionary.to_pylist()), tuple(np.split(codes, bounds)), tuple(np.split(keys, bounds)))

    @classmethod
    def of_blocks(cls, blocks: Sequence[Block]) -> Census:
        """Take the census of windows that are there."""
        names = tuple(dict.fromkeys(name for block in blocks for name in block.datasets[0]))
        places = [np.array([names.index(name) for name in block.datasets[0]], dtype=np.int64) for block in blocks]
        codes = [place[block.datasets[1]] for place, block in zip(places, blocks, strict=True)]
        return cls(names, tuple(codes), tuple(block.track_keys for block in blocks))

    def counts(self, data: DataConfig) -> Ints:
        """Return how many tracks `data.fraction` leaves of each data set in each window, int64 [W, D]."""
        used = [codes[fraction_rows(keys, data)] for codes, keys in zip(self.codes, self.keys, strict=True)]
        counts = [np.bincount(codes, minlength=len(self.names)) for codes in used]
        return np.array(counts, dtype=np.int64).reshape(-1, len(self.names))


CensusTaker = Callable[[], Census]
"""Takes the census when it is first needed: only a mix needs it."""


def quotas(census: Census, data: DataConfig, epoch: int) -> list[dict[str, int]]:
    """Return how many visits each window gives to each data set at an epoch, by the weights of `data.mix`.

    Every window gives as many visits as it has tracks, or none if it has no track of a data set that is weighed. The
    shares of the whole epoch are those asked for, as near as whole visits allow, wherever the windows' tracks permit
    it; within that every track of a data set is visited about equally often.

    Raises:
        ValueError: no track is of a data set that is weighed.
    """
    counts = census.counts(data)
    weights = np.array([data.mix[name].at(epoch) if name in data.mix else 0.0 for name in census.names])
    present = counts * (weights > 0)
    weighed = present.any(axis=0)
    if not weighed.any():
        raise ValueError(f"data.mix weighs none of the data sets {', '.join(census.names)} at epoch {epoch}")
    visits = np.where(present.any(axis=1), counts.sum(axis=1), 0)
    shared = np.zeros(len(census.names), dtype=np.int64)
    shared[weighed] = largest_remainder(list(weights[weighed]), int(visits.sum()))
    given = _rounded(_fitted(present, visits, shared), visits, shared, present > 0)
    return [{name: int(n) for name, n in zip(census.names, row, strict=True) if n} for row in given]


def _fitted(present: Ints, visits: Ints, shared: Ints) -> NDArray[np.float64]:
    """Return visits [W, D] in proportion to the tracks there are, fitted to the sums of windows and of data sets.

    Iterative proportional fitting (Deming and Stephan 1940). The windows' sums are met exactly, the data sets' if there
    is a solution.
    """
    fitted = present.astype(np.float64)
    for _ in range(_ROUNDS):
        fitted *= _ratio(shared, fitted.sum(axis=0))[None]
        fitted *= _ratio(visits, fitted.sum(axis=1))[:, None]
        if np.abs(fitted.sum(axis=0) - shared).max() < 1e-9 * max(1, visits.sum()):
            break
    return fitted


def _ratio(wanted: Ints, given: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(wanted, given, out=np.zeros_like(given), where=given > 0)


def _rounded(fitted: NDArray[np.float64], visits: Ints, shared: Ints, allowed: NDArray[np.bool_]) -> Ints:
    """Return whole visits [W, D] near the fitted ones: the windows' sums are kept, and the data sets' if possible.

    What rounding down leaves over is handed out by a maximum flow from windows to data sets, at most one visit each.
    """
    # A value that is whole but for rounding must not lose a visit.
    given: Ints = np.floor(fitted + 1e-6).astype(np.int64) * allowed
    windows, sets = given.shape
    missing = np.maximum(visits - given.sum(axis=1), 0)
    wanted = np.maximum(shared - given.sum(axis=0), 0)
    graph = np.zeros((windows + sets + 2, windows + sets + 2), dtype=np.int32)
    source, sink = windows + sets, windows + sets + 1
    graph[source, :windows] = missing
    graph[:windows, windows:source] = allowed
    graph[windows:source, sink] = wanted
    flow = maximum_flow(csr_array(graph), source, sink).flow.toarray()
    given += np.maximum(flow[:windows, windows:source], 0)
    # Where the shares cannot be met, a window shows what it has most of.
    for window in np.flatnonzero(given.sum(axis=1) != visits):
        given[window, np.argmax(fitted[window])] += visits[window] - given[window].sum()
    return given

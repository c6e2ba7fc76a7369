"""Which tracks an epoch shows, in which batches."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from adsw.draws import uniforms
from adsw.store.schema import Dimensions
from adsw.train.block import Block
from adsw.train.schedules import Weight, zero_together

WINDOW = 16_384
"""Default limit of a window, in tracks: large enough to shuffle well, small enough to stream."""


def window_sizes(n_tracks: int, limit: int = WINDOW) -> list[int]:
    """Return the sizes of the windows: as few as the limit allows, as even as can be.

    Raises:
        ValueError: a limit below 1.

    >>> window_sizes(10, 4)
    [4, 3, 3]
    """
    if limit < 1:
        raise ValueError(f"a window holds at least one track, not {limit}")
    if not n_tracks:
        return []
    count = -(-n_tracks // limit)  # rounded up
    size, larger = divmod(n_tracks, count)
    return [size + (index < larger) for index in range(count)]


def windows(
    batches: Iterable[pa.Table | pa.RecordBatch],
    n_tracks: int,
    dimensions: Dimensions,
    limit: int = WINDOW,
) -> Iterator[Block]:
    """Cut a stream of the store's rows into windows, holding little more than one at a time.

    Args:
        batches: the rows in the store's order, in pieces of any size.
        n_tracks: how many rows the pieces have in all.
        dimensions: shapes of the embeddings.
        limit: most tracks in a window.

    Raises:
        ValueError: the stream ends early or goes on beyond `n_tracks`.
    """
    sizes = iter(window_sizes(n_tracks, limit))
    wanted = next(sizes, 0)
    pieces: list[pa.Table] = []
    held = seen = 0
    for batch in batches:
        piece = batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch])
        seen += len(piece)
        if seen > n_tracks:
            raise ValueError(f"the stream goes on beyond its {n_tracks} tracks")
        # A piece may end several windows. Slices share the piece's memory, until the window is built.
        while held + len(piece) >= wanted > 0:
            cut = wanted - held
            yield Block.from_table(pa.concat_tables([*pieces, piece.slice(0, cut)]), dimensions)
            piece, pieces, held = piece.slice(cut), [], 0
            wanted = next(sizes, 0)
        if len(piece):
            pieces.append(piece)
            held += len(piece)
    if seen < n_tracks:
        raise ValueError(f"the stream ends after {seen} of {n_tracks} tracks")


class DataConfig(BaseModel):
    """Curation and scale. The paper does not give its batch size."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    batch_size: Annotated[int, Field(ge=2, le=65_536)] = 128
    """Tracks per step, over all workers together."""
    fraction: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of the tracks used, the same ones for every seed; a smaller share is a subset of a larger one."""
    mix: dict[str, Weight] = {}
    """Relative weight of each data set named; the others are left out. Empty: tracks as they come."""

    @model_validator(mode="after")
    def _some_weight(self) -> DataConfig:
        epoch = zero_together(list(self.mix.values())) if self.mix else None
        if epoch is not None:
            raise ValueError(
                f"mix must have a weight above 0 at every epoch, and can be without one at epoch {epoch:g}"
            )
        return self


@dataclass(frozen=True, slots=True)
class Visits:
    """The tracks of a window in the order an epoch shows them.

    Attributes:
        rows: int64 [n], index of the track in its block.
        visits: int64 [n], which visit to that track within this epoch, from 0.
    """

    rows: NDArray[np.int64]
    visits: NDArray[np.int64]


def batch_sizes(tracks: int, data: DataConfig) -> list[int]:
    """Return the sizes of a window's batches: full ones, the rest left out; or a smaller one if none would be full.

    >>> batch_sizes(300, DataConfig(batch_size=128)), batch_sizes(100, DataConfig(batch_size=128))
    ([128, 128], [100])
    """
    used = _used(tracks, data)
    full = used // data.batch_size
    return [data.batch_size] * full if full else [used] * (used > 0)


def steps_per_epoch(n_tracks: int, data: DataConfig, limit: int = WINDOW) -> int:
    """Return the steps of an epoch over all windows of a split."""
    return sum(len(batch_sizes(size, data)) for size in window_sizes(n_tracks, limit))


def epoch_order(
    block: Block, data: DataConfig, seed: int, epoch: int, quota: Mapping[str, int] | None = None
) -> Visits:
    """Return the visits of one window at one epoch, by draws of (seed, epoch, track): the same whatever came before.

    Args:
        block: the window.
        data: fraction and batch size.
        seed: the trial's.
        epoch: from 0.
        quota: visits to each data set (`adsw.train.mixing`), none at all if it is empty; None where nothing is mixed.
    """
    chosen = fraction_rows(block.track_keys, data)
    if quota is None:
        rows, visits = chosen, np.zeros(len(chosen), dtype=np.int64)
    else:
        rows, visits = _mixed(block, chosen, quota, seed, epoch)
    order = np.argsort(visit_uniforms(seed, epoch, block.track_keys[rows], visits, "order")[:, 0], kind="stable")
    # What no longer fills a batch is left out; other tracks at every epoch, since the order is drawn anew.
    order = order[: sum(batch_sizes(len(block), data))]
    return Visits(rows[order], visits[order])


def visit_uniforms(
    seed: int,
    epoch: int,
    keys_n: NDArray[np.uint64],
    visits_n: NDArray[np.int64],
    purpose: str,
    count: int = 1,
) -> NDArray[np.float64]:
    """Draw `adsw.draws.uniforms` for visits, [n, count]: a track's second visit in an epoch has its chosen draws."""
    drawn = np.empty((len(keys_n), count))
    for visit in np.unique(visits_n):
        chosen = visits_n == visit
        drawn[chosen] = uniforms(seed, epoch, keys_n[chosen], f"{purpose}/{visit}", count)
    return drawn


def _used(tracks: int, data: DataConfig) -> int:
    """Return how many tracks of a window the fraction leaves."""
    return math.ceil(tracks * data.fraction)


def fraction_rows(keys: NDArray[np.uint64], data: DataConfig) -> NDArray[np.int64]:
    """Return the tracks of a window, given their keys, that `data.fraction` leaves: those with the smallest draws."""
    if data.fraction == 1:
        return np.arange(len(keys))
    # The trial's seed takes no part: every trial sees the same tracks.
    draws = uniforms(0, 0, keys, "fraction")[:, 0]
    return np.sort(np.argsort(draws, kind="stable")[: _used(len(keys), data)])


def _mixed(
    block: Block, chosen: NDArray[np.int64], quota: Mapping[str, int], seed: int, epoch: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return so many visits to each data set; a short data set is gone round again."""
    names, codes = block.datasets
    rows: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
    visits: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
    for index, name in enumerate(names):
        if name in quota:
            tracks = chosen[codes[chosen] == index]
            # Every track is visited `rounds` times, and `rest` tracks drawn anew at each epoch once more.
            rounds, rest = divmod(quota[name], len(tracks))
            draws = uniforms(seed, epoch, block.track_keys[tracks], f"mix/{rounds}")[:, 0]
            rows += [np.tile(tracks, rounds), tracks[np.argsort(draws, kind="stable")[:rest]]]
            visits += [np.repeat(np.arange(rounds), len(tracks)), np.full(rest, rounds)]
    return np.concatenate(rows), np.concatenate(visits)


def largest_remainder(weights: list[float], total: int) -> list[int]:
    """Return whole quotas in proportion to the weights, which sum to the total; ties go to the first.

    >>> largest_remainder([1, 1, 1], 10)
    [4, 3, 3]
    """
    shares = np.asarray(weights, dtype=np.float64) / sum(weights) * total
    quotas = np.floor(shares).astype(int)
    # What rounding down left over goes to the largest remainders; a stable sort gives ties to the first.
    for index in np.argsort(quotas - shares, kind="stable")[: total - quotas.sum()]:
        quotas[index] += 1
    return [int(quota) for quota in quotas]

"""Windows: the even runs of consecutive tracks in which an epoch is shuffled.

A stream of the store's tables is cut into the same windows as a bank held in memory, so both give the same
draws. Batches never cross windows, and each trial has its own order of the tracks within every window.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from adsw.align.block import Block
from adsw.encode.schema import Dimensions

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

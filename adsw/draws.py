"""Random draws keyed by their purpose, independent of the order in which they are made.

Philox4x32-10 (Salmon et al., *Parallel random numbers: as easy as 1, 2, 3*, SC 2011) is a counter-based generator: a
pure function of a key and a counter. Here the key is (seed, purpose) and the counter is (track, epoch, block), so a
track's draws are the same whatever the order, worker, slot or neighbour.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

# Multipliers and key increments of Philox4x32.
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)


def key_of(name: str) -> int:
    """Return a stable 64-bit key of a string, such as a track's id (first 8 bytes of its SHA-256)."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8], "little")


def keys_of(names: Iterable[str]) -> NDArray[np.uint64]:
    """Return `key_of` of many names, uint64 [N]."""
    return np.array([key_of(name) for name in names], dtype=np.uint64)


def philox(counter_N4: NDArray[np.uint64], key: tuple[int, int]) -> NDArray[np.uint64]:
    """Compute Philox4x32-10 of counters under a key.

    Args:
        counter_N4: N counters of four 32-bit words, held in uint64.
        key: two 32-bit words.

    Returns:
        N blocks of four random 32-bit words, held in uint64, shape [N, 4].
    """
    c0, c1, c2, c3 = (counter_N4[:, column].copy() for column in range(4))
    k0, k1 = key
    for _ in range(10):
        product0, product1 = c0 * _M0, c2 * _M1
        c0, c1, c2, c3 = (
            (product1 >> _SHIFT) ^ c1 ^ np.uint64(k0),
            product1 & _LOW,
            (product0 >> _SHIFT) ^ c3 ^ np.uint64(k1),
            product0 & _LOW,
        )
        k0, k1 = (k0 + _W0) & 0xFFFFFFFF, (k1 + _W1) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=1)


def uniforms(seed: int, epoch: int, tracks_N: NDArray[np.uint64], purpose: str, count: int = 1) -> NDArray[np.float64]:
    """Draw uniform numbers in [0, 1) for each track at one epoch for one purpose.

    Args:
        seed: the trial's seed, any integer.
        epoch: 0-based, or any other non-negative 32-bit number.
        tracks_N: track keys (`keys_of`).
        purpose: names the use, so that two uses are independent: ``"order"``, ``"view"``.
        count: number of draws per track.

    Returns:
        float64 [N, count], 53 random bits each.

    >>> import numpy as np
    >>> tracks = keys_of(["a", "b"])
    >>> bool(np.all(uniforms(1, 0, tracks, "order") == uniforms(1, 0, tracks[::-1], "order")[::-1]))
    True
    """
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    key = (int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little"))
    tracks = np.asarray(tracks_N, dtype=np.uint64)
    blocks = -(-count // 2)  # a block of four 32-bit words makes two draws
    out = np.empty((len(tracks), blocks * 2), dtype=np.float64)
    counter = np.empty((len(tracks), 4), dtype=np.uint64)
    counter[:, 0] = tracks & _LOW
    counter[:, 1] = tracks >> _SHIFT
    counter[:, 2] = np.uint64(epoch)
    for block in range(blocks):
        counter[:, 3] = np.uint64(block)
        words = philox(counter, key)
        for half in range(2):
            # 27 and 26 bits make the 53 of a double's mantissa.
            high = words[:, 2 * half] >> np.uint64(5)
            low = words[:, 2 * half + 1] >> np.uint64(6)
            out[:, 2 * block + half] = (high * np.uint64(1 << 26) + low).astype(np.float64) / float(1 << 53)
    return out[:, :count]


def generator(*parts: object) -> np.random.Generator:
    """Return a NumPy generator for work on one thing, keyed by its parts: ``generator(seed, track_id, "views")``."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode("utf-8", "surrogatepass")).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))

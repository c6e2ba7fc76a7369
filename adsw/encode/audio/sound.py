"""The sound of a track, as one window or in chunks, and the embeddings of sounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adsw.encode.protocol import Float32Array


@dataclass(frozen=True, slots=True)
class Sound:
    """The waves of a track that an encoder is given, one after another.

    A window is one wave, decoded already. Chunks are decoded as they are asked for, so that a long file is never in
    memory as a whole.
    """

    waves: Callable[[], Iterator[Float32Array]]
    """Each call gives the waves anew: mono, float32 [samples]; for a given embedding its one array, [T, D]."""

    @classmethod
    def of(cls, wave: Float32Array) -> Sound:
        """Return the sound of a single wave."""
        return cls(lambda: iter((wave,)))


def encode_sounds(
    sounds: Sequence[Sound], encode: Callable[[Sequence[Float32Array]], Float32Array], at_once: int
) -> Float32Array:
    """Encode sounds, float32 [B, T, D]; a sound of several waves gets their mean, weighted by length.

    Args:
        sounds: of one wave or more each; the waves of all go through the encoder in their order.
        encode: encodes waves, [waves, T, D].
        at_once: waves encoded together, and so in memory together.
    """
    if not sounds:
        return encode([])
    sums: list[NDArray[np.float64]] = [np.zeros(())] * len(sounds)
    lengths = [0] * len(sounds)
    batch: list[tuple[int, Float32Array]] = []

    def flush() -> None:
        for (index, wave), embedding in zip(batch, encode([wave for _, wave in batch]), strict=True):
            sums[index] = sums[index] + len(wave) * embedding.astype(np.float64)
            lengths[index] += len(wave)
        batch.clear()

    for index, sound in enumerate(sounds):
        for wave in sound.waves():
            batch.append((index, wave))
            if len(batch) == at_once:
                flush()
    if batch:
        flush()
    # In float64 a length times a float32 is exact, so that a single wave's embedding comes out as it went in.
    means = [total / length for total, length in zip(sums, lengths, strict=True)]
    embeddings: Float32Array = np.stack(means).astype(np.float32)
    return embeddings

"""Mixing of channels to one: their mean, or one of them where they cancel each other."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Float32s as Float32Array
from adsw.audio.bad_audio import BadAudioError

LEFT = 0.2
"""Share of the energy that the mean of channels which have nothing to do with each other would have: below it they
cancel. Two equally loud channels do at a correlation under -0.8; music mixed wide stays above -0.5, and a channel with
its poles exchanged gives the negative of what is usual, -0.7 to -1."""


class Mixdown:
    """Decides from all that is heard of a track how its channels are mixed; `see` all of it before `mono`."""

    def __init__(self) -> None:
        self._peak_of_mean = self._energy_of_mean = 0.0
        self._peaks: NDArray[np.float64] = np.zeros(0)
        self._energies: NDArray[np.float64] = np.zeros(0)

    def see(self, samples: Float32Array) -> None:
        """Measure samples [n, channels].

        Raises:
            BadAudioError: of kind ``non-finite``.
        """
        mean = _mean(samples)
        if not np.isfinite(mean).all():
            raise BadAudioError("non-finite", "holds NaN or infinite samples")
        self._peak_of_mean = max(self._peak_of_mean, _peak(mean))
        if samples.shape[1] == 1:
            return
        if not len(self._peaks):
            self._peaks, self._energies = np.zeros((2, samples.shape[1]))
        self._peaks = np.maximum(self._peaks, np.abs(samples).max(axis=0))
        self._energies = self._energies + np.einsum("nc,nc->c", samples, samples, dtype=np.float64)
        self._energy_of_mean += float(np.einsum("n,n->", mean, mean, dtype=np.float64))

    @property
    def channel(self) -> int | None:
        """The loudest channel if they cancel, which is heard alone; None if their mean is heard."""
        unrelated = float(self._energies.sum()) / max(len(self._energies), 1) ** 2
        return int(self._energies.argmax()) if self._energy_of_mean < LEFT * unrelated else None

    @property
    def peak(self) -> float:
        """Peak amplitude of what is heard."""
        return self._peak_of_mean if self.channel is None else float(self._peaks[self.channel])

    @property
    def remark(self) -> str:
        """What is said of channels that cancel; empty if they do not."""
        if self.channel is None:
            return ""
        left = self._energy_of_mean / float(self._energies.mean())
        loss = f"{-10 * math.log10(left):.0f} dB" if left > 0 else "all"
        return f"their mean loses {loss} of {len(self._energies)} channels: channel {self.channel + 1} is heard alone"

    def mono(self, samples: Float32Array) -> Float32Array:
        """Return samples [n, channels] as they are heard, float32 [n]."""
        return _mean(samples) if self.channel is None else np.ascontiguousarray(samples[:, self.channel])


def _mean(samples: Float32Array) -> Float32Array:
    with np.errstate(over="ignore", invalid="ignore"):
        mean: Float32Array = samples.mean(axis=1, dtype=np.float32)
    return mean


def _peak(wave: Float32Array) -> float:
    return float(np.abs(wave).max())

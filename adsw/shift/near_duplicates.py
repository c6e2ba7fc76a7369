"""Tracks of two sets that sound nearly alike: the same recording in another format, or another master of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Float32s
from adsw.draws import generator
from adsw.report.format import listed
from adsw.shift.sample import Sample

NEAR = 0.95
"""Cosine of two tracks' audio embeddings, less the mean of all, from which on they are counted: see `CONVENTION`."""

CONVENTION = (
    "Near duplicates: pairs of tracks, one of each set, whose audio embeddings less the mean of both sets have a "
    f"cosine of {NEAR} or more over all tokens. Of 200 rendered pieces (encoder spectral) no two reached it (19,900 "
    "pairs). Of their copies all did in another container, at another level or sampling rate, 70 % as Ogg Vorbis, 10 % "
    "as MP3 of a low bit rate, 2 % if they began 0.1 s later: what is found is worth hearing, and none found does not "
    "mean that there is none."
)

MOST = 20_000
"""Tracks of a set compared at most, drawn at random: the cost grows with the product."""

_ROWS = 2048
"""Tracks of each set in memory as float32 at once."""
_NAMED = 10


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """Pairs of tracks that sound nearly alike.

    Attributes:
        pairs: number of pairs.
        tracks: number of tracks of each set that are in a pair.
        examples: the nearest pairs: the two tracks and their cosine.
        compared: number of tracks of each set that were compared.
    """

    pairs: int
    tracks: tuple[int, int]
    examples: tuple[tuple[str, str, float], ...]
    compared: tuple[int, int]

    def document(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        examples = [{"first": one, "second": other, "cosine": cosine} for one, other, cosine in self.examples]
        return {
            "threshold": NEAR,
            "pairs": self.pairs,
            "tracks": list(self.tracks),
            "examples": examples,
            "compared": list(self.compared),
        }

    def remark(self, first: str, second: str) -> str:
        """Return what must be said of it, given the names of both sets; empty if there is no pair."""
        if not self.pairs:
            return ""
        some = listed(f"{one} = {other} ({cosine:.3f})" for one, other, cosine in self.examples[:3])
        pairs = "1 pair of tracks sounds" if self.pairs == 1 else f"{self.pairs:,} pairs of tracks sound"
        return (
            f"{pairs} nearly alike (cosine at least {NEAR}): {self.tracks[0]:,} of the {self.compared[0]:,} tracks of "
            f"{first} and {self.tracks[1]:,} of the {self.compared[1]:,} of {second}, such as {some}. If one set was "
            "trained on, figures on the other show memory."
        )


def near_duplicates(first: Sample, second: Sample, seed: int = 0) -> NearDuplicates:
    """Find the pairs of tracks, one of each set, whose audio is nearly alike.

    Args:
        first: a set.
        second: a set of the same audio encoder.
        seed: draws the tracks of a set that has more than `MOST`.
    """
    rows = [_drawn(sample, seed) for sample in (first, second)]
    # One mean per feature, so that the course over the tokens counts.
    totals = [
        sample.tokens[block].sum(axis=(0, 1), dtype=np.float64)
        for sample, drawn in zip((first, second), rows, strict=True)
        for block in _blocks(drawn)
    ]
    mean_D = (np.sum(totals, axis=0) / (sum(map(len, rows)) * first.tokens.shape[1])).astype(np.float32)
    found: list[tuple[float, int, int]] = []
    for one in _blocks(rows[0]):
        units = _units(first.tokens[one], mean_D)
        for other in _blocks(rows[1]):
            cosines = units @ _units(second.tokens[other], mean_D).T
            at, to = np.nonzero(cosines >= NEAR)
            found += zip(cosines[at, to].tolist(), one[at].tolist(), other[to].tolist(), strict=True)
    found.sort(key=lambda pair: (-pair[0], pair[1:]))
    return NearDuplicates(
        pairs=len(found),
        tracks=(len({one for _, one, _ in found}), len({other for _, _, other in found})),
        examples=tuple(
            (first.track_ids[one], second.track_ids[other], round(cosine, 4)) for cosine, one, other in found[:_NAMED]
        ),
        compared=(len(rows[0]), len(rows[1])),
    )


def _drawn(sample: Sample, seed: int) -> NDArray[np.int64]:
    """Return the rows of a set that are compared, ascending."""
    chosen = generator(seed, "near", sample.name).permutation(sample.tracks)[:MOST]
    return np.sort(chosen).astype(np.int64)


def _blocks(rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS)]


def _units(tokens_NTD: NDArray[np.float16], mean_D: Float32s) -> Float32s:
    """Return tokens less the mean as unit vectors, float32 [N, T x D]; one that is the mean stays zero."""
    flat = (tokens_NTD.astype(np.float32) - mean_D).reshape(len(tokens_NTD), -1)
    units: Float32s = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return units

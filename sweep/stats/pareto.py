"""Several objectives at once: the Pareto front of trials, and the volume that it dominates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from adsw.arrays import Floats


def non_dominated(values: ArrayLike, modes: Sequence[str]) -> NDArray[np.bool_]:
    """Return which points no other dominates by being as good on every objective and better on one; equal points stay.

    Args:
        values: [N, K].
        modes: ``max`` or ``min`` of every objective, K of them.

    Returns:
        [N].

    Raises:
        ValueError: the shape does not fit, a value is not finite, or a mode is another.

    >>> non_dominated([[1, 1], [2, 0], [0, 0]], ("max", "max")).tolist()
    [True, True, False]
    """
    return _front(_upwards(values, modes))


def hypervolume(values: ArrayLike, reference: ArrayLike, modes: Sequence[str]) -> float:
    """Compute the volume between the points and a reference that they beat, in units of the objectives' product.

    Zitzler and Thiele, *Multiobjective Optimization Using Evolutionary Algorithms*, PPSN 1998. Exact, by slices along
    the last objective. 0 if no point is better than the reference on every objective.

    Args:
        values: [N, K].
        reference: the point that is to be beaten, [K].
        modes: as `non_dominated`.

    Raises:
        ValueError: as `non_dominated`.

    >>> hypervolume([[2, 1], [1, 2]], [0, 0], ("max", "max"))
    3.0
    """
    gains = _upwards(values, modes) - _upwards(np.asarray(reference, dtype=np.float64)[None, :], modes)
    return _volume(gains)


def front_shares(draws: ArrayLike, modes: Sequence[str]) -> Floats:
    """Compute how often every point is on the front of its resample.

    Args:
        draws: [B, N, K]: all points on the same resamples.
        modes: as `non_dominated`.

    Returns:
        Shares between 0 and 1, [N].

    Raises:
        ValueError: as `non_dominated`.
    """
    resamples = np.asarray(draws, dtype=np.float64)
    return np.asarray(np.mean([_front(_upwards(values_NK, modes)) for values_NK in resamples], axis=0))


def volume_draws(draws: ArrayLike, reference: ArrayLike, modes: Sequence[str]) -> Floats:
    """Compute the hypervolume of every resample against the reference's value on that resample.

    Args:
        draws: [B, N, K].
        reference: [B, K].
        modes: as `non_dominated`.

    Returns:
        [B].

    Raises:
        ValueError: as `non_dominated`.
    """
    pairs = zip(np.asarray(draws, dtype=np.float64), np.asarray(reference, dtype=np.float64), strict=True)
    return np.array([hypervolume(points, base, modes) for points, base in pairs])


def _upwards(values: ArrayLike, modes: Sequence[str]) -> Floats:
    """Check the values and turn their signs so that more is better on every objective, [N, K]."""
    values_NK = np.asarray(values, dtype=np.float64)
    if set(modes) - {"max", "min"}:
        raise ValueError(f"every mode must be max or min, not {tuple(modes)!r}")
    if values_NK.ndim != 2 or values_NK.shape[1] != len(modes) or not np.isfinite(values_NK).all():
        raise ValueError(f"values must be finite, [N, {len(modes)}], not of shape {values_NK.shape}")
    return np.asarray(values_NK * np.where(np.array(modes) == "max", 1.0, -1.0))


def _front(points_NK: Floats) -> NDArray[np.bool_]:
    """Return which points are not dominated, more being better, [N]."""
    if points_NK.shape[1] == 2 and len(points_NK):
        return _front_of_two(points_NK)
    on_front = np.zeros(len(points_NK), dtype=bool)
    # In falling order nothing that comes later dominates what came before.
    for place in np.lexsort(tuple(-points_NK[:, column] for column in reversed(range(points_NK.shape[1])))):
        kept = points_NK[on_front]
        as_good, better = (kept >= points_NK[place]).all(axis=1), (kept > points_NK[place]).any(axis=1)
        on_front[place] = not (as_good & better).any()
    return on_front


def _front_of_two(points_N2: Floats) -> NDArray[np.bool_]:
    """Return the same as `_front` for two objectives, without a loop."""
    # In falling order of the first objective, a point is on the front if the second reaches a new height.
    order = np.lexsort((-points_N2[:, 1], -points_N2[:, 0]))
    first, second = points_N2[order].T
    highest = np.maximum.accumulate(second)
    rises = np.append(True, second[1:] > highest[:-1])
    # Place of the last new height up to each point: a point equal to that one stays too.
    record = np.maximum.accumulate(np.where(rises, np.arange(len(order)), 0))
    on_front = np.zeros(len(order), dtype=bool)
    on_front[order] = rises | ((second == second[record]) & (first == first[record]))
    return on_front


def _volume(gains_NK: Floats) -> float:
    """Compute the volume between the origin and the points that are above it on every objective."""
    gains_NK = gains_NK[(gains_NK > 0).all(axis=1)]
    if not len(gains_NK):
        return 0.0
    if gains_NK.shape[1] == 1:
        return float(gains_NK.max())
    gains_NK = gains_NK[np.argsort(-gains_NK[:, -1], kind="stable")]
    # Each slice reaches down to the next point; its base is the volume of all points at least as high.
    heights = gains_NK[:, -1] - np.append(gains_NK[1:, -1], 0.0)
    return sum(
        float(height) * _volume(gains_NK[: place + 1, :-1]) for place, height in enumerate(heights) if height > 0
    )

"""Which epoch of a training is judged, and when a training that gets no better ends."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from adsw.metrics import sign_of

Point = Mapping[str, Any]
"""Metrics of one epoch by full name."""

JudgedAt = Literal["last", "best"]


@dataclass(frozen=True, slots=True)
class Judging:
    """Judges a training at its last epoch, or at that with the best value of a metric.

    A best epoch is chosen by what is judged: on the set it is chosen by, its value is optimistic.
    """

    metric: str
    mode: str = "max"
    at: JudgedAt = "last"
    patience: int | None = None
    """Epochs in a row without a better value after which a training ends; None for never. Only with ``best``."""

    def best_epoch(self, curve: Sequence[Point]) -> int | None:
        """Return the epoch (from 1) with the best value, of equal ones the earliest; None if none has a finite value.

        >>> curve = [{"R": 0.1}, {"R": 0.3}, {"R": math.nan}, {}, {"R": 0.3}]
        >>> Judging("R").best_epoch(curve), Judging("R", "min").best_epoch(curve), Judging("R").best_epoch([{}])
        (2, 1, None)
        """
        values = [(sign_of(self.mode) * point.get(self.metric, math.nan), -epoch) for epoch, point in enumerate(curve)]
        best = max((value for value in values if math.isfinite(value[0])), default=None)
        return None if best is None else 1 - best[1]

    def judged_epoch(self, curve: Sequence[Point]) -> int:
        """Return the epoch at which a training is judged: the best, or without a best one the last; 0 for none."""
        best = self.best_epoch(curve) if self.at == "best" else None
        return len(curve) if best is None else best

    def judged(self, curve: Sequence[Point]) -> dict[str, Any]:
        """Return the metrics of the epoch at which a training is judged; empty before its first."""
        epoch = self.judged_epoch(curve)
        return dict(curve[epoch - 1]) if epoch else {}

    def is_over(self, curve: Sequence[Point]) -> bool:
        """Return whether a training has gone on for `patience` epochs without a better value.

        >>> curve = [{"R": 0.1}, {"R": 0.3}, {"R": 0.2}, {"R": 0.3}]
        >>> [Judging("R", at="best", patience=patience).is_over(curve) for patience in (2, 3, None)]
        [True, False, False]
        """
        return self.patience is not None and len(curve) - (self.best_epoch(curve) or 0) >= self.patience

    def so_far(self, curve: Sequence[Point]) -> list[dict[str, Any]]:
        """Return a curve whose values of the metric are those by which the training would be judged at each epoch."""
        if self.at == "last":
            return [dict(point) for point in curve]
        values: list[dict[str, Any]] = []
        for point in curve:
            best = self.judged([*values[-1:], point])
            values.append({**point, **({self.metric: best[self.metric]} if self.metric in best else {})})
        return values

    def words(self) -> str:
        """Return in words which epoch counts and when a training ends."""
        if self.at == "last":
            return "judged at the last epoch"
        ends = f", ending after {self.patience} epochs without a better one" if self.patience else ""
        return f"judged at the epoch of the best {self.metric}{ends}"

    def document(self) -> dict[str, Any]:
        """Return it as plain data, from whose fields it can be made."""
        return asdict(self)

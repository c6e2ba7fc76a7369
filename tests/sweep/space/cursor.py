"""A sampler whose draws a test can write down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Cursor:
    """Suggests the value at a share of each range, the middle once its shares are used up."""

    def __init__(self, *shares: float) -> None:
        self.shares = list(shares)
        self.asked: list[str] = []

    def _next(self, name: str) -> float:
        self.asked.append(name)
        return self.shares.pop(0) if self.shares else 0.5

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        share = self._next(name)
        if step is not None:
            return low + step * round(share * (high - low) / step)
        return float(low * (high / low) ** share) if log else low + share * (high - low)

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        del log
        return low + step * int(self._next(name) * (high - low) // step)

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        return choices[min(int(self._next(name) * len(choices)), len(choices) - 1)]

"""Base of all schedules: frozen plain data that knows its range."""

from __future__ import annotations

from abc import ABC, abstractmethod

from pydantic import BaseModel, ConfigDict


class ScheduleBase(BaseModel, ABC):
    """A schedule of one quantity over the epochs, counted from 0."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @abstractmethod
    def at(self, epoch: float) -> float:
        """Return the value at an epoch, fractions allowed."""

    @property
    @abstractmethod
    def extremes(self) -> tuple[float, float]:
        """Smallest and largest value ever taken."""

    @property
    @abstractmethod
    def breakpoints(self) -> tuple[float, ...]:
        """Epochs where the shape may change, 0 among them."""

    def may_be_zero(self, epoch: float) -> bool:
        """Return whether the value can be 0 at an epoch."""
        return self.at(epoch) == 0

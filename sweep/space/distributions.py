"""The values that a parameter may take: ranges of numbers and lists of choices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from adsw.fingerprint import canonical_json


class Suggester(Protocol):
    """The part of `optuna.Trial` that suggests values."""

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """Return a number in [low, high]."""
        ...

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """Return a whole number in [low, high]."""
        ...

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """Return one of the choices."""
        ...


class Distribution(Protocol):
    """The values of one parameter."""

    def suggest(self, suggester: Suggester, name: str) -> Any:
        """Return the value that a sampler chooses for the parameter of this name."""
        ...

    def encode(self, value: Any) -> Any:
        """Return a value in the form that the sampler stores."""
        ...

    def holds(self, value: Any) -> bool:
        """Return whether a value is one of this distribution's."""
        ...

    def adopted(self, value: Any) -> Any:
        """Return a value that it holds in the distribution's type: a whole number as int, a choice as listed."""
        ...

    def ends(self) -> list[Any]:
        """Return the values to try before anything runs: both bounds, or every choice."""
        ...

    def typical(self) -> Any:
        """Return one value of the distribution: the middle, or the first choice."""
        ...

    def points(self, count: int | None) -> Sequence[Any] | None:
        """Return the values of a grid, or None if the distribution is continuous and no count is given."""
        ...

    def words(self) -> str:
        """Return a description for people: ``0.0001 to 0.01, log``."""
        ...


def is_number(value: Any) -> bool:
    """Return whether a value is a finite number; booleans are not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


@dataclass(frozen=True, slots=True)
class Reals:
    """Numbers in [low, high]: evenly, evenly in the logarithm, or at multiples of a step above `low`."""

    low: float
    high: float
    log: bool = False
    step: float | None = None

    def suggest(self, suggester: Suggester, name: str) -> float:
        """See `Distribution`."""
        return suggester.suggest_float(name, self.low, self.high, step=self.step, log=self.log)

    def encode(self, value: Any) -> float:
        """See `Distribution`."""
        return float(value)

    def holds(self, value: Any) -> bool:
        """See `Distribution`."""
        if not is_number(value) or not self.low <= value <= self.high:
            return False
        # Multiples of a step as samplers return them carry rounding.
        return self.step is None or math.isclose(self._steps(value), round(self._steps(value)), abs_tol=1e-8)

    def adopted(self, value: Any) -> float:
        """See `Distribution`."""
        return float(value)

    def ends(self) -> list[float]:
        """See `Distribution`."""
        return [self.low, self.high]

    def typical(self) -> float:
        """See `Distribution`."""
        if self.step is not None:
            return self.low + self.step * (round(self._steps(self.high)) // 2)
        return math.sqrt(self.low * self.high) if self.log else (self.low + self.high) / 2

    def points(self, count: int | None) -> list[float] | None:
        """See `Distribution`."""
        if self.step is not None:
            steps = range(round(self._steps(self.high)))
            # `high` itself comes last, since low + step * n may miss it by rounding.
            return [*(self.low + self.step * index for index in steps), self.high]
        if count is None:
            return None
        shares = [index / (count - 1) for index in range(count)]
        if self.log:
            inner = [self.low * (self.high / self.low) ** share for share in shares]
        else:
            inner = [self.low + (self.high - self.low) * share for share in shares]
        return [self.low, *inner[1:-1], self.high]  # the bounds exactly, whatever the powers round to

    def words(self) -> str:
        """See `Distribution`."""
        extra = ", log" if self.log else f" by {self.step:g}" if self.step is not None else ""
        return f"{self.low:g} to {self.high:g}{extra}"

    def _steps(self, value: float) -> float:
        return (value - self.low) / (self.step or 1.0)


@dataclass(frozen=True, slots=True)
class Integers:
    """Whole numbers in [low, high]: evenly, by a step, or evenly in the logarithm."""

    low: int
    high: int
    log: bool = False
    step: int = 1

    def suggest(self, suggester: Suggester, name: str) -> int:
        """See `Distribution`."""
        return suggester.suggest_int(name, self.low, self.high, step=self.step, log=self.log)

    def encode(self, value: Any) -> int:
        """See `Distribution`."""
        return int(value)

    def holds(self, value: Any) -> bool:
        """See `Distribution`."""
        whole = is_number(value) and float(value).is_integer() and self.low <= value <= self.high
        return bool(whole) and (int(value) - self.low) % self.step == 0

    def adopted(self, value: Any) -> int:
        """See `Distribution`."""
        return int(value)

    def ends(self) -> list[int]:
        """See `Distribution`."""
        return [self.low, self.high]

    def typical(self) -> int:
        """See `Distribution`."""
        middle = round(math.sqrt(self.low * self.high)) if self.log else (self.low + self.high) // 2
        return middle - (middle - self.low) % self.step

    def points(self, count: int | None) -> Sequence[int]:
        """See `Distribution`."""
        every = range(self.low, self.high + 1, self.step)
        if count is None or count >= len(every):
            return every
        # Rounded to steps, several points of a logarithmic range may be one: there are then fewer than `count`.
        inner = Reals(self.low, self.high, log=self.log).points(count) or []
        return sorted({self.low + round((value - self.low) / self.step) * self.step for value in inner})

    def words(self) -> str:
        """See `Distribution`."""
        extra = ", log" if self.log else f" by {self.step}" if self.step != 1 else ""
        return f"{self.low} to {self.high}, whole{extra}"


@dataclass(frozen=True, slots=True)
class Choices:
    """One of several values of any kind. Samplers see lists and mappings as their canonical JSON."""

    values: tuple[Any, ...]

    def suggest(self, suggester: Suggester, name: str) -> Any:
        """See `Distribution`."""
        labels = [self.encode(value) for value in self.values]
        return self.values[labels.index(suggester.suggest_categorical(name, labels))]

    def encode(self, value: Any) -> Any:
        """See `Distribution`."""
        return value if value is None or isinstance(value, str | int | float | bool) else canonical_json(value)

    def holds(self, value: Any) -> bool:
        """See `Distribution`."""
        return any(same(value, choice) for choice in self.values)

    def adopted(self, value: Any) -> Any:
        """See `Distribution`."""
        return next(choice for choice in self.values if same(value, choice))

    def ends(self) -> list[Any]:
        """See `Distribution`."""
        return list(self.values)

    def typical(self) -> Any:
        """See `Distribution`."""
        return self.values[0]

    def points(self, count: int | None) -> list[Any]:
        """See `Distribution`."""
        del count
        return list(self.values)

    def words(self) -> str:
        """See `Distribution`."""
        return " | ".join(value if isinstance(value, str) else canonical_json(value) for value in self.values)


def same(value: Any, other: Any) -> bool:
    """Return whether two plain values are equal: 1 and 1.0 are, 1 and true are not, nor 1 and "1".

    >>> same(1, 1.0), same(1, True), same([1, "a"], [1.0, "a"])
    (True, False, True)
    """
    if is_number(value) and is_number(other):
        return bool(value == other)
    if isinstance(value, list | tuple) and isinstance(other, list | tuple):
        return len(value) == len(other) and all(map(same, value, other))
    if isinstance(value, dict) and isinstance(other, dict):
        return value.keys() == other.keys() and all(same(value[key], other[key]) for key in value)
    # In Python True == 1, so the types are compared too.
    return type(value) is type(other) and bool(value == other)

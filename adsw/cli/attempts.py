"""Options read one after another, faulty ones too, so that all faults are reported at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from adsw.errors import Fault, InputError

Value = TypeVar("Value")
Other = TypeVar("Other")


class Attempts:
    """Gathers what is wrong with options.

    >>> attempts = Attempts()
    >>> attempts.get(lambda: 1, otherwise=0)
    1
    >>> attempts.raise_if_any()
    """

    def __init__(self) -> None:
        self._errors: list[InputError] = []

    def get(self, opener: Callable[[], Value], otherwise: Other) -> Value | Other:
        """Return what an opener gives; if it raises InputError, note the faults and return `otherwise`."""
        try:
            return opener()
        except InputError as error:
            self._errors.append(error)
            return otherwise

    def raise_if_any(self, more: Callable[[], Iterable[Fault]] = tuple) -> None:
        """Raise InputError with all faults noted, if there are any.

        Args:
            more: called for further faults if some were noted.
        """
        if self._errors:
            faults = [fault for error in self._errors for fault in error.faults]
            raise InputError("; ".join(error.title for error in self._errors), [*faults, *more()])

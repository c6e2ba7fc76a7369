"""Hyperparameter sweeps of :mod:`adsw` on Ray: spaces, searchers, training cells, reports.

``sweep.run(space, store=...)`` runs one and returns its `Run`; ``sweep.open("runs/first")`` opens one that has run.
Everything is imported when it is first asked for: ``import sweep`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from adsw.errors import InputError as InputError
    from sweep.api.run import Run as Run
    from sweep.api.run import open as open
    from sweep.api.run import run as run
    from sweep.space.model import Space as Space

__all__ = ["InputError", "Run", "Space", "open", "run"]

_PLACES = {"InputError": "adsw.errors", "Run": "sweep.api.run", "Space": "sweep.space.model", "open": "sweep.api.run"}


def __getattr__(name: str) -> Any:
    """Import what is asked for; the package `sweep.run` is the function, too."""
    from importlib import import_module

    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    if name == "run":
        return import_module("sweep.run")
    raise AttributeError(f"module 'sweep' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the names that are of use."""
    return sorted(__all__)

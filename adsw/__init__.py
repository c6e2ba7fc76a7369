"""Music-text representation learning after *Augment, Drop & Swap* (arXiv 2409.11498): the method.

`prepare`, `train`, `evaluate` and `search` do what the commands of these names do; `load` gives a trained model.
Everything is imported when it is first asked for: ``import adsw`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from adsw.api.evaluate import evaluate as evaluate
    from adsw.api.prepare import prepare as prepare
    from adsw.api.search import search as search
    from adsw.api.train import train as train
    from adsw.errors import InputError as InputError
    from adsw.model import load as load

__version__ = "0.1.0"
__all__ = ["InputError", "__version__", "evaluate", "load", "prepare", "search", "train"]

_PLACES = {"InputError": "adsw.errors", "load": "adsw.model", "prepare": "adsw.api.prepare"}


def __getattr__(name: str) -> Any:
    """Import what is asked for: a function, or one of the packages that are functions too."""
    from importlib import import_module

    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    if name in __all__:
        return import_module(f"adsw.{name}")
    raise AttributeError(f"module 'adsw' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the names that are of use."""
    return sorted(__all__)

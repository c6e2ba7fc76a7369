"""Music-text representation learning after *Augment, Drop & Swap* (arXiv 2409.11498): the method."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from adsw.model import Model

__version__ = "0.1.0"
__all__ = ["__version__", "load"]


def load(path: str | Path) -> Model:
    """Load a trained model to use: see `adsw.model.load`.

    Imports torch when it is called, not before.
    """
    from adsw.model import load as load_model

    return load_model(path)

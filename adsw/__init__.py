"""Music-text representation learning after *Augment, Drop & Swap* (arXiv 2409.11498): the method."""

__version__ = "0.1.0"

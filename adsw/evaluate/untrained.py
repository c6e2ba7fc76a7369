"""The heads of a training before its first step: what the checkpoint's figures are to be held against."""

from __future__ import annotations

from adsw.align.checkpoint import Checkpoint
from adsw.align.heads.embedding import Heads
from adsw.align.heads.layout import Layout


def untrained_heads(checkpoint: Checkpoint) -> Heads:
    """The heads that the checkpoint's training began with, drawn from its recipe's seed."""
    recipe = checkpoint.recipe
    flat_F = Layout(checkpoint.dimensions, recipe.head).initial(recipe.seed, recipe.loss)
    return Heads(checkpoint.dimensions, recipe.head, flat_F)

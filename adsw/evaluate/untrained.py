"""The heads of a training before its first step, the baseline of a checkpoint's figures."""

from __future__ import annotations

from adsw.align.heads.embedding import Heads
from adsw.align.heads.layout import Layout
from adsw.align.recipe import Recipe
from adsw.encode.schema import Dimensions


def untrained_heads(dimensions: Dimensions, recipe: Recipe) -> Heads:
    """Return the heads that a recipe's training begins with, drawn from the recipe's seed.

    Args:
        dimensions: of the frozen embeddings.
        recipe: its head, loss and seed decide the weights.
    """
    return Heads(dimensions, recipe.head, Layout(dimensions, recipe.head).initial(recipe.seed, recipe.loss))

"""The heads of a training before its first step: what a checkpoint's figures are to be held against."""

from __future__ import annotations

from adsw.align.heads.embedding import Heads
from adsw.align.heads.layout import Layout
from adsw.align.recipe import Recipe
from adsw.encode.schema import Dimensions


def untrained_heads(dimensions: Dimensions, recipe: Recipe) -> Heads:
    """The heads that a recipe's training begins with, drawn from its seed."""
    return Heads(dimensions, recipe.head, Layout(dimensions, recipe.head).initial(recipe.seed, recipe.loss))

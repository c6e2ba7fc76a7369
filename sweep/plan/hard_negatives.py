"""How many of a store's texts bring a hard negative under the recipes of a space, before any is trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from adsw.train.swap_draws import SwapConfig, asked_probability

Terms = Mapping[tuple[str, ...], int]
"""The categories of a text's replaceable terms, sorted, one for each term -> number of texts."""


def swap_share(config: SwapConfig, terms: Terms) -> float:
    """Compute the share of texts that bring a hard negative where the schedule of the probability is at its highest.

    With `unit: term` it is the mean over the texts of 1 - (1 - p)^n, of n replaceable terms within the allowed
    categories; with `unit: text` p times the share of the texts that have any.

    Args:
        config: a recipe's.
        terms: of at least one text.
    """
    allowed = [sum(config.categories is None or name in config.categories for name in held) for held in terms]
    counts = np.array(allowed, dtype=np.int64)
    asked = asked_probability(config, config.probability.extremes[1], counts) * (counts > 0)
    return float(np.average(asked, weights=np.array([*terms.values()])))


def swap_shares(configs: Iterable[SwapConfig], terms: Terms) -> tuple[float, float] | None:
    """Return the least and the largest `swap_share` of some recipes; None if there is none, or no text is known."""
    distinct: list[SwapConfig] = []
    for config in configs:
        if config not in distinct:
            distinct.append(config)
    shares = [swap_share(config, terms) for config in distinct] if terms else []
    return (min(shares), max(shares)) if shares else None

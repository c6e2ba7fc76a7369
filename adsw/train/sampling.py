"""The sampling rules over the bank: which text and which hard negative a track meets at an epoch.

The text augmentations of Augment, Drop & Swap (arXiv 2409.11498) as draws from what was encoded beforehand:
tag-to-caption (`MixConfig`), Augmented View Dropout (`ViewDropoutConfig`) and TextSwap (`adsw.train.swap_draws`). Every
draw comes from Philox (Salmon et al. 2011; `adsw.draws`) keyed by (seed, epoch, track, visit), so it is the same in any
order, worker or slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from adsw.store.schema import SOURCES
from adsw.train.batches import visit_uniforms
from adsw.train.schedules import AnySchedule, Constant, Probability, Weight, zero_together
from adsw.train.swap_draws import SwapConfig, SwapDraws, SwapSampler

if TYPE_CHECKING:
    from adsw.train.block import Block


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class MixConfig(_Config):
    """Weights of the text sources. The paper's p_cap is caption / (caption + tags): 0.5 by default.

    A track draws among the sources it has, their weights renormalised. Human captions take no part by
    default: the paper's axis is tags against captions made of them.
    """

    tags: Weight = Constant(value=0.5)
    caption: Weight = Constant(value=0.5)
    human: Weight = Constant(value=0.0)

    @model_validator(mode="after")
    def _some_weight(self) -> MixConfig:
        epoch = zero_together([self.tags, self.caption, self.human])
        if epoch is not None:
            raise ValueError(f"must have a weight above 0 at every epoch, and can be without one at epoch {epoch:g}")
        return self


class ViewDropoutConfig(_Config):
    """Augmented View Dropout. The paper draws one of about ten partial views and gives no rate.

    The default did best of the rates tried, each at its own best epoch (docs/results/view_dropout.md).
    """

    rate: Probability = Constant(value=0.1)
    """Probability of leaving a tag out, given that at least one is kept."""
    balance: Literal["none", "category"] = "none"
    """Tags are kept independently, or evenly over their categories."""


class TextConfig(_Config):
    """Which texts and hard negatives a track shows."""

    mix: MixConfig = MixConfig()
    view_dropout: ViewDropoutConfig = ViewDropoutConfig()
    swap: SwapConfig = SwapConfig()

    def schedules(self) -> dict[str, AnySchedule]:
        """Return the schedules, by their name below `text`."""
        return {
            "mix.tags": self.mix.tags,
            "mix.caption": self.mix.caption,
            "mix.human": self.mix.human,
            "view_dropout.rate": self.view_dropout.rate,
            "swap.probability": self.swap.probability,
        }


@dataclass(frozen=True, slots=True)
class TextDraws:
    """The texts and hard negatives that n visits show, as indices into the block's texts.

    Attributes:
        text: int64 [n], the text.
        swaps: its hard negatives.
        source: int64 [n], index into `adsw.store.schema.SOURCES`.
        kept_share: float64 [n], share of the track's tags that the text is made of; NaN for a human caption.
        other_source: bool [n], the track has none of the sources that the mix weighs, and shows one it has.
    """

    text: NDArray[np.int64]
    swaps: SwapDraws
    source: NDArray[np.int64]
    kept_share: NDArray[np.float64]
    other_source: NDArray[np.bool_]


class TextSampler:
    """The texts of a block arranged for drawing; made once per block and used by every trial.

    The original texts of one track, source and kept count form a *cell*, a run of `_ordered`. The cell of track i,
    source s and kept count m has the number c = (i * sources + s) * counts + m and the run `_starts[c]` up to
    `_starts[c + 1]`.

    Raises:
        ValueError: a track without any text.
    """

    def __init__(self, block: Block) -> None:
        self._block = block
        originals = np.flatnonzero(block.swap_of < 0)
        track, kept = block.track_of_text[originals], block.kept[originals]
        self._counts = int(kept.max(initial=0)) + 1
        self._sources = len(SOURCES)
        cell = (track * self._sources + block.source[originals]) * self._counts + kept
        self._ordered = originals[np.argsort(cell, kind="stable")]
        cells = len(block) * self._sources * self._counts
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=cells))])
        self._tags = np.zeros(len(block), dtype=np.int64)
        # A track's number of tags is not stored: it is the kept count of its fullest view.
        np.maximum.at(self._tags, track, kept)
        human = block.source[self._ordered] == SOURCES.index("human")
        laws = {"none": block.weight_none, "category": block.weight_category}
        # Running sums of the weights: a draw in a cell is one binary search, vectorised over all visits.
        self._mass = {
            law: np.concatenate([[0.0], np.cumsum(np.where(human, 1.0, weights[self._ordered]))])
            for law, weights in laws.items()
        }
        self._swaps: dict[tuple[int, tuple[str, ...] | None], SwapSampler] = {}
        self._available = {law: self._cells_with_mass(law) for law in laws}
        drawable = np.all([available.any(axis=(1, 2)) for available in self._available.values()], axis=0)
        if not drawable.all():
            bare = np.flatnonzero(~drawable)
            raise ValueError(f"{len(bare)} tracks have no text to draw, {block.track_ids[bare[0]]} among them")

    def draw(
        self,
        config: TextConfig,
        seed: int,
        epoch: int,
        rows_n: NDArray[np.int64],
        visits_n: NDArray[np.int64],
    ) -> TextDraws:
        """Draw what each of n visits shows, by draws of (seed, epoch, track, visit) alone.

        The source is drawn by the mix among those the track has; the kept count m by the binomial law of tags
        kept with probability 1 - rate, given at least one; the view by its weight in the cell; the hard
        negatives by the law of `adsw.train.swap_draws`.

        Args:
            config: the sampling rules.
            seed: the trial's.
            epoch: from 0; schedules are read there.
            rows_n: int64 [n], index of the visited track in the block.
            visits_n: int64 [n], number of the visit to that track within the epoch, from 0.
        """
        # As many draws a visit whatever is used of them: a changed mix leaves the draws of the other choices alone, and
        # more hard negatives leave the first one.
        u = visit_uniforms(seed, epoch, self._block.track_keys[rows_n], visits_n, "text", 4 + config.swap.negatives)
        available = self._available[config.view_dropout.balance][rows_n]
        source, other = _draw_source(config.mix, epoch, available.any(axis=2), u[:, 0])
        rate = config.view_dropout.rate.at(epoch)
        kept = _draw_kept(rate, self._tags[rows_n], available[np.arange(len(rows_n)), source], u[:, 1])
        cell = (rows_n * self._sources + source) * self._counts + kept
        text = self._draw_view(config.view_dropout.balance, cell, u[:, 2])
        share = np.where(kept > 0, kept / np.maximum(self._tags[rows_n], 1), np.nan)
        return TextDraws(text, self._draw_swaps(config.swap, epoch, text, u[:, 3:]), source, share, other)

    def _cells_with_mass(self, law: str) -> NDArray[np.bool_]:
        """Return which cells have a text of positive weight, bool [N, sources, counts]."""
        mass = self._mass[law]
        has: NDArray[np.bool_] = mass[self._starts[1:]] > mass[self._starts[:-1]]
        return has.reshape(len(self._block), self._sources, self._counts)

    def _draw_view(self, law: str, cell: NDArray[np.int64], u: NDArray[np.float64]) -> NDArray[np.int64]:
        """Draw a text of each cell [n] by its weight, int64 [n]."""
        mass = self._mass[law]
        low, high = mass[self._starts[cell]], mass[self._starts[cell + 1]]
        # Rounding may carry a draw to the very end of its cell, where the next one begins.
        point = np.minimum(low + u * (high - low), np.nextafter(high, -np.inf))
        drawn: NDArray[np.int64] = self._ordered[np.searchsorted(mass, point, side="right") - 1]
        return drawn

    def _draw_swaps(self, config: SwapConfig, epoch: int, text: NDArray[np.int64], u: NDArray[np.float64]) -> SwapDraws:
        """Draw the hard negatives of each text [n]; at probability 0 nothing need be known of them."""
        probability = config.probability.at(epoch)
        if probability == 0:
            return SwapDraws.none(len(text), config.negatives)
        key = (config.max_terms, config.categories)
        if key not in self._swaps:
            self._swaps[key] = SwapSampler(self._block, config)
        return self._swaps[key].draw(config, probability, text, u)


def _draw_source(
    mix: MixConfig, epoch: int, has_n3: NDArray[np.bool_], u: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Draw a source of those each track has, int64 [n]; and return whether the mix weighs none of them, bool [n]."""
    weights = has_n3 * np.array([getattr(mix, name).at(epoch) for name in SOURCES])
    other = weights.sum(axis=1) == 0
    # A track without any text of a weighed source shows one it has: leaving it out would change the batch.
    weights[other] = has_n3[other]
    return _draw_index(weights, u), other


def _draw_kept(
    rate: float, tags_n: NDArray[np.int64], available_nm: NDArray[np.bool_], u: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Draw the kept count among those the bank has for the track and source, int64 [n]."""
    log_law = log_binomial(available_nm.shape[1] - 1, rate)[tags_n]
    log_law = np.where(available_nm, log_law, -np.inf)
    # Scaled to a maximum of 1 before exp: with many tags and a rate near 0 or 1 all terms left may underflow.
    return _draw_index(np.exp(log_law - log_law.max(axis=1, keepdims=True)), u)


def _draw_index(weights_nk: NDArray[np.float64], u: NDArray[np.float64]) -> NDArray[np.int64]:
    """Draw an index of each row [n] in proportion to its weights, int64 [n]."""
    cumulative = np.cumsum(weights_nk, axis=1)
    # As in `_draw_view`, rounding may not carry a draw beyond the last index that has weight.
    point = np.minimum(u * cumulative[:, -1], np.nextafter(cumulative[:, -1], 0))
    drawn: NDArray[np.int64] = np.sum(cumulative <= point[:, None], axis=1)
    return drawn


def log_binomial(most: int, rate: float) -> NDArray[np.float64]:
    """Return the logarithm, up to a constant per row, of the law of the kept count, [most + 1, most + 1].

    Row n, column m: ln C(n, m) + m ln(1 - rate) + (n - m) ln(rate), the law of m out of n tags each kept with
    probability 1 - rate; -inf for m > n. Column 0 is 0: only human captions have that count. Rates of 0 and 1
    are approached to 1e-15, which keeps all tags, or one.
    """
    rate = min(max(rate, 1e-15), 1 - 1e-15)
    n, m = np.arange(most + 1)[:, None], np.arange(most + 1)[None, :]
    # In logarithms, since C(n, m) and powers of the rate overflow and underflow for tracks of many tags.
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most + 1)))])
    ways = log_factorial[n] - log_factorial[m] - log_factorial[np.maximum(n - m, 0)]
    law = np.where(m <= n, ways + m * np.log1p(-rate) + (n - m) * np.log(rate), -np.inf)
    law[:, 0] = 0.0
    return law

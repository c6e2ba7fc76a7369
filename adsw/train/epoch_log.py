"""The figures of one epoch of one trial, and the sums over its steps that they are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from adsw.store.schema import SOURCES
from adsw.train.block import Block
from adsw.train.optim import learning_rate
from adsw.train.recipe import Recipe, schedules_of
from adsw.train.sampling import TextDraws

_STUCK = 0.02
"""A loss within this share of ln(batch size), after the first epoch, has learnt nothing."""


@dataclass(frozen=True, slots=True)
class EpochLog:
    """The figures of one epoch of one trial. Shares and accuracies are fractions."""

    epoch: int
    """Epochs trained, this one included."""
    tracks: int
    """Visits to tracks."""
    loss: float
    """Mean over the visits."""
    audio_accuracy: float
    """Audios whose own text came first among the texts of its batch."""
    text_accuracy: float
    """Texts whose own audio came first among the audios of its batch."""
    swap_accuracy: float | None
    """Hard negatives that their audio is further from than from its own text; None if there were none."""
    swap_share: float
    """Visits with a hard negative."""
    swap_asked: float
    """Mean over the visits of the probability with which a hard negative was asked for."""
    swap_negatives: float | None
    """Mean number of hard negatives where there are any; None if there were none."""
    swap_terms_short: int
    """Visits with a hard negative for which the bank holds none of the number of terms drawn, and gave another."""
    texts_without_swap: int
    """Visits for which a hard negative was drawn but whose text has none to offer."""
    kept_share: float | None
    """Mean share of a track's tags that its text was made of; None if only human captions were shown."""
    source_shares: dict[str, float]
    """Share of the visits by text source."""
    asked_sources: dict[str, float]
    """The same as the mix asks for it."""
    dataset_shares: dict[str, float]
    """Share of the visits by data set, where `data.mix` asks for shares."""
    asked_datasets: dict[str, float]
    """The same as `data.mix` asks for it."""
    other_source: int
    """Visits to tracks that have no text of a source the mix weighs, and showed another."""
    schedules: dict[str, float]
    """Every schedule's value at the start of the epoch, by dotted name; of the learning rate, warmed up."""
    temperature: float
    """At the end of the epoch."""
    seconds: float
    """Wall time of the epoch, of all slots together."""
    failed: str | None
    """Why the trial cannot go on; None if it can."""
    collapsed: bool
    """The loss is stuck at ln(batch size): nothing is learnt, or all embeddings have become one."""


@dataclass(slots=True)
class Tally:
    """Counts of what an epoch of one trial shows, and sums over its visits."""

    visits: int = 0
    swapped: int = 0
    swaps: int = 0
    asked: float = 0.0
    short: int = 0
    without_swap: int = 0
    other_source: int = 0
    kept_share: float = 0.0
    kept_visits: int = 0
    ceiling: float = 0.0
    """Sum over the visits of ln(batch size)."""
    sources: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SOURCES, 0))
    datasets: dict[str, int] = field(default_factory=dict)

    def add_draws(self, draws: TextDraws) -> None:
        """Count what a window's visits show."""
        self.visits += len(draws.text)
        has_swap = draws.swaps.swap >= 0
        self.swapped += int(has_swap[:, 0].sum())
        self.swaps += int(has_swap.sum())
        self.asked += float(draws.swaps.asked.sum())
        self.short += int(draws.swaps.short.sum())
        self.without_swap += int((draws.swaps.wanted & ~has_swap[:, 0]).sum())
        self.other_source += int(draws.other_source.sum())
        shares = draws.kept_share[~np.isnan(draws.kept_share)]
        self.kept_share += float(shares.sum())
        self.kept_visits += len(shares)
        for index, count in enumerate(np.bincount(draws.source, minlength=len(SOURCES))):
            self.sources[SOURCES[index]] += int(count)

    def add_tracks(self, block: Block, rows: NDArray[np.int64]) -> None:
        """Count the data sets of a window's visits."""
        names, codes = block.datasets
        for name, count in zip(names, np.bincount(codes[rows], minlength=len(names)).tolist(), strict=True):
            self.datasets[name] = self.datasets.get(name, 0) + count

    def log(self, recipe: Recipe, epoch: int, sums: Sums, steps: int, seconds: float) -> EpochLog:
        """Return the figures of the epoch that began as number `epoch`, from 0."""
        visits = max(self.visits, 1)
        loss = sums.loss / visits
        finite = math.isfinite(loss) and sums.bounded
        ceiling = self.ceiling / visits
        mix = {name: weight.at(epoch) for name, weight in recipe.data.mix.items()}
        return EpochLog(
            epoch=epoch + 1,
            tracks=self.visits,
            loss=loss,
            audio_accuracy=sums.audio_right / visits,
            text_accuracy=sums.text_right / visits,
            swap_accuracy=sums.swap_right / self.swaps if self.swaps else None,
            swap_share=self.swapped / visits,
            swap_asked=self.asked / visits,
            swap_negatives=self.swaps / self.swapped if self.swapped else None,
            swap_terms_short=self.short,
            texts_without_swap=self.without_swap,
            kept_share=self.kept_share / self.kept_visits if self.kept_visits else None,
            source_shares={name: count / visits for name, count in self.sources.items()},
            asked_sources=_shares({name: getattr(recipe.text.mix, name).at(epoch) for name in SOURCES}),
            dataset_shares={name: self.datasets.get(name, 0) / visits for name in mix},
            asked_datasets=_shares(mix),
            other_source=self.other_source,
            schedules=schedule_values(recipe, epoch, steps),
            temperature=sums.temperature,
            seconds=seconds,
            failed=None if finite else f"the training diverged at epoch {epoch + 1}, with a loss of {loss:g}",
            # Untrained heads also start near ln(batch size): the first epoch proves nothing.
            collapsed=finite and epoch > 0 and abs(loss - ceiling) < _STUCK * ceiling,
        )


@dataclass(frozen=True, slots=True)
class Sums:
    """Values read from the device after an epoch of one trial: `Terms` summed over visits, and its final state."""

    loss: float
    audio_right: float
    text_right: float
    swap_right: float
    temperature: float
    bounded: bool


def schedule_values(recipe: Recipe, epoch: int, steps: int) -> dict[str, float]:
    """Return every schedule's value at the start of an epoch; adaptive schedules are constants in `recipe`."""
    values = {name: schedule.at(epoch) for name, schedule in schedules_of(recipe).items()}
    return values | {"optim.lr": learning_rate(recipe.optim, epoch, 1 / max(steps, 1))}


def _shares(weights: dict[str, float]) -> dict[str, float]:
    """Return weights as shares of their sum; none of none."""
    whole = sum(weights.values())
    return {name: weight / whole for name, weight in weights.items()}

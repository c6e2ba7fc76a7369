"""Pairs of numeric parameters against the objective: trials over a surface that is drawn where they hold it up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

from adsw.report.format import plural, short_names
from sweep.space.distributions import Distribution, Integers, Reals
from sweep.statistics.surface import FEWEST, LEAST_EXPLAINED, Surface, smooth_surface
from sweep.view.influence import ImportanceBasis, Influence
from sweep.view.leaderboard import Leaderboard
from sweep.view.run_data import RunData
from sweep.view.series import at_epoch, common_epoch, part_of, searched

MOST_PAIRS = 4
"""Pairs that are drawn."""
FEWEST_POINTS = 8
"""Trials in which both parameters were active, below which a pair is not drawn."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One parameter's range, as 0 to 1."""

    name: str
    low: float
    high: float
    log: bool

    @classmethod
    def of(cls, name: str, distribution: Distribution, values: list[float]) -> Scale:
        """The scale over what was searched, and over values of included configurations beyond it."""
        ends = [*map(float, distribution.ends()), *values]
        log = isinstance(distribution, Reals | Integers) and distribution.log
        return cls(name, min(ends), max(ends), log)

    def share(self, value: float) -> float:
        """Where a value stands between 0 and 1."""
        low, high, at = (math.log(one) if self.log else one for one in (self.low, self.high, value))
        return (at - low) / (high - low) if high > low else 0.5

    def value(self, share: float) -> float:
        """The value that stands there."""
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + (self.high - self.low) * share


@dataclass(frozen=True, slots=True)
class Spot:
    """One trial on a pair."""

    number: int
    part: str
    x: float
    y: float
    objective: float


@dataclass(frozen=True, slots=True)
class Contour:
    """One pair of parameters."""

    x: Scale
    y: Scale
    spots: tuple[Spot, ...]
    surface: Surface | None
    """Where trials are enough for one; drawn only where it `holds`."""

    @property
    def drawn(self) -> Surface | None:
        """The surface, if it is to be shown."""
        return self.surface if self.surface is not None and self.surface.holds else None

    def words(self) -> str:
        """What the surface is worth, or why there is none."""
        names = short_names((self.x.name, self.y.name))
        head = f"{names[self.x.name]} and {names[self.y.name]}: "
        if self.surface is None:
            why = f"too few for a surface, which takes {FEWEST}" if len(self.spots) < FEWEST else "on one line"
            return f"{head}{plural(len(self.spots), 'trial')}, {why}."
        explained = f"{max(0.0, 100 * self.surface.explained):.0f} %"
        if self.drawn is not None:
            return f"{head}the surface foretells {explained} of the variance of trials left out of it."
        beyond = self.surface.explained >= LEAST_EXPLAINED
        than = f", not more than surfaces of shuffled values ({100 * self.surface.shuffled:.0f} %)" if beyond else ""
        return f"{head}no surface is drawn, as it would foretell {explained} of left-out trials{than}."


@dataclass(frozen=True, slots=True)
class Contours:
    """The pairs that are shown, and by which trials."""

    epoch: int
    all_trials: bool
    """Whether stopped trials count too, at the last epoch that all saw."""
    pairs: tuple[Contour, ...]


def contours(run: RunData, board: Leaderboard, found: Influence) -> Contours | None:
    """The most important pairs of numeric parameters: those above noise first, then by their share.

    Trials of one fidelity: those of the importances that rest on most trials.

    Returns:
        None where no two numeric parameters were searched, or trials are too few.
    """
    basis = max((one for one in found.bases if one.found), key=lambda one: one.trials, default=None)
    if basis is None:
        return None
    names = _ordered(run, basis)
    pairs = [
        pair
        for one, other in sorted(combinations(names, 2), key=lambda pair: sum(map(names.index, pair)))
        if (pair := _contour(run, board, basis.epoch, one, other)) is not None
    ]
    if not pairs:
        return None
    stopped = common_epoch(run) == basis.epoch and basis.label.startswith("all")
    return Contours(basis.epoch, stopped, tuple(pairs[:MOST_PAIRS]))


def _ordered(run: RunData, basis: ImportanceBasis) -> list[str]:
    """Numeric parameters, the most important first."""
    space = searched(run)
    rows = basis.found.rows if basis.found else ()
    numeric = [row for row in rows if isinstance(space[row.name], Reals | Integers)]
    return [row.name for row in sorted(numeric, key=lambda row: (not row.above_noise, -row.share))]


def _contour(run: RunData, board: Leaderboard, epoch: int, one: str, other: str) -> Contour | None:
    space = searched(run)
    spots = tuple(
        Spot(record.number, part_of(record, board), float(record.params[one]), float(record.params[other]), value)
        for record in run.records
        if one in record.params
        and other in record.params
        and (value := at_epoch(record, board.metric, epoch)) is not None
    )
    if len(spots) < FEWEST_POINTS:
        return None
    x = Scale.of(one, space[one], [spot.x for spot in spots])
    y = Scale.of(other, space[other], [spot.y for spot in spots])
    places = [(x.share(spot.x), y.share(spot.y)) for spot in spots]
    return Contour(x, y, spots, smooth_surface(places, [spot.objective for spot in spots]))

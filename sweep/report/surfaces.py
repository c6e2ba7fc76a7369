"""Pairs of numeric parameters against the objective: trials over a surface, drawn if left-out trials support it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from adsw.report.format import plural, short_names
from adsw.report.plots import STEPS, Shades
from adsw.report.section import Beside, Part, Plot
from adsw.report.table import TableModel, file_table
from sweep.report.data import RunData
from sweep.report.drawing import LABELS, PARTS, SYMBOLS, Figure, colour, layout
from sweep.report.hyperparameters import ImportanceBasis, Influence
from sweep.report.leaderboard import Leaderboard, at_epoch, common_epoch, part_of, searched
from sweep.space.distributions import Distribution, Integers, Reals
from sweep.stats.surface import FEWEST, LEAST_EXPLAINED, Surface, grid, smooth_surface

MOST_PAIRS = 4
"""Most pairs that are drawn."""
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
        """Return the scale over the searched range, widened to values of included configurations beyond it."""
        ends = [*map(float, distribution.ends()), *values]
        log = isinstance(distribution, Reals | Integers) and distribution.log
        return cls(name, min(ends), max(ends), log)

    def share(self, value: float) -> float:
        """Return the place of a value between 0 and 1."""
        low, high, at = (math.log(end) if self.log else end for end in (self.low, self.high, value))
        return (at - low) / (high - low) if high > low else 0.5

    def value(self, share: float) -> float:
        """Return the value at a place between 0 and 1."""
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
    """None if trials are too few or on one line; drawn only if it `holds`."""

    @property
    def drawn(self) -> Surface | None:
        """The surface, if it is to be shown."""
        return self.surface if self.surface is not None and self.surface.holds else None

    def words(self) -> str:
        """Say what the surface is worth, or why there is none."""
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


def contours(run: RunData, board: Leaderboard, influence: Influence) -> Contours | None:
    """Compute the most important pairs of numeric parameters: those above noise first, then by their share.

    The trials are of one fidelity: those of the importances that are computed from most trials.

    Returns:
        None if no two numeric parameters were searched, or trials are too few.
    """
    basis = max((basis for basis in influence.bases if basis.shares), key=lambda basis: basis.trials, default=None)
    if basis is None:
        return None
    names = _ordered(run, basis)
    # A pair comes the earlier, the smaller the sum of its parameters' places in the order of importance.
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
    """Return the numeric parameters, the most important first."""
    space = searched(run)
    rows = basis.shares.rows if basis.shares else ()
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


def contour_part(surfaces: Contours, mode: str) -> Part:
    """Return the part of the section on hyperparameters that shows the pairs."""
    at = f" at epoch {surfaces.epoch}, the last that all saw" if surfaces.all_trials else ""
    text = (
        "The most important pairs of numeric parameters, those above noise first. Marks are trials in the shade of "
        f"their own objective{at}; the surface under them is the mean of a Gaussian process over these two parameters "
        "alone, the others counted as its noise. It is drawn only between the trials (inside their convex hull), and "
        "only where it foretells trials that were left out of it better than surfaces of shuffled values do."
    )
    figures = contour_figures(surfaces, mode)
    pairs = zip(figures.items(), surfaces.pairs, strict=True)
    plots = tuple(Plot(name, figure, pair.words(), pair.words()) for (name, figure), pair in pairs)
    return Part("Pairs of parameters", (Beside(plots), _explained(surfaces)), text)


def _explained(surfaces: Contours) -> TableModel:
    """Return the file of what the surfaces explain."""
    rows = []
    for pair in surfaces.pairs:
        surface = pair.surface
        worth = (surface.explained, surface.shuffled, *surface.lengths) if surface else (None,) * 4
        rows.append((pair.x.name, pair.y.name, surfaces.epoch, len(pair.spots), *worth, pair.drawn is not None))
    fields = ("parameter", "other", "epoch", "trials", "explained of left-out trials", "most of shuffled values")
    ends = ("length scale", "other length scale", "drawn")
    return file_table("surfaces", (*fields, *ends), rows, "what the surfaces explain as CSV")


def contour_figures(surfaces: Contours, mode: str) -> dict[str, Figure]:
    """Return a figure for each pair; all share one scale of shades."""
    shades = Shades.of([spot.objective for pair in surfaces.pairs for spot in pair.spots], mode)
    return {f"contour-{index}": contour_plot(pair, shades) for index, pair in enumerate(surfaces.pairs)}


def contour_plot(pair: Contour, shades: Shades) -> Figure:
    """Draw trials in their own shade and under them the surface, in the same shades, inside their convex hull."""
    names = short_names((pair.x.name, pair.y.name))
    data = [_surface(pair, shades)] if pair.drawn is not None else []
    for part in PARTS:
        spots = [spot for spot in pair.spots if spot.part == part]
        if not spots:
            continue
        special = part in ("best", "default")
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": LABELS[part],
                "showlegend": False,
                "x": [spot.x for spot in spots],
                "y": [spot.y for spot in spots],
                "customdata": [[spot.number, round(spot.objective, 5)] for spot in spots],
                "marker": {
                    "symbol": SYMBOLS[part].removesuffix("-open"),
                    "size": 15 if special else 9,
                    "color": [shades.of_value(spot.objective) for spot in spots],
                    "line": {"width": 2.5 if special else 1.2, "color": colour(part if special else "ink")},
                },
                "hovertemplate": "trial %{customdata[0]}: %{customdata[1]:.4f}<extra></extra>",
            }
        )
    data.append(shades.colour_bar("objective"))
    plot = layout(380, x=names[pair.x.name], y=names[pair.y.name])
    plot["xaxis"] |= _scale_axis(pair.x)
    plot["yaxis"] |= _scale_axis(pair.y)
    plot["margin"] |= {"t": 12}
    return {"data": data, "layout": plot}


def _surface(pair: Contour, shades: Shades) -> Figure:
    if pair.surface is None:
        raise ValueError("there is no surface to draw")
    places = [float(share) for share in grid()]
    values = np.round(pair.surface.values, 6)
    span = (shades.high - shades.low) / STEPS
    stops = [f"var(--s{index})" for index in range(STEPS)]
    if shades.mode == "min":
        stops.reverse()  # The strongest shade is for the best, here the lowest.
    return {
        "type": "contour",
        "x": [_rounded(pair.x.value(share)) for share in places],
        "y": [_rounded(pair.y.value(share)) for share in places],
        "z": [[None if math.isnan(value) else float(value) for value in row] for row in values],
        "connectgaps": False,
        "showscale": False,
        "zmin": shades.low,
        "zmax": shades.high,
        "colorscale": [[index / (STEPS - 1), stop] for index, stop in enumerate(stops)],
        "contours": {
            "coloring": "fill",
            "start": shades.low + span,
            "end": shades.high - span / 2,
            "size": span or 1.0,  # Plotly takes no steps of 0, which equal trials give.
        },
        "line": {"width": 0.8, "color": colour("paper")},
        "opacity": 0.75,
        "hoverinfo": "skip",
    }


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _scale_axis(scale: Scale) -> Figure:
    room = 0.05
    ends = [scale.value(-room), scale.value(1 + room)]
    if scale.log:
        return {"type": "log", "dtick": 1, "exponentformat": "power", "range": [math.log10(end) for end in ends]}
    return {"range": ends}

"""A schedule as a page: one HTML file with the plot as SVG, without scripts and without anything to load."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from adsw.cli.schedule_screen import number, path_table, scale_of
from adsw.train.schedules.describe import Path, schedule_words

POINTS = 480
"""Points of a drawn line."""
MOST_DOTS = 40
"""Epochs up to which every whole one is marked with a dot; a longer path has no dots."""
MOST_ROWS = 60
"""Lines of the table; a longer one is thinned evenly, and says so."""


@dataclass(frozen=True, slots=True)
class Plot:
    """One drawing of a path, in pixels."""

    width: int
    height: int
    left: int
    bottom: int
    line: str
    """Points of the polyline."""
    dots: tuple[tuple[float, float, int, str], ...]
    """x, y, epoch and value of whole epochs."""
    columns: tuple[tuple[float, str], ...]
    """x and label of the epochs' axis."""
    rows: tuple[tuple[float, str], ...]
    """y and label of the values' axis."""


def render(path: Path, name: str | None) -> str:
    """Render the page of a path."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((files("adsw.cli") / "schedule_page.html").read_text(encoding="utf-8"))
    page: str = template.render(
        title=name or "A schedule",
        words=schedule_words(path.schedule),
        under=path.under,
        plots=(("wide", _plot(path, 860, 330)), ("narrow", _plot(path, 350, 250))),
        table=path_table(path, MOST_ROWS),
        epochs=path.epochs,
    )
    return page.lstrip() + "\n"


def _plot(path: Path, width: int, height: int) -> Plot:
    """Lay out one drawing of a path, with room at the left for the widest label."""
    low, high = scale_of(path)
    ticks = _ticks(low, high, 4)
    left, top, bottom = 14 + 8 * max(len(number(tick)) for tick in ticks), 14, height - 44

    def x_of(epoch: float) -> float:
        return round(left + (width - 16 - left) * epoch / path.epochs, 2)

    def y_of(value: float) -> float:
        return round(top + (bottom - top) * (high - value) / (high - low), 2)

    line = " ".join(f"{x_of(epoch)},{y_of(value)}" for epoch, value in path.line(POINTS))
    whole = enumerate(path.values) if path.epochs <= MOST_DOTS else ()
    return Plot(
        width,
        height,
        left,
        bottom,
        line,
        tuple((x_of(epoch), y_of(value), epoch, number(value)) for epoch, value in whole),
        tuple((x_of(tick), number(tick)) for tick in _ticks(0, path.epochs, 3 if width < 500 else 8) if tick % 1 == 0),
        tuple((y_of(tick), number(tick)) for tick in ticks),
    )


def _ticks(low: float, high: float, count: int) -> list[float]:
    """Return about `count` round numbers from low to high."""
    rough = (high - low) / count
    size = 10 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in (1, 2, 2.5, 5, 10) if factor * size >= rough * 0.999)
    # The tolerances keep an end that is a round number but for rounding.
    first = math.ceil(low / step - 1e-9)
    return [round(index * step, 12) for index in range(first, math.floor(high / step + 1e-9) + 1)]

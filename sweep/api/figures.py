"""Figures of a report as Plotly's, with the page's light colours filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from adsw.errors import InputError, unknown

_COLOUR = re.compile(r"(--[\w-]+):\s*([^;]+);")
_VARIABLE = re.compile(r"^var\((--[\w-]+)\)$")


class Figures(Mapping[str, Any]):
    """Figures by name: ``run.figures["curves"]`` draws in a notebook.

    Args:
        drawn: Plotly's JSON by name.
    """

    def __init__(self, drawn: Mapping[str, Mapping[str, Any]]) -> None:
        self._drawn = drawn

    def __getitem__(self, name: str) -> Any:
        """Return a `plotly.graph_objects.Figure`.

        Raises:
            InputError: there is no such figure; the fault names those that there are.
        """
        if name not in self._drawn:
            raise InputError("There is no such figure", [unknown("figures", name, self._drawn, "figure")])
        from plotly.graph_objects import Figure

        return Figure(coloured(self._drawn[name]))

    def __contains__(self, name: object) -> bool:
        """Check whether there is a figure of this name."""
        return name in self._drawn

    def __iter__(self) -> Iterator[str]:
        """Yield the names, in the order of the page."""
        return iter(self._drawn)

    def __len__(self) -> int:
        """Return the number of figures."""
        return len(self._drawn)

    def __repr__(self) -> str:
        """Return the names."""
        return f"Figures({', '.join(self._drawn)})"


@lru_cache(maxsize=1)
def _colours() -> Mapping[str, str]:
    """Return the colours of the page's light scheme by the names of their CSS variables."""
    style = (files("adsw.report") / "document.css").read_text(encoding="utf-8")
    light = style.partition("@media")[0]  # the dark scheme follows
    return {name: value.strip() for name, value in _COLOUR.findall(light)}


def coloured(value: Any) -> Any:
    """Return a figure's JSON with the page's CSS variables replaced by their colours."""
    if isinstance(value, str):
        found = _VARIABLE.match(value)
        return _colours().get(found.group(1), value) if found else value
    if isinstance(value, Mapping):
        return {key: coloured(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [coloured(item) for item in value]
    return value

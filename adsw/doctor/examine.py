"""The whole examination, every section before those that depend on it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from adsw.doctor.line import Line


def examine(store: Path | None, start_ray: bool) -> Iterator[Line]:
    """Examine everything and yield a line for each thing; takes under three seconds unless Ray is started.

    Args:
        store: a store to examine too.
        start_ray: whether to start Ray and run a few tasks.
    """
    from adsw.doctor.hub import HubProbe

    hub = HubProbe()  # asks in the background while the other sections run
    sections: list[tuple[str, Callable[[], Iterator[Line]]]] = [
        ("packages", partial(_called, "packages:packages")),
        ("machine", partial(_called, "machine:machine")),
        ("disk", partial(_called, "disks:disks", store)),
        ("sound", partial(_called, "sound:sound")),
        ("models", partial(_called, "models:encoders")),
        ("models", hub.lines),
        ("cluster", partial(_called, "cluster:cluster", start_ray)),
    ]
    if store is not None:
        sections.append(("store", partial(_called, "store:store_lines", store)))
    for area, section in sections:
        yield from guarded(area, section)


def guarded(area: str, section: Callable[[], Iterator[Line]]) -> Iterator[Line]:
    """Yield a section's lines, or a line that says why the section failed, so that the others still run."""
    try:
        yield from section()
    except Exception as error:
        said = f"cannot be examined: {type(error).__name__}: {' '.join(str(error).split())[:300]}"
        yield Line(area=area, name="broken", state="fail", said=said, fix="Reinstall: pip install --editable '.[all]'")


def _called(place: str, *arguments: object) -> Iterator[Line]:
    """Yield the lines of ``module:function``, imported only now: a package that does not load breaks one section."""
    module, _, function = place.partition(":")
    yield from getattr(importlib.import_module(f"adsw.doctor.{module}"), function)(*arguments)

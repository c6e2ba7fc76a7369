"""The result of examining one thing."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

State = Literal["ok", "absent", "warn", "fail"]
"""State of a thing: ``absent`` is not here and needed only for what the line says, ``warn`` works but not well, and
with ``fail`` something will not run."""

GIGABYTE = 1e9
"""Bytes."""


class Line(BaseModel):
    """One line of the examination: what was found, and what to do about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    area: str
    """The section, such as ``packages`` or ``sound``."""
    name: str
    state: State
    said: str
    """What was found, as a sentence part."""
    fix: str = ""
    """What to do; empty if there is nothing to do."""


def gigabytes(count: float) -> str:
    """Format bytes as gigabytes.

    >>> gigabytes(2_340_000_000)
    '2.3 GB'
    """
    return f"{count / GIGABYTE:.1f} GB"

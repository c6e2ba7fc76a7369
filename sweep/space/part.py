"""The base of all models of a space file, and the rule for names in it."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""Names of sweeps, arms, included configurations, evaluation sets and stores: they become names of files and rows."""


class Part(BaseModel):
    """A mapping of a space file: frozen, strict, without unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


def require_name(name: str) -> str:
    """Return a name if it can become the name of a file.

    Raises:
        ValueError: it cannot.
    """
    if not NAME.fullmatch(name) or len(name) > 64:
        raise ValueError("must be 1 to 64 letters, digits, '.', '_' or '-', a letter or digit first")
    return name


def require_names(names: list[str]) -> None:
    """Check that all names can become names of files (`require_name`).

    Raises:
        ValueError: one of them cannot; the message says which.
    """
    for name in names:
        try:
            require_name(name)
        except ValueError as error:
            raise ValueError(f"the name {name!r} {error}") from None


Purpose = Literal["", "tune", "confirm"]

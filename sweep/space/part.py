"""What all parts of a space file are: frozen, strict, without unknown keys; and how things in it may be called."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""Names of sweeps, arms, included configurations, evaluation sets and stores: they become names of files and rows."""


class Part(BaseModel):
    """A mapping of a space file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


def require_name(name: str) -> str:
    """A name that can become one of a file.

    Raises:
        ValueError: it cannot.
    """
    if not NAME.fullmatch(name) or len(name) > 64:
        raise ValueError("must be 1 to 64 letters, digits, '.', '_' or '-', a letter or digit first")
    return name


def require_names(names: list[str]) -> None:
    """See `require_name`; the fault says which.

    Raises:
        ValueError: one of them cannot be a name.
    """
    for name in names:
        try:
            require_name(name)
        except ValueError as error:
            raise ValueError(f"the name {name!r} {error}") from None

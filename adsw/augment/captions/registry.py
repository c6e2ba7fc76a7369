"""The kinds of captioners by language models: those of this package, and those of installed ones.

Backends of other packages are found through the entry-point group ``adsw.captioners``.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from adsw.augment.captions.backend import Backend
from adsw.errors import InputError, unknown

GROUP = "adsw.captioners"
"""Entry points ``kind = module:Class``, the class called without arguments."""

_BUILTIN: Mapping[str, str] = MappingProxyType(
    {
        "local": "adsw.augment.captions.local:LocalBackend",
        "openai": "adsw.augment.captions.openai:ServerBackend",
        "smollm2": "adsw.augment.captions.smollm2:SmolLM2Backend",
    }
)

PACKAGED = frozenset({"smollm2"})
"""Kinds that are one model, whose weights a package carries: their name is all there is to say."""

SUITED: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {"smollm2": MappingProxyType({"prompt": "small", "temperature": 0.0, "max_tokens": 56, "attempts": 1})}
)
"""Kind -> what its model is best asked with, where nothing else is said; see docs/results/smollm2.md."""


def suited_to(captioner: str) -> Mapping[str, Any]:
    """Return the caption options that a captioner, by its name or address, is best asked with."""
    return SUITED.get(captioner.partition(":")[0], {})


def backend_kinds() -> list[str]:
    """Return the kinds that `backend_of` knows, sorted."""
    return sorted({*_BUILTIN, *(entry.name for entry in entry_points(group=GROUP))})


def backend_of(kind: str) -> Backend:
    """Return the backend of a kind. Imports its adapter and no other.

    Raises:
        InputError: no such kind.
    """
    if kind in _BUILTIN:
        module, _, attribute = _BUILTIN[kind].partition(":")
        builtin: Backend = getattr(importlib.import_module(module), attribute)()
        return builtin
    installed = {entry.name: entry for entry in entry_points(group=GROUP)}
    if kind not in installed:
        raise InputError("No such captioner", [unknown("--captioner", kind, backend_kinds(), "captioner")])
    backend: Backend = installed[kind].load()()
    return backend

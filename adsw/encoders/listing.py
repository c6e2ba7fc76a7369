"""All encoders as one list: their outputs, their settings, and whether they can be used on this machine."""

from __future__ import annotations

import importlib.util
import types
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict

from adsw.encoders.catalogue import ENTRIES, Entry
from adsw.encoders.protocol import Settings
from adsw.encoders.registry import adapter_of
from adsw.encoders.weights import are_here

State = Literal["ready", "fetch", "install", "name"]
"""``ready`` to use; weights to ``fetch``; packages to ``install``; a model of the family to ``name``."""


class Setting(BaseModel):
    """A setting of an encoder."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    default: bool | int | float | str | None
    takes: str
    """Its values, such as ``middle|chunks`` or ``int``."""


class Listed(BaseModel):
    """One encoder, or a family of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    kind: Literal["audio", "text"]
    tokens: int | None
    features: int | None
    sample_rate: int | None
    seconds: float | None
    parameters: int | None
    licence: str | None
    source: str
    accelerated: bool
    settings: tuple[Setting, ...]
    repository: str | None
    """Its repository on the Hub; null if it has no weights there, or if each of a family has its own."""
    megabytes: int | None
    """Size of the download, in units of 1e6 bytes."""
    state: State
    install: tuple[str, ...]
    """Commands that install what is missing."""
    fetch: str | None
    """The command that fetches its weights; null if they need no fetching."""


def listed(kind: Literal["audio", "text"] | None = None) -> list[Listed]:
    """List all encoders, or those of one kind, by kind and name. Reads no weights and imports nothing heavy."""
    chosen = [(name, entry) for name, entry in ENTRIES.items() if kind in (None, entry.kind)]
    return [_listed(name, entry) for name, entry in sorted(chosen, key=lambda item: (item[1].kind, item[0]))]


def _listed(name: str, entry: Entry) -> Listed:
    """Return an encoder's entry in the list."""
    install = [hint for module, hint in entry.needs.items() if importlib.util.find_spec(module) is None]
    published = entry.published
    has_weights = published is None or are_here(published)
    state: State = "ready" if has_weights else "fetch"
    if name.endswith(":"):
        state = "name"
    if install:
        state = "install"
    return Listed(
        name=name,
        kind=entry.kind,
        tokens=entry.tokens,
        features=entry.features,
        sample_rate=entry.sample_rate,
        seconds=entry.seconds,
        parameters=entry.parameters,
        licence=entry.licence,
        source=entry.source,
        accelerated=entry.accelerated,
        settings=_settings_of(entry),
        repository=published.repository if published else None,
        megabytes=published.megabytes if published else None,
        state=state,
        install=tuple(dict.fromkeys(install)),
        fetch=None
        if has_weights or published is None
        else f"hf download {published.repository} {' '.join(published.files)}",
    )


def _settings_of(entry: Entry) -> tuple[Setting, ...]:
    """Return the settings that the adapter declares, in their order."""
    model: type[Settings] = adapter_of(entry).Settings
    return tuple(
        Setting(name=name, default=field.default, takes=_takes(field.annotation))
        for name, field in model.model_fields.items()
    )


def _takes(annotation: Any) -> str:
    """Return an annotation as a person would write it: its literals and types, with bars between."""
    origin = get_origin(annotation)
    if origin is Literal:
        return "|".join(str(value) for value in get_args(annotation))
    if origin in (Union, types.UnionType):
        return "|".join(_takes(part) for part in get_args(annotation))
    if get_args(annotation) and not isinstance(annotation, type):
        return _takes(get_args(annotation)[0])
    name: str = annotation.__name__
    return "none" if name == "NoneType" else name

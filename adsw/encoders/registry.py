"""The encoders by name. Looking one up imports its adapter and no other."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError

from adsw.encoders.catalogue import ENTRIES, Entry
from adsw.encoders.protocol import AudioEncoder, EncoderInfo, Parts, TextEncoder
from adsw.encoders.weights import Reference, find_weights, reference_of
from adsw.errors import Fault, InputError, faults_of, unknown

Kind = Literal["audio", "text"]


def names(kind: Kind | None = None) -> list[str]:
    """Return the names of all encoders, or of one kind, sorted; of a family its beginning, ``sentence:``."""
    return sorted(name for name, entry in ENTRIES.items() if kind in (None, entry.kind))


def audio_encoder(encoder: str | Reference) -> AudioEncoder:
    """Build an audio encoder by its name or reference. Weights are located now, and read at the first use.

    Raises:
        InputError: no such audio encoder, a package it needs is not installed, its weights are not available, or a
            setting is wrong.
    """
    made: AudioEncoder = _build("audio", encoder)
    return made


def text_encoder(encoder: str | Reference) -> TextEncoder:
    """Build a text encoder by its name or reference; see `audio_encoder`.

    Raises:
        InputError: as there.
    """
    made: TextEncoder = _build("text", encoder)
    return made


def reference_to(info: EncoderInfo) -> Reference:
    """Return the reference to an encoder that was built before: same weights, same place, same settings."""
    settings = {key: str(value) for key, value in info.settings.items()}
    return Reference(name=info.name, place=info.place, settings=settings)


def entry_of(name: str) -> Entry | None:
    """Return the entry of a name, or of its family; None if there is none."""
    family, colon, model = name.partition(":")
    return ENTRIES.get(family + colon if colon and model else name)


def adapter_of(entry: Entry) -> Any:
    """Return the class of an entry; importing it reads no weights."""
    module_name, _, attribute = entry.adapter.partition(":")
    return getattr(importlib.import_module(module_name), attribute)


def _build(kind: Kind, encoder: str | Reference) -> Any:
    """Build an encoder of one kind; see `audio_encoder`."""
    where = f"--{kind}-encoder"
    reference = reference_of(encoder, where)
    entry = entry_of(reference.name)
    if entry is None or entry.kind != kind or reference.name.endswith(":"):
        raise InputError(f"No such {kind} encoder", [unknown(where, reference.name, names(kind), f"{kind} encoder")])
    _check_needs(reference, entry, where)
    adapter = adapter_of(entry)
    try:
        settings = adapter.Settings.model_validate(dict(reference.settings))
    except ValidationError as error:
        title = f"The {kind} encoder {reference.name!r} cannot be set so"
        raise InputError(title, faults_of(error, adapter.Settings, f"--{kind}")) from error
    weights = None
    if entry.has_weights:
        weights = find_weights(_placed(reference), entry.published, where, entry.files)
    elif reference.place or reference.revision:
        fault = Fault(where, "has no weights to name a place or a revision of", str(reference), "Write its name alone.")
        raise InputError(f"The {kind} encoder {reference.name!r} stands for itself", [fault])
    return adapter(Parts(reference.name, weights, settings))


def _placed(reference: Reference) -> Reference:
    """Return the reference with a place: a family's member without one is the name of a repository or a folder."""
    _, colon, model = reference.name.partition(":")
    if not colon or reference.place is not None:
        return reference
    return reference.model_copy(update={"place": model + (f"@{reference.revision}" if reference.revision else "")})


def _check_needs(reference: Reference, entry: Entry, where: str) -> None:
    """Refuse an encoder whose packages are not installed."""
    missing: Mapping[str, str] = {
        module: hint for module, hint in entry.needs.items() if importlib.util.find_spec(module) is None
    }
    if missing:
        raise InputError(
            f"The {entry.kind} encoder {reference.name!r} needs packages that are not installed",
            [
                Fault(where, f"needs the package {module}", reference.name, f"Run: {hint}")
                for module, hint in missing.items()
            ],
        )

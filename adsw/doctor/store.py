"""Examination of a store: whether it can be read, and its encoders be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from adsw.doctor.line import Line, State
from adsw.errors import InputError

if TYPE_CHECKING:
    from adsw.encoders.protocol import EncoderInfo


def store_lines(path: Path) -> Iterator[Line]:
    """Report whether a store can be read, and its encoders used to encode new audio and texts."""
    from adsw.store.store import PLAN_FILE, STORE_FILE, Store

    if not (path / STORE_FILE).exists() and (path / PLAN_FILE).exists():
        said, fix = f"{path} was begun and is not finished", "Give the same adsw prepare again, with --resume."
        yield Line(area="store", name="files", state="warn", said=said, fix=fix)
        return
    try:
        info = Store.open(path).info
    except InputError as error:
        yield from _faults("files", error, "fail")
        return
    shards = sum(split.shards for split in info.splits.values())
    yield Line(area="store", name="files", state="ok", said=f"{path}: {info.tracks:,} tracks in {shards} shards")
    for said in [] if info.duplicates is None else info.duplicates.sentences():
        yield Line(area="store", name="recordings", state="warn", said=said)
    for encoder in (info.audio_encoder, info.text_encoder):
        yield from _encoder_of(encoder)


def _encoder_of(info: EncoderInfo) -> Iterator[Line]:
    """Report whether the encoder that a store was made with is on this machine, in the same revision."""
    from adsw.encoders import registry

    reference = registry.reference_to(info)
    name = f"{info.kind} encoder"
    if reference.is_given:
        yield Line(area="store", name=name, state="ok", said=f"{info.name}: embeddings made elsewhere")
        return
    try:
        build = registry.audio_encoder if info.kind == "audio" else registry.text_encoder
        revision = build(reference).info.revision
    except InputError as error:
        yield from _faults(name, error, "warn")
        return
    if revision != info.revision:
        said = f"{info.name} is {revision} here, and the store's is {info.revision}"
        fix = f"Name the weights it was made with: {info.name}=PLACE."
        yield Line(area="store", name=name, state="warn", said=said, fix=fix)
        return
    yield Line(area="store", name=name, state="ok", said=f"{info.name}, the store's own revision")


def _faults(name: str, error: InputError, state: State) -> Iterator[Line]:
    """Yield a line for every fault of an error."""
    for fault in error.faults:
        yield Line(area="store", name=name, state=state, said=f"{fault.where}: {fault.rule}", fix=fault.fix)

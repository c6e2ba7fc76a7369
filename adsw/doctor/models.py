"""Examination of which encoders this machine has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adsw.doctor.line import Line, State
from adsw.encoders.listing import Listed, listed
from adsw.encoders.listing import State as EncoderState


def encoders() -> Iterator[Line]:
    """Report which encoders are ready, which have to be fetched, and which need packages."""
    by_state: dict[EncoderState, list[Listed]] = {}
    for encoder in listed():
        by_state.setdefault(encoder.state, []).append(encoder)
    if ready := by_state.get("ready"):
        yield _group("ready", "ok", [encoder.name for encoder in ready], "")
    if fetch := by_state.get("fetch"):
        names = [f"{encoder.name} ({encoder.megabytes:,} MB)" for encoder in fetch]
        yield _group("to fetch", "absent", names, "Fetched from the Hub at the first use; or hf download.")
    for encoder in by_state.get("install", []):
        fix = f"Run: {'; '.join(encoder.install)}"
        yield Line(area="models", name=encoder.name, state="absent", said="needs packages", fix=fix)
    if named := by_state.get("name"):
        names = [f"{encoder.name}MODEL" for encoder in named]
        yield _group("by model", "ok", names, "")


def _group(name: str, state: State, members: Sequence[str], fix: str) -> Line:
    """Return one line for several encoders."""
    return Line(area="models", name=name, state=state, said=f"encoders {', '.join(members)}", fix=fix)

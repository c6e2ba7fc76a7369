"""The tags of a rendered track: only those that are true of its audio."""

from __future__ import annotations

from adsw.corpus.quickstart.forms import Kind, as_tags
from adsw.corpus.quickstart.instruments import INSTRUMENTS
from adsw.corpus.quickstart.performance import SECONDS, Performance, tempo_class
from adsw.corpus.quickstart.scores import Piece
from adsw.corpus.quickstart.texture import onsets_per_second, register_of, texture_of
from adsw.corpus.quickstart.tonality import mode_of, tonic_of, weights_of

CATEGORIES = (
    "form", "region", "collection", "era", "composer", "ensemble", "instrument", "family", "mode", "metre", "tempo",
    "texture", "register",
)  # fmt: skip
"""Every category, in the order a track's tags are written."""
_SOUNDS_AT = {instrument.program: instrument.sounds_at for instrument in INSTRUMENTS if instrument.sounds_at}
_QUIET_ONSETS, _BUSY_ONSETS = 1.5, 8.0
"""Onsets a second below which nothing is called fast, and above which nothing is called slow, whatever the beat."""


def tags_of(piece: Piece, kind: Kind, performance: Performance) -> dict[str, tuple[str, ...]]:
    """Return a track's tags by category; categories without a tag are left out."""
    heard = weights_of((note.pitch, note.duration_s) for note in performance.notes)
    score = weights_of((note.pitch, note.duration) for note in piece.notes)
    # The mode is of what is heard: the excerpt may be in another key than the score.
    mode = mode_of(heard, score, tonic_of(piece.tonics, piece.final, score))
    players = [seat.instrument for seat in performance.seats.values()]
    tags = {
        **kind.tags,
        "instrument": tuple(dict.fromkeys(player.name for player in players)),
        "family": tuple(dict.fromkeys(player.family for player in players)),
        "mode": as_tags(mode),
        "metre": as_tags(performance.metre and f"{performance.metre} time"),
        "tempo": as_tags(_tempo(performance)),
        "texture": as_tags(texture_of(performance.notes, SECONDS)),
        "register": (register_of(performance.notes, _SOUNDS_AT),),
    }
    return {category: tags[category] for category in CATEGORIES if tags.get(category)}


def _tempo(performance: Performance) -> str | None:
    """Return the tempo class of the beat, or None if the density of the notes contradicts it."""
    name = tempo_class(performance.beats_per_minute)
    onsets = onsets_per_second(performance.notes, SECONDS)
    contrary = onsets > _BUSY_ONSETS if name == "slow" else "fast" in name and onsets < _QUIET_ONSETS
    return None if contrary else name

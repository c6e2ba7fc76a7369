"""Rendering of one score into ten seconds of audio and a record: tags, keys for grouping, or why it is left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from adsw.corpus.quickstart.catalogue import Candidate
from adsw.corpus.quickstart.forms import kind_of
from adsw.corpus.quickstart.grouping import keys_of
from adsw.corpus.quickstart.metre import stated_metre
from adsw.corpus.quickstart.performance import SECONDS, Performance, ShortExcerptError, perform
from adsw.corpus.quickstart.sampler import Sampler, Samples
from adsw.corpus.quickstart.scores import Piece, UnreadableScoreError, read_piece
from adsw.corpus.quickstart.soundfont import SoundFont
from adsw.corpus.quickstart.sources import corpus_folder, soundfont_path
from adsw.corpus.quickstart.tags import tags_of
from adsw.draws import generator
from adsw.publish import publish_text, publishing

RATE = 22050
"""Sampling rate of the audio, Hz."""
_LOUDNESS, _PEAK = 0.1, 0.95
"""Root mean square amplitude of every track, and its largest amplitude."""
_FADE_S = 0.03
_QUARTERS = {"bach-chorales": 22.0, "palestrina": 34.0, "trecento": 40.0, "monteverdi": 40.0}
"""Quarter notes read of the long scores of a collection: ten seconds at its quickest tempo, and a little more."""


class Record(BaseModel):
    """Tags and facts of a rendered track, or why it could not be rendered."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    track_id: str
    recipe: str
    collection: str
    failed: str | None = None
    tags: dict[str, tuple[str, ...]] = {}
    keys: tuple[str, ...] = ()
    title: str = ""
    beats_per_minute: float = 0.0
    programs: tuple[int, ...] = ()


def audio_path(out: Path, track_id: str) -> Path:
    """Return the path of a track's audio in a corpus folder."""
    return out / "audio" / f"{track_id}.flac"


def record_path(out: Path, track_id: str) -> Path:
    """Return the path of a track's record in a corpus folder."""
    return out / "records" / f"{track_id}.json"


def known_record(out: Path, track_id: str, recipe: str) -> Record | None:
    """Return the record of a track that was rendered, or found impossible, by the same recipe, or None."""
    path = record_path(out, track_id)
    if not path.exists():
        return None
    fields = json.loads(path.read_text())
    if fields.get("recipe") != recipe:
        return None
    record = Record(**fields)
    return record if record.failed or audio_path(out, track_id).exists() else None


def make_renderer(out: Path, recipe: str) -> Callable[[Sequence[Candidate]], list[Record]]:
    """Return a worker that renders runs of candidates into a corpus folder (loads the instruments once)."""
    sampler = Sampler(SoundFont(soundfont_path()), RATE)
    folder = corpus_folder()

    def render(run: Sequence[Candidate]) -> list[Record]:
        return [_render(candidate, folder, sampler, out, recipe) for candidate in run]

    return render


def interpret(candidate: Candidate, folder: Path) -> tuple[Piece, Performance, dict[str, tuple[str, ...]]]:
    """Read a score and decide how it is played and tagged, deterministically.

    Raises:
        UnreadableScoreError: it cannot be played.
    """
    quarters = _QUARTERS.get(candidate.collection, 48.0)
    try:
        return _interpret(candidate, folder, quarters)
    except ShortExcerptError:  # bars later in the score are shorter than its first, by which the excerpt was cut
        return _interpret(candidate, folder, 6 * quarters)


def _interpret(
    candidate: Candidate, folder: Path, quarters: float
) -> tuple[Piece, Performance, dict[str, tuple[str, ...]]]:
    """Read so many quarter notes of a score and decide how they are played and tagged."""
    piece = read_piece(folder, candidate.path, candidate.number, quarters)
    kind = kind_of(candidate, piece, stated_metre(piece))
    performance = perform(piece, kind.tempo, generator("quickstart", candidate.track_id), kind.ensemble)
    return piece, performance, tags_of(piece, kind, performance)


def sound_of(performance: Performance, sampler: Sampler) -> Samples:
    """Return the audio of a performance, at the corpus's loudness: float32 [SECONDS * RATE].

    Raises:
        UnreadableScoreError: the audio is silent or not finite.
    """
    sound = sampler.render(performance.notes, SECONDS)
    loudness = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))
    if not np.isfinite(loudness) or loudness < 1e-4:
        raise UnreadableScoreError("the audio is silent" if loudness < 1e-4 else "the audio is not finite")
    scale = min(_LOUDNESS / loudness, _PEAK / float(np.abs(sound).max()))
    fade = round(_FADE_S * RATE)
    sound = sound * np.float32(scale)
    # The excerpt ends in the middle of notes, which would click.
    sound[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return sound


def _render(candidate: Candidate, folder: Path, sampler: Sampler, out: Path, recipe: str) -> Record:
    """Render one track and write its audio and record."""
    try:
        piece, performance, tags = interpret(candidate, folder)
        _write_flac(audio_path(out, candidate.track_id), sound_of(performance, sampler))
    except UnreadableScoreError as error:
        record = Record(track_id=candidate.track_id, recipe=recipe, collection=candidate.collection, failed=str(error))
    else:
        record = Record(
            track_id=candidate.track_id,
            recipe=recipe,
            collection=candidate.collection,
            tags=tags,
            keys=keys_of(candidate, piece),
            title=next(iter((*piece.headers.get("title", ()), *piece.headers.get("work", ()))), ""),
            beats_per_minute=performance.beats_per_minute,
            programs=tuple(sorted({note.program for note in performance.notes})),
        )
    # The record comes after the audio, so that a record means a whole track.
    publish_text(record_path(out, candidate.track_id), record.model_dump_json() + "\n")
    return record


def _write_flac(path: Path, sound: Samples) -> None:
    """Write audio as FLAC of 16 bits."""
    import soundfile

    with publishing(path) as temporary:
        soundfile.write(temporary, np.round(sound * 32767).astype(np.int16), RATE, "PCM_16", format="FLAC")

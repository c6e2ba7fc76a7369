"""What a pretrained encoder hears in files, in its own words: the quickest test of its weights and of its input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from adsw.audio.bad_audio import BadAudioError
from adsw.audio.decode import Excerpt, read_wave
from adsw.corpus.importers.audio_files import SUFFIXES
from adsw.errors import Faults


class Heard(BaseModel):
    """The tags an encoder gives to a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    file: str
    tags: dict[str, float]
    """Tag -> probability, the best first; empty if the file cannot be heard."""
    why: str | None = None
    """Why it cannot be heard."""


def files_in(places: Sequence[Path]) -> list[Path]:
    """Return the files named, and the audio files of the folders named, in order.

    Raises:
        InputError: every place that is not there, and every folder without audio.
    """
    faults = Faults("There is nothing to hear")
    files: list[Path] = []
    for place in places:
        if not place.exists():
            faults.add("--hear", "must be a file or a folder", str(place), "Check the path.")
        elif place.is_dir():
            inside = sorted(path for path in place.iterdir() if path.suffix.lower() in SUFFIXES)
            if not inside:
                faults.add("--hear", f"must hold audio files ({' '.join(SUFFIXES)})", str(place))
            files += inside
        else:
            files.append(place)
    faults.raise_if_any()
    return files


def heard(encoder: Any, files: Sequence[Path], most: int = 5) -> Iterator[Heard]:
    """Yield what an encoder that names tags hears in the middle of each file, its `most` likeliest tags."""
    info = encoder.info
    for path in files:
        try:
            wave = read_wave(path, Excerpt(), info.sample_rate, info.seconds)
        except BadAudioError as error:
            yield Heard(file=str(path), tags={}, why=str(error))
            continue
        scores = list(encoder.tag_scores(wave).items())[:most]
        yield Heard(file=str(path), tags={tag: round(score, 4) for tag, score in scores})

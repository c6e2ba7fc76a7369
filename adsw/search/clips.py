"""Audio for a page: a short clip inside it, or a link to the file beside it."""

from __future__ import annotations

import base64
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from adsw.encode.audio.bad import BadAudioError
from adsw.encode.audio.decode import Excerpt, read_wave
from adsw.encode.audio.local import local_path
from adsw.encode.audio.remote import is_remote, scheme_of

Play = Literal["embed", "link", "none"]
SECONDS = 10.0
RATE = 32_000
"""Hertz of a clip: one of MP3's own rates, and what is above 16 kHz is not missed in a preview."""
BUDGET = 4_000_000
"""Characters that the clips of a page may take; what comes after them is linked."""


@dataclass(frozen=True, slots=True)
class Clip:
    """What a page plays of a track: `source` is a data URL or a link, or None for the reason in `why`."""

    source: str | None
    embedded: bool = False
    why: str = ""


class Clips:
    """The clips of one page.

    Args:
        page: the page's file; links are relative to its folder.
        play: whether clips are embedded, linked, or left out.
    """

    def __init__(self, page: Path, play: Play) -> None:
        self._folder = page.resolve().parent
        self._play = play
        self._left = BUDGET

    def of(self, audio: str | None, start_s: float | None = None, duration_s: float | None = None) -> Clip:
        """Return the clip of a track: its middle 10 s if they fit into the page, otherwise a link to its part of the
        file."""
        if self._play == "none":
            return Clip(None)
        if audio is None:
            return Clip(None, why="no audio file is known")
        if is_remote(audio):
            return self._elsewhere(audio, start_s, duration_s)
        try:
            file = local_path(audio)
            if self._play == "link" or not self._left:
                return Clip(self._link(file, start_s, duration_s))
            source = "data:audio/mpeg;base64," + base64.b64encode(mp3(file, start_s, duration_s)).decode()
        except BadAudioError as bad:
            return Clip(None, why=f"{bad.kind}: {bad.detail}")
        if len(source) > self._left:
            # Once one clip does not fit, all that follow are linked: they are not decoded only to be dropped.
            self._left = 0
            return Clip(self._link(file, start_s, duration_s))
        self._left -= len(source)
        return Clip(source, embedded=True)

    def _elsewhere(self, address: str, start_s: float | None, duration_s: float | None) -> Clip:
        """Return a link to remote audio if a browser can play it; nothing is fetched for a page."""
        if scheme_of(address) in ("http", "https"):
            return Clip(_excerpt(address, start_s, duration_s))
        return Clip(None, why=f"a page cannot play {scheme_of(address)}:// addresses")

    def _link(self, file: Path, start_s: float | None, duration_s: float | None) -> str:
        """Return a link to a file, relative to the page's folder."""
        link = quote(Path(os.path.relpath(file.resolve(), self._folder)).as_posix())
        return _excerpt(link, start_s, duration_s)


def _excerpt(link: str, start_s: float | None, duration_s: float | None) -> str:
    """Return a link to a part of a file, seconds from its begin."""
    if start_s is None and duration_s is None:
        return link
    # A media fragment: https://www.w3.org/TR/media-frags/
    begin = start_s or 0.0
    return f"{link}#t={begin:g}" + (f",{begin + duration_s:g}" if duration_s is not None else "")


def mp3(file: Path, start_s: float | None = None, duration_s: float | None = None) -> bytes:
    """Return the middle 10 s of a track in an audio file, mono, as MP3.

    Raises:
        BadAudioError: see `read_wave`.
    """
    import soundfile

    wave = read_wave(file, Excerpt(start_s, duration_s), RATE, SECONDS)
    out = io.BytesIO()
    soundfile.write(out, wave.clip(-1, 1), RATE, format="MP3", subtype="MPEG_LAYER_III", compression_level=0.5)
    return out.getvalue()

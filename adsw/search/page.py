"""The page of a search: one HTML file with its audio inside, or linked beside it."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import soundfile
from markupsafe import Markup

from adsw.audio.bad_audio import BadAudioError
from adsw.audio.decode import Excerpt, read_wave
from adsw.audio.fetch import is_remote, local_path, scheme_of
from adsw.report import page as pages
from adsw.report.page import render_document
from adsw.report.section import Document, Key, Own, Paragraph, Section
from adsw.search.library import Found, Hit, Library, Tag, named_tags
from adsw.search.query import NOT_WEIGHT, Query

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

    wave = read_wave(file, Excerpt(start_s, duration_s), RATE, SECONDS)
    out = io.BytesIO()
    soundfile.write(out, wave.clip(-1, 1), RATE, format="MP3", subtype="MPEG_LAYER_III", compression_level=0.5)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Card:
    """One hit as the page shows it."""

    hit: Hit
    tags: dict[str, tuple[Tag, ...]]
    file: str
    """Name of its audio file, empty if none is known."""
    clip: Clip
    width: int
    """Width of the score's bar, percent."""


def render(found: Found, library: Library, page: Path, play: Play = "embed") -> str:
    """Render the page of a search.

    Args:
        found: the result of the search.
        library: the tracks that were searched.
        page: where the page will lie; links to audio are relative to it.
        play: how audio is played.
    """
    clips = Clips(page, play)
    cards = [_card(hit, found, clips) for hit in found.hits]
    return render_document(document(found, library, cards), [("adsw.search", "page.css")], downloads=False)


def document(found: Found, library: Library, cards: Sequence[Card]) -> Document:
    """Return the page as a list of sections."""
    query = found.query
    likes = [("like ", name) for name in query.like] + [("like the file ", file) for file in query.audio]
    meta = (*(likes if query.texts else ()), *(("not ", text) for text in query.unwanted))
    linked = any(card.clip.source and not card.clip.embedded for card in cards)
    hits = Own(Markup(pages.render(pages.asset("adsw.search", "hits.html"), {}, [], cards=cards)))
    info = library.checkpoint.info
    model = (
        f"Model {info.model_sha256[:12]} on {info.audio_encoder.name} ({info.audio_encoder.revision}) and "
        f"{info.text_encoder.name} ({info.text_encoder.revision}); store {library.store_fingerprint[:12]}."
    )
    sound = " ".join(_sound(any(card.clip.embedded for card in cards), linked))
    notes = [_score(query), _search(found), *([sound] if sound else []), *_colours(query), model]
    return Document(
        f"{len(found.hits)} of {found.searched:,} tracks ({', '.join(found.splits)}), nearest first",
        ", ".join(query.texts) or query.words(),
        meta,
        (
            Section("hits", "Nearest tracks", (*_key(query), hits)),
            Section("counted", "How they were found", tuple(Paragraph(text) for text in notes)),
        ),
        sound=True,
        linked=linked,
    )


def _card(hit: Hit, found: Found, clips: Clips) -> Card:
    """Return a hit as the page shows it."""
    top = max(abs(other.score) for other in found.hits) or 1.0  # Scores may all be 0.
    return Card(
        hit,
        named_tags(hit.tags, found.query),
        Path(hit.audio).name if hit.audio else "",
        clips.of(hit.audio, hit.start_s, hit.duration_s),
        round(100 * max(hit.score, 0.0) / top),
    )


def _score(query: Query) -> str:
    """Write how the score of this query is computed."""
    if query.unwanted:
        how = (
            f"the cosine to what is wanted, less {NOT_WEIGHT} times that to what is not, brought to the same spread "
            "over the tracks"
        )
    elif len(query.texts) + len(query.like) + len(query.audio) > 1:
        how = "the mean cosine to all that is wanted, brought to the same spread over the tracks"
    else:
        how = "cosine of the track and what is looked for"
    return f"Score: {how}. A score orders the tracks of one search; it is no probability."


def _search(found: Found) -> str:
    """Write whether the search was exact, and how much it found if not."""
    if found.recall is None:
        return "Every track was compared."
    return (
        f"The search was approximate: on {found.recall.queries} other queries it found {100 * found.recall.recall:.1f} "
        f"% of the exact first {found.recall.depth}."
    )


def _sound(embedded: bool, linked: bool) -> Iterator[str]:
    """Yield what is to be known of embedded and of linked sound."""
    if embedded:
        yield "The sound is the middle 10 s of each track, inside this page."
    if linked:
        other = "Other sound" if embedded else "The sound"
        yield f"{other} is linked: it plays where the files lie in the same place relative to this page."


def _key(query: Query) -> Iterator[Key]:
    """Yield the key to the colours of tags, if any tag is coloured."""
    inks = [("tags that the query names", "wanted", True)] if query.texts else []
    inks += [("tags of what is not wanted", "unwanted", True)] if query.unwanted else []
    if inks:
        yield Key(tuple(inks))


def _colours(query: Query) -> Iterator[str]:
    """Yield a note that tags were not searched, if any tag is coloured."""
    if query.texts or query.unwanted:
        yield "Tags take no part in the search: the tracks were found by their sound alone."

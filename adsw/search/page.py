"""The page of a search: one HTML file with its audio inside, or linked beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from adsw.report import page as pages
from adsw.report.section import Document, Key, Own, Paragraph, Section
from adsw.report.section_page import render_document
from adsw.search.clips import Clip, Clips, Play
from adsw.search.library import Found, Hit, Library
from adsw.search.naming import Tag, named_tags
from adsw.search.query import NOT_WEIGHT, Query


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

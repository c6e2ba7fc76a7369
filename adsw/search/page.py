"""The page of a search: one file that loads nothing, but for audio that is linked instead of embedded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from adsw.report.page import render_page
from adsw.search.clips import Clip, Clips, Play
from adsw.search.library import Found, Hit, Library
from adsw.search.naming import Tag, named_tags
from adsw.search.query import NOT_WEIGHT


@dataclass(frozen=True, slots=True)
class Card:
    """One hit as the page shows it."""

    hit: Hit
    tags: dict[str, tuple[Tag, ...]]
    file: str
    """Name of its audio file, empty where none is known."""
    clip: Clip
    width: int
    """Of the score's bar, percent."""


def render(found: Found, library: Library, page: Path, play: Play = "embed") -> str:
    """The page of a search.

    Args:
        found: what the search gave.
        library: what was searched.
        page: where the page will lie; links to audio are relative to it.
        play: how audio is played.
    """
    clips = Clips(page, play)
    cards = [_card(hit, found, clips) for hit in found.hits]
    return render_page(
        "adsw.search",
        "page.html",
        found=found,
        info=library.checkpoint.info,
        store=library.store_fingerprint,
        cards=cards,
        linked=any(card.clip.source and not card.clip.embedded for card in cards),
        embedded=any(card.clip.embedded for card in cards),
        not_weight=NOT_WEIGHT,
    )


def _card(hit: Hit, found: Found, clips: Clips) -> Card:
    top = max(abs(other.score) for other in found.hits) or 1.0
    return Card(
        hit,
        named_tags(hit.tags, found.query),
        Path(hit.audio).name if hit.audio else "",
        clips.of(hit.audio, hit.start_s, hit.duration_s),
        round(100 * max(hit.score, 0.0) / top),
    )

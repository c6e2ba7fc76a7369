"""Texts of visits as strings: the sampling rules applied without a bank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adsw.align.sampling import MixConfig, SwapConfig, TextConfig
from adsw.augment.captions.protocol import Captioner
from adsw.augment.swap import swap
from adsw.augment.views import flat_tags, sample_view
from adsw.augment.vocabulary import Vocabulary
from adsw.draws import generator
from adsw.encode.schema import SOURCES

_TAGS, _CAPTION, _HUMAN = (SOURCES.index(name) for name in ("tags", "caption", "human"))


@dataclass(frozen=True, slots=True)
class Words:
    """The material of a track's texts."""

    track_id: str
    tags: dict[str, tuple[str, ...]]
    """Category -> tags."""
    captions: tuple[str, ...]
    """Written by people."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to a track within an epoch, from 0."""

    words: Words
    number: int


@dataclass(frozen=True, slots=True)
class Shown:
    """The texts of one visit; the fields of `adsw.align.sampling.TextDraws`, with strings for texts."""

    text: str
    swap: str | None
    wanted: bool
    source: int
    kept_share: float
    other_source: bool


@dataclass(slots=True)
class _Draft:
    """A visit on its way to `Shown`."""

    words: Words
    key: str
    """Key of the caption's wording."""
    rng: np.random.Generator
    source: int
    other_source: bool
    view: dict[str, tuple[str, ...]]
    """The tags kept; empty for a human caption."""
    text: str
    """Empty until the captioner has worded it."""


class Writer:
    """Draws and writes the texts of visits, by draws of (seed, epoch, track, visit) alone.

    Args:
        vocabulary: finds what to swap, and what by.
        captioner: words the views.
    """

    def __init__(self, vocabulary: Vocabulary, captioner: Captioner) -> None:
        self._vocabulary = vocabulary
        self._captioner = captioner

    def write(self, config: TextConfig, seed: int, epoch: int, visits: Sequence[Visit]) -> list[Shown]:
        """Draw and write the text of each visit at an epoch (0-based) under a seed.

        Raises:
            ValueError: a track has neither tags nor captions.
        """
        drafts = [_draft(config, seed, epoch, visit) for visit in visits]
        wordless = [draft for draft in drafts if draft.source == _CAPTION]
        if wordless:
            captions = self._captioner.caption([draft.view for draft in wordless], [draft.key for draft in wordless])
            for draft, caption in zip(wordless, captions, strict=True):
                draft.text = caption.text
        probability = config.swap.probability.at(epoch)
        return [self._finished(draft, config.swap, probability) for draft in drafts]

    def _finished(self, draft: _Draft, config: SwapConfig, probability: float) -> Shown:
        """Return the draft with its hard negative, if one is drawn for and the text has something to swap."""
        tags = [tag for _, tag in flat_tags(draft.words.tags)]
        wanted = bool(draft.rng.random() < probability)
        made = None
        if wanted:
            made = swap(draft.text, self._vocabulary, tags, draft.rng, config.max_terms, config.categories)
        kept = len(flat_tags(draft.view))
        share = kept / len(tags) if kept else np.nan
        return Shown(draft.text, made.text if made else None, wanted, draft.source, share, draft.other_source)


def _draft(config: TextConfig, seed: int, epoch: int, visit: Visit) -> _Draft:
    """Draw the source, the view and, where no captioner is needed, the text of a visit."""
    words = visit.words
    # One generator per visit, whose draws come in a fixed order: source, then text or view, last the swap.
    rng = generator("online", seed, epoch, words.track_id, visit.number)
    source, other = _source(config.mix, epoch, words, rng)
    view: dict[str, tuple[str, ...]] = {}
    text = ""
    if source == _HUMAN:
        text = words.captions[int(rng.integers(len(words.captions)))]
    else:
        view = sample_view(words.tags, config.view_dropout.rate.at(epoch), config.view_dropout.balance, rng)
    if source == _TAGS:
        tags = [tag for _, tag in flat_tags(view)]
        text = ", ".join(tags[place] for place in rng.permutation(len(tags)))
    key = f"online/{seed}/{epoch}/{words.track_id}/{visit.number}"
    return _Draft(words, key, rng, source, other, view, text)


def _source(mix: MixConfig, epoch: int, words: Words, rng: np.random.Generator) -> tuple[int, bool]:
    """Draw a source by the mix among those the track has; return it and whether the mix weighs none of them."""
    tagged = bool(flat_tags(words.tags))
    has = np.array([bool(words.captions) if name == "human" else tagged for name in SOURCES])
    if not has.any():
        raise ValueError(f"track {words.track_id} has no text to draw")
    weights = has * np.array([getattr(mix, name).at(epoch) for name in SOURCES])
    other = not weights.any()
    weights = has.astype(np.float64) if other else weights
    return int(rng.choice(len(SOURCES), p=weights / weights.sum())), other

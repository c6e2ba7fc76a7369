"""Texts of visits as strings: the sampling rules applied without a bank."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from adsw.augment.captions.checks import CaptionChecker
from adsw.augment.captions.protocol import Captioner
from adsw.augment.claims import Claims, claims_of_caption, claims_of_swap, claims_of_tags
from adsw.augment.odds import SwapDraw
from adsw.augment.swap import Swap, swap, swappable
from adsw.augment.views import flat_tags, sample_view
from adsw.augment.vocabulary import Reading, Vocabulary
from adsw.draws import generator
from adsw.store.schema import SOURCES
from adsw.train.sampling import MixConfig, TextConfig
from adsw.train.swap_draws import MOST_NEGATIVES, SwapConfig, asked_probability, law_of_terms

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
class Hard:
    """A hard negative, and what it claims."""

    text: str
    claims: Claims | None


@dataclass(frozen=True, slots=True)
class Shown:
    """The texts of one visit; the fields of `adsw.train.sampling.TextDraws`, with strings for texts."""

    text: str
    claims: Claims | None
    swaps: tuple[Hard, ...]
    wanted: bool
    asked: float
    short: bool
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
        swap_draw: how replacements are drawn.
    """

    def __init__(self, vocabulary: Vocabulary, captioner: Captioner, swap_draw: SwapDraw = "frequency") -> None:
        self.vocabulary = vocabulary
        self._captioner = captioner
        self._swap_draw = swap_draw

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
        """Return the draft with the hard negatives that are drawn for it, by the law of `adsw.train.swap_draws`."""
        reading = self.vocabulary.read(draft.text)
        own = [tag for _, tag in flat_tags(draft.words.tags)]
        claims = self._claims(draft, reading)
        held = swappable(reading, self.vocabulary, own, self._swap_draw) if probability else ()
        terms = sum(config.categories is None or category in config.categories for category in held)
        asked = float(asked_probability(config, probability, np.array([terms]))[0])
        wanted = bool(draft.rng.random() < asked)
        found: dict[str, Hard] = {}
        short = False
        if wanted and terms:
            law = law_of_terms(config, probability, terms)
            for _ in range(config.negatives):
                made, fewer = self._another(draft, reading, own, config, law, found)
                short |= fewer and not found
                if made is not None:
                    found[made.text] = Hard(made.text, claims_of_swap(claims, made, self.vocabulary))
        kept = len(flat_tags(draft.view))
        share = kept / len(own) if kept else np.nan
        hard = tuple(found.values())
        return Shown(draft.text, claims, hard, wanted, asked, short, draft.source, share, draft.other_source)

    def _another(
        self,
        draft: _Draft,
        reading: Reading,
        own: list[str],
        config: SwapConfig,
        law: list[float],
        found: Collection[str],
    ) -> tuple[Swap | None, bool]:
        """Return a swap that is none of those found, and whether it replaces fewer terms than were drawn.

        Returns:
            None for the swap after as many tries as a text may have hard negatives: it seems to have no other.
        """
        for _ in range(MOST_NEGATIVES):
            drawn = 1 + int(draft.rng.choice(len(law), p=law))
            # What one replacement puts in may forbid another: then fewer, as with a bank that holds none of so many.
            for terms in range(drawn, 0, -1):
                made = swap(
                    draft.text, self.vocabulary, own, draft.rng,
                    categories=config.categories, reading=reading, exactly=terms, draw=self._swap_draw,
                )  # fmt: skip
                if made is not None:
                    break
            if made is not None and made.text not in found:
                return made, terms < drawn
        return None, False

    def _claims(self, draft: _Draft, reading: Reading) -> Claims | None:
        """Return what the text claims; None for a human caption."""
        if draft.source == _HUMAN:
            return None
        if draft.source == _TAGS:
            return claims_of_tags((tag for _, tag in flat_tags(draft.view)), self.vocabulary)
        checker = CaptionChecker(draft.view, self.vocabulary)
        return claims_of_caption(reading, checker.stated(checker.check_read(reading)), self.vocabulary)


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

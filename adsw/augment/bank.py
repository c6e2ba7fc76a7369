"""The bank of a track's texts: views, their captions, human captions, and swaps of all of them.

Nothing in it depends on a searched hyperparameter: rates, mixes and schedules are sampling rules over it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from adsw.augment.captions.checks import CaptionChecker
from adsw.augment.captions.protocol import Captioner, TagView
from adsw.augment.claims import claims_of_caption, claims_of_swap, claims_of_tags
from adsw.augment.odds import SwapDraw
from adsw.augment.swap import swap, swappable
from adsw.augment.views import Tags, View, flat_tags, views_of
from adsw.augment.vocabulary import Reading, Vocabulary, builtin
from adsw.corpus.track import Track
from adsw.draws import generator
from adsw.spelling import one_text

HELD_OUT = frozenset({"valid", "test"})
"""Splits that are not trained on."""

PAPER_VIEWS = 10
"""Number of views of a track in the paper, approximately."""


class BankConfig(BaseModel):
    """Settings of a bank. How the bounds on views act together: `adsw.augment.views.quotas`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    views_per_count: int = Field(default=2, ge=1, le=64)
    """V: views at every kept count, and as many again for the category law where it differs from the uniform one."""
    levels: int | None = Field(default=None, ge=1, le=256)
    """Largest number of kept counts, evenly spread over 1 .. n with n among them; null for all of them."""
    most_views: int | None = Field(default=None, ge=1, le=4096)
    """Largest number of views of a track, distributed over its kept counts; null for no bound."""
    captions_per_count: int | None = Field(default=None, ge=1, le=64)
    """Number of the views of each kept count and law that get a caption; null for all."""
    held_out_levels: int | None = Field(default=None, ge=1, le=256)
    """`levels` of tracks that are not trained on, of which few views are ever shown; null for the same."""
    swaps_per_category: int = Field(default=1, ge=0, le=16)
    """Number of swaps of one term for each category of a text's replaceable terms."""
    swaps_per_text: int = Field(default=1, ge=0, le=16)
    """Number of swaps of a text for each number of terms from 2 to `swap_max_terms`."""
    swap_max_terms: int = Field(default=3, ge=1, le=16)
    """Largest number of terms replaced in one text."""
    swaps_within_categories: bool = False
    """Whether there is one more for each such number and each category that has as many replaceable terms."""
    swap_draw: SwapDraw = "frequency"
    """How replacements are drawn."""
    seed: int = 0

    @classmethod
    def paper(cls, **others: Any) -> BankConfig:
        """Return the paper's bank: about 10 partial views of a track, of small and of large subsets alike.

        Manco et al., *Augment, Drop & Swap*, ISMIR 2024, Augmented View Dropout. Its subsets are balanced:
        train with ``text.view_dropout.balance=category``.

        Args:
            **others: values of other fields.

        Raises:
            pydantic.ValidationError: a value that its field does not take.
        """
        return cls(**{"views_per_count": PAPER_VIEWS, "most_views": PAPER_VIEWS, **others})


@dataclass(frozen=True, slots=True)
class BankText:
    """One text of a track; the fields of the store's schema (`adsw.store.schema.TEXT`)."""

    text: str
    source: str
    """``tags``, ``caption`` or ``human``."""
    kept: int
    """Kept count of the view; 0 for a human caption."""
    view: int
    """Index of the view within the track; -1 for a human caption."""
    weight_none: float
    """Probability of the view given its kept count, under independent dropping; 0 for a human caption and a swap."""
    weight_category: float
    """The same under the category law."""
    swap_of: int
    """Index of the original within the track's texts; -1 for an original."""
    swap_terms: int
    """Number of terms replaced; 0 for an original."""
    swap_categories: tuple[str, ...]
    captioner: str | None = None
    """What wrote a view's caption, as ``name@version``; None for every other text."""
    attempts: int | None = None
    """Number of attempts at the caption; None if `captioner` is."""
    coverage: float | None = None
    """Share of the view's tags (for a human caption, the track's) that it states; None without tags and for a swap."""
    added: int | None = None
    """Number of vocabulary terms that it states and the tags do not give; None if `coverage` is."""
    claims: tuple[str, ...] | None = None
    """Names of all that it says of the music (`adsw.augment.claims`), sorted; None where that is not known."""
    swappable: tuple[str, ...] | None = ()
    """Category of each of its replaceable terms; empty for a swap, None if not known."""


def track_texts(track: Track, config: BankConfig, vocabulary: Vocabulary, captioner: Captioner) -> list[BankText]:
    """Return all texts of a track: its views as tags and as captions, its human captions, and their swaps.

    The order: for each view its tags and then its caption; the human captions, each once; the swaps of all of
    these in their order. A text in which nothing can be swapped has no swap; two equal swaps of one text are
    one.

    Args:
        track: its tags and captions are used, its id keys every draw.
        config: what to make.
        vocabulary: best `corpus_vocabulary` of the whole corpus.
        captioner: words the views.

    Returns:
        The texts; none for a track with neither tags nor captions.
    """
    # Every draw of a track comes from its id, so that its texts do not depend on other tracks or on the worker.
    rng = generator(config.seed, track.track_id, "views")
    levels = config.levels if track.split not in HELD_OUT else (config.held_out_levels or config.levels)
    bounds = (levels, config.most_views, config.captions_per_count)
    views = views_of(track.tags, config.views_per_count, rng, *bounds)
    worded = [index for index, view in enumerate(views) if view.captioned is not None]
    keys = [f"{config.seed}/{track.track_id}/{index}" for index in worded]
    made = captioner.caption([views[index].tags for index in worded], keys) if worded else []
    captions = dict(zip(worded, made, strict=True))
    originals: list[BankText] = []
    readings: list[Reading] = []
    for index, view in enumerate(views):
        given = _tags_text(view, rng)
        claimed = claims_of_tags((tag for tags in view.tags.values() for tag in tags), vocabulary)
        weights = (view.weight_none, view.weight_category)
        originals.append(_of_view(given, "tags", index, view, weights, claims=claimed))
        readings.append(vocabulary.read(given))
        if view.captioned is not None:
            caption = captions[index]
            readings.append(vocabulary.read(caption.text))
            made_by = {"captioner": caption.captioner, "attempts": caption.attempts}
            checked = _checked(readings[-1], view.tags, vocabulary)
            originals.append(_of_view(caption.text, "caption", index, view, view.captioned, **made_by, **checked))
    for text in dict.fromkeys(map(one_text, track.captions)):
        if not text:
            continue
        readings.append(vocabulary.read(text))
        checked = _checked(readings[-1], track.tags, vocabulary) | {"claims": None}
        originals.append(replace(BankText(text, "human", 0, -1, 0.0, 0.0, -1, 0, ()), **checked))
    own = tuple(tag for _, tag in flat_tags(track.tags))
    originals = [
        replace(original, swappable=swappable(reading, vocabulary, own, config.swap_draw))
        for original, reading in zip(originals, readings, strict=True)
    ]
    return originals + _swaps(track.track_id, own, originals, readings, config, vocabulary)


def corpus_vocabulary(tracks: Iterable[Track], base: Vocabulary | None = None) -> Vocabulary:
    """Return a vocabulary extended by the tags of a corpus and counted in it, whatever the order of its tracks.

    The built-in vocabulary is extended if no other is given. Where no track has tags, the terms of the captions are
    counted.
    """
    used = list(tracks)
    return vocabulary_of([track.tags for track in used], base, (text for track in used for text in track.captions))


def vocabulary_of(corpus: Sequence[Tags], base: Vocabulary | None = None, captions: Iterable[str] = ()) -> Vocabulary:
    """Return the vocabulary of a corpus: see `corpus_vocabulary`.

    Args:
        corpus: the tags of every track, by category.
        base: what is extended.
        captions: all captions of the corpus.
    """
    tags: dict[str, set[str]] = {}
    for of_track in corpus:
        for category, given in of_track.items():
            tags.setdefault(category, set()).update(given)
    ordered = {category: sorted(tags[category]) for category in sorted(tags)}
    return (base or builtin()).extended(ordered).counted(corpus, captions)


def _of_view(text: str, source: str, index: int, view: View, weights: tuple[float, float], **more: Any) -> BankText:
    """Return a text of a view."""
    return BankText(text, source, view.kept, index, weights[0], weights[1], -1, 0, (), **more)


def _tags_text(view: View, rng: np.random.Generator) -> str:
    """Return the view's tags in an order drawn for it."""
    given = [tag for tags in view.tags.values() for tag in tags]
    return ", ".join(given[place] for place in rng.permutation(len(given)))


def _checked(caption: Reading, tags: TagView, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return a caption's coverage of the tags, the count of added terms, and claims; nothing if there are no tags."""
    checker = CaptionChecker(tags, vocabulary)
    if not checker.tags:
        return {}
    check = checker.check_read(caption)
    return {
        "coverage": 1 - len(check.missing) / checker.tags,
        "added": len(check.added),
        "claims": claims_of_caption(caption, checker.stated(check), vocabulary),
    }


def _swaps(
    track_id: str,
    own: Sequence[str],
    originals: Sequence[BankText],
    readings: Sequence[Reading],
    config: BankConfig,
    vocabulary: Vocabulary,
) -> list[BankText]:
    """Return the different swaps of each text, in order of the texts; `own` are the track's tags."""
    rng = generator(config.seed, track_id, "swaps")
    swapped: list[BankText] = []
    for index, (original, reading) in enumerate(zip(originals, readings, strict=True)):
        seen: set[str] = set()
        for terms, categories in wanted_swaps(original.swappable or (), config):
            made = swap(
                original.text, vocabulary, own, rng,
                categories=categories, reading=reading, exactly=terms, draw=config.swap_draw,
            )  # fmt: skip
            if made is None or made.text in seen:  # no other is drawn: a text may have only one swap
                continue
            seen.add(made.text)
            swapped.append(
                BankText(
                    made.text, original.source, original.kept, original.view, 0.0, 0.0, index,
                    len(made.terms), tuple(dict.fromkeys(made.categories)),
                    claims=claims_of_swap(original.claims, made, vocabulary),
                )
            )  # fmt: skip
    return swapped


def wanted_swaps(swappable: Sequence[str], config: BankConfig) -> Iterator[tuple[int, tuple[str, ...] | None]]:
    """Yield the number of terms and the categories (None for all) of each swap of a text, with repetition.

    Args:
        swappable: the category of each of its replaceable terms.
        config: `BankConfig.swaps_per_category` and those that follow it.
    """
    held = Counter(swappable)
    for category in sorted(held):
        yield from repeat((1, (category,)), config.swaps_per_category)
    for terms in range(2, min(config.swap_max_terms, len(swappable)) + 1):
        yield from repeat((terms, None), config.swaps_per_text)
        if config.swaps_within_categories and len(held) > 1:  # of one category only, the line above is the same
            yield from ((terms, (category,)) for category in sorted(held) if held[category] >= terms)

"""The bank of a track's texts: views, their captions, human captions, and swaps of all of them.

Nothing in it depends on a searched hyperparameter: rates, mixes and schedules are sampling rules over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from adsw.augment.captions.checks import CaptionChecker
from adsw.augment.captions.protocol import Captioner, TagView
from adsw.augment.swap import swap
from adsw.augment.views import View, flat_tags, views_of
from adsw.augment.vocabulary import Reading, Vocabulary, builtin
from adsw.corpus.track import Track
from adsw.draws import generator
from adsw.spelling import one_text

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
    swaps_per_text: int = Field(default=1, ge=0, le=16)
    """Number of swapped variants of every text."""
    swap_max_terms: int = Field(default=3, ge=1, le=16)
    """Largest number of terms replaced in one text."""
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
    views = views_of(track.tags, config.views_per_count, rng, config.levels, config.most_views)
    keys = [f"{config.seed}/{track.track_id}/{index}" for index in range(len(views))]
    captions = captioner.caption([view.tags for view in views], keys) if views else []
    originals: list[BankText] = []
    readings: list[Reading] = []
    for index, (view, caption) in enumerate(zip(views, captions, strict=True)):
        originals.append(_of_view(_tags_text(view, rng), "tags", index, view))
        readings.append(vocabulary.read(originals[-1].text))
        readings.append(vocabulary.read(caption.text))
        checked = _checked(readings[-1], view.tags, vocabulary)
        worded = _of_view(caption.text, "caption", index, view)
        originals.append(replace(worded, captioner=caption.captioner, attempts=caption.attempts, **checked))
    for text in dict.fromkeys(map(one_text, track.captions)):
        if not text:
            continue
        readings.append(vocabulary.read(text))
        checked = _checked(readings[-1], track.tags, vocabulary)
        originals.append(replace(BankText(text, "human", 0, -1, 0.0, 0.0, -1, 0, ()), **checked))
    return originals + _swaps(track, originals, readings, config, vocabulary)


def corpus_vocabulary(tracks: Iterable[Track], base: Vocabulary | None = None) -> Vocabulary:
    """Return a vocabulary extended by the tags of a corpus, whatever the order of its tracks.

    The built-in vocabulary is extended if no other is given.
    """
    tags: dict[str, set[str]] = {}
    for track in tracks:
        for category, given in track.tags.items():
            tags.setdefault(category, set()).update(given)
    ordered = {category: sorted(tags[category]) for category in sorted(tags)}
    return (base or builtin()).extended(ordered)


def _of_view(text: str, source: str, index: int, view: View) -> BankText:
    """Return a text of a view."""
    return BankText(text, source, view.kept, index, view.weight_none, view.weight_category, -1, 0, ())


def _tags_text(view: View, rng: np.random.Generator) -> str:
    """Return the view's tags in an order drawn for it."""
    given = [tag for tags in view.tags.values() for tag in tags]
    return ", ".join(given[place] for place in rng.permutation(len(given)))


def _checked(caption: Reading, tags: TagView, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return a caption's coverage of the tags and the count of added terms; nothing if there are no tags."""
    checker = CaptionChecker(tags, vocabulary)
    if not checker.tags:
        return {}
    check = checker.check_read(caption)
    return {"coverage": 1 - len(check.missing) / checker.tags, "added": len(check.added)}


def _swaps(
    track: Track,
    originals: Sequence[BankText],
    readings: Sequence[Reading],
    config: BankConfig,
    vocabulary: Vocabulary,
) -> list[BankText]:
    """Return the different swaps of each text, in order of the texts."""
    track_tags = tuple(tag for _, tag in flat_tags(track.tags))
    rng = generator(config.seed, track.track_id, "swaps")
    swapped: list[BankText] = []
    for index, (original, reading) in enumerate(zip(originals, readings, strict=True)):
        seen: set[str] = set()
        for _ in range(config.swaps_per_text):
            made = swap(original.text, vocabulary, track_tags, rng, config.swap_max_terms, reading=reading)
            if made is None or made.text in seen:  # no other is drawn: a text may have only one swap
                continue
            seen.add(made.text)
            swapped.append(
                BankText(
                    made.text, original.source, original.kept, original.view, 0.0, 0.0, index,
                    len(made.terms), tuple(dict.fromkeys(made.categories)),
                )
            )  # fmt: skip
    return swapped

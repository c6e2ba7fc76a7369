"""Prompts of tags, embedded, and how near tracks are to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from adsw.arrays import Floats
from adsw.augment.vocabulary import Vocabulary
from adsw.encode.protocol import TextEncoder
from adsw.evaluate.distinct import distinct_rows
from adsw.evaluate.evaluation import Heads, embed
from adsw.evaluate.tags.labels import Tag
from adsw.evaluate.tags.templates import Templates, filled


@dataclass(frozen=True)
class Prompts:
    """The prompts of K tags, each embedded by the frozen encoder.

    Attributes:
        categories: whose templates every tag takes [K].
        templates: by category.
        places: for every tag the rows of its prompts, in the order of its category's templates.
        tokens: float16 [prompts, T_t, D_t].
        identity: of the templates.
    """

    categories: tuple[str, ...]
    templates: dict[str, tuple[str, ...]]
    places: tuple[NDArray[np.int64], ...]
    tokens: NDArray[np.float16]
    identity: str

    @classmethod
    def of(cls, tags: Sequence[Tag], templates: Templates, vocabulary: Vocabulary, encoder: TextEncoder) -> Prompts:
        """Word and encode the prompts of some tags; equal prompts are encoded once."""
        categories = tuple(templates.category_for(tag, vocabulary) for tag in tags)
        number: dict[str, int] = {}
        places = []
        for (_, name), category in zip(tags, categories, strict=True):
            texts = [filled(template, name) for template in templates.by_category[category]]
            places.append(np.array([number.setdefault(text, len(number)) for text in texts], dtype=np.int64))
        # As in the store: the heads were trained on half-precision inputs.
        tokens = encoder.encode(list(number)).astype(np.float16)
        used = {category: templates.by_category[category] for category in categories}
        return cls(categories, used, tuple(places), tokens, templates.identity)


def cosines(one_NP: torch.Tensor, other_KP: torch.Tensor) -> Floats:
    """Inner products of all pairs of vectors, in float64, [N, K]; equal vectors give equal scores, to the bit."""
    left, right = (part.detach().to("cpu", torch.float64).numpy() for part in (one_NP, other_KP))
    (rows, row), (columns, column) = distinct_rows(left), distinct_rows(right)
    products: Floats = (left[rows] @ right[columns].T)[row][:, column]
    return products


def prompt_scores(heads: Heads, audio_NTD: NDArray[np.float16], prompts: Prompts) -> tuple[Floats, Floats]:
    """Scores of all tracks for all tags [N, K], and for all prompts [N, prompts]."""
    audio_NP = embed(heads.audio, audio_NTD, "audio")
    prompts_QP = embed(heads.text, prompts.tokens, "text")
    means = torch.stack([prompts_QP[torch.from_numpy(places)].mean(dim=0) for places in prompts.places])
    return cosines(audio_NP, torch.nn.functional.normalize(means, dim=-1)), cosines(audio_NP, prompts_QP)

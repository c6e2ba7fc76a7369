"""Prompts of tags, embedded, and the scores of tracks for them."""

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
        categories: the category, of each of K tags, whose templates it takes.
        templates: templates by category, for the categories in use.
        places: for each of K tags, int64 rows of its prompts in `tokens`, in the order of its category's templates.
        tokens: float16 [prompts, T_t, D_t], one per distinct prompt.
        identity: fingerprint of the templates.
    """

    categories: tuple[str, ...]
    templates: dict[str, tuple[str, ...]]
    places: tuple[NDArray[np.int64], ...]
    tokens: NDArray[np.float16]
    identity: str

    @classmethod
    def of(cls, tags: Sequence[Tag], templates: Templates, vocabulary: Vocabulary, encoder: TextEncoder) -> Prompts:
        """Fill in the templates for some tags and encode the prompts; equal prompts are encoded once."""
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


def cosines(rows_NP: torch.Tensor, columns_KP: torch.Tensor) -> Floats:
    """Return the inner products of all pairs of two sets of vectors [N, P] and [K, P], float64 [N, K].

    Equal vectors have equal scores, to the bit, so that they tie.
    """
    left, right = (part.detach().to("cpu", torch.float64).numpy() for part in (rows_NP, columns_KP))
    (rows, row), (columns, column) = distinct_rows(left), distinct_rows(right)
    products: Floats = (left[rows] @ right[columns].T)[row][:, column]
    return products


def prompt_scores(heads: Heads, audio_NTD: NDArray[np.float16], prompts: Prompts) -> tuple[Floats, Floats]:
    """Score all tracks for all tags and for all prompts.

    A tag is the mean of its prompts' unit vectors, scaled to length 1.

    Args:
        heads: the trained pair.
        audio_NTD: audio tokens of the tracks.
        prompts: of K tags.

    Returns:
        Cosines with the tags, float64 [N, K], and with the distinct prompts, float64 [N, prompts].

    Raises:
        ValueError: an embedding is NaN or infinite.
    """
    audio_NP = embed(heads.audio, audio_NTD, "audio")
    prompts_QP = embed(heads.text, prompts.tokens, "text")
    means = torch.stack([prompts_QP[torch.from_numpy(places)].mean(dim=0) for places in prompts.places])
    return cosines(audio_NP, torch.nn.functional.normalize(means, dim=-1)), cosines(audio_NP, prompts_QP)

"""Rankings that use less than a trained pair of heads: baselines that its figures should beat.

**Chance** knows nothing: the exact figures of a random ranking (`adsw.evaluate.retrieval.chance`).

**Untrained** heads know the architecture: random projections of the frozen embeddings (`adsw.evaluate.untrained`).

**Popularity** knows one side only: one fixed order of the pool, the same for every query, by how near an item is on
average to everything of the other side that was trained on. It is the checkpoint with the query hidden. Where every
track has as many queries as every other it is at chance by construction; it rises above it where some tracks have
more queries, or share theirs, and training made hubs of their like. The distance of a checkpoint to it is what
reading the query is worth.

**Look-up** knows the training pairs by heart and nothing between them: it takes the `NEIGHBOURS` training texts
nearest to the query's text (in the frozen text space), and ranks the pool by similarity to the mean audio of their
tracks (in the frozen audio space); from music to text the other way round. No head, nothing learned: a nearest-
neighbour translation. A checkpoint that does not beat it has learnt no more than a table of its training set would
answer, and what the query's text alone predicts about its track is no more than this.
"""

from __future__ import annotations

import torch

from adsw.evaluate.evaluation import Evaluation, Heads, embed, music_to_text, text_to_music
from adsw.evaluate.nearest import nearest
from adsw.evaluate.queries import QuerySet
from adsw.evaluate.targets import Targets
from adsw.evaluate.training import Training, pooled, unit

NEIGHBOURS = 10
"""Nearest training texts (or tracks) over which a look-up takes the mean."""
_SAMPLE = 8192
"""Number of training texts, and of tracks, over which the mean embedding is taken."""


def popularity(heads: Heads, queries: QuerySet, training: Training, name: str) -> Evaluation:
    """Evaluate one fixed order of each pool, by mean cosine with the other side of the training under the heads.

    Args:
        heads: the trained pair.
        queries: the set.
        training: what the heads were trained on; the mean is over its first 8,192 texts and tracks.
        name: the set's name.

    Raises:
        ValueError: as `adsw.evaluate.evaluation.evaluate`.
    """
    text_P = embed(heads.text, training.text_embeddings[:_SAMPLE], "training texts").mean(0)
    audio_P = embed(heads.audio, training.audio[:_SAMPLE], "training audio").mean(0)
    of_tracks = embed(heads.audio, queries.audio, "audio") @ text_P
    of_texts = embed(heads.text, queries.text_embeddings, "text") @ audio_P
    # With one-dimensional embeddings, 1 for every query, each query ranks the pool by the same score.
    return Evaluation(
        name,
        queries.identity,
        text_to_music(torch.ones(len(of_texts), 1), of_tracks[:, None].cpu(), queries.targets, queries.sources),
        music_to_text(torch.ones(len(of_tracks), 1), of_texts[:, None].cpu(), queries.targets),
    )


def look_up(queries: QuerySet, training: Training, name: str) -> Evaluation:
    """Evaluate nearest-neighbour translation through the training pairs, without any head.

    Args:
        queries: the set, under the training's frozen encoders.
        training: the pairs to look up.
        name: the set's name.
    """
    texts_QD = unit(pooled(queries.text_embeddings))
    audio_ND = training.standardised(queries.audio)
    heard_QD = _translated(texts_QD, training.unit_texts, training.owners, training.unit_audio)
    asking, texts_of = training.owners.turned()
    asking_audio_ND = training.unit_audio[torch.from_numpy(asking)]
    read_ND = _translated(audio_ND, asking_audio_ND, texts_of, training.unit_texts)
    return Evaluation(
        name,
        queries.identity,
        text_to_music(heard_QD, audio_ND, queries.targets, queries.sources),
        music_to_text(read_ND, texts_QD, queries.targets),
    )


def _translated(
    queries_QD: torch.Tensor, keys_ND: torch.Tensor, partners: Targets, values_ME: torch.Tensor
) -> torch.Tensor:
    """Return each query's mean, over its nearest keys, of the mean value of their partners.

    Args:
        queries_QD: queries [Q, D], unit vectors in the space of the keys.
        keys_ND: keys [N, D], unit vectors.
        partners: the values that belong to every key, as rows of `values_ME`.
        values_ME: values [M, E] in the other space.

    Returns:
        Unit vectors [Q, E].
    """
    means_NE = _means(values_ME, partners)
    _, index = nearest(queries_QD, keys_ND, NEIGHBOURS)
    chosen = torch.from_numpy(index).to(means_NE.device)
    # Added neighbour by neighbour: gathering all at once would take NEIGHBOURS times the memory.
    sums_QE = torch.zeros(len(queries_QD), means_NE.shape[1], device=means_NE.device)
    for place in range(index.shape[1]):
        sums_QE += means_NE[chosen[:, place]]
    return unit(sums_QE)


def _means(values_ME: torch.Tensor, partners: Targets) -> torch.Tensor:
    """Return the mean value [N, E] of every key's partners, which are rows of the values [M, E]."""
    sums = torch.zeros(len(partners), values_ME.shape[1], device=values_ME.device)
    keys, values = torch.from_numpy(partners.queries), torch.from_numpy(partners.items)
    sums.index_add_(0, keys.to(sums.device), values_ME[values.to(sums.device)])
    return sums / torch.from_numpy(partners.counts).to(sums)[:, None]

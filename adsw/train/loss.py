"""Symmetric InfoNCE with hard negatives as extra columns, for S slots and several workers.

InfoNCE (van den Oord et al., *Representation learning with contrastive predictive coding*, 2018) in both directions as
in CLIP (Radford et al., ICML 2021). The hard negatives of TextSwap (arXiv 2409.11498) enter the audio-to-text direction
as further columns, as in NegCLIP (Yuksekgonul et al., ICLR 2023). With k workers each has the terms of its rows against
the columns of all; the sum of their losses is the loss of one worker with all rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from adsw.train.distributed import World

_NEVER = -1e30
"""The logit of a masked column: finite, since a sum of minus infinities alone has a gradient of NaN."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The embeddings of a step on one worker, b rows of the B of the whole batch, and which columns its rows see.

    Attributes:
        audio: unit vectors, [S, b, P].
        text: unit vectors, [S, b, P].
        swap: up to K hard negatives of each text, [S, b, K, P], any values where there is none; None if no slot has
            any.
        has_swap: which hard negatives there are, bool [S, b, K].
        text_hidden: texts that are no negatives of an audio, bool [S, b, B].
        audio_hidden: audios that are no negatives of a text, bool [S, b, B].
        swap_hidden: hard negatives that an audio does not see, those that there are not among them, bool [S, b, B * K];
            None if `swap` is.

    The whole batch is ordered by worker, each one's rows in a run. A row's own column is never hidden, whatever the
    masks of texts and audios say: it is the positive.
    """

    audio: Tensor
    text: Tensor
    swap: Tensor | None
    has_swap: Tensor
    text_hidden: Tensor
    audio_hidden: Tensor
    swap_hidden: Tensor | None


@dataclass(frozen=True, slots=True)
class Terms:
    """Results of a step on one worker: its share of the loss, and how many rows were right.

    Attributes:
        loss: sum of the rows' losses over twice the whole batch's size, [S].
        audio_right: audios whose own text is nearest among the batch's texts, [S].
        text_right: texts whose own audio is nearest, [S].
        swap_right: hard negatives that are further from the audio than its own text, [S].
    """

    loss: Tensor
    audio_right: Tensor
    text_right: Tensor
    swap_right: Tensor


def contrast(pairs: Pairs, scale_S: Tensor, swap_bias_S: Tensor, world: World) -> Terms:
    """Compute the loss of one step and its counts.

    Args:
        pairs: this worker's embeddings and masks.
        scale_S: 1 / temperature, [S].
        swap_bias_S: added to the logits of hard negatives, [S]: the logarithm of their weight, as if each of them
            stood there so many times.
        world: the workers; their embeddings are gathered with gradients.
    """
    size = pairs.text_hidden.shape[2]
    rows = world.rows(size)
    scale = scale_S[:, None, None]
    to_text = scale * _cosines(pairs.audio, world.gather(pairs.text, size))
    to_audio = scale * _cosines(pairs.text, world.gather(pairs.audio, size))
    to_text = to_text.masked_fill(_others(pairs.text_hidden, rows), _NEVER)
    to_audio = to_audio.masked_fill(_others(pairs.audio_hidden, rows), _NEVER)
    own_text, own_audio = _diagonal(to_text, rows), _diagonal(to_audio, rows)
    others, swap_right = to_text.logsumexp(dim=2), torch.zeros_like(scale_S)
    if pairs.swap is not None and pairs.swap_hidden is not None:
        # Gathered by row, so that a text's hard negatives stay together: column j K + k is the k-th of text j.
        gathered = world.gather(pairs.swap.flatten(2), size).view(len(scale), -1, pairs.swap.shape[3])
        hard = scale * _cosines(pairs.audio, gathered) + swap_bias_S[:, None, None]
        hard = hard.masked_fill(pairs.swap_hidden, _NEVER).logsumexp(dim=2)
        # As logsumexp over texts and hard negatives together, but the sum over the texts keeps its bits whatever hard
        # negatives there are.
        others = torch.logaddexp(others, hard)
        # Without the weight, and of all hard negatives that there are: how well they are told apart from the text.
        own_swaps = scale.detach() * (pairs.audio[:, :, None] * pairs.swap).detach().sum(dim=3)
        swap_right = ((own_text[..., None] > own_swaps) & pairs.has_swap).sum(dim=(1, 2))
    # InfoNCE of a row is log-sum-exp over its columns less its positive's logit; both directions at once.
    losses = others - own_text + to_audio.logsumexp(dim=2) - own_audio
    return Terms(
        # By the whole batch's size and not this worker's: the workers' losses sum to the loss of the whole batch.
        loss=losses.sum(dim=1) / (2 * size),
        audio_right=_nearest(to_text, own_text),
        text_right=_nearest(to_audio, own_audio),
        swap_right=swap_right,
    )


def _cosines(rows_SbP: Tensor, columns_SnP: Tensor) -> Tensor:
    """Return the cosines of unit vectors [S, b, P] with unit vectors [S, n, P], [S, b, n]."""
    return torch.bmm(rows_SbP, columns_SnP.transpose(1, 2))


def _others(hidden_SbB: Tensor, rows: slice) -> Tensor:
    """Return a mask with every row's own column, its positive, in sight."""
    hidden = hidden_SbB.clone()
    _diagonal(hidden, rows).fill_(False)
    return hidden


def _diagonal(values_SbB: Tensor, rows: slice) -> Tensor:
    """Return each row's own column, a view [S, b]."""
    return values_SbB[:, :, rows].diagonal(dim1=1, dim2=2)


def _nearest(logits_SbB: Tensor, own_Sb: Tensor) -> Tensor:
    """Count the rows that have their own column alone at the top, [S]: a tie is not right."""
    return ((logits_SbB >= own_Sb[..., None]).sum(dim=2) == 1).sum(dim=1)

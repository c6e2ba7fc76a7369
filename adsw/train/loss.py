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
    """The embeddings of a step on one worker, b rows of the B of the whole batch.

    Attributes:
        audio: unit vectors, [S, b, P].
        text: unit vectors, [S, b, P].
        swap: hard negatives of the texts, [S, b, P], any values in rows without one; None if no slot has any.
        has_swap: which rows have a hard negative, bool [S, B].
        track: equal numbers for equal tracks, int64 [S, B].
        text_code: equal numbers for spellings of one text, int64 [S, B].
        swap_code: the same numbering for hard negatives, int64 [S, B]; read only in rows that have one.

    The whole batch is ordered by worker, each one's rows in a run.
    """

    audio: Tensor
    text: Tensor
    swap: Tensor | None
    has_swap: Tensor
    track: Tensor
    text_code: Tensor
    swap_code: Tensor


@dataclass(frozen=True, slots=True)
class Terms:
    """Results of a step on one worker: its share of the loss, and how many rows were right.

    Attributes:
        loss: sum of the rows' losses over twice the whole batch's size, [S].
        audio_right: audios whose own text is nearest among the batch's texts, [S].
        text_right: texts whose own audio is nearest, [S].
        swap_right: audios nearer to their own text than to its hard negative, [S].
    """

    loss: Tensor
    audio_right: Tensor
    text_right: Tensor
    swap_right: Tensor


def contrast(pairs: Pairs, scale_S: Tensor, batch_scope_S: Tensor, world: World) -> Terms:
    """Compute the loss of one step and its counts.

    Texts that are one, in any spelling, or of the same track, are not negatives of each other. A hard negative
    is seen by its own audio only, or by all audios but those whose own text it is.

    Args:
        pairs: this worker's embeddings.
        scale_S: 1 / temperature, [S].
        batch_scope_S: whether all audios see a slot's hard negatives, bool [S].
        world: the workers; their embeddings are gathered with gradients.
    """
    size = pairs.text_code.shape[1]
    rows = world.rows(size)
    scale = scale_S[:, None, None]
    # The same caption on another track, or the same track twice in a batch, would be a false negative.
    masked = _equal(pairs.text_code, pairs.text_code, rows) | _equal(pairs.track, pairs.track, rows)
    # A row equals itself: its own column, the positive, is never masked.
    _diagonal(masked, rows).fill_(False)
    to_text = (scale * _cosines(pairs.audio, world.gather(pairs.text, size))).masked_fill(masked, _NEVER)
    to_audio = (scale * _cosines(pairs.text, world.gather(pairs.audio, size))).masked_fill(masked, _NEVER)
    own_text, own_audio = _diagonal(to_text, rows), _diagonal(to_audio, rows)
    others, swap_right = to_text.logsumexp(dim=2), torch.zeros_like(scale_S)
    if pairs.swap is not None:
        has_swap = pairs.has_swap[:, rows]
        own_swap = (scale_S[:, None] * (pairs.audio * pairs.swap).sum(dim=2)).masked_fill(~has_swap, _NEVER)
        hard = own_swap
        if batch_scope_S.any():
            gathered = world.gather(pairs.swap, size)
            hard = torch.where(batch_scope_S[:, None], _all_swaps(pairs, gathered, scale, rows), own_swap)
        # As logsumexp over texts and hard negatives together, but the sum over the texts keeps its bits whatever hard
        # negatives there are.
        others = torch.logaddexp(others, hard)
        swap_right = ((own_text > own_swap) & has_swap).sum(dim=1)
    # InfoNCE of a row is log-sum-exp over its columns less its positive's logit; both directions at once.
    losses = others - own_text + to_audio.logsumexp(dim=2) - own_audio
    return Terms(
        # By the whole batch's size and not this worker's: the workers' losses sum to the loss of the whole batch.
        loss=losses.sum(dim=1) / (2 * size),
        audio_right=_nearest(to_text, own_text),
        text_right=_nearest(to_audio, own_audio),
        swap_right=swap_right,
    )


def _all_swaps(pairs: Pairs, swap_SBP: Tensor, scale: Tensor, rows: slice) -> Tensor:
    """Return, for every audio, log-sum-exp over the hard negatives of the whole batch, [S, b]."""
    # A hard negative that is the same string as an audio's own text is none for that audio.
    hidden = ~pairs.has_swap[:, None] | _equal(pairs.text_code, pairs.swap_code, rows)
    logits = scale * _cosines(pairs.audio, swap_SBP)
    return logits.masked_fill(hidden, _NEVER).logsumexp(dim=2)


def _cosines(rows_SbP: Tensor, columns_SBP: Tensor) -> Tensor:
    """Return the cosines of unit vectors [S, b, P] with unit vectors [S, B, P], [S, b, B]."""
    return torch.bmm(rows_SbP, columns_SBP.transpose(1, 2))


def _equal(first_SB: Tensor, second_SB: Tensor, rows: slice) -> Tensor:
    """Return whether this worker's rows of the first equal any of the second, bool [S, b, B]."""
    return first_SB[:, rows, None] == second_SB[:, None]


def _diagonal(values_SbB: Tensor, rows: slice) -> Tensor:
    """Return each row's own column, a view [S, b]."""
    return values_SbB[:, :, rows].diagonal(dim1=1, dim2=2)


def _nearest(logits_SbB: Tensor, own_Sb: Tensor) -> Tensor:
    """Count the rows that have their own column alone at the top, [S]: a tie is not right."""
    return ((logits_SbB >= own_Sb[..., None]).sum(dim=2) == 1).sum(dim=1)

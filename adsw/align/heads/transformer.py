"""The forward pass of a head, for S slots side by side.

A pre-norm Transformer encoder (Xiong et al. 2020) over cached tokens. The norms have no gain or bias of
their own: the projection after each absorbs them. Products are batched over the slots; on the CPU a slot's
result has the same bits at any S, which a test holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from adsw.align.heads.config import HeadConfig

Regulariser = Callable[[Tensor], Tensor]


def embed(
    parameters: Mapping[str, Tensor],
    modality: str,
    tokens_SBTD: Tensor,
    head: HeadConfig,
    dropout: Regulariser | None = None,
) -> Tensor:
    """Embed tokens as unit vectors.

    Args:
        parameters: as `Layout.views` names them, each [S, *shape].
        modality: ``audio`` or ``text``.
        tokens_SBTD: tokens of B inputs a slot, [S, B, T, D], in the type of the parameters.
        head: the configuration, but for its dropout.
        dropout: applied after each attention and feed-forward part; None in evaluation.

    Returns:
        [S, B, P] with l2 norm 1.
    """
    p = {name.removeprefix(modality + "."): value for name, value in parameters.items()}
    S, B, T, _ = tokens_SBTD.shape
    # All tokens of all inputs of a slot in one tall product: the slots are the batch of `baddbmm`.
    x = _linear(p, "input", tokens_SBTD.flatten(1, 2)).view(S, B, T, head.width)
    if head.pool == "cls":
        x = torch.cat([p["cls"][:, None, None].expand(S, B, 1, head.width), x], dim=2)
    x = x + p["position"][:, None]
    for layer in range(head.layers):
        x = _layer(p, f"layers.{layer}.", x, head.heads, dropout)
    pooled_SBd = _pool(p, _norm(x), head.pool)
    return F.normalize(_linear(p, "output", pooled_SBd), dim=-1)


def _layer(p: Mapping[str, Tensor], name: str, x: Tensor, heads: int, dropout: Regulariser | None) -> Tensor:
    """Apply one pre-norm layer, attention and feed-forward, to [S, B, T, d]; same shape out."""
    S, B, T, d = x.shape
    # Attention sees slots and inputs as one batch, as it has no parameters: q, k, v [S * B, heads, T, d / heads].
    q, k, v = (
        _linear(p, name + "attend", _norm(x).flatten(1, 2)).view(S * B, T, 3, heads, d // heads).permute(2, 0, 3, 1, 4)
    )
    # Attention over one token returns its value: pooled encoders have only one.
    attended = v if T == 1 else F.scaled_dot_product_attention(q, k, v)
    mixed = _linear(p, name + "attended", attended.transpose(1, 2).reshape(S, B * T, d))
    x = x + _dropped(mixed, dropout).view(S, B, T, d)
    wide = F.gelu(_linear(p, name + "widen", _norm(x).flatten(1, 2)))
    return x + _dropped(_linear(p, name + "narrow", wide), dropout).view(S, B, T, d)


def _pool(p: Mapping[str, Tensor], x: Tensor, pool: str) -> Tensor:
    """Pool tokens [S, B, T, d] to vectors [S, B, d]."""
    if pool == "cls":
        return x[:, :, 0]
    if pool == "attention":
        scores_SBT = (x * p["query"][:, None, None]).sum(dim=-1)
        return (x * scores_SBT.softmax(dim=-1)[..., None]).sum(dim=2)
    return x.mean(dim=2)


def _linear(p: Mapping[str, Tensor], name: str, x_SNd: Tensor) -> Tensor:
    """Apply each slot's linear map to [S, n, d], in one product batched over the slots; [S, n, outputs]."""
    return torch.baddbmm(p[name + ".bias"][:, None], x_SNd, p[name + ".weight"])


def _norm(x: Tensor) -> Tensor:
    """Standardise over the features, without gain or bias: [..., d] in and out."""
    return F.layer_norm(x, x.shape[-1:])


def _dropped(x: Tensor, dropout: Regulariser | None) -> Tensor:
    """Apply dropout, if there is any; [S, ...] in and out."""
    return x if dropout is None else dropout(x)

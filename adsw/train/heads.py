"""The forward pass of a head, for S slots side by side.

A pre-norm Transformer encoder (Xiong et al. 2020) over cached tokens. The norms have no gain or bias of
their own: the projection after each absorbs them. Products are batched over the slots; on the CPU a slot's
result has the same bits at any S, which a test holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from adsw.draws import key_of
from adsw.store.schema import Dimensions
from adsw.train.head_config import HeadConfig
from adsw.train.loss_config import LossConfig

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
    output = _linear(p, "output", pooled_SBd)
    # Under autocast the product is bfloat16, in which a unit vector's norm would be .997 to 1.003.
    return F.normalize(output.to(torch.promote_types(output.dtype, torch.float32)), dim=-1)


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
    x = x + _dropped(mixed.view(S, B, T, d), dropout)
    wide = F.gelu(_linear(p, name + "widen", _norm(x).flatten(1, 2)))
    return x + _dropped(_linear(p, name + "narrow", wide).view(S, B, T, d), dropout)


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


_LEVELS = 1 << 16


class Share(NamedTuple):
    """The rows that one pass of a worker embeds, among those that all workers' passes embed."""

    rows: Tensor
    """int64 [b], places in the whole."""
    whole: int


@dataclass(frozen=True, slots=True)
class Dropout:
    """The dropout of one step, for each slot its own rate and random stream.

    It is drawn for every row of the whole batch, of which a worker applies those of its own rows: a row's dropout is
    that of its place in the batch, whichever worker embeds it. Rates are rounded to multiples of 2^-16: one 64-bit word
    decides four values, seven times faster than one draw each.
    """

    rates: tuple[float, ...]
    generators: tuple[torch.Generator, ...]
    shares: tuple[Share | None, ...]
    """For each slot the rows of the whole batch that are embedded; None for all of them."""

    @classmethod
    def at(cls, rates: Sequence[float], keys: Sequence[str], device: torch.device) -> Dropout:
        """Return the dropout of a step; each slot's key names its seed, epoch and step."""
        seeds = [key_of(f"{key}/dropout") % 2**63 for key in keys]
        generators = tuple(torch.Generator(device).manual_seed(seed) for seed in seeds)
        return cls(tuple(rates), generators, (None,) * len(generators))

    def only(self, slot: int) -> Dropout:
        """Return the dropout of one slot; it shares the slot's stream and goes on where that was."""
        return Dropout((self.rates[slot],), (self.generators[slot],), (self.shares[slot],))

    def of(self, shares: Sequence[Share | None]) -> Dropout:
        """Return the dropout of other rows; it shares the slots' streams and goes on where they were."""
        return Dropout(self.rates, self.generators, tuple(shares))

    def __call__(self, values_SbN: Tensor) -> Tensor:
        """Zero a share of each slot's values and scale up the rest; [S, b, ...] in and out."""
        if not any(self.rates):
            return values_SbN
        factor = torch.ones_like(values_SbN)
        for slot, (rate, generator, share) in enumerate(zip(self.rates, self.generators, self.shares, strict=True)):
            if not rate:
                continue
            if share is None:
                self._draw(factor[slot], rate, generator)
            else:
                whole = factor.new_empty(share.whole, *factor.shape[2:])
                self._draw(whole, rate, generator)
                # A slot may have fewer rows than the widest: those beyond are padding.
                factor[slot, : len(share.rows)] = whole[share.rows]
        return values_SbN * factor

    @staticmethod
    def _draw(factor: Tensor, rate: float, generator: torch.Generator) -> None:
        """Fill `factor` with 0 for dropped values and the scale of kept ones, in place."""
        dropped = round(rate * _LEVELS)
        # A random int64 is four random int16, uniform over [-2^15, 2^15): the lowest `dropped` of them drop a value.
        words = torch.empty(-(-factor.numel() // 4), dtype=torch.int64, device=factor.device)
        words.random_(-(2**63), None, generator=generator)
        kept = words.view(torch.int16)[: factor.numel()].view(factor.shape) >= dropped - _LEVELS // 2
        factor.copy_(kept).mul_(_LEVELS / (_LEVELS - dropped))


_ALIGNMENT = 16
"""Entries begin at multiples of this: a product's rounding may depend on where its matrices lie in memory."""

LOG_SCALE = "loss.log_scale"
"""Name of the logarithm of 1 / temperature."""


@dataclass(frozen=True, slots=True)
class FlatParameter:
    """One parameter of a slot: its place in the flat vector and how it starts.

    `spread` is the half-width of the uniform law a matrix starts from, or the deviation of the normal law
    of a learned token; 0 starts at zero.
    """

    name: str
    shape: tuple[int, ...]
    offset: int
    spread: float
    decays: bool

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)


class Layout:
    """The parameters of a trial: two heads and the temperature. Those with weight decay come first.

    Attributes:
        entries: the parameters.
        size: F, length of a slot's vector, padding included.
        decayed: length of its first part, the one with weight decay.
    """

    def __init__(self, dimensions: Dimensions, head: HeadConfig) -> None:
        shapes = [
            *_head("audio", dimensions.audio_tokens, dimensions.audio_features, head),
            *_head("text", dimensions.text_tokens, dimensions.text_features, head),
            (LOG_SCALE, (), 0.0, False),
        ]
        self.entries: list[FlatParameter] = []
        offset = 0
        # Those with weight decay first: the optimiser's two groups are then two slices of the vector.
        for decays in (True, False):
            for name, shape, spread, _ in (item for item in shapes if item[3] == decays):
                self.entries.append(FlatParameter(name, shape, offset, spread, decays))
                offset += -(-math.prod(shape) // _ALIGNMENT) * _ALIGNMENT
            if decays:
                self.decayed = offset
        self.size = offset

    @property
    def parameters(self) -> int:
        """Number of trainable values of a trial."""
        return sum(entry.size for entry in self.entries)

    def views(self, flat_SF: Tensor) -> dict[str, Tensor]:
        """Return every parameter [S, *shape] as a view of the flat vectors [S, F]."""
        slots = len(flat_SF)
        return {
            entry.name: flat_SF[:, entry.offset : entry.offset + entry.size].view(slots, *entry.shape)
            for entry in self.entries
        }

    def initial(self, seed: int, loss: LossConfig, dtype: torch.dtype = torch.float32) -> Tensor:
        """Draw a new trial's vector [F] from the seed alone, in float32 whatever the type asked for."""
        # manual_seed takes a signed 64-bit number.
        generator = torch.Generator().manual_seed(key_of(f"{seed}/heads") % 2**63)
        flat_1F = torch.zeros(1, self.size)
        views = self.views(flat_1F)
        for entry in self.entries:
            if entry.decays:
                views[entry.name].uniform_(-entry.spread, entry.spread, generator=generator)
            elif entry.spread:
                views[entry.name].normal_(0.0, entry.spread, generator=generator)
        views[LOG_SCALE].fill_(-math.log(loss.temperature))
        return flat_1F[0].to(dtype)

    def pack(self, tensors: dict[str, Tensor]) -> Tensor:
        """Return the flat vector [F] of named parameters [*shape].

        Raises:
            KeyError: a parameter is missing.
            ValueError: a parameter has another shape.
        """
        flat_1F = torch.zeros(1, self.size)
        for name, view in self.views(flat_1F).items():
            if tensors[name].shape != view.shape[1:]:
                raise ValueError(f"{name} has shape {list(tensors[name].shape)}, not {list(view.shape[1:])}")
            view[0] = tensors[name]
        return flat_1F[0]


Shape = tuple[str, tuple[int, ...], float, bool]


def _head(modality: str, tokens: int, features: int, head: HeadConfig) -> Iterator[Shape]:
    """Yield name, shape, spread and decay of one head's parameters."""
    width = head.width
    yield from _linear_shapes(f"{modality}.input", features, width)
    yield f"{modality}.position", (tokens + (head.pool == "cls"), width), 0.02, False
    if head.pool == "cls":
        yield f"{modality}.cls", (width,), 0.02, False
    for layer in range(head.layers):
        yield from _linear_shapes(f"{modality}.layers.{layer}.attend", width, 3 * width)
        yield from _linear_shapes(f"{modality}.layers.{layer}.attended", width, width)
        yield from _linear_shapes(f"{modality}.layers.{layer}.widen", width, head.expansion * width)
        yield from _linear_shapes(f"{modality}.layers.{layer}.narrow", head.expansion * width, width)
    if head.pool == "attention":
        yield f"{modality}.query", (width,), 0.02, False
    yield from _linear_shapes(f"{modality}.output", width, head.out)


def _linear_shapes(name: str, inputs: int, outputs: int) -> Iterator[Shape]:
    """Yield weight and bias of a linear map."""
    # Glorot and Bengio (2010); the attention's three matrices count as three.
    spread = math.sqrt(6 / (inputs + (inputs if outputs == 3 * inputs else outputs)))
    yield f"{name}.weight", (inputs, outputs), spread, True
    yield f"{name}.bias", (outputs,), 0.0, False


class Heads:
    """The two heads of one trial, frozen.

    Args:
        dimensions: shapes of the tokens they embed.
        config: of the heads.
        flat_F: the parameters as `Layout` lays them, [F]; not copied.
    """

    def __init__(self, dimensions: Dimensions, config: HeadConfig, flat_F: Tensor) -> None:
        self.dimensions = dimensions
        self.config = config
        self.layout = Layout(dimensions, config)
        self._parameters = self.layout.views(flat_F[None])
        self._type, self._device = flat_F.dtype, flat_F.device

    @classmethod
    def from_tensors(cls, dimensions: Dimensions, config: HeadConfig, tensors: dict[str, Tensor]) -> Heads:
        """Build heads of named parameters.

        Raises:
            KeyError, ValueError: a parameter is missing or has another shape.
        """
        return cls(dimensions, config, Layout(dimensions, config).pack(tensors))

    @property
    def temperature(self) -> float:
        """Temperature: cosines were divided by it in training."""
        return math.exp(-float(self._parameters[LOG_SCALE][0]))

    def tensors(self) -> dict[str, Tensor]:
        """Return the parameters [*shape] by name, copied to the CPU."""
        return {name: value[0].to("cpu", copy=True).contiguous() for name, value in self._parameters.items()}

    def audio(self, tokens_NTD: Tensor) -> Tensor:
        """Embed audio tokens [N, T_a, D_a] of any float type as unit vectors [N, P]."""
        return self._embed("audio", tokens_NTD)

    def text(self, tokens_NTD: Tensor) -> Tensor:
        """Embed text tokens [N, T_t, D_t] of any float type as unit vectors [N, P]."""
        return self._embed("text", tokens_NTD)

    def _embed(self, modality: str, tokens_NTD: Tensor) -> Tensor:
        """Embed tokens [N, T, D] of one modality as unit vectors [N, P]."""
        with torch.no_grad():
            tokens = tokens_NTD.to(self._device, self._type)[None]
            return embed(self._parameters, modality, tokens, self.config)[0]

"""How a trial's parameters lie in one flat vector.

All parameters of a slot lie end to end in one row of a matrix [S, F]: its optimiser steps over one vector, its gradient
has one norm, and moving or saving a slot is one copy. A parameter of all slots is a strided view [S, *shape] of that
matrix, which the packed products read in place.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from adsw.align.heads.config import HeadConfig
from adsw.align.losses.config import LossConfig
from adsw.draws import key_of
from adsw.encode.schema import Dimensions

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
    yield from _linear(f"{modality}.input", features, width)
    yield f"{modality}.position", (tokens + (head.pool == "cls"), width), 0.02, False
    if head.pool == "cls":
        yield f"{modality}.cls", (width,), 0.02, False
    for layer in range(head.layers):
        yield from _linear(f"{modality}.layers.{layer}.attend", width, 3 * width)
        yield from _linear(f"{modality}.layers.{layer}.attended", width, width)
        yield from _linear(f"{modality}.layers.{layer}.widen", width, head.expansion * width)
        yield from _linear(f"{modality}.layers.{layer}.narrow", head.expansion * width, width)
    if head.pool == "attention":
        yield f"{modality}.query", (width,), 0.02, False
    yield from _linear(f"{modality}.output", width, head.out)


def _linear(name: str, inputs: int, outputs: int) -> Iterator[Shape]:
    """Yield weight and bias of a linear map."""
    # Glorot and Bengio (2010); the attention's three matrices count as three.
    spread = math.sqrt(6 / (inputs + (inputs if outputs == 3 * inputs else outputs)))
    yield f"{name}.weight", (inputs, outputs), spread, True
    yield f"{name}.bias", (outputs,), 0.0, False

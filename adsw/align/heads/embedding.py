"""A trained pair of heads, ready to embed."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from adsw.align.heads.config import HeadConfig
from adsw.align.heads.layout import LOG_SCALE, Layout
from adsw.align.heads.transformer import embed
from adsw.encode.schema import Dimensions


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

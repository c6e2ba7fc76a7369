"""Dropout whose draws belong to a slot, its epoch and its step, whatever the neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from adsw.draws import key_of

_LEVELS = 1 << 16


@dataclass(frozen=True, slots=True)
class Dropout:
    """The dropout of one step, for each slot its own rate and random stream.

    Rates are rounded to multiples of 2^-16: one 64-bit word decides four values, seven times faster than
    one draw each.
    """

    rates: tuple[float, ...]
    generators: tuple[torch.Generator, ...]

    @classmethod
    def at(cls, rates: Sequence[float], keys: Sequence[str], device: torch.device) -> Dropout:
        """Return the dropout of a step; each slot's key names its seed, epoch and step."""
        seeds = [key_of(f"{key}/dropout") % 2**63 for key in keys]
        return cls(tuple(rates), tuple(torch.Generator(device).manual_seed(seed) for seed in seeds))

    def only(self, slot: int) -> Dropout:
        """Return the dropout of one slot; it shares the slot's stream and goes on where that was."""
        return Dropout((self.rates[slot],), (self.generators[slot],))

    def __call__(self, values_SN: Tensor) -> Tensor:
        """Zero a share of each slot's values and scale up the rest; [S, ...] in and out."""
        if not any(self.rates):
            return values_SN
        factor = torch.ones_like(values_SN)
        for slot, (rate, generator) in enumerate(zip(self.rates, self.generators, strict=True)):
            if rate:
                self._draw(factor[slot], rate, generator)
        return values_SN * factor

    @staticmethod
    def _draw(factor: Tensor, rate: float, generator: torch.Generator) -> None:
        """Fill `factor` with 0 for dropped values and the scale of kept ones, in place."""
        dropped = round(rate * _LEVELS)
        # A random int64 is four random int16, uniform over [-2^15, 2^15): the lowest `dropped` of them drop a value.
        words = torch.empty(-(-factor.numel() // 4), dtype=torch.int64, device=factor.device)
        words.random_(-(2**63), None, generator=generator)
        kept = words.view(torch.int16)[: factor.numel()].view(factor.shape) >= dropped - _LEVELS // 2
        factor.copy_(kept).mul_(_LEVELS / (_LEVELS - dropped))

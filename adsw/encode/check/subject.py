"""An encoder under examination."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adsw.encode.check.inputs import Inputs, copies
from adsw.encode.protocol import AudioEncoder, EncoderInfo, Float32Array, TextEncoder

Encoder = AudioEncoder | TextEncoder


@dataclass(frozen=True, slots=True)
class Subject:
    """The encoder, and what it made of the distinct inputs."""

    make: Callable[[], Encoder]
    """Builds it anew."""
    encoder: Any
    """`AudioEncoder` and `TextEncoder` differ in what they are given; here both are given what is theirs."""
    info: EncoderInfo
    inputs: Inputs
    out: Float32Array
    """float32 [B, T, D], finite."""
    again: Float32Array
    """The same inputs, encoded a second time."""
    mixed: Float32Array
    """Of inputs of unequal lengths, encoded together."""
    repeatable: float
    """How far one input's embeddings may lie apart, as a share of their length, when nothing was changed."""
    tolerance: float
    """How far, where what it was encoded with was changed."""

    @property
    def given(self) -> list[Any]:
        """The distinct inputs, in order; copies, for an encoder may write into what it is given."""
        return copies(self.inputs)

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
    """The encoder, and its embeddings of the known inputs."""

    make: Callable[[], Encoder]
    """Builds the encoder anew."""
    encoder: Any
    """`Any`, as `AudioEncoder` and `TextEncoder` take different inputs."""
    info: EncoderInfo
    inputs: Inputs
    out: Float32Array
    """Embeddings of the distinct inputs, float32 [B, T, D], finite."""
    again: Float32Array
    """The same inputs, encoded a second time."""
    mixed: Float32Array
    """Embeddings of inputs of unequal lengths, encoded together."""
    repeatable: float
    """Largest allowed difference of one input's embeddings, as a share of their length, if nothing was changed."""
    tolerance: float
    """Largest allowed difference if the other inputs of the batch were changed."""

    @property
    def given(self) -> list[Any]:
        """Copies of the distinct inputs, in order."""
        # An encoder may write into what it is given.
        return copies(self.inputs)

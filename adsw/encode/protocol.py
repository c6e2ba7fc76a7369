"""What a frozen encoder is: known inputs in, token sequences out, nothing learned.

Shapes, here and in every adapter: B inputs, T tokens, D features; audio [B, T_a, D_a], text [B, T_t, D_t]. A
pooled encoder has one token.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Floats = NDArray[np.float32]


class EncoderInfo(BaseModel):
    """What an encoder is and gives; known before any weight is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """As asked for on the command line."""
    revision: str
    """Changes whenever the outputs may change: the weights' identity, the adapter's own version."""
    kind: Literal["audio", "text"]
    tokens: int
    """T: tokens per input."""
    features: int
    """D: features per token."""
    sample_rate: int | None = None
    """Hertz that waves must have; None for text, and for embeddings given ready-made."""
    seconds: float | None = None
    """Length of audio it sees: of longer audio, a window of this length in its middle. None: all."""
    parameters: int
    licence: str
    source: str


class AudioEncoder(Protocol):
    """Turns waves into token sequences. Deterministic; a wave's result does not depend on its batch."""

    @property
    def info(self) -> EncoderInfo:
        """What it is, without loading weights."""
        ...

    def encode(self, waves: Sequence[Floats]) -> Floats:
        """Encode mono waves at `info.sample_rate`, of any length from one sample; float32 [B, T_a, D_a]."""
        ...


class TextEncoder(Protocol):
    """Turns texts into token sequences. Deterministic; a text's result does not depend on its batch."""

    @property
    def info(self) -> EncoderInfo:
        """What it is, without loading weights."""
        ...

    def encode(self, texts: Sequence[str]) -> Floats:
        """Encode texts, the empty one included; returns float32 [B, T_t, D_t] in the order given."""
        ...

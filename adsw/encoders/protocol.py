"""Protocols of frozen encoders: waves or texts in, token sequences out, nothing learned.

Shapes, here and in every adapter: B inputs, T tokens, D features; audio [B, T_a, D_a], text [B, T_t, D_t]. A
pooled encoder has one token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from adsw.arrays import Float32s
from adsw.encoders.weights import Weights
from adsw.fingerprint import fingerprint


class EncoderInfo(BaseModel):
    """Identity of an encoder and shape of its outputs; known before any weight is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Name in the registry, such as ``mert``; ``sentence:org/model``, ``given:NAME``."""
    revision: str
    """Changes whenever the outputs may change: the weights' identity, the adapter's own version, its settings. With the
    name it is the encoder's identity."""
    place: str | None = None
    """Where its weights were found: an absolute path, or ``org/model@commit``. None if it has none. No part of its
    identity: the same weights elsewhere are the same encoder."""
    settings: dict[str, bool | int | float | str] = {}
    """All settings, defaults included."""
    kind: Literal["audio", "text"]
    tokens: int
    """T: tokens per input."""
    features: int
    """D: features per token."""
    sample_rate: int | None = None
    """Sample rate of waves in hertz; None for text, and for embeddings computed elsewhere."""
    seconds: float | None = None
    """Length of audio it sees at once; its setting `long` decides about longer audio. None for all of it."""
    uncased: bool = False
    """Whether it reads texts that differ in case alone as one, so that they are one query (`adsw.spelling.folded`). No
    part of its identity, since it follows from the weights; a store made before it was recorded says no."""
    parameters: int
    licence: str
    source: str
    package: str | None = None
    """Package of the index that carried its weights, with its version; None if none did. No part of its identity."""
    weights: dict[str, str] = {}
    """File of its weights -> SHA-256; empty if it has none, or in a store made before they were recorded. No part of
    its identity, which the revision tells."""

    @property
    def identity(self) -> str:
        """Its name, revision and shape, in words."""
        return f"{self.name}@{self.revision} [{self.tokens}, {self.features}]"

    def is_same(self, other: EncoderInfo) -> bool:
        """Return whether two encoders give the same outputs: by name and revision, and by shape, since embeddings that
        were given have no revision of their own."""
        return self.identity == other.identity


def weights_in_words(package: str | None, weights: Mapping[str, str]) -> str:
    """Return where weights came from and the SHA-256 of each file, in words.

    >>> weights_in_words("musicnn 0.1.0", {"a.npz": "ab12"})
    'package musicnn 0.1.0: a.npz sha256 ab12'
    """
    files = ", ".join(f"{file} sha256 {sha256}" for file, sha256 in weights.items())
    return f"package {package}: {files}" if package else files


class Settings(BaseModel):
    """Base of an encoder's settings; each adapter has a subclass."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AudioSettings(Settings):
    """Settings of every audio encoder that sees a limited length at once."""

    long: Literal["middle", "chunks"] = "middle"
    """For longer audio: the window in its middle, or the mean over non-overlapping chunks, weighted by length."""


class NeuralSettings(Settings):
    """Settings of every neural encoder."""

    precision: Literal["fp32", "fp16", "bf16"] = "fp32"
    """Type of weights and activations; fp16 and bf16 are for GPUs."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Arguments of an adapter. Its class is called with this alone, and has the type of its settings as `Settings`."""

    name: str
    weights: Weights | None
    """None for an adapter without weights, or one that brings them."""
    settings: Settings
    """Settings of the adapter's own type."""

    def revision(self, version: str) -> str:
        """Return the revision: the adapter's version, the weights' digest, and settings other than the defaults."""
        parts = [version]
        if self.weights is not None:
            parts.append(self.weights.digest[:12])
        if self.settings != type(self.settings)():
            parts.append(fingerprint(self.settings.model_dump(mode="json"))[:8])
        return "-".join(parts)


class AudioEncoder(Protocol):
    """Turns waves into token sequences. Deterministic; a wave's result does not depend on its batch."""

    @property
    def info(self) -> EncoderInfo:
        """Its info, without loading weights."""
        ...

    def encode(self, waves: Sequence[Float32s]) -> Float32s:
        """Encode mono waves at `info.sample_rate`, of any length from one sample; return float32 [B, T_a, D_a]."""
        ...


class TaggingEncoder(AudioEncoder, Protocol):
    """An audio encoder that was trained to name tags, and names them from its own token sequences."""

    def tags_of(self, tokens_TD: Float32s) -> dict[str, float] | None:
        """Return the probability of every tag, the likeliest first; None if its settings leave too little for that."""
        ...


class TextEncoder(Protocol):
    """Turns texts into token sequences. Deterministic; a text's result does not depend on its batch."""

    @property
    def info(self) -> EncoderInfo:
        """Its info, without loading weights."""
        ...

    def encode(self, texts: Sequence[str]) -> Float32s:
        """Encode texts, the empty one included; return float32 [B, T_t, D_t] in the order given."""
        ...

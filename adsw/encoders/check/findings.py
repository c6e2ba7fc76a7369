"""Results of a check: findings with their figures, limits and verdicts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from adsw.arrays import Float32s as Float32Array
from adsw.encoders.check.inputs import Inputs, copies
from adsw.encoders.protocol import AudioEncoder, EncoderInfo, TextEncoder

Verdict = Literal["ok", "weak", "refused"]
"""Weak: it can be used, knowing this. Refused: a store of it would be worth nothing."""

TOLERANCE = {"fp32": 1e-4, "fp16": 1e-2, "bf16": 5e-2}
"""Precision -> largest difference of an input's embeddings in different batches, as a share of their length. For fp32 a
fifth of what is lost by storing them in 16 bits."""

ALIKE, CONSTANT = 0.98, 0.999
"""Mean cosine over different inputs from which on an encoder is weak, and refused."""

SAME = 0.99999
"""Cosine from which on two inputs count as not distinguished."""

LEAST_RANK = 2.0
"""Effective rank below which eight different inputs lie on a line."""


class Finding(BaseModel):
    """One property of an encoder, measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    verdict: Verdict
    figure: float | None = None
    """Null if there is no figure, or none that is finite."""
    limit: float | None = None
    """Limit of the figure."""
    bound: Literal["most", "least"] = "most"
    """Whether the limit is the largest or the smallest value that the figure may have."""
    said: str
    """The finding in words, and what it means if it is bad."""


class CheckReport(BaseModel):
    """The document that `adsw encoders --check --json` prints."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    encoder: EncoderInfo
    device: str
    load_seconds: float
    """Time up to the first embedding: imports, weights, one short input."""
    inputs_per_second: float
    """Speed with eight inputs at once; sounds have the length of `seconds_per_input`."""
    seconds_per_input: float | None
    """Length of the sounds; null for texts."""
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """Worst verdict of its findings."""
        order: tuple[Verdict, ...] = ("refused", "weak", "ok")
        return next(verdict for verdict in order if any(f.verdict == verdict for f in self.findings))


def judged(name: str, figure: float, limit: float, good: str, bad: str, failing: Verdict) -> Finding:
    """Return a finding whose figure must not exceed a limit; NaN counts as exceeding."""
    fine = figure <= limit
    return Finding(
        name=name,
        verdict="ok" if fine else failing,
        figure=figure if math.isfinite(figure) else None,
        limit=limit,
        said=good if fine else bad,
    )


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

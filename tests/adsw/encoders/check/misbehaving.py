"""Encoders that are wrong, each in one way; the check must say which."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from adsw.encoders.protocol import EncoderInfo

RATE, TOKENS, FEATURES = 4000, 2, 12
_MADE = itertools.count()


class Sane:
    """Twelve quantiles of a sound, or twelve counts of letters, over two halves; nothing wrong with it."""

    kind: ClassVar[Any] = "audio"

    def __init__(self) -> None:
        self.number = next(_MADE)
        self.calls = 0

    @property
    def info(self) -> EncoderInfo:
        return EncoderInfo(
            name=type(self).__name__.lower(),
            revision="1",
            kind=self.kind,
            tokens=TOKENS,
            features=FEATURES,
            sample_rate=RATE if self.kind == "audio" else None,
            seconds=1.0 if self.kind == "audio" else None,
            parameters=0,
            licence="none",
            source="these tests",
        )

    def encode(self, inputs: Sequence[Any]) -> Any:
        self.calls += 1
        out = np.zeros((len(inputs), TOKENS, FEATURES), dtype=np.float32)
        for row, item in enumerate(inputs):
            for half, part in enumerate(_halves(item)):
                out[row, half] = self.features(part)
        return out

    def features(self, part: Any) -> Any:
        if isinstance(part, str):
            return [part.count(letter) for letter in "aeioulmnrst "]
        return np.quantile(part, np.linspace(0, 1, FEATURES)) if len(part) else 0.0


class SaneText(Sane):
    """The same for texts."""

    kind = "text"


class Constant(Sane):
    """The same for everything, but for a little."""

    def encode(self, inputs: Sequence[Any]) -> Any:
        return super().encode(inputs) * np.float32(1e-4) + 1


class Unlike(Sane):
    """Other values each time."""

    def encode(self, inputs: Sequence[Any]) -> Any:
        return super().encode(inputs) + np.float32(self.calls % 2)


class Random(Sane):
    """Part of it is not in its weights."""

    def encode(self, inputs: Sequence[Any]) -> Any:
        return super().encode(inputs) * np.float32(1 + 0.1 * self.number)


class Nan(Sane):
    """NaN where the sound is loudest."""

    def encode(self, inputs: Sequence[Any]) -> Any:
        return np.where(np.arange(FEATURES) == 3, np.float32(np.nan), super().encode(inputs))


class LaterNan(Sane):
    """Gives NaN from its third call on."""

    def encode(self, inputs: Sequence[Any]) -> Any:
        return super().encode(inputs) * np.float32(1 if self.calls < 3 else np.nan)


class Huge(Sane):
    """Beyond what 16 bits hold."""

    def encode(self, inputs: Sequence[Any]) -> Any:
        return super().encode(inputs) * np.float32(1e6)


class Wide(Sane):
    """Of another shape than it says."""

    def encode(self, inputs: Sequence[Any]) -> Any:
        return np.concatenate([super().encode(inputs)] * 2, axis=-1)


class Batched(Sane):
    """Depends on how many there are."""

    def encode(self, inputs: Sequence[Any]) -> Any:
        return super().encode(inputs) * np.float32(1 + 0.01 * len(inputs))


class Padded(Sane):
    """Every sound is padded to the longest beside it."""

    def encode(self, inputs: Sequence[Any]) -> Any:
        longest = max((len(item) for item in inputs), default=0)
        return super().encode([np.pad(item, (0, longest - len(item))) for item in inputs])


class Ordered(Sane):
    """Each depends on its place."""

    def encode(self, inputs: Sequence[Any]) -> Any:
        return super().encode(inputs) + 0.1 * np.arange(len(inputs), dtype=np.float32)[:, None, None]


class Writing(Sane):
    """Normalises the sounds where they lie."""

    def encode(self, inputs: Sequence[Any]) -> Any:
        out = super().encode(inputs)
        for item in inputs:
            item *= 1 / max(np.abs(item).max(), 1e-9)
        return out


class Delicate(Sane):
    """Cannot bear short sounds, and makes NaN of silence."""

    def encode(self, inputs: Sequence[Any]) -> Any:
        if any(len(item) < 10 for item in inputs):
            raise ValueError("kernel size larger than input")
        loudest = [np.abs(item).max() for item in inputs]
        with np.errstate(all="ignore"):
            return super().encode(inputs) / np.array(loudest, dtype=np.float32).reshape(-1, 1, 1)


class Blind(Sane):
    """Hears the loudness of a sound and nothing else."""

    def features(self, part: Any) -> Any:
        return np.abs(part).max() * np.linspace(1, 2, FEATURES) if len(part) else 0.0


WRONG: dict[Callable[[], Sane], tuple[str, str]] = {
    Constant: ("spread", "refused"),
    Unlike: ("twice", "refused"),
    Random: ("fresh instance", "refused"),
    Nan: ("finite", "refused"),
    Huge: ("finite", "refused"),
    LaterNan: ("twice", "refused"),
    Wide: ("shape", "refused"),
    Delicate: ("odd inputs", "refused"),
    Batched: ("batch size", "weak"),
    Padded: ("padding", "weak"),
    Ordered: ("order", "weak"),
    Writing: ("inputs", "weak"),
    Blind: ("closest pair", "weak"),
}
"""Encoder -> the finding that gives it away, and its verdict."""


def _halves(item: Any) -> tuple[Any, Any]:
    middle = len(item) // 2
    return item[:middle], item[middle:]

"""The known inputs: sounds and texts, the same on every machine and in every run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from adsw.arrays import Float32s as Float32Array
from adsw.encoders.protocol import EncoderInfo

LONGEST_SECONDS = 10.0
"""Length of the sounds, if an encoder hears more at once."""

Inputs = Mapping[str, Any]
"""Name -> wave or text."""


def distinct(info: EncoderInfo) -> Inputs:
    """Return eight inputs that no encoder should confuse, all sounds of the encoder's own length."""
    if info.kind == "text":
        return dict(
            zip(("instrument", "scene", "tags", "mood", "german", "numbers", "dance", "place"), TEXTS, strict=True)
        )
    return sounds(info.sample_rate or 0, min(info.seconds or LONGEST_SECONDS, LONGEST_SECONDS))


def copies(inputs: Inputs) -> list[Any]:
    """Return copies of the inputs, in order."""
    return [item if isinstance(item, str) else np.copy(item) for item in inputs.values()]


def unequal(info: EncoderInfo) -> Inputs:
    """Return four inputs of very different lengths."""
    if info.kind == "text":
        return {
            "one word": "flute",
            "four words": "slow waltz, church organ",
            "a sentence": TEXTS[1],
            "a page": " ".join(TEXTS) * 3,
        }
    rate, full = info.sample_rate or 0, sounds(info.sample_rate or 0, LONGEST_SECONDS)
    lengths = {"0.1 s": 0.1, "1.3 s": 1.3, "4 s": 4.0, "10 s": LONGEST_SECONDS}
    return {
        name: wave[: round(seconds * rate)]
        for (name, seconds), wave in zip(lengths.items(), full.values(), strict=False)
    }


def odd(info: EncoderInfo) -> Inputs:
    """Return inputs at the edge of what may come; each must be encoded, and to finite numbers."""
    if info.kind == "text":
        return {
            "empty": "",
            "one space": " ",
            "10,000 words": "waltz drum " * 5000,
            "no letters": "\U0001f3bb\u266d\u266f \u97f3\u697d",
        }
    rate = info.sample_rate or 0
    return {
        "one sample": np.ones(1, dtype=np.float32),
        "silence": np.zeros(2 * rate, dtype=np.float32),
        "full scale": np.where(np.arange(2 * rate) // 50 % 2, 1, -1).astype(np.float32),
        "31 s": np.tile(_tone(220.0, rate, 1.0), 31),
    }


def sounds(rate: int, seconds: float) -> dict[str, Float32Array]:
    """Make tones, chords, noises, clicks and sweeps.

    Args:
        rate: hertz.
        seconds: length of each.

    Returns:
        Name -> float32 [samples], within full scale.
    """
    samples = round(rate * seconds)
    times = np.arange(samples) / rate
    random = np.random.default_rng(20_240_917)
    white = random.standard_normal(samples)
    rumble = np.cumsum(white - white.mean())
    phase = 2 * np.pi * np.cumsum(np.geomspace(100, 0.4 * rate, samples)) / rate
    made = {
        "low tone": _tone(110, rate, seconds),
        "high tone": _tone(1760, rate, seconds),
        "chord": sum(_tone(pitch, rate, seconds) for pitch in (261.6, 329.6, 392.0)) / 3,
        "white noise": white / 4,
        "rumble": rumble / np.abs(rumble).max(initial=1e-9),
        "clicks": (np.arange(samples) % (rate // 2) < rate // 400).astype(float),
        "sweep": np.sin(phase),
        "swelling noise": white / 4 * (0.5 - 0.5 * np.cos(2 * np.pi * 4 * times)) * np.exp(-0.3 * times),
    }
    return {name: (0.5 * wave).astype(np.float32) for name, wave in made.items()}


def _tone(hertz: float, rate: int, seconds: float) -> Float32Array:
    """Return a tone with three harmonics, float32 [samples]."""
    times = np.arange(round(rate * seconds)) / rate
    wave = sum(np.sin(2 * np.pi * hertz * number * times) / number for number in (1, 2, 3))
    return np.asarray(wave / 2, dtype=np.float32)


TEXTS = (
    "solo flute",
    "A slow minor waltz on the church organ, recorded in an empty cathedral.",
    "drum and bass, fast, synthesizer, dark",
    "Happy children sing while somebody claps along.",
    "Ein ruhiges Lied aus Österreich, nur Zither und Geige.",
    "120 bpm, 4/4, 1987",
    "an Irish jig for fiddle and accordion that grows faster and faster until it stops",
    "rain on a tin roof in a busy street; far away a saxophone",
)
"""Texts that mean different things, in different words."""

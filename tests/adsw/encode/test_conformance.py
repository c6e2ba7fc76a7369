"""What every encoder must do, whichever it is. A new encoder is tested by being in the registry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adsw.encode import registry
from adsw.encode.protocol import AudioEncoder, TextEncoder

AUDIO = registry.names("audio")
TEXT = registry.names("text")
TEXTS = [
    "flute",
    "A slow minor waltz on the church organ.",
    "jig, fast, violin, D major",
    "",
    "Ein Lied aus Österreich, ruhig \U0001f3bb",
    "a lively traditional tune, " * 60,
]


@pytest.fixture(scope="module", params=AUDIO)
def audio(request: pytest.FixtureRequest) -> AudioEncoder:
    return registry.audio_encoder(request.param)


@pytest.fixture(scope="module", params=TEXT)
def text(request: pytest.FixtureRequest) -> TextEncoder:
    return registry.text_encoder(request.param)


def waves(rate: int) -> list[Any]:
    """Of unequal lengths: tones, noise, clicks, silence, one sample, half a minute."""
    rng = np.random.default_rng(0)
    times = np.arange(rate * 3) / rate
    clicks = np.zeros(rate * 12)
    clicks[:: rate // 2] = 1.0
    made = [
        np.sin(2 * np.pi * 440 * times),
        0.3 * np.sin(2 * np.pi * 98 * times) + 0.1 * np.sin(2 * np.pi * 1500 * times),
        rng.normal(0, 0.1, rate * 10),
        clicks,
        np.zeros(rate * 10),
        np.ones(1),
        rng.normal(0, 0.3, rate * 30) * np.linspace(0, 1, rate * 30),
    ]
    return [wave.astype(np.float32) for wave in made]


def check_info(encoder: AudioEncoder | TextEncoder, kind: str, name_in: list[str]) -> None:
    info = encoder.info
    assert info.kind == kind
    assert info.name in name_in
    assert info.tokens >= 1
    assert info.features >= 1
    assert info.parameters >= 0
    assert info.revision
    assert info.licence
    assert info.source
    assert (info.sample_rate is not None) == (kind == "audio")


def check_spread(embeddings_BTD: Any) -> None:
    """Different inputs must not look alike: near-constant encoders are of no use."""
    flat = embeddings_BTD.reshape(len(embeddings_BTD), -1).astype(np.float64)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    cosines = (flat @ flat.T)[np.triu_indices(len(flat), 1)]
    assert cosines.max() < 0.999
    assert cosines.mean() < 0.9


def test_audio_info(audio: AudioEncoder) -> None:
    check_info(audio, "audio", AUDIO)


def test_text_info(text: TextEncoder) -> None:
    check_info(text, "text", TEXT)


def test_audio_shape_type_and_finiteness(audio: AudioEncoder) -> None:
    given = waves(audio.info.sample_rate or 0)
    before = [wave.copy() for wave in given]
    out = audio.encode(given)
    assert out.shape == (len(given), audio.info.tokens, audio.info.features)
    assert out.dtype == np.float32
    assert np.isfinite(out.astype(np.float16)).all()
    assert all(np.array_equal(a, b) for a, b in zip(before, given, strict=True))


def test_text_shape_type_and_finiteness(text: TextEncoder) -> None:
    out = text.encode(TEXTS)
    assert out.shape == (len(TEXTS), text.info.tokens, text.info.features)
    assert out.dtype == np.float32
    assert np.isfinite(out.astype(np.float16)).all()


def test_audio_of_nothing(audio: AudioEncoder) -> None:
    assert audio.encode([]).shape == (0, audio.info.tokens, audio.info.features)


def test_text_of_nothing(text: TextEncoder) -> None:
    assert text.encode([]).shape == (0, text.info.tokens, text.info.features)


def test_audio_is_deterministic(audio: AudioEncoder) -> None:
    given = waves(audio.info.sample_rate or 0)
    again = registry.audio_encoder(audio.info.name)
    assert np.array_equal(audio.encode(given), again.encode(given))


def test_text_is_deterministic(text: TextEncoder) -> None:
    again = registry.text_encoder(text.info.name)
    assert np.array_equal(text.encode(TEXTS), again.encode(TEXTS))


def test_audio_does_not_depend_on_its_batch(audio: AudioEncoder) -> None:
    given = waves(audio.info.sample_rate or 0)
    together = audio.encode(given)
    alone = np.concatenate([audio.encode([wave]) for wave in given])
    assert np.abs(together - alone).max() < 1e-5
    assert np.abs(together[::-1] - audio.encode(given[::-1])).max() < 1e-5


def test_text_does_not_depend_on_its_batch(text: TextEncoder) -> None:
    many = [*TEXTS, *(f"take {n} of a {'very ' * (n % 9)}slow waltz" for n in range(70))]
    together = text.encode(many)
    few = [*range(len(TEXTS)), 20, 40, 70]
    alone = np.concatenate([text.encode([many[index]]) for index in few])
    assert np.abs(together[few] - alone).max() < 1e-5
    assert np.abs(text.encode(TEXTS[::-1])[::-1] - together[: len(TEXTS)]).max() < 1e-5


def test_audio_outputs_spread(audio: AudioEncoder) -> None:
    sounding = waves(audio.info.sample_rate or 0)[:4]
    check_spread(audio.encode(sounding))


def test_text_outputs_spread(text: TextEncoder) -> None:
    check_spread(text.encode(TEXTS[:3]))

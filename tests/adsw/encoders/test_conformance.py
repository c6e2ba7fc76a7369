"""What every encoder must do, whichever it is. A new encoder is tested by being in the catalogue.

An encoder that reads weights is tested with random ones, from its writer in `benchmarks.weights`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adsw.encoders import registry
from adsw.encoders.catalogue import ENTRIES
from adsw.encoders.protocol import AudioEncoder, TextEncoder
from adsw.encoders.weights import Reference
from benchmarks.weights import WRITERS

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


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tiny random weights of every encoder that reads some."""
    folder = tmp_path_factory.mktemp("weights")
    made = {}
    for name, entry in ENTRIES.items():
        if entry.has_weights:
            assert name in WRITERS, f"{name} reads weights: give it a writer in benchmarks.weights"
            made[name] = WRITERS[name](folder / name.replace(":", "-"), name, tiny=True)
    return made


def reference(name: str, places: dict[str, Path]) -> Reference:
    """To the encoder of that name, with its random weights where it reads some; of a family, to one of them."""
    place = places.get(name)
    return Reference(name=f"{name}tiny" if name.endswith(":") else name, place=None if place is None else str(place))


@pytest.fixture(scope="module", params=AUDIO)
def audio(request: pytest.FixtureRequest, places: dict[str, Path]) -> AudioEncoder:
    return registry.audio_encoder(reference(request.param, places))


@pytest.fixture(scope="module", params=TEXT)
def text(request: pytest.FixtureRequest, places: dict[str, Path]) -> TextEncoder:
    return registry.text_encoder(reference(request.param, places))


@pytest.fixture(scope="module")
def sounding(audio: AudioEncoder) -> tuple[list[Any], Any]:
    """Sounds, which cannot be written to, and what the encoder made of them all together."""
    given = waves(audio)
    for wave in given:
        wave.setflags(write=False)
    return given, audio.encode(given)


@pytest.fixture(scope="module")
def reading(text: TextEncoder) -> tuple[list[str], Any]:
    """Texts, and what the encoder made of them all together."""
    many = [*TEXTS, *(f"take {n} of a {'very ' * (n % 9)}slow waltz" for n in range(14))]
    return many, text.encode(many)


def waves(encoder: AudioEncoder) -> list[Any]:
    """A tone and noise of one length, clicks longer than most windows, silence, one sample."""
    rate = encoder.info.sample_rate or 0
    rng = np.random.default_rng(0)
    times = np.arange(rate * 3) / rate
    clicks = np.zeros(rate * 12)
    clicks[:: rate // 2] = 1.0
    made = [np.sin(2 * np.pi * 440 * times), rng.normal(0, 0.1, rate * 3), clicks, np.zeros(rate), np.ones(1)]
    return [wave.astype(np.float32) for wave in made]


def check_info(encoder: AudioEncoder | TextEncoder, kind: str, names: list[str]) -> None:
    info = encoder.info
    assert info.kind == kind
    assert info.name.partition(":")[0] in {name.removesuffix(":") for name in names}
    assert info.tokens >= 1
    assert info.features >= 1
    assert info.parameters >= 0
    assert info.revision
    assert info.licence
    assert info.source
    assert (info.sample_rate is not None) == (kind == "audio")


def check_output(out: Any, count: int, encoder: AudioEncoder | TextEncoder) -> None:
    """Of the promised shape and type, and finite in 16 bits."""
    assert out.shape == (count, encoder.info.tokens, encoder.info.features)
    assert out.dtype == np.float32
    assert np.isfinite(out.astype(np.float16)).all()


def check_different(embeddings_BTD: Any) -> None:
    """Different inputs must differ by more than rounding; how far random weights spread them says nothing."""
    flat = embeddings_BTD.reshape(len(embeddings_BTD), -1).astype(np.float64)
    apart = np.linalg.norm(flat[:, None] - flat[None], axis=-1) / np.linalg.norm(flat, axis=1)
    assert apart[np.triu_indices(len(flat), 1)].min() > 1e-3


def test_audio_info(audio: AudioEncoder) -> None:
    check_info(audio, "audio", AUDIO)


def test_text_info(text: TextEncoder) -> None:
    check_info(text, "text", TEXT)


def test_audio_outputs(audio: AudioEncoder, sounding: tuple[list[Any], Any]) -> None:
    given, out = sounding
    check_output(out, len(given), audio)
    assert all(np.array_equal(a, b) for a, b in zip(given, waves(audio), strict=True))


def test_text_outputs(text: TextEncoder, reading: tuple[list[str], Any]) -> None:
    given, out = reading
    check_output(out, len(given), text)


def test_audio_of_nothing(audio: AudioEncoder) -> None:
    assert audio.encode([]).shape == (0, audio.info.tokens, audio.info.features)


def test_text_of_nothing(text: TextEncoder) -> None:
    assert text.encode([]).shape == (0, text.info.tokens, text.info.features)


def test_audio_rebuilt_from_its_info_gives_the_same(audio: AudioEncoder, sounding: tuple[list[Any], Any]) -> None:
    given, out = sounding
    again = registry.audio_encoder(registry.reference_to(audio.info))
    assert again.info == audio.info, "it is known before any weight is read"
    assert np.array_equal(out, again.encode(given))


def test_text_rebuilt_from_its_info_gives_the_same(text: TextEncoder, reading: tuple[list[str], Any]) -> None:
    given, out = reading
    again = registry.text_encoder(registry.reference_to(text.info))
    assert again.info == text.info, "it is known before any weight is read"
    assert np.array_equal(out, again.encode(given))


def test_audio_does_not_depend_on_its_batch(audio: AudioEncoder, sounding: tuple[list[Any], Any]) -> None:
    given, together = sounding
    few = [0, 2, 4]
    alone = np.concatenate([audio.encode([given[index]]) for index in few])
    assert np.abs(together[few] - alone).max() < 1e-5


def test_audio_does_not_depend_on_the_order(audio: AudioEncoder, sounding: tuple[list[Any], Any]) -> None:
    given, together = sounding
    assert np.abs(together[::-1] - audio.encode(given[::-1])).max() < 1e-5


def test_text_does_not_depend_on_its_batch(text: TextEncoder, reading: tuple[list[str], Any]) -> None:
    given, together = reading
    few = [*range(len(TEXTS)), 9, 18]
    alone = np.concatenate([text.encode([given[index]]) for index in few])
    assert np.abs(together[few] - alone).max() < 1e-5
    assert np.abs(text.encode(TEXTS[::-1])[::-1] - together[: len(TEXTS)]).max() < 1e-5


def test_different_sounds_differ(sounding: tuple[list[Any], Any]) -> None:
    check_different(sounding[1][:3])


def test_different_texts_differ(reading: tuple[list[str], Any]) -> None:
    check_different(reading[1][:3])


def test_an_encoder_knows_whether_case_matters_to_it(text: TextEncoder) -> None:
    given = ["a slow waltz for the church organ", "jig, fast, violin"]
    same = np.array_equal(text.encode(given), text.encode([words.upper() for words in given]))
    assert text.info.uncased == same
    # The published tokenizers of these fold case; those of the others do not.
    name = text.info.name.partition(":")[0]
    assert name not in ("minilm", "clip", "clip-large") or text.info.uncased
    assert name not in ("roberta", "t5", "mt5") or not text.info.uncased

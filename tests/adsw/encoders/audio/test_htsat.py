"""The encoder htsat against laion-clap's own audio tower and its own preparation of audio."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from adsw.encoders.audio.htsat import Htsat
from adsw.encoders.registry import audio_encoder, reference_to
from adsw.encoders.weights import Reference
from adsw.errors import InputError
from benchmarks.weights.htsat import write
from tests.adsw.encoders.audio.laion_original import LaionOriginal

pytestmark = pytest.mark.filterwarnings("ignore:torch.meshgrid")  # laion-clap's own, where the reference is built

RATE, WINDOW = 48_000, 480_000
EMBEDS = {"bn0", "patch_embed", "layers", "norm"}
LENGTHS = (1, 1_000, 100_000, 160_000, 479_999, WINDOW)  # samples; 160,000 fit three times into the window


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of a small HTS-AT, as laion-clap saves them."""
    return write(tmp_path_factory.mktemp("htsat"), "htsat", tiny=True)


@pytest.fixture(scope="module")
def waves() -> list[Any]:
    """Waves of unequal lengths, some beyond full scale."""
    draw = np.random.default_rng(0)
    return [draw.normal(scale=0.4, size=length).astype(np.float32) for length in LENGTHS]


@pytest.fixture(scope="module")
def expected(checkpoint: Path, waves: list[Any]) -> dict[str, Any]:
    """What laion-clap's own code makes of them."""
    laion = LaionOriginal()
    model = laion.model(checkpoint, width=16, depths=(2, 2, 2, 2), heads=(1, 2, 4, 8), classes=5)
    return laion.outputs(model, waves)


def encoder(checkpoint: Path, **settings: Any) -> Any:
    values = {key: str(value) for key, value in settings.items()}
    return audio_encoder(Reference(name="htsat", place=str(checkpoint), settings=values))


@pytest.fixture(scope="module")
def made(checkpoint: Path) -> Any:
    """The encoder with its default settings."""
    return encoder(checkpoint)


def test_all_frames_are_laion_claps_without_their_repetitions(
    checkpoint: Path, waves: list[Any], expected: dict[str, Any]
) -> None:
    frames = expected["fine_grained_embedding"]
    assert np.ptp(frames.reshape(len(waves), 32, 32, -1), axis=2).max() == 0  # each is there 32 times
    found = encoder(checkpoint, tokens=32).encode(waves)
    np.testing.assert_allclose(found, frames[:, ::32], atol=1e-5)
    assert found.dtype == np.float32


def test_tokens_are_means_over_equal_stretches_of_the_frames(
    made: Any, waves: list[Any], expected: dict[str, Any]
) -> None:
    frames = expected["fine_grained_embedding"][:, ::32]
    found = made.encode(waves)
    np.testing.assert_allclose(found, frames.reshape(len(waves), 16, 2, -1).mean(axis=2), atol=1e-5)


def test_one_token_is_laion_claps_embedding(checkpoint: Path, waves: list[Any], expected: dict[str, Any]) -> None:
    found = encoder(checkpoint, tokens=1).encode(waves)
    np.testing.assert_allclose(found[:, 0], expected["embedding"], atol=1e-5)


def test_one_file_alone_and_in_any_batch(made: Any, waves: list[Any]) -> None:
    together = made.encode(waves)
    np.testing.assert_allclose(made.encode(waves[::-1])[::-1], together, atol=1e-6)
    np.testing.assert_allclose(made.encode(waves[2:3])[0], together[2], atol=1e-6)
    assert made.encode([]).shape == (0, 16, 128)


def test_of_a_longer_wave_the_middle_is_taken_and_no_wave_is_altered(made: Any, waves: list[Any]) -> None:
    longer = np.concatenate([np.ones(1_000, dtype=np.float32), waves[-1], -np.ones(1_000, dtype=np.float32)])
    kept = longer.copy()
    np.testing.assert_array_equal(made.encode([longer]), made.encode([waves[-1]]))
    np.testing.assert_array_equal(longer, kept)


@pytest.mark.parametrize("precision", ["fp16", "bf16"])
def test_lower_precision_is_near_and_finite_even_for_the_loudest_sound(
    checkpoint: Path, made: Any, waves: list[Any], precision: str
) -> None:
    # A constant puts 512² of power into one bin of the spectrogram, four times what float16 holds.
    loudest = [waves[2], np.ones(WINDOW, dtype=np.float32)]
    found = encoder(checkpoint, precision=precision).encode(loudest)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, made.encode(loudest), atol=0.1)
    assert found.dtype == np.float32


def test_info_is_known_before_weights_and_rebuilds_the_encoder(checkpoint: Path, made: Any) -> None:
    info = encoder(checkpoint, tokens=8).info
    assert (info.tokens, info.features, info.sample_rate, info.seconds) == (8, 128, RATE, 10.0)
    named = made._model.named_parameters()
    assert info.parameters == sum(weight.numel() for name, weight in named if name.split(".")[0] in EMBEDS)
    assert info.source == str(checkpoint)
    assert info.licence == "unknown"
    assert audio_encoder(reference_to(info)).info == info


def test_a_revision_follows_the_weights_and_the_settings_and_not_the_place(
    checkpoint: Path, made: Any, tmp_path: Path
) -> None:
    plain = made.info.revision
    moved = tmp_path / "renamed.pt"
    moved.write_bytes(checkpoint.read_bytes())
    assert encoder(tmp_path).info.revision == plain
    assert encoder(checkpoint, tokens=1).info.revision != plain
    assert encoder(write(tmp_path / "other", "htsat", tiny=True, seed=1)).info.revision != plain


def test_building_and_encoding_leave_torchs_random_state_and_threads_alone(checkpoint: Path, waves: list[Any]) -> None:
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    encoder(checkpoint).encode(waves[:1])
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize(("setting", "value"), [("tokens", 0), ("tokens", 33), ("precision", "fp8"), ("hop", 480)])
def test_settings_that_cannot_be_are_refused(checkpoint: Path, setting: str, value: object) -> None:
    with pytest.raises(InputError) as refused:
        encoder(checkpoint, **{setting: value})
    assert setting in str(refused.value)


def test_settings_are_told_without_torch() -> None:
    assert Htsat.Settings().model_dump() == {"long": "middle", "precision": "fp32", "tokens": 16}

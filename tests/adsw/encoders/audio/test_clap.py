"""CLAP's audio tower: equal to transformers' own model and preparation on the same weights."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import ClapAudioModelWithProjection, ClapFeatureExtractor, ClapModel

from adsw.encoders.audio.clap import Clap
from adsw.encoders.registry import audio_encoder, reference_to
from adsw.encoders.weights import Reference
from adsw.errors import InputError
from adsw.hub import quiet_transformers
from benchmarks.weights import clap

RATE = 48_000
NAMES = ["clap", "clap-fused"]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tiny random weights, unfused and fused."""
    return {name: clap.write(tmp_path_factory.mktemp(name), name, tiny=True) for name in NAMES}


@pytest.fixture(scope="module")
def waves() -> list[Any]:
    """Waves of unequal lengths: a sample, less than a window's half, no divisor of it, a whole window."""
    draw = np.random.default_rng(0)
    lengths = (1, 700, 3 * RATE + 17, 10 * RATE)
    return [(0.1 * draw.standard_normal(length)).astype(np.float32) for length in lengths]


def encoder(name: str, place: Path, *settings: str) -> Any:
    """The encoder by its reference, as a command line asks for it."""
    return audio_encoder(Reference.parse(f"{name}={place}", settings))


def original(place: Path, wave: Any) -> tuple[Any, Any]:
    """What transformers gives of one wave: the audio tower's output, and the vector of the joint space."""
    with quiet_transformers(), torch.no_grad():
        model = ClapModel.from_pretrained(place).eval()
        prepared = ClapFeatureExtractor.from_pretrained(place)(wave, sampling_rate=RATE, return_tensors="pt")
        return model.audio_model(**prepared), model.get_audio_features(**prepared).pooler_output


@pytest.mark.parametrize("name", NAMES)
def test_equals_transformers(name: str, places: dict[str, Path], waves: list[Any]) -> None:
    place = places[name]
    tokens, pooled = encoder(name, place).encode(waves), encoder(name, place, "tokens=1").encode(waves)
    frames = encoder(name, place, "tokens=32").encode(waves)
    projected = encoder(name, place, "tokens=1", "projected=true").encode(waves)
    assert (tokens.shape, frames.shape, pooled.shape) == ((4, 16, 128), (4, 32, 128), (4, 1, 128))
    assert projected.shape == (4, 1, 24)
    assert tokens.dtype == np.float32
    for index, wave in enumerate(waves):
        tower, joint = original(place, wave)
        bands_and_time = tower.last_hidden_state[0].numpy()  # [D, 2 bands, 32 frames]
        np.testing.assert_allclose(frames[index], bands_and_time.mean(axis=1).T, atol=1e-5)
        np.testing.assert_allclose(tokens[index], frames[index].reshape(16, 2, 128).mean(axis=1), atol=1e-5)
        np.testing.assert_allclose(pooled[index], tower.pooler_output.numpy(), atol=1e-5)
        np.testing.assert_allclose(projected[index], joint.numpy(), atol=1e-5)


def test_equals_transformers_on_a_batch(places: dict[str, Path], waves: list[Any]) -> None:
    with quiet_transformers(), torch.no_grad():
        extractor = ClapFeatureExtractor.from_pretrained(places["clap"])
        prepared = extractor(waves, sampling_rate=RATE, return_tensors="pt")
        vectors = ClapModel.from_pretrained(places["clap"]).eval().audio_model(**prepared).pooler_output
    ours = encoder("clap", places["clap"], "tokens=1").encode(waves)
    np.testing.assert_allclose(ours[:, 0], vectors.numpy(), atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_drawn_at_random_and_the_middle_is_taken(name: str, places: dict[str, Path]) -> None:
    wave = (0.1 * np.random.default_rng(1).standard_normal(13 * RATE)).astype(np.float32)
    before, kept = np.random.get_state()[1].copy(), wave.copy()  # type: ignore[index, union-attr]
    whole = encoder(name, places[name]).encode([wave])
    assert np.array_equal(np.random.get_state()[1], before)  # type: ignore[index]
    assert np.array_equal(wave, kept)
    middle = wave[3 * RATE // 2 : 3 * RATE // 2 + 10 * RATE]
    assert np.array_equal(whole, encoder(name, places[name]).encode([middle]))


def test_a_batch_changes_nothing(places: dict[str, Path], waves: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    alone = encoder("clap-fused", places["clap-fused"]).encode(waves)
    monkeypatch.setattr("adsw.encoders.audio.clap.WAVES_PER_BATCH", {"cpu": 3})
    together = encoder("clap-fused", places["clap-fused"]).encode(waves[::-1])
    np.testing.assert_allclose(together[::-1], alone, atol=1e-5)


def test_the_tower_alone_and_a_pickled_checkpoint_are_taken(
    places: dict[str, Path], waves: list[Any], tmp_path: Path
) -> None:
    whole = encoder("clap", places["clap"])
    tower, pickled = tmp_path / "tower", tmp_path / "pickled"
    with quiet_transformers():
        model = ClapModel.from_pretrained(places["clap"])
        ClapAudioModelWithProjection.from_pretrained(places["clap"]).save_pretrained(tower)
    model.config.save_pretrained(pickled)
    torch.save(model.state_dict(), pickled / "pytorch_model.bin")
    for place in (tower, pickled):
        shutil.copy(places["clap"] / "preprocessor_config.json", place)
        other = encoder("clap", place)
        assert np.array_equal(other.encode(waves[:2]), whole.encode(waves[:2]))
        assert other.info.parameters == whole.info.parameters
        assert other.info.revision != whole.info.revision


def test_info(places: dict[str, Path]) -> None:
    made = encoder("clap", places["clap"], "tokens=1", "projected=true")
    info = made.info
    model = ClapAudioModelWithProjection.from_pretrained(places["clap"])
    assert info.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert (info.tokens, info.features, info.sample_rate, info.seconds) == (1, 24, RATE, 10.0)
    assert (info.licence, info.source, info.place) == ("unknown", *[str(places["clap"])] * 2)
    assert info.settings == {
        "long": "middle",
        "precision": "fp32",
        "tokens": 1,
        "projected": True,
    }
    assert audio_encoder(reference_to(info)).info == info
    assert encoder("clap", places["clap"]).info.revision != info.revision


@pytest.mark.parametrize("precision", ["fp16", "bf16"])
def test_low_precisions_are_near(precision: str, places: dict[str, Path], waves: list[Any]) -> None:
    full = encoder("clap", places["clap"]).encode(waves[1:3])
    low = encoder("clap", places["clap"], f"precision={precision}").encode(waves[1:3])
    assert low.dtype == np.float32
    cosine = (full * low).sum(-1) / np.linalg.norm(full, axis=-1) / np.linalg.norm(low, axis=-1)
    assert cosine.min() > 0.99


def test_settings_that_do_not_fit(places: dict[str, Path]) -> None:
    for settings, told in (
        (["tokens=33"], "less than or equal to 32"),
        (["projected=true"], "set tokens=1 with it"),
        (["layer=2"], "unknown key 'layer'"),
    ):
        with pytest.raises(InputError, match=told):
            encoder("clap", places["clap"], *settings)


Change = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    ("file", "change", "told"),
    [
        ("preprocessor_config.json", lambda values: values.update(truncation="fusion"), "truncation='rand_trunc'"),
        ("preprocessor_config.json", lambda values: values.update(padding="pad"), "padding='repeatpad'"),
        ("preprocessor_config.json", lambda values: values.pop("sampling_rate"), "sampling_rate=48000"),
        ("config.json", lambda values: values.update(model_type="clip"), "model_type clap or clap_audio_model"),
        ("config.json", lambda values: values["audio_config"].update(depths="two"), "cannot be understood"),
    ],
)
def test_files_of_something_else(file: str, change: Change, told: str, places: dict[str, Path], tmp_path: Path) -> None:
    folder = shutil.copytree(places["clap"], tmp_path / "changed")
    values = json.loads((folder / file).read_text())
    change(values)
    (folder / file).write_text(json.dumps(values))
    with pytest.raises(InputError, match=told) as caught:
        encoder("clap", folder)
    assert file in str(caught.value)


def test_settings_belong_to_the_adapter() -> None:
    assert Clap.Settings().model_dump() == {"long": "middle", "precision": "fp32", "tokens": 16, "projected": False}

"""MERT: equal to transformers' HuBERT and `Wav2Vec2FeatureExtractor` on the same weights."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

from adsw.encoders.audio.mert import samples_of_a_frame
from adsw.encoders.registry import audio_encoder, reference_to
from adsw.encoders.weights import Reference
from adsw.errors import InputError
from benchmarks.weights import mert

RATE = 24_000
NAMES = ["mert", "mert-330m"]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tiny random weights, with layer norms after the blocks and before them."""
    return {name: mert.write(tmp_path_factory.mktemp(name), name, tiny=True) for name in NAMES}


@pytest.fixture(scope="module")
def waves() -> list[Any]:
    """Waves of unequal lengths, two of them equal, all of at least one frame."""
    draw = np.random.default_rng(0)
    lengths = (400, 7001, RATE, 3 * RATE, RATE)
    return [(0.3 * draw.standard_normal(length) + 0.1).astype(np.float32) for length in lengths]


def encoder(name: str, place: Path, *given_settings: str) -> Any:
    """The encoder by its reference, as a command line asks for it."""
    return audio_encoder(Reference.parse(f"{name}={place}", given_settings))


class Original:
    """HuBERT with the weights of a folder, loaded by torch alone."""

    def __init__(self, place: Path) -> None:
        config = HubertConfig(
            **{k: v for k, v in json.loads((place / "config.json").read_text()).items() if k != "model_type"}
        )
        self.model = HubertModel(config).eval()
        self.model.load_state_dict(torch.load(place / "pytorch_model.bin", weights_only=True), strict=True)
        self.extractor = Wav2Vec2FeatureExtractor.from_pretrained(place)

    def states(self, wave: Any) -> list[Any]:
        """All hidden states of one wave, each [frames, D]: those entering the blocks, the last ones after the norm."""
        prepared = self.extractor(wave, sampling_rate=RATE, return_tensors="pt").input_values
        with torch.no_grad():
            heard = self.model(prepared, output_hidden_states=True)
        states = [*heard.hidden_states[: self.model.config.num_hidden_layers], heard.last_hidden_state]
        return [state[0].numpy() for state in states]


@pytest.mark.parametrize("name", NAMES)
def test_equals_hubert(name: str, places: Mapping[str, Path], waves: list[Any]) -> None:
    original = Original(places[name])
    states = [original.states(wave) for wave in waves]
    wanted = {
        "last": lambda of: of[3],
        "mean": lambda of: np.mean(of, axis=0),
        "0": lambda of: of[0],
        "2": lambda of: of[2],
    }
    for layer, chosen in wanted.items():
        ours = encoder(name, places[name], "tokens=1", f"layer={layer}").encode(waves)
        for index in range(len(waves)):
            np.testing.assert_allclose(ours[index, 0], chosen(states[index]).mean(axis=0), atol=1e-5)


def test_tokens_are_means_over_stretches_of_true_frames(places: Mapping[str, Path], waves: list[Any]) -> None:
    frames = np.mean(Original(places["mert"]).states(waves[3]), axis=0)
    assert len(frames) == 224  # 75 a second, less the convolutions' edge
    ours = encoder("mert", places["mert"]).encode([waves[3]])
    np.testing.assert_allclose(ours[0], frames.reshape(16, 14, -1).mean(axis=1), atol=1e-5)


def test_the_final_norm_is_part_of_the_last_layer(places: Mapping[str, Path], waves: list[Any]) -> None:
    """transformers no longer counts it in with its hidden states; MERT's authors' code did."""
    for name in NAMES:
        last, numbered = (encoder(name, places[name], f"layer={layer}").encode(waves) for layer in ("last", 3))
        assert np.array_equal(last, numbered)


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_changes_nothing(
    name: str, places: Mapping[str, Path], waves: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = encoder(name, places[name])
    alone = np.concatenate([made.encode([wave]) for wave in waves])
    np.testing.assert_allclose(made.encode(waves[::-1])[::-1], alone, atol=1e-6)
    monkeypatch.setattr("adsw.encoders.audio.mert.WINDOWS_PER_BATCH", {"cpu": 8})
    np.testing.assert_allclose(made.encode(waves), alone, atol=1e-5)
    assert made.encode([]).shape == (0, 16, 32)


def test_the_middle_of_a_long_wave_and_silence_after_a_short_one(places: Mapping[str, Path]) -> None:
    made = encoder("mert", places["mert"], "seconds=1", "tokens=2")
    wave = np.random.default_rng(1).standard_normal(2 * RATE).astype(np.float32)
    kept = wave.copy()
    assert made.info.seconds == 1.0
    assert np.array_equal(made.encode([wave]), made.encode([wave[RATE // 2 : 3 * RATE // 2]]))
    assert np.array_equal(wave, kept)
    short = wave[:30]
    followed = np.pad((short - short.mean()) / np.sqrt(short.var() + 1e-7), (0, 370))
    plain = places["mert"].parent / "plain"
    shutil.copytree(places["mert"], plain, dirs_exist_ok=True)
    _edit(plain / "preprocessor_config.json", do_normalize=False)
    assert np.array_equal(made.encode([short]), encoder("mert", plain, "seconds=1", "tokens=2").encode([followed]))
    for length in (1, 399):
        assert np.isfinite(made.encode([np.zeros(length, dtype=np.float32)])).all()


@settings(max_examples=15, deadline=None, derandomize=True)
@given(convolutions=st.lists(st.tuples(st.integers(1, 6), st.integers(1, 4)), min_size=1, max_size=4))
def test_the_shortest_wave_gives_one_frame(convolutions: list[tuple[int, int]]) -> None:
    kernels, strides = zip(*convolutions, strict=True)
    shortest = samples_of_a_frame(kernels, strides)
    frames = [shortest, shortest - 1]
    for kernel, stride in convolutions:
        frames = [(length - kernel) // stride + 1 for length in frames]
    assert frames[0] == 1
    assert frames[1] < 1


def test_info(places: Mapping[str, Path]) -> None:
    info = encoder("mert-330m", places["mert-330m"], "layer=2", "tokens=4").info
    model = Original(places["mert-330m"]).model
    counted = sum(parameter.numel() for key, parameter in model.named_parameters() if key != "masked_spec_embed")
    assert info.parameters == counted
    assert (info.tokens, info.features, info.sample_rate, info.seconds) == (4, 32, RATE, 10.0)
    assert info.settings == {"long": "middle", "precision": "fp32", "tokens": 4, "layer": 2, "seconds": 10.0}
    assert audio_encoder(reference_to(info)).info == info


@pytest.mark.parametrize("precision", ["fp16", "bf16"])
def test_low_precisions_are_near(precision: str, places: Mapping[str, Path], waves: list[Any]) -> None:
    for name in NAMES:
        full = encoder(name, places[name]).encode(waves[:3])
        low = encoder(name, places[name], f"precision={precision}").encode(waves[:3])
        assert low.dtype == np.float32
        cosine = (full * low).sum(-1) / np.linalg.norm(full, axis=-1) / np.linalg.norm(low, axis=-1)
        assert cosine.min() > 0.99


@pytest.mark.parametrize(
    ("file", "changes", "told"),
    [
        ("config.json", {"feature_extractor_cqt": True}, "must leave off feature_extractor_cqt, which needs code"),
        ("config.json", {"deepnorm": True, "feature_extractor_cqt": True}, "feature_extractor_cqt and deepnorm"),
        ("config.json", {"model_type": "wav2vec2"}, "model_type hubert or mert_model"),
        ("config.json", {"num_attention_heads": 5}, "describes no model that can be built"),
        ("preprocessor_config.json", {"sampling_rate": None}, "must give sampling_rate in hertz"),
        ("preprocessor_config.json", {"do_normalize": "yes"}, "and do_normalize"),
    ],
)
def test_files_of_something_else(
    file: str, changes: dict[str, Any], told: str, places: Mapping[str, Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(places["mert"], tmp_path / "changed")
    _edit(folder / file, **changes)
    with pytest.raises(InputError, match=told) as caught:
        encoder("mert", folder)
    assert file in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("layer=4", "must be mean, last, or from 0 to 3"),
        ("layer=-1", "must be mean, last, or from 0 to 3"),
        ("layer=first", "layer"),
        ("seconds=0.5", "greater than or equal to 1"),
        ("tokens=0", "greater than or equal to 1"),
    ],
)
def test_settings_that_do_not_fit(setting: str, told: str, places: Mapping[str, Path]) -> None:
    with pytest.raises(InputError, match=told):
        encoder("mert", places["mert"], setting)


def _edit(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))

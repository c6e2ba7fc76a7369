"""Models of sentence-transformers: what the library itself gives."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, LayerNorm, Normalize, Pooling, Transformer

from adsw.encoders.protocol import Parts
from adsw.encoders.registry import reference_to, text_encoder
from adsw.encoders.text import minilm
from adsw.encoders.text.sentence import sentence_folder
from adsw.encoders.text.transformer import TextSettings
from adsw.encoders.weights import Reference
from adsw.errors import InputError
from adsw.packaged import package_folder

TEXTS = [
    "flute",
    "A slow minor waltz on the church organ.",
    "",
    "drums",
    "fast jig, violin " * 200,
    "Österreich \U0001f3bb",
]


@pytest.fixture(scope="module")
def rich(places: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two kinds of pooling side by side, a projection, a layer norm, and a default prompt."""
    torch.manual_seed(0)
    bert = Transformer(str(places["sentence:"].parent / "bert"))
    modules = [bert, Pooling(32, ("cls", "max")), Dense(64, 24), LayerNorm(24), Normalize()]
    prompts = {"search": "find: "}
    whole = SentenceTransformer(modules=modules, prompts=prompts, default_prompt_name="search", device="cpu")
    folder = tmp_path_factory.mktemp("rich")
    whole.save(str(folder), create_model_card=False)
    return folder


def made(place: Path, *given: str) -> Any:
    return text_encoder(Reference.parse(f"sentence:mine={place}", given))


@pytest.mark.parametrize("which", ["simple", "rich", "plain"])
def test_it_equals_the_library(which: str, places: dict[str, Path], rich: Path) -> None:
    simple = places["sentence:"]
    place = {"simple": simple, "rich": rich, "plain": simple.parent / "bert"}[which]
    library = SentenceTransformer(str(place), device="cpu")
    encoder = made(place)
    ours = encoder.encode(TEXTS)
    assert ours.shape == (len(TEXTS), 1, 24 if which == "rich" else 32)
    assert np.abs(ours[:, 0] - library.encode(TEXTS)).max() < 1e-5
    assert np.abs(ours - np.concatenate([encoder.encode([text]) for text in TEXTS])).max() < 1e-5
    counted = sum(value.numel() for key, value in library.named_parameters() if ".pooler." not in key)
    assert encoder.info.parameters == counted
    assert text_encoder(reference_to(encoder.info)).info == encoder.info


def test_several_tokens_are_states_before_pooling(rich: Path) -> None:
    encoder = made(rich, "tokens=2")
    states = SentenceTransformer(str(rich), device="cpu").encode(TEXTS[:2], output_value="token_embeddings")
    assert encoder.info.features == 32
    for ours, states_LD in zip(encoder.encode(TEXTS[:2]), states, strict=True):
        half = -(-len(states_LD) // 2)
        expected = [states_LD[:half].mean(0), states_LD[len(states_LD) - half :].mean(0)]
        assert np.abs(ours - torch.stack(expected).numpy()).max() < 1e-5


def test_a_real_model_equals_its_other_adapter() -> None:
    folder = package_folder(minilm.PACKAGE, "text", "minilm", "") / "model"
    given = text_encoder("minilm").encode(TEXTS)
    assert np.abs(made(folder).encode(TEXTS) - given).max() < 1e-5


def test_of_an_encoder_with_a_decoder_the_encoder_is_taken(places: dict[str, Path]) -> None:
    """A folder without modules is pooled by the mean, which is what T5's own adapter gives."""
    own, ours = text_encoder(f"t5={places['t5']}"), made(places["t5"])
    assert np.abs(ours.encode(TEXTS) - own.encode(TEXTS)).max() < 1e-5
    assert ours.info.parameters == own.info.parameters


def test_a_path_is_a_name_of_its_own(places: dict[str, Path]) -> None:
    encoder = text_encoder(f"sentence:{places['sentence:']}")
    assert encoder.info.name == f"sentence:{places['sentence:']}"
    assert encoder.info.licence == "unknown"
    assert encoder.info.source == str(places["sentence:"])
    assert encoder.encode([]).shape == (0, 1, 32)


def test_lower_precision_comes_near(places: dict[str, Path]) -> None:
    exact = made(places["sentence:"]).encode(TEXTS)
    assert 0 < np.abs(made(places["sentence:"], "precision=bf16").encode(TEXTS) - exact).max() < 0.05


def test_the_revision_is_of_every_file_that_is_read(rich: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(rich, tmp_path / "copy"))
    (place / "README.md").write_text("Not read.")
    assert made(place).info.revision == made(rich).info.revision
    pooling = place / "1_Pooling" / "config.json"
    pooling.write_text(pooling.read_text().replace('"max"', '"mean"'))
    assert made(place).info.revision != made(rich).info.revision


def test_older_files_of_pooling_are_understood(places: dict[str, Path], tmp_path: Path) -> None:
    place = Path(shutil.copytree(places["sentence:"], tmp_path / "copy"))
    old = {"word_embedding_dimension": 32, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True}
    (place / "1_Pooling" / "config.json").write_text(json.dumps(old | {"pooling_mode_max_tokens": False}))
    encoder = made(place)
    assert encoder.info.features == 64
    assert encoder.encode(TEXTS).shape == (len(TEXTS), 1, 64)


Spoil = Callable[[Path], object]


def _drop_layer(place: Path) -> None:
    state = load_file(place / "model.safetensors")
    del state["encoder.layer.1.output.dense.bias"]
    save_file(state, place / "model.safetensors", {"format": "pt"})


def _rewrite(place: Path, old: str, new: str) -> None:
    (place / "modules.json").write_text((place / "modules.json").read_text().replace(old, new))


SPOILT: dict[str, tuple[Spoil, str, str]] = {
    "no JSON": (lambda place: (place / "modules.json").write_text("["), "modules.json", "cannot be read"),
    "no paths": (lambda place: _rewrite(place, '"path"', '"way"'), "modules.json", "KeyError: 'path'"),
    "pooling gone": (lambda place: (place / "1_Pooling/config.json").unlink(), "modules.json", "FileNotFoundError"),
    "foreign module": (
        lambda place: _rewrite(place, "sentence_transformers.base.modules.normalize.Normalize", "custom.Evil"),
        "modules.json",
        "must list a Transformer, then any of",
    ),
    "no config": (lambda place: (place / "config.json").unlink(), "config.json", "is missing"),
    "no model type": (lambda place: (place / "config.json").write_text('{"a": 1}'), "config.json", "model_type"),
    "unknown type": (
        lambda place: (place / "config.json").write_text('{"model_type": "warp"}'),
        "config.json",
        "names an architecture that transformers does not have",
    ),
    "no plain model": (
        lambda place: (place / "config.json").write_text('{"model_type": "trocr"}'),
        "config.json",
        "must name an architecture that encodes text",
    ),
    "no weights": (lambda place: (place / "model.safetensors").unlink(), "model", "must hold model.safetensors"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_folder_is_told_when_built(how: str, places: dict[str, Path], tmp_path: Path) -> None:
    place = Path(shutil.copytree(places["sentence:"], tmp_path / "model"))
    spoil, where, rule = SPOILT[how]
    spoil(place)
    with pytest.raises(InputError) as caught:
        made(place)
    [fault] = caught.value.faults
    assert Path(fault.where).name == where
    assert rule in fault.rule


def test_a_layer_that_the_library_would_leave_random_is_told(places: dict[str, Path], tmp_path: Path) -> None:
    place = Path(shutil.copytree(places["sentence:"], tmp_path / "model"))
    _drop_layer(place)
    encoder = made(place)
    with pytest.raises(InputError, match=r"missing: encoder\.layer\.1\.output\.dense\.bias"):
        encoder.encode(["flute"])


def test_what_the_library_refuses_is_told(rich: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(rich, tmp_path / "model"))
    (place / "2_Dense" / "model.safetensors").write_bytes(b"cut")
    encoder = made(place)
    with pytest.raises(InputError, match="cannot be loaded by sentence-transformers"):
        encoder.encode(["flute"])


def test_without_weights_nothing_is_built() -> None:
    with pytest.raises(ValueError, match="without weights"):
        sentence_folder(Parts("sentence:x", None, TextSettings()))

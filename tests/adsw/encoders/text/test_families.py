"""CLIP, T5, mT5 and RoBERTa: equal to transformers' own models and tokenizers on the same weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    CLIPModel,
    CLIPTextModel,
    CLIPTokenizer,
    MT5EncoderModel,
    RobertaModel,
    RobertaTokenizer,
    T5EncoderModel,
    T5Tokenizer,
)

from adsw.encoders.registry import reference_to, text_encoder
from adsw.encoders.weights import Reference
from adsw.hub import quiet_transformers

TEXTS = [
    "flute",
    "A slow minor waltz on the church organ.",
    "jig, fast, violin, D major",
    "",
    "Ein Lied aus Österreich, ruhig \U0001f3bb",
    "drums",
    "violin",
    "a lively traditional tune, " * 300,
]


@dataclass(frozen=True)
class Original:
    """What transformers has for a family."""

    model: Any
    tokenizer: Any
    limit: int


ORIGINALS = {
    "clip": Original(CLIPTextModel, CLIPTokenizer, 77),
    "t5": Original(T5EncoderModel, T5Tokenizer, 512),
    "mt5": Original(MT5EncoderModel, T5Tokenizer, 1024),
    "roberta": Original(RobertaModel, RobertaTokenizer, 512),
}
Make = Callable[..., Any]


@pytest.fixture(scope="module")
def make(places: dict[str, Path]) -> Make:
    """An encoder by its reference, as a command line asks for it."""
    return lambda name, *given: text_encoder(Reference.parse(f"{name}={places[name]}", given))


@pytest.fixture(scope="module")
def encoders(make: Make) -> dict[str, Any]:
    """One of each family."""
    return {name: make(name) for name in ORIGINALS}


@pytest.fixture(scope="module")
def originals(places: dict[str, Path]) -> dict[str, tuple[Any, Any]]:
    """Family -> transformers' own tokenizer and model."""
    with quiet_transformers():
        return {
            name: (has.tokenizer.from_pretrained(places[name]), has.model.from_pretrained(places[name]).eval())
            for name, has in ORIGINALS.items()
        }


def states_of(original: tuple[Any, Any], text: str, limit: int) -> Any:
    """The last states of one text, [L, D], without any padding."""
    tokenizer, model = original
    with torch.no_grad():
        asked = tokenizer([text], return_tensors="pt", truncation=True, max_length=limit)
        return model(**asked).last_hidden_state[0].double().numpy()


def stretches(states_LD: Any, tokens: int) -> Any:
    """Means over equal stretches, by hand: [T, D]."""
    length = len(states_LD)
    edges = [(index * length // tokens, -(-(index + 1) * length // tokens)) for index in range(tokens)]
    return np.stack([states_LD[start:end].mean(axis=0) for start, end in edges])


@pytest.mark.parametrize("name", ["t5", "mt5", "roberta"])
def test_the_pooled_vector_is_the_masked_mean_of_a_padded_batch(
    name: str, make: Make, originals: dict[str, tuple[Any, Any]]
) -> None:
    tokenizer, model = originals[name]
    limit, texts = ORIGINALS[name].limit, [*TEXTS[:4], TEXTS[-1]]
    with torch.no_grad():
        asked = tokenizer(texts, padding=True, truncation=True, max_length=limit, return_tensors="pt")
        states, mask = model(**asked).last_hidden_state.double(), asked["attention_mask"][..., None]
    assert asked["input_ids"].shape[1] == limit
    expected = ((states * mask).sum(1) / mask.sum(1)).numpy()
    assert np.abs(make(name).encode(texts)[:, 0] - expected).max() < 1e-5


@pytest.mark.parametrize("is_projected", [False, True])
def test_clip_is_the_state_at_the_end_of_the_text(is_projected: bool, make: Make, places: dict[str, Path]) -> None:
    with quiet_transformers(), torch.no_grad():
        both = CLIPModel.from_pretrained(places["clip"]).eval()
        tokenizer = CLIPTokenizer.from_pretrained(places["clip"])
        asked = tokenizer(TEXTS, padding=True, truncation=True, max_length=77, return_tensors="pt")
        found = both.get_text_features(**asked) if is_projected else both.text_model(**asked)
    ours = make("clip", f"projected={is_projected}").encode(TEXTS)[:, 0]
    assert np.abs(ours - found.pooler_output.numpy()).max() < 1e-5


@pytest.mark.parametrize("tokens", [2, 16])
@pytest.mark.parametrize("name", ORIGINALS)
def test_several_tokens_are_means_over_equal_stretches(
    name: str, tokens: int, make: Make, originals: dict[str, tuple[Any, Any]]
) -> None:
    texts = TEXTS[:-1]
    ours = make(name, f"tokens={tokens}").encode(texts)
    limit = ORIGINALS[name].limit
    expected = [stretches(states_of(originals[name], text, limit), tokens) for text in texts]
    assert ours.shape == (len(texts), tokens, 32)
    assert np.abs(ours - np.stack(expected)).max() < 1e-5


def test_projected_tokens_are_projected_states(make: Make, places: dict[str, Path]) -> None:
    with quiet_transformers():
        both = CLIPModel.from_pretrained(places["clip"])
    states = make("clip", "tokens=3").encode(TEXTS)
    expected = states @ both.text_projection.weight.detach().numpy().T
    assert np.abs(make("clip", "tokens=3", "projected=true").encode(TEXTS) - expected).max() < 1e-5


@pytest.mark.parametrize("name", ORIGINALS)
def test_ten_thousand_words_are_cut_at_the_models_limit(
    name: str, make: Make, originals: dict[str, tuple[Any, Any]]
) -> None:
    encoder, limit = make(name), ORIGINALS[name].limit
    endless = "flute and violin " * 3400
    assert np.array_equal(encoder.encode([endless]), encoder.encode([endless + "drums " * 50]))
    if name != "clip":
        expected = states_of(originals[name], endless, limit)
        assert expected.shape[0] == limit
        assert np.abs(encoder.encode([endless])[0, 0] - expected.mean(axis=0)).max() < 1e-5


@settings(max_examples=10, deadline=None, derandomize=True)
@given(texts=st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_any_texts_in_any_company_are_as_alone(texts: list[str], encoders: dict[str, Any]) -> None:
    for encoder in encoders.values():
        kept = list(texts)
        together = encoder.encode([*texts, *TEXTS[:5]])[: len(texts)]
        assert texts == kept
        assert np.isfinite(together).all()
        assert np.abs(together - np.concatenate([encoder.encode([text]) for text in texts])).max() < 1e-5


@pytest.mark.parametrize("name", ORIGINALS)
def test_info_is_known_before_weights_are_read(
    name: str, make: Make, originals: dict[str, tuple[Any, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adsw.encoders.text.transformer.load_model", lambda *_: pytest.fail("weights were read"))
    encoder = make(name, "tokens=2")
    _, model = originals[name]
    counted = sum(parameter.numel() for key, parameter in model.named_parameters() if "pooler" not in key)
    assert encoder.info.parameters == counted
    assert (encoder.info.tokens, encoder.info.features, encoder.info.sample_rate) == (2, 32, None)
    assert encoder.info.settings["tokens"] == 2
    assert text_encoder(reference_to(encoder.info)).info == encoder.info


def test_revision_follows_weights_and_settings(make: Make) -> None:
    revisions = [make("clip", *given).info.revision for given in ([], ["tokens=2"], ["projected=true"])]
    assert len(set(revisions)) == 3
    assert all(revision.startswith(revisions[0]) for revision in revisions)
    assert make("clip", "tokens=1", "projected=false").info.revision == revisions[0]


@pytest.mark.parametrize("name", ORIGINALS)
def test_half_precision_comes_near(name: str, make: Make) -> None:
    exact = make(name).encode(TEXTS[:3])
    for precision in ("bf16",) if "t5" in name else ("bf16", "fp16"):
        rough = make(name, f"precision={precision}").encode(TEXTS[:3])
        assert rough.dtype == np.float32
        assert 0 < np.abs(rough - exact).max() < 0.1


def test_the_weights_in_memory_are_in_evaluation_mode_and_loading_is_quiet(
    make: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    before = torch.get_num_threads()
    encoder = make("roberta")
    encoder.encode(["flute"])
    assert not encoder._model.training
    assert torch.get_num_threads() == before
    assert capfd.readouterr() == ("", "")

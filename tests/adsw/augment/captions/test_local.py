"""Local language models: loaded from disk, in batches, with a seed per question."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest
import torch

from adsw.augment.captions.backend import Answer, Question
from adsw.augment.captions.captioner import captioner_named, model_plan
from adsw.augment.captions.local import LocalBackend, LocalModel
from adsw.augment.captions.model_captioner import ModelCaptioner, ModelPlan
from adsw.augment.captions.prompt import prompt_named
from adsw.augment.captions.protocol import Asking, CaptionOptions, written
from adsw.augment.captions.sampling import SeededSampling
from adsw.errors import InputError
from adsw.hub import hub_answers
from tests.adsw.augment.captions.tiny_model import caption_of, views


def plan_of(folder: Path, prompt: str, asking: Asking, **options: object) -> ModelPlan:
    settings = CaptionOptions.model_validate({"prompt": prompt, "temperature": 0, **options})
    plan = model_plan(f"local:{folder}", settings, asking)
    assert plan is not None
    return plan


def asked(engine: LocalModel, questions: list[Question]) -> list[Answer]:
    answers: dict[int, Answer] = {}
    engine.ask(questions, answers.__setitem__)
    return [answers[index] for index in range(len(questions))]


@pytest.mark.parametrize("kind", ["completing", "conversing"])
def test_it_words_views(kind: str, prompt: str, asking: Asking, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(kind)
    made = captioner_named(
        f"local:{folder}", options=CaptionOptions(prompt=prompt, temperature=0, max_tokens=40), asking=asking
    )
    captions = made.caption(views(), ["any"] * len(views()))
    right = [caption.text == caption_of(view) for view, caption in zip(views(), captions, strict=True)]
    assert sum(right) >= 0.9 * len(right)
    assert made.name == f"local:{kind}"
    by = {caption.captioner for caption, good in zip(captions, right, strict=True) if good}
    assert by == {f"{made.name}@{made.version}"}


@pytest.mark.parametrize("temperature", [0.0, 1.5])
def test_an_answer_does_not_depend_on_its_batch(
    completing: Path, prompt: str, asking: Asking, temperature: float
) -> None:
    plan = plan_of(completing, prompt, asking, temperature=temperature, max_tokens=12)
    questions = [plan.question(written(view), 1) for view in views()[:10]]
    alone = asked(LocalModel(plan.model, 1), questions)
    together = asked(LocalModel(plan.model, 7), questions[::-1])[::-1]
    assert alone == together
    assert len({answer.text for answer in alone}) > 5


def test_attempts_differ_and_repeat(completing: Path, prompt: str, asking: Asking) -> None:
    plan = plan_of(completing, prompt, asking, temperature=2.0, retry_temperature=2.0, max_tokens=16)
    engine = LocalModel(plan.model, 4)
    view = written(views()[0])
    questions = [plan.question(view, attempt) for attempt in (1, 2, 3)]
    first, again = asked(engine, questions), asked(engine, questions)
    assert first == again
    assert len({answer.text for answer in first}) == 3


def test_an_answer_cut_off_is_unfinished(completing: Path, prompt: str, asking: Asking) -> None:
    plan = plan_of(completing, prompt, asking, max_tokens=8)
    long = max(views(), key=lambda view: len(caption_of(view)))
    [cut] = asked(LocalModel(plan.model, 1), [plan.question(written(long), 1)])
    assert not cut.finished
    assert cut.answer_tokens == 8
    assert cut.prompt_tokens is not None


def test_sampling_follows_the_distribution() -> None:
    rows = 4000
    logits = torch.log(torch.tensor([0.5, 0.3, 0.15, 0.05])).repeat(rows, 1)
    draws = SeededSampling(range(rows), [1.0] * rows, [1.0] * rows, prompt_length=3, steps=2)
    chosen = draws(torch.zeros(rows, 4, dtype=torch.long), logits).argmax(dim=1)
    shares = torch.bincount(chosen, minlength=4) / rows
    assert torch.allclose(shares, torch.tensor([0.5, 0.3, 0.15, 0.05]), atol=0.03)
    nucleus = SeededSampling(range(rows), [1.0] * rows, [0.75] * rows, prompt_length=3, steps=2)
    chosen = nucleus(torch.zeros(rows, 3, dtype=torch.long), logits).argmax(dim=1)
    assert torch.allclose(torch.bincount(chosen, minlength=4) / rows, torch.tensor([0.625, 0.375, 0, 0]), atol=0.03)
    greedy = SeededSampling(range(rows), [0.0] * rows, [1.0] * rows, prompt_length=3, steps=2)
    assert greedy(torch.zeros(rows, 3, dtype=torch.long), logits).argmax(dim=1).eq(0).all()


def test_the_revision_follows_the_weights(completing: Path, tmp_path: Path, asking: Asking) -> None:
    copied = shutil.copytree(completing, tmp_path / "copy" / "completing")
    backend = LocalBackend()
    found, same = backend.find(str(completing), asking), backend.find(str(copied), asking)
    assert (found.name, found.revision) == (same.name, same.revision)
    config = json.loads((copied / "config.json").read_text())
    (copied / "config.json").write_text(json.dumps({**config, "rope_theta": 5.0}))
    assert backend.find(str(copied), asking).revision != found.revision
    assert backend.probe(found, asking) == 0
    assert not backend.in_process


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("./nothing-here", "there is no such folder"),
        ("someone/no-such-model", "someone/no-such-model"),
    ],
)
def test_models_that_are_not_there(address: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        captioner_named(f"local:{address}")


def test_folders_that_hold_something_else(tmp_path: Path, completing: Path, asking: Asking) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="is no model that can be loaded"):
        captioner_named(f"local:{tmp_path / 'empty'}")
    (tmp_path / "vision").mkdir()
    (tmp_path / "vision" / "config.json").write_text(json.dumps({"model_type": "vit"}))
    with pytest.raises(InputError, match="must be a causal language model") as caught:
        captioner_named(f"local:{tmp_path / 'vision'}")
    assert "vit" in str(caught.value.faults[0].value)
    without = Path(shutil.copytree(completing, tmp_path / "weightless"))
    (without / "model.safetensors").unlink()
    captioner = captioner_named(f"local:{without}", asking=asking)
    assert isinstance(captioner, ModelCaptioner)
    with pytest.raises(InputError, match="is no model that can be loaded"):
        captioner.caption([{"genre": ("jazz",)}], ["k"])


def test_conversations_without_a_system_role(conversing: Path, asking: Asking) -> None:
    plan = plan_of(conversing, "paper", asking)
    engine = LocalModel(plan.model, 1)
    text = engine._written(plan.question(written({"genre": ("jazz",)}), 1))
    assert text.startswith(prompt_named("paper").system)
    assert text.endswith("Tags: jazz\nCaption:")
    assert " This is a dark techno track.</s>" in text


def test_without_the_hub_a_missing_model_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    assert not hub_answers()
    with pytest.raises(InputError, match="not on this machine, and the Hub cannot be reached"):
        LocalBackend().find("nobody/nothing", Asking())
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        assert hub_answers()
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        assert not hub_answers()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    assert hub_answers()

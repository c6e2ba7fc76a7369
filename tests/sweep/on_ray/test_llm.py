"""Captions through Ray Data: everything but vLLM itself, whose place a stand-in takes."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest

from adsw.augment.captions.backend import Answer, Model, Question
from adsw.augment.captions.protocol import Asking
from adsw.errors import InputError
from sweep.on_ray.llm import ERROR, RayEngine, RayLLM
from tests.adsw.augment.captions.tiny_model import build, with_chat_template


@pytest.fixture(scope="module")
def completing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("models") / "completing", steps=0)


def stand_in(seen: list[Any]) -> Any:
    """What `ray.data.llm.build_processor` does, but for the engine: questions in, answers out, in a dataset."""

    def answer(row: dict[str, Any]) -> dict[str, Any]:
        text = row["prompt"] if "prompt" in row else row["messages"][-1]["content"]
        if "fail" in text:
            return {**row, ERROR: "too long", "generated_text": "", "num_input_tokens": 0, "num_generated_tokens": 0}
        sampling = row["sampling_params"]
        assert sampling["skip_special_tokens"] is False
        said = f"{text} {sampling['seed']} {sampling.get('stop') is not None}"
        return {
            **row,
            ERROR: "",
            "generated_text": said,
            "num_input_tokens": 7,
            "num_generated_tokens": sampling["seed"],
        }

    def build_processor(config: Any, preprocess: Any, postprocess: Any, builder_kwargs: Any) -> Any:
        seen.append((config, builder_kwargs))

        def process(data: Any) -> Any:
            def finish(row: dict[str, Any]) -> dict[str, Any]:
                # Failed rows bypass it, as in Ray.
                return row if row[ERROR] else {**postprocess(row), ERROR: ""}

            return data.map(preprocess).map(answer).map(finish)

        return process

    return build_processor


@pytest.fixture(scope="module")
def _by_value() -> None:
    from ray import cloudpickle

    # Workers cannot import this file.
    cloudpickle.register_pickle_by_value(sys.modules[__name__])


def question(text: str, seed: int) -> Question:
    return Question(({"role": "user", "content": text},), f"go on: {text}", seed, 0.5, 0.9, 40)


@pytest.mark.ray
@pytest.mark.usefixtures("_by_value")
def test_questions_go_through_ray_data(completing: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import ray
    from ray.data import llm

    running = ray.is_initialized()
    seen: list[Any] = []
    monkeypatch.setattr(llm, "build_processor", stand_in(seen))
    questions = [question("a", 3), question("fail", 4), question("b", 40)]
    for folder, expected in (
        (completing, {0: ("go on: a 3 True", True), 2: ("go on: b 40 True", False)}),
        (with_chat_template(completing, tmp_path / "chat"), {0: ("a 3 False", True), 2: ("b 40 False", False)}),
    ):
        answers: dict[int, Answer] = {}
        RayEngine(Model("ray-llm", folder.name, str(folder), "1")).ask(questions, answers.__setitem__)
        assert answers.pop(1) == Answer("too long", refused=True)
        assert {index: (answer.text, answer.finished) for index, answer in answers.items()} == expected
        assert {answer.prompt_tokens for answer in answers.values()} == {7}
    (plain, nothing), (chat, template) = seen
    assert plain.model_source == str(completing)
    assert plain.should_continue_on_error
    # Ray's own stage would leave out the special tokens, without which thoughts cannot be told from answers.
    assert plain.detokenize_stage is False
    assert (nothing, template) == (None, {"chat_template_kwargs": {"enable_thinking": False}})
    assert chat.concurrency == 1
    if not running:
        ray.shutdown()


def test_without_vllm_it_says_so(completing: Path) -> None:
    with pytest.raises(InputError, match=r"needs the package vllm.*adsw\[llm\]"):
        RayLLM().find(str(completing), Asking())


def test_with_vllm_it_finds_models_as_local_does(completing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"vllm": ModuleSpec("vllm", None), "ray.data.llm": ModuleSpec("ray.data.llm", None)}
    monkeypatch.setattr("sweep.on_ray.llm.importlib.util.find_spec", found.get)
    backend = RayLLM()
    model = backend.find(str(completing), Asking())
    assert (model.kind, model.name, model.place) == ("ray-llm", "completing", str(completing))
    assert backend.probe(model, Asking()) == 0
    assert isinstance(backend.engine(model, Asking()), RayEngine)
    with pytest.raises(InputError, match="no such folder"):
        backend.find("./nothing", Asking())


def test_packages_of_packages_that_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sweep.on_ray.llm._NEEDED", ("no_such_package.part",))
    with pytest.raises(InputError, match=r"no_such_package\.part"):
        RayLLM().find("any", Asking())

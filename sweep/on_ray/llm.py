"""Captions by vLLM through Ray Data: ``--captioner ray-llm:<model>``, on GPU machines.

All questions of an attempt are one dataset, so that engines are started once for it and fill their batches
themselves. Needs ``ray[llm]``; found through the entry-point group ``adsw.captioners``.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import partial
from typing import Any

from adsw.augment.captions.backend import Answer, Model, OnAnswer, Question
from adsw.augment.captions.local import LocalBackend, pretrained
from adsw.augment.captions.protocol import Asking
from adsw.errors import Fault, InputError
from sweep.on_ray.session import quiet_data, start

KIND = "ray-llm"
ERROR = "__inference_error__"
"""Ray Data's column for the error of a failed row."""
_NEEDED = ("vllm", "ray.data.llm")
_BATCH = 64
_WHOLE = {"skip_special_tokens": False}
"""vLLM's setting: without its special tokens a thought could not be told from the answer."""


class RayLLM:
    """Captions by vLLM on Ray Data; implements `adsw.augment.captions.backend.Backend`."""

    in_process = True
    views_at_once = 1_000_000  # all: see the module's docstring

    def find(self, address: str, asking: Asking) -> Model:
        """Find a model as `local:` does.

        Raises:
            InputError: vLLM is not installed, or there is no such model.
        """
        missing = [name for name in _NEEDED if not _is_installed(name)]
        if missing:
            fix = "Run on a GPU machine: pip install 'adsw[llm]'; elsewhere use local: or openai:."
            raise InputError(
                "Captions cannot be made by vLLM here",
                [Fault("--captioner", f"{KIND} needs the package {name}", address, fix) for name in missing],
            )
        local = LocalBackend().find(address, asking)
        return Model(KIND, local.name, local.place, local.revision, local.reading)

    def probe(self, model: Model, asking: Asking) -> int:
        """Return 0 without asking the model: starting an engine to try it takes minutes."""
        del model, asking
        return 0

    def engine(self, model: Model, asking: Asking) -> RayEngine:
        """Return an engine, which starts vLLM when there is something to ask."""
        del asking
        return RayEngine(model)


class RayEngine:
    """Asks a pool of vLLM engines, one per GPU; implements `adsw.augment.captions.backend.Engine`."""

    def __init__(self, model: Model) -> None:
        from transformers import AutoTokenizer

        self._model = model
        tokenizer = pretrained(AutoTokenizer.from_pretrained, model.place, model.name)
        self._converses = bool(tokenizer.chat_template)

    def ask(self, questions: Sequence[Question], on_answer: OnAnswer) -> None:
        """Ask all questions; one on which an engine fails counts as refused."""
        import ray

        start(cpus=2)
        quiet_data()
        rows = [self._row(index, question) for index, question in enumerate(questions)]
        processor = self._processor()
        for row in processor(ray.data.from_items(rows)).iter_rows():
            on_answer(int(row["index"]), _answer(row))

    def _processor(self) -> Any:
        """Return Ray Data's processor: a function from a dataset of questions to one of answers."""
        import ray
        from ray.data import llm

        gpus = int(ray.cluster_resources().get("GPU", 0))
        config = llm.vLLMEngineProcessorConfig(
            model_source=self._model.place,
            concurrency=max(1, gpus),  # engines
            batch_size=_BATCH,
            chat_template_stage=self._converses,
            detokenize_stage=False,  # it would leave out the special tokens that the engine's own text keeps
            should_continue_on_error=True,  # a question that fails counts as refused
        )
        # Templates of models that can think aloud know enable_thinking; the others ignore it.
        template = {"chat_template_kwargs": {"enable_thinking": False}} if self._converses else {}
        return llm.build_processor(
            config,
            preprocess=partial(_asked, converses=self._converses),
            postprocess=_answered,
            builder_kwargs=template or None,
        )

    def _row(self, index: int, question: Question) -> dict[str, Any]:
        """Return a question as a row of the dataset."""
        return {
            "index": index,
            "messages": list(question.messages),
            "prompt": question.completion,
            "seed": question.seed,
            "temperature": question.temperature,
            "top_p": question.top_p,
            "max_tokens": question.max_tokens,
        }


def _asked(row: dict[str, Any], converses: bool) -> dict[str, Any]:
    """Return a row as the engine's stages read it."""
    sampling = {name: row[name] for name in ("seed", "temperature", "top_p", "max_tokens")}
    text = {"messages": row["messages"]} if converses else {"prompt": row["prompt"]}
    # A model without a chat template goes on after the caption: it ends at the line's end.
    stop = {} if converses else {"stop": ["\n"]}
    return {"index": row["index"], "most": row["max_tokens"], **text, "sampling_params": {**sampling, **stop, **_WHOLE}}


def _answered(row: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that are kept of an answered row; failed rows do not come here."""
    names = ("index", "most", "generated_text", "num_input_tokens", "num_generated_tokens")
    return {name: row[name] for name in names}


def _answer(row: dict[str, Any]) -> Answer:
    """Return the answer that a row holds; one of the full length counts as cut off."""
    failed = row.get(ERROR) or ""
    if failed:
        return Answer(str(failed), refused=True)
    written = int(row["num_generated_tokens"])
    finished = written < int(row["most"])
    return Answer(str(row["generated_text"]), finished, False, 1, int(row["num_input_tokens"]), written)


def _is_installed(name: str) -> bool:
    """Check whether a module is installed, without importing it."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False

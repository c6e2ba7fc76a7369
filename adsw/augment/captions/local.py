"""A causal language model in this process: ``local:<model, folder or FILE.gguf>``, through transformers.

Questions go in batches, padded on the left; what all prompts begin with is computed once, by models that
`adsw.augment.captions.decoding` knows. Words are drawn with a seed per question (`SeededSampling`), so an answer
does not depend on the questions beside it but for rounding: padding and batch size change sums in the last
bits, and where two words are nearly as likely that can change the choice. On the CPU in float32 this is rare,
on a GPU in half precision less so. The cache keeps the first answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from adsw.augment.captions.backend import Answer, Model, OnAnswer, Question
from adsw.augment.captions.decoding import DECODABLE, SharedDecoder
from adsw.augment.captions.gguf import is_gguf, load_gguf, weights_in
from adsw.augment.captions.protocol import Asking
from adsw.augment.captions.sampling import LineEnd, SeededSampling
from adsw.errors import Fault, InputError
from adsw.fingerprint import file_sha256, fingerprint
from adsw.hub import hub_answers, quiet_transformers


def pretrained(load: Callable[..., Any], place: str, shown: str, **settings: Any) -> Any:
    """Call one of transformers' ``from_pretrained``.

    Cached files are used without asking the Hub, so that they load without a network.

    Args:
        load: such as ``AutoConfig.from_pretrained``.
        place: a folder, or a name on the Hub.
        shown: the name that the user gave.
        **settings: for `load`.

    Raises:
        InputError: it is neither here nor on the Hub, or it is damaged.
    """
    with quiet_transformers():
        try:
            return load(place, local_files_only=True, **settings)
        except (OSError, ValueError, KeyError, ImportError) as error:
            # The Hub's client would retry for half a minute before it says so.
            if not Path(place).is_dir() and not hub_answers():
                raise _unusable(shown, OSError("it is not on this machine, and the Hub cannot be reached")) from error
            try:
                return load(place, **settings)
            except (OSError, ValueError, KeyError, ImportError) as error:
                raise _unusable(shown, error) from None


def _unusable(shown: str, error: Exception) -> InputError:
    """Return the error for a model that cannot be loaded."""
    why = " ".join(str(error).split())[:300]
    fix = "Check the name; without a network, download it first, or give its folder."
    fault = Fault("--captioner", f"is no model that can be loaded: {why}", shown, fix)
    return InputError("The language model cannot be used", [fault])


READING = "with special tokens"
"""How a model's words become the text of an answer: answers read without special tokens are not like these."""

_WEIGHTS = (".safetensors", ".bin")

_IDENTIFYING = (".json", ".safetensors", ".bin", ".model", ".txt", ".jinja", ".tiktoken")
"""Files of a model's folder that decide what it answers."""


class LocalBackend:
    """See the module's description; conforms to `Backend`."""

    views_at_once = 32

    @property
    def in_process(self) -> bool:
        """True on a GPU, which one copy of the model fills; on the CPU every worker loads a copy."""
        import torch

        return torch.cuda.is_available()

    def find(self, address: str, asking: Asking) -> Model:
        """See `Backend.find`: reads the configuration, from the Hub if the model is not on this machine."""
        del asking
        folder = Path(address).expanduser()
        if is_gguf(address):
            read = weights_in(folder)
            weights = {folder.name: read.sha256}
            return Model("local", folder.stem, str(folder.resolve()), read.revision, READING, weights=weights)
        if folder.is_dir():
            _check_causal(str(folder), address)
            # Trailing slashes and dots would leave no name.
            digests = _digests(folder)
            weights = {file: sha256 for file, sha256 in digests.items() if file.endswith(_WEIGHTS)}
            name, revision = folder.resolve().name, fingerprint(digests)[:16]
            return Model("local", name, str(folder.resolve()), revision, READING, weights=weights)
        if address.startswith((".", "/", "~")):
            fault = Fault("--captioner", "there is no such folder", address, "Give a folder with a config.json.")
            raise InputError("The language model cannot be used", [fault])
        revision = _check_causal(address, address)
        return Model("local", address, address, revision, READING)

    def probe(self, model: Model, asking: Asking) -> int:
        """Return 0 requests: `find` has checked the model already."""
        del model, asking
        return 0

    def engine(self, model: Model, asking: Asking) -> LocalModel:
        """See `Backend.engine`."""
        return LocalModel(model, asking.batch_size)


class LocalModel:
    """A loaded model; conforms to `Engine`."""

    def __init__(self, model: Model, batch_size: int, on_cpu: str = "float32") -> None:
        """Load the model: bfloat16 or float16 on a GPU.

        Args:
            model: as found.
            batch_size: questions answered at a time.
            on_cpu: the type that the CPU computes in.

        Raises:
            InputError: its weights or its tokenizer are missing or damaged.
        """
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        cuda = torch.cuda.is_available()
        half = torch.bfloat16 if cuda and torch.cuda.is_bf16_supported() else torch.float16
        dtype = half if cuda else getattr(torch, on_cpu)
        if is_gguf(model.place):
            self._tokenizer, loaded = load_gguf(Path(model.place), dtype)
        else:
            pinned = {} if Path(model.place).is_dir() else {"revision": model.revision}
            place, shown = model.place, model.name
            self._tokenizer = pretrained(AutoTokenizer.from_pretrained, place, shown, padding_side="left", **pinned)
            loaded = pretrained(AutoModelForCausalLM.from_pretrained, place, shown, dtype=dtype, **pinned)
        self._model = loaded.to("cuda" if cuda else "cpu").eval()
        self._batch_size = batch_size
        if self._tokenizer.pad_token is None:
            # Any token does, since padding is masked.
            self._tokenizer.pad_token = self._tokenizer.eos_token or self._tokenizer.convert_ids_to_tokens(0)
        self._converses = bool(self._tokenizer.chat_template)
        knows = self._model.config.model_type in DECODABLE
        self._decoder = SharedDecoder(self._model, self._ends) if knows else None
        self._first: list[int] = []

    def ask(self, questions: Sequence[Question], on_answer: OnAnswer) -> None:
        """See `Engine.ask`. Questions of similar length share a batch."""
        texts = [self._written(question) for question in questions]
        if self._decoder is not None:
            self._decode(self._decoder, questions, texts, on_answer)
            return
        order = sorted(range(len(questions)), key=lambda index: (len(texts[index]), index))
        for start in range(0, len(order), self._batch_size):
            batch = order[start : start + self._batch_size]
            answers = self._answers([questions[index] for index in batch], [texts[index] for index in batch])
            for index, answer in zip(batch, answers, strict=True):
                on_answer(index, answer)

    def _decode(
        self, decoder: SharedDecoder, questions: Sequence[Question], texts: Sequence[str], on_answer: OnAnswer
    ) -> None:
        """Answer all questions by the decoder that computes what all prompts begin with once."""
        prompts = self._tokenizer(list(texts), add_special_tokens=not self._converses)["input_ids"]
        # The first prompt of all counts too: a single one is not all beginning.
        self._first = self._first or prompts[0]
        shared = min(_alike([*prompts, self._first]), min(map(len, prompts)) - 1)
        order = sorted(range(len(prompts)), key=lambda index: (len(prompts[index]), index))
        for start in range(0, len(order), self._batch_size):
            batch = order[start : start + self._batch_size]
            asked = [questions[index] for index in batch]
            steps = max(question.max_tokens for question in asked)
            draws = _draws(asked, 0, steps)
            made = decoder.decode([prompts[index] for index in batch], steps, draws.chosen, shared)
            for index, words in zip(batch, made, strict=True):
                on_answer(index, self._answer(words, len(prompts[index]), steps))

    def _written(self, question: Question) -> str:
        """Return a question as the text that the model reads."""
        if not self._converses:
            return question.completion
        from jinja2 import TemplateError

        try:
            return self._templated(question.messages)
        except TemplateError:  # raised by templates that allow no system message
            return self._templated(_without_system(question.messages))

    def _templated(self, messages: Sequence[dict[str, str]]) -> str:
        """Return a conversation in the model's chat template."""
        # Templates of models that can think aloud know enable_thinking; the others ignore it.
        text: str = self._tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        return text

    def _answers(self, questions: Sequence[Question], texts: Sequence[str]) -> list[Answer]:
        """Return the answers to one batch."""
        import torch
        from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

        read = self._tokenizer(
            list(texts), return_tensors="pt", padding=True, add_special_tokens=not self._converses
        ).to(self._model.device)
        length, steps = read["input_ids"].shape[1], max(question.max_tokens for question in questions)
        draws = _draws(questions, length, steps)
        ends = [] if self._converses else [LineEnd(self._tokenizer, length)]
        settings = GenerationConfig(
            max_new_tokens=steps,
            do_sample=False,  # `SeededSampling` leaves one word to choose
            pad_token_id=self._tokenizer.pad_token_id,
            eos_token_id=self._stops or None,
        )
        with torch.inference_mode():
            made = self._model.generate(
                input_ids=read["input_ids"],
                attention_mask=read["attention_mask"],
                generation_config=settings,
                logits_processor=LogitsProcessorList([draws]),
                stopping_criteria=StoppingCriteriaList(ends),
            )
        prompt_tokens = read["attention_mask"].sum(dim=1).tolist()
        rows = zip(made[:, length:].tolist(), prompt_tokens, strict=True)
        return [self._answer(row, count, steps) for row, count in rows]

    def _answer(self, tokens: Sequence[int], prompt_tokens: int, steps: int) -> Answer:
        """Return the answer in a row of generated tokens, up to the first token that ends it."""
        ends = {*self._stops, self._tokenizer.pad_token_id}
        stop = next((place for place, token in enumerate(tokens) if token in ends), None)
        said = tokens[: len(tokens) if stop is None else stop]
        # Without its special tokens a thought could not be told from the answer.
        text = self._tokenizer.decode(said, skip_special_tokens=False)
        line_ended = not self._converses and "\n" in text.lstrip()
        if line_ended:
            text = text.lstrip().split("\n")[0]
        finished = stop is not None or line_ended or len(tokens) < steps
        return Answer(text, finished, prompt_tokens=prompt_tokens, answer_tokens=len(said))

    @cached_property
    def _ends(self) -> list[int]:
        """Tokens after which nothing is decoded: the stops, and for models that hold no conversations line breaks."""
        if self._converses:
            return self._stops
        breaks = self._tokenizer.batch_decode([[token] for token in range(len(self._tokenizer))])
        return sorted({*self._stops, *(token for token, text in enumerate(breaks) if "\n" in text)})

    @cached_property
    def _stops(self) -> list[int]:
        """Tokens that end an answer: the model's, and the tokenizer's, which in chat models ends a turn."""
        given = self._model.generation_config.eos_token_id
        stops = {*(given if isinstance(given, list) else [given]), self._tokenizer.eos_token_id}
        return sorted(token for token in stops if token is not None)


def _draws(questions: Sequence[Question], prompt_length: int, steps: int) -> SeededSampling:
    """Return the choice of words of some questions."""
    return SeededSampling(
        [question.seed for question in questions],
        [question.temperature for question in questions],
        [question.top_p for question in questions],
        prompt_length,
        steps,
    )


def _alike(prompts: Sequence[Sequence[int]]) -> int:
    """Return the number of tokens with which all prompts begin."""
    return next(
        (place for place, tokens in enumerate(zip(*prompts, strict=False)) if len(set(tokens)) > 1),
        min(map(len, prompts)),
    )


def _without_system(messages: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Return the conversation without its system message, which opens the first question instead."""
    opening = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
    rest = [dict(message) for message in messages if message["role"] != "system"]
    rest[0]["content"] = f"{opening}\n\n{rest[0]['content']}" if opening else rest[0]["content"]
    return rest


def _check_causal(place: str, address: str) -> str:
    """Check that a model's configuration is a causal language model's, and return its revision."""
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    config = pretrained(AutoConfig.from_pretrained, place, address)
    if config.model_type not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        fault = Fault("--captioner", "must be a causal language model", f"{address} ({config.model_type})", "")
        raise InputError("The language model cannot be used", [fault])
    return str(getattr(config, "_commit_hash", None) or address)


def _digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a model's folder that decides what it answers, by its name in there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix in _IDENTIFYING)
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in files}

"""Any model of sentence-transformers (Reimers and Gurevych, *Sentence-BERT*, EMNLP 2019), through the library itself.

Shapes: B texts, T tokens, D features; L word pieces of a text.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from adsw.arrays import Float32s as Float32Array
from adsw.encoders.inference import device, dtype_of, equal_lengths, inferring, pooled_over_time
from adsw.encoders.protocol import EncoderInfo, Parts
from adsw.encoders.text.transformer import PIECES_PER_BATCH, TextSettings, is_uncased
from adsw.encoders.transformers_model import (
    CONFIG,
    ModelFolder,
    configured,
    encoder_info,
    load_model,
    model_folder,
    parameter_count,
)
from adsw.errors import Fault, InputError
from adsw.hub import quiet_transformers
from adsw.json_text import parse_foreign_json

if TYPE_CHECKING:
    import torch

MODULES = "modules.json"

_PACKAGE = "sentence_transformers."

_TOKENIZERS = ("tokenizer*.json", "vocab.*", "merges.txt", "*.model", "special_tokens_map.json", "added_tokens.json")

_LIBRARY_CONFIGS = "sentence_*_config.json"

_BESIDE = (_LIBRARY_CONFIGS, *_TOKENIZERS)


@dataclass(frozen=True)
class Module:
    """One step of a model."""

    kind: str
    """Name of its class."""
    folder: str
    """Relative to the model's; empty for the model's own."""
    width: int | None = None
    """Features of its output; None if it does not change them, and for the Transformer."""
    parameters: int = 0
    """Number of its parameters; 0 for the Transformer, whose configuration does not tell."""


@dataclass(frozen=True)
class SentenceFolder:
    """A sentence model's folder, checked as far as is possible without reading weights."""

    root: Path
    parts: Parts
    """The encoder's parts, their weights narrowed to the files read."""
    transformer: ModelFolder
    modules: Sequence[Module]

    @property
    def width(self) -> int | None:
        """Features of a sentence's vector; None for as many as the Transformer's states have."""
        return next((module.width for module in reversed(self.modules) if module.width), None)


def sentence_folder(parts: Parts) -> SentenceFolder:
    """Check a sentence model's folder before anything is read of its weights.

    A folder without ``modules.json`` is a plain Transformer, which the library pools by the mean.

    Raises:
        InputError: files are missing or cannot be read, or the model has a module that is not known here, such as one
            whose code comes with it.
    """
    if parts.weights is None:
        raise ValueError(f"the encoder {parts.name!r} is built without weights")
    root = parts.weights.path
    modules = _modules(parts, root) if (root / MODULES).is_file() else [Module("Transformer", "")]
    path = root / modules[0].folder
    inner = replace(parts, weights=replace(parts.weights, path=path))
    transformer = model_folder(inner, {_model_type(path)}, optional=_BESIDE)
    read = [MODULES, "config_sentence_transformers.json"]
    if transformer.parts.weights:
        read += [_within(modules[0].folder, pattern) for pattern in transformer.parts.weights.patterns]
    # The digest is of the files read: the Transformer's, and those of the modules after it.
    names = (CONFIG, "model.safetensors", "pytorch_model.bin")
    read += [_within(module.folder, name) for module in modules[1:] if module.folder for name in names]
    whole = replace(parts, weights=replace(parts.weights, patterns=tuple(read)))
    return SentenceFolder(root, whole, transformer, modules)


def refused(parts: Parts, path: Path, rule: str, value: object = None) -> InputError:
    """Return the error for something wrong with a sentence model's file or folder."""
    fix = f"Fetch it again, or name another model: {parts.name}=FOLDER."
    return InputError(f"The weights of {parts.name!r} cannot be used", [Fault(str(path), rule, value, fix)])


def _modules(parts: Parts, root: Path) -> list[Module]:
    """Read the modules that ``modules.json`` lists: a Transformer, then known ones."""
    try:
        listed = parse_foreign_json((root / MODULES).read_bytes())
        modules = [_module(root, str(item["type"]), str(item["path"])) for item in listed]
    except (OSError, ValueError, TypeError, KeyError) as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise refused(parts, root / MODULES, f"cannot be read, or the files it names: {why}") from error
    kinds = [module.kind for module in modules]
    if kinds[:1] != ["Transformer"] or not set(kinds[1:]) <= set(_AFTER):
        rule = f"must list a Transformer, then any of {', '.join(_AFTER)}"
        raise refused(parts, root / MODULES, rule, ", ".join(kinds))
    return modules


def _module(root: Path, class_name: str, folder: str) -> Module:
    """Return a module; one from outside the library keeps its dotted name, which is not a known one."""
    kind = class_name.rpartition(".")[2] if class_name.startswith(_PACKAGE) else class_name
    reader = _AFTER.get(kind)
    if reader is None:
        return Module(kind, folder)
    width, parameters = reader(parse_foreign_json((root / folder / CONFIG).read_bytes()))
    return Module(kind, folder, width, parameters)


def _pooling(config: Mapping[str, Any]) -> tuple[int, int]:
    """Return width and parameters of a pooling module, whose kinds of pooling are concatenated."""
    width = int(config.get("embedding_dimension") or config["word_embedding_dimension"])
    modes = config.get("pooling_mode")
    # Older files have a flag for each kind.
    if modes is None:
        modes = [key for key, value in config.items() if key.startswith("pooling_mode_") and value] or ["mean"]
    return width * (1 if isinstance(modes, str) else len(modes)), 0


def _dense(config: Mapping[str, Any]) -> tuple[int, int]:
    """Return width and parameters of a linear module."""
    width = int(config["out_features"])
    return width, int(config["in_features"]) * width + (width if config.get("bias", True) else 0)


def _layer_norm(config: Mapping[str, Any]) -> tuple[int, int]:
    """Return width and parameters of a layer norm."""
    width = int(config["dimension"])
    return width, 2 * width


_AFTER: Mapping[str, Callable[[Mapping[str, Any]], tuple[int, int]] | None] = MappingProxyType(
    {"Pooling": _pooling, "Dense": _dense, "LayerNorm": _layer_norm, "Dropout": None, "Normalize": None}
)
"""Modules that may follow the Transformer, and functions that read width and parameters of their configurations."""


def _model_type(folder: Path) -> str:
    """Return the architecture in the Transformer's configuration; if it cannot be read, `model_folder` reports why."""
    try:
        return str(parse_foreign_json((folder / CONFIG).read_bytes())["model_type"])
    except (OSError, ValueError, TypeError, KeyError):
        return "of transformers"


def _within(folder: str, name: str) -> str:
    """Return a file's name relative to the model's folder."""
    return f"{folder}/{name}" if folder else name


_ENCODERS = {"t5": "T5EncoderModel", "mt5": "MT5EncoderModel"}
"""Class that the library takes for architectures that decode as well."""

_HEADS = ("",)  # whatever else the checkpoint holds, such as the head that it was trained with


class Sentence:
    """The library's own pooling, projection and normalisation, with the model's own default prompt where it has one.

    Texts are cut at the model's own length. Of several tokens each is a mean of the Transformer's states, and what
    follows pooling is left out.
    """

    Settings = TextSettings

    def __init__(self, parts: Parts) -> None:
        """Check the files; weights are read at the first use.

        Raises:
            InputError: files are missing or damaged, or the model is built of something that is not known.
        """
        self._settings: Any = parts.settings
        self._folder = sentence_folder(parts)
        self._transformer = self._folder.transformer
        self._config = self._configured()
        self._class = self._class_that_runs()

    @cached_property
    def info(self) -> EncoderInfo:
        """See `TextEncoder.info`."""
        parts = self._folder.parts
        inner = parameter_count(self._transformer, self._class, self._config, **self._arguments)
        return encoder_info(
            parts,
            "1",
            kind="text",
            tokens=self._settings.tokens,
            features=self._features,
            uncased=self._is_uncased(),
            parameters=inner + sum(module.parameters for module in self._folder.modules),
        )

    def _is_uncased(self) -> bool:
        """Return whether the library, or the tokenizer, folds case; no if the tokenizer cannot be read."""
        from transformers import AutoTokenizer

        folder = self._transformer.path
        try:
            if any(
                parse_foreign_json(file.read_bytes()).get("do_lower_case") for file in folder.glob(_LIBRARY_CONFIGS)
            ):
                return True
            with quiet_transformers():
                return is_uncased(AutoTokenizer.from_pretrained(str(folder), local_files_only=True))
        except Exception:  # whatever is wrong with these files is told where the model is loaded
            return False

    def encode(self, texts: Sequence[str]) -> Float32Array:
        """Encode texts, see `TextEncoder.encode`. They are cut at the model's own length."""
        out = np.empty((len(texts), self._settings.tokens, self._features), dtype=np.float32)
        if not texts:
            return out
        with inferring():
            for batch in equal_lengths(self._lengths(texts), PIECES_PER_BATCH[device().type]):
                out[batch] = self._embedded([texts[index] for index in batch]).float().cpu().numpy()
        return out

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        """Return the number of word pieces of each text, without a default prompt, which adds as many to each."""
        limit = self._model.max_seq_length
        pieces = self._model.tokenizer(list(texts), truncation=limit is not None, max_length=limit)["input_ids"]
        return [len(piece) for piece in pieces]

    def _embedded(self, texts: list[str]) -> torch.Tensor:
        """Embed texts of one length as tokens, [B, T, D]."""
        import torch

        asked = {"batch_size": len(texts), "show_progress_bar": False}
        if self._settings.tokens == 1:
            vectors: torch.Tensor = self._model.encode(texts, convert_to_tensor=True, **asked)
            return vectors[:, None]
        states = self._model.encode(texts, output_value="token_embeddings", **asked)
        return torch.cat([pooled_over_time(states_LD[None], self._settings.tokens) for states_LD in states])

    @cached_property
    def _model(self) -> Any:
        """The library's model, loaded after a check that the file has all layers."""
        from sentence_transformers import SentenceTransformer

        # For the check alone: the library leaves missing layers random.
        load_model(self._transformer, self._class, self._config, "fp32", _HEADS, **self._arguments)
        root = self._folder.root
        try:
            with quiet_transformers():
                model = SentenceTransformer(
                    str(root), device=str(device()), local_files_only=True, trust_remote_code=False
                )
        except Exception as error:  # the library has no errors of its own, and what it loads is the user's
            why = " ".join(str(error).split())[:300]
            raise refused(self._folder.parts, root, f"cannot be loaded by sentence-transformers: {why}") from error
        return model.to(dtype_of(self._settings.precision)).eval()

    def _configured(self) -> Any:
        """Return the configuration of the model's Transformer."""
        from transformers import CONFIG_MAPPING

        kind = self._transformer.config["model_type"]
        if kind not in CONFIG_MAPPING:
            raise self._transformer.fault("names an architecture that transformers does not have", kind)
        return configured(self._transformer, CONFIG_MAPPING[kind], self._transformer.config)

    def _class_that_runs(self) -> Any:
        """Return the class of transformers that the library would choose."""
        import transformers

        kind = self._transformer.config["model_type"]
        if kind in _ENCODERS:
            return getattr(transformers, _ENCODERS[kind])
        if type(self._config) not in transformers.MODEL_MAPPING or not hasattr(self._config, "hidden_size"):
            raise self._transformer.fault("must name an architecture that encodes text", kind)
        return transformers.MODEL_MAPPING[type(self._config)]

    @property
    def _arguments(self) -> dict[str, Any]:
        """Further arguments of the model's class."""
        # Without the layer on top of the first token's state, which many checkpoints lack and nothing here uses.
        takes = inspect.signature(self._class.__init__).parameters
        return {"add_pooling_layer": False} if "add_pooling_layer" in takes else {}

    @property
    def _features(self) -> int:
        """D."""
        width = self._folder.width if self._settings.tokens == 1 else None
        return int(width or self._config.hidden_size)

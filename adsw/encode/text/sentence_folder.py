"""A model's folder as sentence-transformers writes it: its modules, and their sizes without reading weights."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from adsw.encode.pretrained import CONFIG, ModelFolder, model_folder
from adsw.encode.protocol import Parts
from adsw.errors import Fault, InputError

MODULES = "modules.json"
_PACKAGE = "sentence_transformers."
_TOKENIZERS = ("tokenizer*.json", "vocab.*", "merges.txt", "*.model", "special_tokens_map.json", "added_tokens.json")
_BESIDE = ("sentence_*_config.json", *_TOKENIZERS)


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
        listed = json.loads((root / MODULES).read_text(encoding="utf-8"))
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
    width, parameters = reader(json.loads((root / folder / CONFIG).read_text(encoding="utf-8")))
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
        return str(json.loads((folder / CONFIG).read_text(encoding="utf-8"))["model_type"])
    except (OSError, ValueError, TypeError, KeyError):
        return "of transformers"


def _within(folder: str, name: str) -> str:
    """Return a file's name relative to the model's folder."""
    return f"{folder}/{name}" if folder else name

"""Checkpoints of LAION-CLAP: the audio tower's tensors out of a file, without running any code that the file may hold.

The published files were saved in training: ``state_dict`` with the keys ``module.audio_branch.*`` of the audio tower
beside those of the text tower, and the optimiser's state, twice the size of the model. A file is mapped into memory,
so that only the tensors used are ever read. Safetensors, or a file of the audio tower alone, will do as well.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from pickle import UnpicklingError
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError, safe_open

from adsw.encoders.protocol import Parts
from adsw.errors import Fault, InputError

if TYPE_CHECKING:
    import torch

SUFFIXES = (".pt", ".pth", ".ckpt", ".bin", ".safetensors")
_PREFIXES = ("module.audio_branch.", "audio_branch.", "module.", "")
_FIRST_LAYER = "patch_embed.proj.weight"
_FUSION = re.compile(r"(patch_embed\.)?(fusion_model|mel_conv[12]d)\.")
_SCALARS = ("float64", "float32", "int64", "int32", "bool")
"""Types of the numpy scalars in a checkpoint's optimiser: rates and counters."""
_ALLOWING = Lock()  # torch keeps one list of what may be unpickled for all threads


def unusable(
    name: str, path: Path, rule: str, value: object = None, fix: str = "Fetch the weights again."
) -> InputError:
    """Return the error for a checkpoint that is not what the encoder needs."""
    return InputError(f"The weights of {name!r} cannot be used", [Fault(str(path), rule, value, fix)])


def with_one_file(parts: Parts) -> tuple[Parts, Path]:
    """Return an encoder's parts narrowed to the one checkpoint that it reads, and that file's path.

    In a folder it is the file with the published name, or else the only one that may be a checkpoint. The digest is of
    this file, wherever it lies.

    Raises:
        InputError: the folder holds none, or several.
    """
    if parts.weights is None:
        raise ValueError(f"the encoder {parts.name!r} is built without weights")
    path = parts.weights.path
    if path.is_dir():
        files = parts.weights.files or sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)
        if len(files) != 1:
            rule = f"must hold one checkpoint ({', '.join(SUFFIXES)})"
            fix = f"Name the file: {parts.name}=FILE."
            raise unusable(parts.name, path, rule, ", ".join(file.name for file in files) or "none", fix)
        path = files[0]
    return replace(parts, weights=replace(parts.weights, path=path)), path


def read_tower(path: Path, name: str) -> dict[str, torch.Tensor]:
    """Return the audio tower's tensors by their names in laion-clap, mapped from the file and not yet read.

    Args:
        path: of the checkpoint.
        name: the encoder's, for faults.

    Raises:
        InputError: the file cannot be read, or holds other objects than weights and numbers, no HTS-AT, or one with
            feature fusion.
    """
    tensors = _tensors(path, name)
    prefix = next((prefix for prefix in _PREFIXES if prefix + _FIRST_LAYER in tensors), None)
    if prefix is None:
        rule = f"holds no audio tower of LAION-CLAP's HTS-AT: no {_PREFIXES[0]}{_FIRST_LAYER}"
        shown = ", ".join(sorted(tensors)[:3]) or "nothing"
        raise unusable(name, path, rule, shown, "Name a checkpoint of laion-clap.")
    tower = {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
    if any(_FUSION.match(key) for key in tower):
        fix = "Name a checkpoint without fusion, such as 630k-audioset-best.pt, or use the encoder clap-fused."
        raise unusable(name, path, "was trained with feature fusion, which this encoder has not", None, fix)
    return tower


def _tensors(path: Path, name: str) -> Mapping[str, torch.Tensor]:
    """Return all tensors of a file by name.

    Raises:
        InputError: the file cannot be read, or holds other objects than weights and numbers.
    """

    damaged = (OSError, EOFError, RuntimeError, ValueError, LookupError, TypeError, AttributeError, SafetensorError)
    try:
        held = _safetensors(path) if path.suffix == ".safetensors" else _unpickled(path)
    except UnpicklingError as error:
        refused = re.search(r"WeightsUnpickler error: (.+?)(?: was not an allowed|\.\s|\n|$)", str(error))
        why = refused.group(1) if refused else "no checkpoint of PyTorch"
        fix = "Fetch it again; or save its state_dict as safetensors where you trust it."
        raise unusable(name, path, f"is not unpickled: {why}", None, fix) from error
    except damaged as error:
        why = " ".join(str(error).split()).partition(". ")[0][:200] or type(error).__name__
        raise unusable(name, path, f"cannot be read: {why}") from error
    state = held.get("state_dict", held) if isinstance(held, dict) else {}
    named = state.items() if isinstance(state, dict) else ()
    return {key: value for key, value in named if isinstance(key, str) and hasattr(value, "shape")}


def _safetensors(path: Path) -> dict[str, torch.Tensor]:

    with safe_open(path, framework="pt") as file:
        return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  # no mapping


def _unpickled(path: Path) -> Any:
    """Unpickle a checkpoint, allowing the numpy scalars that its optimiser's state holds."""
    import torch
    from torch.serialization import get_safe_globals, safe_globals

    scalar = np.float64(0).__reduce__()[0]
    names = [(scalar, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")]
    wanted: list[Any] = [*names, np.dtype, *(type(np.dtype(name)) for name in _SCALARS)]
    with _ALLOWING:
        missing = [each for each in wanted if each not in get_safe_globals()]  # others' entries stay when this ends
        with safe_globals(missing):
            return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))

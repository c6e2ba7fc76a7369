"""Models of the library transformers, read from files on this machine: nothing left random, no code from the Hub.

transformers only warns where a checkpoint lacks a layer, and goes on with random numbers in it; here that is a fault.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError

from adsw.encoders.inference import device, dtype_of
from adsw.encoders.protocol import EncoderInfo, Parts
from adsw.encoders.registry import entry_of
from adsw.errors import Fault, Faults, InputError
from adsw.hub import quiet_transformers
from adsw.json_text import parse_foreign_json

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel

CONFIG = "config.json"
CHECKPOINTS = (
    ("model.safetensors", ()),
    ("model.safetensors.index.json", ("model-*.safetensors",)),
    ("pytorch_model.bin", ()),
    ("pytorch_model.bin.index.json", ("pytorch_model-*.bin",)),
)
"""The names that transformers gives to weights, in its order of preference, and the shards that an index names."""
_SHOWN = 3  # names of layers in a fault


@dataclass(frozen=True)
class ModelFolder:
    """A folder as ``save_pretrained`` writes it, checked as far as is possible without reading weights."""

    path: Path
    parts: Parts
    """The encoder's parts, their weights narrowed to the files read: the digest is of these alone."""
    checkpoint: Path
    """The file of weights, or the index of their shards."""
    config: dict[str, Any]
    """Content of ``config.json``."""

    def fault(self, rule: str, value: object = None, *, file: str = CONFIG, fix: str = "") -> InputError:
        """Return the error for something wrong with one of its files."""
        title = f"The weights of {self.parts.name!r} cannot be used"
        fix = fix or f"Fetch them again, or name another folder: {self.parts.name}=FOLDER."
        return InputError(title, [Fault(str(self.path / file), rule, value, fix)])

    def json(self, name: str) -> dict[str, Any]:
        """Read the object in one of its JSON files.

        Raises:
            InputError: it is missing, or not a JSON object.
        """
        faults = Faults(f"The weights of {self.parts.name!r} cannot be used")
        read = _json(self.path / name, faults)
        faults.raise_if_any()
        return read


def model_folder(
    parts: Parts, model_types: Collection[str], required: Sequence[str] = (), optional: Sequence[str] = ()
) -> ModelFolder:
    """Check an encoder's folder before anything is read of its weights.

    Args:
        parts: the encoder's name, weights and settings.
        model_types: values that ``model_type`` in its config.json may have.
        required: other files that are read, by name.
        optional: more of them, names or patterns, read if they are there.

    Raises:
        InputError: every file that is missing, cannot be read or belongs to another architecture.
    """
    if parts.weights is None:
        raise ValueError(f"the encoder {parts.name!r} is built without weights")
    path = parts.weights.path
    faults = Faults(f"The weights of {parts.name!r} cannot be used")
    if not path.is_dir():
        fix = f"Name the folder that holds it: {parts.name}={path.parent}"
        faults.add(str(path), f"must be a folder with {CONFIG} and the weights", None, fix)
        faults.raise_if_any()
    config = _json(path / CONFIG, faults)
    if config and config.get("model_type") not in model_types:
        rule = f"must have the model_type {' or '.join(sorted(model_types))}"
        faults.add(str(path / CONFIG), rule, config.get("model_type"), "Name the folder of such a model.")
    for name in required:
        if not (path / name).is_file():
            faults.add(str(path / name), "is missing", None, "Fetch it from where the weights came from.")
    checkpoints = [(path / name, shards) for name, shards in CHECKPOINTS if (path / name).is_file()]
    if not checkpoints:
        names = "model.safetensors or pytorch_model.bin"
        faults.add(str(path), f"must hold {names}", None, "Fetch the weights into it.")
    faults.raise_if_any()
    checkpoint, shards = checkpoints[0]
    patterns = (CONFIG, checkpoint.name, *shards, *required, *optional)
    narrowed = replace(parts, weights=replace(parts.weights, patterns=patterns))
    return ModelFolder(path, narrowed, checkpoint, config)


def configured(folder: ModelFolder, config_class: type[PreTrainedConfig], values: dict[str, Any]) -> Any:
    """Return a configuration of transformers made of a file's values.

    Raises:
        InputError: the configuration does not take a value.
    """
    with _faults_named(folder, CONFIG, "cannot be understood"):
        return config_class.from_dict(values)


def parameter_count(
    folder: ModelFolder, model_class: type[PreTrainedModel], config: PreTrainedConfig, **arguments: Any
) -> int:
    """Count a model's parameters without allocating memory for them.

    Args:
        folder: where the configuration is from.
        model_class: of transformers.
        config: its configuration.
        arguments: further arguments of the class, as for `load_model`.

    Raises:
        InputError: no model can be built from the configuration.
    """
    import torch

    with _faults_named(folder, CONFIG, "describes no model that can be built"), torch.device("meta"):
        model = model_class(config, **arguments)
    return sum(parameter.numel() for parameter in model.parameters())


def load_model(
    folder: ModelFolder,
    model_class: type[PreTrainedModel],
    config: PreTrainedConfig,
    precision: str,
    unread: Sequence[str] = (),
    **arguments: Any,
) -> Any:
    """Load a model with its weights, ready to infer: every layer from the file, none random.

    Safetensors are preferred to a checkpoint of PyTorch, which is unpickled with ``weights_only``.

    Args:
        folder: of the model.
        model_class: of transformers.
        config: its configuration.
        precision: ``fp32``, ``fp16`` or ``bf16``, of the weights in memory.
        unread: beginnings of the names of layers that are not part of it, such as those of a decoder.
        arguments: further arguments of the class, such as ``add_pooling_layer=False``.

    Returns:
        The model in evaluation mode, on the device of this process.

    Raises:
        InputError: the file is damaged, or lacks layers, or has others, or has them in other shapes, or numbers in
            them are not finite.
    """
    with _faults_named(folder, folder.checkpoint.name, "cannot be read"), quiet_transformers():
        model, loaded = model_class.from_pretrained(
            str(folder.path),
            config=config,
            local_files_only=True,
            dtype=dtype_of(precision),
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # they are reported below, with the missing ones
            **arguments,
        )
    # transformers only warns of missing layers and leaves them random.
    _check_loaded(folder, loaded, tuple(unread))
    if broken := [name for name, layer in model.named_parameters() if not layer.isfinite().all()]:
        raise folder.fault(f"must hold finite numbers in {precision}: {_some(broken)}", file=folder.checkpoint.name)
    return model.eval().to(device())


def origin(parts: Parts) -> tuple[str, str]:
    """Return licence and source of an encoder's weights: the catalogue's for the published ones, else the place."""
    entry, place = entry_of(parts.name), parts.weights.place if parts.weights else ""
    if entry and entry.published and place.partition("@")[0] == entry.published.repository:
        return entry.licence or "unknown", entry.source
    return "unknown", place


def encoder_info(parts: Parts, version: str, **known: Any) -> EncoderInfo:
    """Return the info of an encoder with weights.

    Args:
        parts: the encoder's name, settings and weights, narrowed to the files read.
        version: of its adapter.
        known: the fields that are not in its parts: kind, tokens, features, parameters, sample_rate, seconds.
    """
    licence, source = origin(parts)
    return EncoderInfo(
        name=parts.name,
        revision=parts.revision(version),
        place=parts.weights.place if parts.weights else None,
        settings=parts.settings.model_dump(),
        licence=licence,
        source=source,
        weights=parts.weights.digests if parts.weights else {},
        **known,
    )


def _check_loaded(folder: ModelFolder, loaded: dict[str, Any], unread: tuple[str, ...]) -> None:
    """Refuse layers that are missing, unknown or of another shape, all of them at once."""
    wrong = [
        ("must hold the layers that its configuration describes; missing", loaded["missing_keys"]),
        (
            "must hold no other layers than its configuration describes; unknown",
            [key for key in loaded["unexpected_keys"] if not key.startswith(unread)],
        ),
        (
            "must have the shapes that its configuration describes",
            [f"{key} {tuple(is_)} for {tuple(must)}" for key, is_, must in loaded["mismatched_keys"]],
        ),
        ("cannot be read", loaded["error_msgs"]),
    ]
    faults = Faults(f"The weights of {folder.parts.name!r} are not those of this model")
    for rule, names in wrong:
        if names:
            faults.add(str(folder.checkpoint), f"{rule}: {_some(names)}", None, "Fetch the weights again.")
    faults.raise_if_any()


def _some(names: Collection[str]) -> str:
    """Return the first few of many names."""
    shown = ", ".join(sorted(names)[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else shown


def _json(path: Path, faults: Faults) -> dict[str, Any]:
    """Read the object in a JSON file; return an empty one, with a fault noted, if there is none."""
    try:
        read = parse_foreign_json(path.read_bytes())
    except FileNotFoundError:
        faults.add(str(path), "is missing", None, "Fetch it from where the weights came from.")
    except (OSError, ValueError) as error:
        faults.add(str(path), f"cannot be read as JSON: {error}", None, "Fetch it again.")
    else:
        if isinstance(read, dict) and read:
            return read
        faults.add(str(path), "must hold a JSON object", None, "Fetch it again.")
    return {}


@contextmanager
def _faults_named(folder: ModelFolder, file: str, rule: str) -> Iterator[None]:
    """Turn the libraries' errors over a bad file into one fault that names it."""

    from huggingface_hub.errors import StrictDataclassError

    # The libraries raise almost anything over damaged files.
    errors = (
        ArithmeticError,
        AttributeError,
        EOFError,
        LookupError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
        SafetensorError,
        StrictDataclassError,
        UnpicklingError,
    )
    try:
        yield
    except errors as error:
        why = " ".join(str(error).split())[:300] or type(error).__name__
        raise folder.fault(f"{rule}: {why}", file=file) from error

"""A trained pair of heads on disk, with all that is needed to use and to judge it.

DIR/model.safetensors    the parameters by name
DIR/recipe.json          what it is: recipe, encoders, dimensions, store, metrics, sizes, versions
DIR/README.md            the same for people: a model card; not read back
"""

from __future__ import annotations

import platform
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import safetensors
from pydantic import ValidationError
from safetensors.torch import load_file
from safetensors.torch import save as serialise

from adsw.encoders.protocol import EncoderInfo
from adsw.errors import Fault, InputError, faults_of
from adsw.files import publish_bytes, publish_json, publish_text
from adsw.fingerprint import file_sha256
from adsw.json_text import parse_json
from adsw.store.schema import Dimensions
from adsw.store.store import StoreInfo
from adsw.train.checkpoint_info import FORMAT, CheckpointInfo, Sizes
from adsw.train.heads import Heads, Layout
from adsw.train.model_card import card
from adsw.train.recipe import Recipe

MODEL_FILE = "model.safetensors"

RECIPE_FILE = "recipe.json"

CARD_FILE = "README.md"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A trained pair of heads and what it came from."""

    path: Path
    info: CheckpointInfo
    heads: Heads

    @property
    def recipe(self) -> Recipe:
        """The recipe it was trained by."""
        return self.info.recipe

    @property
    def dimensions(self) -> Dimensions:
        """Shapes of the embeddings it reads."""
        return self.info.dimensions

    @property
    def audio_encoder(self) -> EncoderInfo:
        """The audio encoder it was trained on."""
        return self.info.audio_encoder

    @property
    def text_encoder(self) -> EncoderInfo:
        """The text encoder it was trained on."""
        return self.info.text_encoder

    @property
    def store_fingerprint(self) -> str:
        """The store it was trained on."""
        return self.info.store_fingerprint

    @property
    def metrics(self) -> dict[str, float]:
        """Its figures when it was saved."""
        return self.info.metrics


def sizes(heads: Heads, store: StoreInfo) -> Sizes:
    """Return the numbers of parameters of heads over a store's encoders."""
    trainable = heads.layout.parameters
    return Sizes(
        trainable=trainable,
        total=trainable + store.audio_encoder.parameters + store.text_encoder.parameters,
    )


def save(
    path: Path,
    recipe: Recipe,
    heads: Heads,
    store: StoreInfo,
    metrics: Mapping[str, float],
    best_epoch: int | None = None,
) -> None:
    """Write a checkpoint folder, atomically; one that is there already is replaced.

    Args:
        path: the folder.
        recipe: what the heads were trained by.
        heads: the trained pair.
        store: what they were trained on.
        metrics: their figures by full name.
        best_epoch: after which the heads were taken, if that was chosen as the best on validation; None for the last.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written beside the target, on the same file system, and renamed: no half-written folder has the target's name.
    mark = uuid.uuid4().hex[:12]
    temporary, old = (path.with_name(f".{path.name}.{mark}.{what}") for what in ("part", "old"))
    temporary.mkdir()
    try:
        publish_bytes(temporary / MODEL_FILE, serialise(heads.tensors()))
        info = CheckpointInfo(
            recipe=recipe,
            dimensions=heads.dimensions,
            audio_encoder=store.audio_encoder,
            text_encoder=store.text_encoder,
            store_fingerprint=store.fingerprint,
            tracks={name: split.tracks for name, split in store.splits.items()},
            captioner=store.captioner,
            caption_model=store.caption_model,
            metrics=dict(metrics),
            best_epoch=best_epoch,
            parameters=sizes(heads, store),
            model_sha256=file_sha256(temporary / MODEL_FILE),
            versions={name: version(name) for name in ("adsw", "torch")} | {"python": platform.python_version()},
        )
        publish_json(temporary / RECIPE_FILE, info.model_dump(mode="json"))
        publish_text(temporary / CARD_FILE, card(info))
        # A folder cannot be renamed onto one that has files: the old one is moved aside first.
        if path.exists():
            path.rename(old)
        temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def load(path: Path) -> Checkpoint:
    """Read a checkpoint folder.

    Raises:
        InputError: the folder is missing, foreign, half-written, damaged, or of another format.
    """
    info = _read_info(path)
    model = path / MODEL_FILE
    if not model.is_file():
        raise _unusable(path, Fault(str(model), "is missing: the checkpoint is half-written", None, _AGAIN))
    if file_sha256(model) != info.model_sha256:
        raise _unusable(path, Fault(str(model), "is not the file that was saved", None, _AGAIN))
    try:
        heads = Heads.from_tensors(info.dimensions, info.recipe.head, load_file(model))
    except (KeyError, ValueError, safetensors.SafetensorError) as error:
        raise _unusable(path, Fault(str(model), f"does not fit its recipe: {error}", None, _AGAIN)) from error
    return Checkpoint(path, info, heads)


_AGAIN = "Train again, or name another folder."


def _unusable(path: Path, *faults: Fault) -> InputError:
    """Return the error for a folder that is no usable checkpoint."""
    return InputError(f"{path} is not a checkpoint that can be used", faults)


def _read_info(path: Path) -> CheckpointInfo:
    """Read `recipe.json` of a checkpoint folder.

    Raises:
        InputError: the folder is missing, foreign, half-written, damaged, or of another format.
    """
    if not path.is_dir():
        raise _unusable(path, Fault(str(path), "must be a folder", None, "Make one with: adsw train"))
    file = path / RECIPE_FILE
    if not file.is_file():
        raise _unusable(path, Fault(str(file), "is missing", None, _AGAIN))
    try:
        document: Any = parse_json(file.read_bytes())
    except (OSError, ValueError) as error:
        raise _unusable(path, Fault(str(file), f"cannot be read: {error}", None, _AGAIN)) from error
    if not isinstance(document, Mapping) or document.get("kind") != "adsw-checkpoint":
        raise _unusable(path, Fault(str(file), "must be written by adsw train or a sweep", None, _AGAIN))
    if document.get("format") != FORMAT:
        fix = "Use the version that wrote it, or train again."
        raise _unusable(path, Fault(str(file), f"must have format {FORMAT}", document.get("format"), fix))
    try:
        return CheckpointInfo.model_validate(document)
    except ValidationError as error:
        raise _unusable(path, *faults_of(error, CheckpointInfo, RECIPE_FILE)) from error


def untrained_heads(dimensions: Dimensions, recipe: Recipe) -> Heads:
    """Return the heads that a recipe's training begins with, drawn from the recipe's seed.

    Args:
        dimensions: of the frozen embeddings.
        recipe: its head, loss and seed decide the weights.
    """
    return Heads(dimensions, recipe.head, Layout(dimensions, recipe.head).initial(recipe.seed, recipe.loss))

"""Export of a checkpoint to a folder that the Hugging Face Hub accepts and `adsw.load` reads."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import yaml

from adsw.errors import Faults, InputError, unknown
from adsw.files import check_new, clear, new_folder, publish_text
from adsw.train import checkpoint as checkpoints
from adsw.train.checkpoint import CARD_FILE, MODEL_FILE, RECIPE_FILE, Checkpoint
from adsw.train.model_card import Licence, card

GIT_FILE = ".gitattributes"
_GIT = "*.safetensors filter=lfs diff=lfs merge=lfs -text\n"
_TITLE = "The checkpoint cannot be exported so"


def export(checkpoint: Path, out: Path, name: str | None, licence: Licence, force: bool = False) -> Checkpoint:
    """Write a checkpoint as a model repository: heads, recipe, card, and the attributes git needs for large files.

    The Hub's client reads the card back, and the folder is loaded again, before it appears under its name.

    Args:
        checkpoint: the folder that `adsw train` or a sweep wrote.
        out: the folder to write: new, or empty.
        name: name of the repository on the Hub, ``name`` or ``namespace/name``; None leaves it out of the card.
        licence: the licence of the heads.
        force: whether an export that `out` holds is replaced, once this one is there.

    Raises:
        InputError: every fault of the checkpoint, the folder, the name and the licence.
    """
    trained = _inputs(checkpoint, out, name, licence, force)
    with new_folder(out) as folder:
        for file in (MODEL_FILE, RECIPE_FILE):
            shutil.copyfile(checkpoint / file, folder / file)
        publish_text(folder / CARD_FILE, card(trained.info, name, licence))
        publish_text(folder / GIT_FILE, _GIT)
        # Both raise if the folder could not be used: better now than after an upload.
        read_card(folder / CARD_FILE)
        checkpoints.load(folder)
        clear(out)
    return trained


def read_card(path: Path) -> None:
    """Read a card with the Hub's client, which parses its metadata and figures as the Hub does.

    Raises:
        ValueError: the Hub would not accept them.
    """
    from huggingface_hub import ModelCard

    ModelCard.load(path, ignore_metadata_errors=False)


@lru_cache(maxsize=1)
def licences() -> Sequence[str]:
    """Return the identifiers of the licences that the Hub knows."""

    return tuple(yaml.safe_load((files("adsw") / "licences.yaml").read_text(encoding="utf-8")))


def _inputs(checkpoint: Path, out: Path, name: str | None, licence: Licence, force: bool) -> Checkpoint:
    """Load the checkpoint, or raise every fault of it, the folder, the name and the licence."""
    faults = Faults(_TITLE)
    check_new("--out", out, faults, GIT_FILE, force)
    if name is not None:
        _check_name(name, faults)
    _check_licence(licence, faults)
    try:
        trained = checkpoints.load(checkpoint)
    except InputError as error:
        faults.extend(error.faults)
    faults.raise_if_any()
    return trained


def _check_name(name: str, faults: Faults) -> None:
    """Note a fault if the Hub would not accept a repository's name."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError:
        rule = "must be name or namespace/name of letters, digits, - _ . (no -- or .., at most 96, not ending in .git)"
        faults.add("--name", rule, name)


def _check_licence(licence: Licence, faults: Faults) -> None:
    """Note the faults of a licence."""
    if licence.identifier not in licences():
        faults.extend([unknown("--licence", licence.identifier, licences(), "licence")])
    described = licence.name is not None, licence.link is not None
    if licence.identifier == "other" and not all(described):
        faults.add("--licence", "other needs --licence-name and --licence-link", licence.identifier)
    elif licence.identifier != "other" and any(described):
        faults.add("--licence-name, --licence-link", "belong to --licence other", licence.identifier)
    if licence.link is not None and not licence.link.startswith(("https://", "http://")):
        faults.add("--licence-link", "must be a web address", licence.link, "Write https://...")

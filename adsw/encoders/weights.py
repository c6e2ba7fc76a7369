"""An encoder's weights: on this machine, in the Hub's cache, or fetched from the Hub."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from adsw.errors import Fault, Faults, InputError
from adsw.fingerprint import file_sha256
from adsw.hub import hub_answers

GIVEN = "given:"
"""Begins the name of embeddings that were computed elsewhere."""


class Reference(BaseModel):
    """An encoder as it was asked for.

    >>> reference = Reference.parse("mert@main")
    >>> reference.name, reference.revision, reference.place
    ('mert', 'main', None)
    >>> Reference.parse("mert=models/MERT-v1-95M", ["layer=7"]).settings
    {'layer': '7'}
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    """As in the registry, such as ``htsat``, or ``sentence:org/model``."""
    revision: str | None = None
    """Revision of the repository on the Hub: a commit, a tag or a branch."""
    place: str | None = None
    """Where the weights are: a folder, a file, or another repository, ``org/model`` or ``org/model@revision``."""
    settings: dict[str, str] = {}
    """Setting -> value, as text; the adapter knows what they mean."""

    @classmethod
    def parse(cls, text: str, settings: Sequence[str] = (), where: str = "encoder") -> Reference:
        """Parse a reference as it is written on a command line.

        Args:
            text: ``NAME``, ``NAME@REVISION`` or ``NAME=PLACE``.
            settings: ``KEY=VALUE`` each.
            where: names the option in faults.

        Raises:
            InputError: an empty name, revision or place, or a setting that is no ``KEY=VALUE``.
        """
        faults = Faults(f"{where} cannot be understood")
        left, has_place, place = text.strip().partition("=")
        name, has_revision, revision = left.partition("@")
        for part, given, mark in ((revision, has_revision, "@"), (place, has_place, "=")):
            if given and not part.strip():
                faults.add(where, f"has nothing after {mark}", text, "Write NAME@REVISION or NAME=PLACE.")
        if not name.strip():
            faults.add(where, "must begin with a name", text, "List them with: adsw encoders")
        if has_place and has_revision:
            faults.add(
                where, "takes a revision or a place", text, "For a repository's revision write NAME=org/model@REV."
            )
        pairs = _pairs(settings, where, faults)
        faults.raise_if_any()
        return cls(name=name.strip(), revision=revision or None, place=place or None, settings=pairs)

    @property
    def is_given(self) -> bool:
        """Whether it names embeddings computed elsewhere."""
        return self.name.startswith(GIVEN)

    def __str__(self) -> str:
        return self.name + (f"@{self.revision}" if self.revision else "") + (f"={self.place}" if self.place else "")


def reference_of(encoder: str | Reference, where: str = "encoder") -> Reference:
    """Return a reference, parsed if it is still text.

    Raises:
        InputError: see `Reference.parse`.
    """
    return encoder if isinstance(encoder, Reference) else Reference.parse(encoder, where=where)


def _pairs(settings: Sequence[str], where: str, faults: Faults) -> dict[str, str]:
    """Parse settings, each ``KEY=VALUE``, and note faults."""
    read: dict[str, str] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not key.strip() or not value.strip():
            faults.add(f"{where} setting", "must be KEY=VALUE", setting)
        elif key.strip() in read:
            faults.add(f"{where} setting", f"gives {key.strip()} twice", setting)
        else:
            read[key.strip()] = value.strip()
    return read


CONFIG = "config.json"

_SUFFIXES = (".safetensors", ".bin", ".pt", ".pth")
"""Endings of files that hold weights."""

_OF_TRANSFORMERS = ("model*.safetensors", "pytorch_model*.bin")

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")


@dataclass(frozen=True, slots=True)
class Published:
    """Weights that the Hub has."""

    repository: str
    """``org/model``."""
    files: tuple[str, ...]
    """Files read of it: names, or patterns as of `fnmatch`."""
    megabytes: int
    """Size of the download, in units of 1e6 bytes."""


@dataclass(frozen=True)
class Weights:
    """An encoder's files on this machine."""

    path: Path
    """Their folder, or the one file."""
    place: str
    """Where they came from: an absolute path, or ``org/model@commit``."""
    patterns: tuple[str, ...]
    """Which files of the folder are read."""

    @cached_property
    def files(self) -> list[Path]:
        """The files that are read, sorted by name."""
        if self.path.is_file():
            return [self.path]
        return sorted({file for pattern in self.patterns for file in self.path.glob(pattern) if file.is_file()})

    @cached_property
    def digests(self) -> dict[str, str]:
        """SHA-256 of every file read, by its name in the folder."""
        folder = self.path.parent if self.path.is_file() else self.path
        return {file.relative_to(folder).as_posix(): file_sha256(file) for file in self.files}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the names and contents of the files read: the same wherever they lie. 64 hex digits."""
        # Of a file by itself the name does not count: it may have been renamed.
        lone = self.path.is_file()
        lines = (f"{'' if lone else name} {sha256}" for name, sha256 in self.digests.items())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def find_weights(
    reference: Reference, published: Published | None, where: str, files: Sequence[str] = ("*",)
) -> Weights:
    """Return the weights that a reference asks for, fetched from the Hub if they are not on this machine.

    Args:
        reference: the encoder.
        published: its weights on the Hub, if the reference names no place; None if it has to.
        where: names the option in faults.
        files: files read of weights that are not the published ones: names or patterns.

    Raises:
        InputError: there is no such place; or the weights are not on this machine and cannot be fetched, with the
            model, its size and how to fetch it.
    """
    patterns = published.files if published else tuple(files)
    if reference.place is not None:
        path = Path(reference.place).expanduser()
        if path.exists():
            return Weights(path.resolve(), str(path.resolve()), patterns)
        if path.is_absolute() or reference.place.startswith((".", "~")) or not _REPOSITORY.fullmatch(reference.place):
            fix = "Name a folder, a file, or a repository of the Hub as org/model."
            fault = Fault(where, "is neither here nor a repository", str(reference), fix)
            raise InputError("No weights there", [fault])
        repository, _, revision = reference.place.partition("@")
        megabytes = published.megabytes if published and published.repository == repository else None
        return _from_hub(reference, repository, revision or None, patterns, megabytes, where)
    if published is None:
        fix = f"Write {reference.name}=FOLDER."
        raise InputError("No weights named", [Fault(where, "has no weights of its own", str(reference), fix)])
    return _from_hub(reference, published.repository, reference.revision, patterns, published.megabytes, where)


def are_here(published: Published) -> bool:
    """Return whether the Hub's cache on this machine holds the weights."""
    return _cached(published.repository, None, published.files) is not None


def _from_hub(
    reference: Reference,
    repository: str,
    revision: str | None,
    patterns: Sequence[str],
    megabytes: int | None,
    where: str,
) -> Weights:
    """Return the weights of a repository from the Hub's cache, fetched if they are not in it."""
    folder = _cached(repository, revision, patterns)
    if folder is None:
        wanted = repository + (f"@{revision}" if revision else "")
        size = f" ({megabytes:,} MB)" if megabytes else ""
        pinned = ["--revision", revision] if revision else []
        command = " ".join(["hf download", repository, *map(shlex.quote, patterns), *pinned, "--local-dir FOLDER"])
        fix = f"Where there is a network: {command}; then name it here: {reference.name}=FOLDER."
        if not hub_answers():
            rule = f"needs {wanted}{size}, which is not on this machine, and the Hub cannot be reached"
            raise InputError("An encoder's weights are missing", [Fault(where, rule, str(reference), fix)])
        folder = _fetched(repository, revision, patterns, wanted, where, str(reference), fix)
    return Weights(folder, f"{repository}@{folder.name}", tuple(patterns))


def _fetched(
    repository: str, revision: str | None, patterns: Sequence[str], wanted: str, where: str, given: str, fix: str
) -> Path:
    """Fetch files of a repository into the Hub's cache; return their folder."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        return Path(snapshot_download(repository, revision=revision, allow_patterns=list(patterns)))
    except (HfHubHTTPError, HFValidationError, OSError, ValueError) as error:
        why = " ".join(str(error).split())[:300]
        fault = Fault(where, f"needs {wanted}, which the Hub does not give: {why}", given, fix)
        raise InputError("An encoder's weights cannot be fetched", [fault]) from None


def _cached(repository: str, revision: str | None, patterns: Sequence[str]) -> Path | None:
    """Return the folder of the Hub's cache that holds a repository's weights, or None if they are not all there.

    Another program may have fetched a part of the repository, such as its config alone.
    """
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(repository, revision=revision, local_files_only=True))
    except (OSError, ValueError):
        return None
    needs_config = CONFIG in patterns
    if needs_config and not (folder / CONFIG).is_file():
        return None
    # transformers' models may lie there in another of its formats than the one published first.
    looked_for = [*patterns, *(_OF_TRANSFORMERS if needs_config else ())]
    files = (file for pattern in looked_for for file in folder.glob(pattern))
    return folder if any(file.suffix in _SUFFIXES for file in files) else None

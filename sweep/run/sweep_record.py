"""`sweep.json` as a typed record: everything needed to run a sweep again, and to know what it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from adsw.errors import Fault, InputError, faults_of
from adsw.files import keep_before, publish_json
from adsw.json_text import parse_json
from adsw.store.duplicates import Duplicates
from sweep.run.command_lines import command_line
from sweep.run.records import KEEP, SweepStatus

Kept = TypeVar("Kept")


def of_store(stores: Mapping[str, Kept], name: str) -> Kept:
    """Return the value of a trial's store; a trial without a store's name is on the run's first.

    Raises:
        KeyError: the run has no store of that name.

    >>> of_store({"mert": 1, "htsat": 2}, ""), of_store({"mert": 1, "htsat": 2}, "htsat")
    (1, 2)
    """
    return stores[name] if name or "" in stores else next(iter(stores.values()))


SCHEMA_VERSION: Literal[1] = 1
"""Version of every run folder so far. Fields that were added later have defaults, for older folders."""

Encoder = str | dict[str, Any] | None
"""``name@revision``, or its parts by name."""


class StoreRecord(BaseModel):
    """A store of the sweep, as it was when the sweep began."""

    model_config = ConfigDict(frozen=True, extra="allow")

    path: str | None = None
    """Absolute path when the sweep began; `SweepRecord.places` says where the store was found last."""
    fingerprint: str | None = None
    audio_encoder: Encoder = None
    text_encoder: Encoder = None
    captioner: Encoder = None
    weights: dict[str, str] = {}
    """Encoder or language model -> package, files and SHA-256 of its pretrained weights; of older folders not known."""
    splits: Any = None
    """Tracks, texts, bytes and shards by split."""
    duplicates: Duplicates | None = None
    """Recordings that stand more than once in it; None if they were not counted."""


class CodeRecord(BaseModel):
    """The code that ran the sweep; see `sweep.run.provenance`."""

    model_config = ConfigDict(frozen=True, extra="allow")

    revision: str | None = None
    dirty: bool | None = None
    """Whether there were uncommitted changes; None if unknown."""
    digest: str | None = None
    """Digest of the code that trains and judges, which must be equal for results to be reused."""


class SweepRecord(BaseModel):
    """The content of `sweep.json`. Fields that this version does not know are kept as they are."""

    model_config = ConfigDict(frozen=True, extra="allow")

    schema_version: Literal[1] = SCHEMA_VERSION
    name: str
    status: SweepStatus = SweepStatus.RUNNING
    """Stays ``running`` if the driver dies; `sweep.live.status` returns the actual status."""
    created: str
    """ISO 8601."""
    ended: str | None = None
    """ISO 8601; None while the sweep runs."""
    space: dict[str, Any] = {}
    """The space with its defaults filled in, as `Space.document` returns it."""
    store: StoreRecord = StoreRecord()
    """The store, or the first of several."""
    stores: dict[str, StoreRecord] = {}
    """Stores by name; empty for one store without a name."""
    sets: dict[str, str] = {}
    """Fingerprints of the stores of further evaluation sets, by the sets' names."""
    places: dict[str, str] = {}
    """Where stores were found last, by name (see `sweep.run.store_places`); empty in older runs."""
    searcher: dict[str, Any] = {}
    """Every setting of the searcher."""
    versions: dict[str, str] = {}
    """Versions of packages, by distribution name."""
    code: CodeRecord = CodeRecord()
    command: list[str] = []
    cells: int | list[str] | None = None
    """Training cells, or their names."""
    slots: int | None = None
    """Trials trained at once in a cell."""
    device: str | None = None
    """``cpu`` or ``gpu``."""
    seconds: float | None = None
    """Seconds of all runs of the sweep so far."""
    ready_seconds: float | None = None
    """Seconds of all runs in which cells were ready; None in older runs."""
    startup_seconds: float | None = None
    """Seconds until the first cell was ready, in the last run."""
    seed: int | None = None
    """Training seed of the trials."""
    max_failures: int = 0
    """Failed trials allowed before the exit status is 3."""
    keep: int = KEEP
    """Checkpoints kept."""
    reuse: bool = False
    """Whether results of other runs are taken over."""
    mlflow: str = "off"
    """``off``, ``local`` or the URI of a tracking server."""
    served: list[dict[str, Any]] = []
    """Epochs, seconds and incarnations of every cell in the last run."""
    refused_hosts: list[dict[str, str]] = []
    """Host and reason of every host of the last run on which a cell could not train."""
    tracker_failures: dict[str, int] = {}
    """Failed attempts by tracker, in the last run."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, document: Any) -> Any:
        """Leave out null values, which mean the default; `ended` is null on purpose."""
        if not isinstance(document, Mapping):
            return document
        return {name: value for name, value in document.items() if value is not None or name == "ended"}

    @property
    def named_stores(self) -> Mapping[str, StoreRecord]:
        """Every store by the name that trials use; ``""`` for one store without a name."""
        return self.stores or {"": self.store}

    @property
    def cell_count(self) -> int | None:
        """Number of training cells; None if unknown."""
        return len(self.cells) if isinstance(self.cells, list) else self.cells

    def fingerprint_of(self, store: str) -> str:
        """Return the fingerprint of a trial's store, or an empty string if unknown.

        Raises:
            KeyError: the run has no store of that name.
        """
        return of_store(self.named_stores, store).fingerprint or ""

    def document(self) -> dict[str, Any]:
        """Return the fields that were set as plain data, without defaults."""
        return self.model_dump(mode="json", exclude_unset=True)

    def changed(self, **fields: Any) -> SweepRecord:
        """Return a copy with other values of some fields.

        Raises:
            ValueError: a field does not exist, or a value does not fit it.
        """
        unknown = fields.keys() - SweepRecord.model_fields.keys()
        if unknown:
            raise ValueError(f"sweep.json has no field {', '.join(sorted(unknown))}")
        # Not `model_copy`, which takes any value without validation.
        return SweepRecord.model_validate({**self.document(), **fields})


def read_sweep_record(path: Path) -> SweepRecord:
    """Read a `sweep.json`.

    Raises:
        InputError: it is missing, foreign or of another version, or a field does not fit.
    """
    title, place = "The run cannot be opened", str(path)
    try:
        document = parse_json(path.read_bytes())
    except FileNotFoundError:
        fix = "Give the folder of a run that `sweep run` has made."
        raise InputError(title, [Fault(place, "is missing: this is no run folder", None, fix)]) from None
    except (OSError, ValueError) as error:
        mend = f"If a crash cut it off, this mends it: {command_line('resume', path.parent)}"
        fix = mend if _before(path).exists() else "Restore it from a copy: the run cannot go on without it."
        raise InputError(title, [Fault(place, f"cannot be read: {error}", None, fix)]) from None
    version = document.get("schema_version") if isinstance(document, dict) else None
    if version != SCHEMA_VERSION or document.get("status") not in list(SweepStatus):
        fix = "It was made by another program or another version of this one."
        raise InputError(title, [Fault(place, f"must have schema_version {SCHEMA_VERSION}", version, fix)])
    try:
        return SweepRecord.model_validate(document)
    except ValidationError as error:
        raise InputError(title, faults_of(error, SweepRecord, place)) from None


def write_sweep_record(path: Path, record: SweepRecord) -> None:
    """Publish a `sweep.json` atomically; the one before stays beside it."""
    keep_before(path, _before(path))
    publish_json(path, record.document())


def mend_sweep_record(path: Path) -> str:
    """Put the `sweep.json` of before in the place of one that a crash cut off; return what was done, or ""."""
    try:
        parse_json(path.read_bytes())
    except ValueError:
        if _before(path).exists():
            publish_json(path, read_sweep_record(_before(path)).document())
            return f"{path.name} was cut off; the one before stands in its place."
    except OSError:
        pass  # whoever reads it next says why
    return ""


def _before(path: Path) -> Path:
    """Return where the `sweep.json` of before is kept."""
    return path.with_name("sweep.before.json")

"""`sweep.json` as a typed record: everything needed to run a sweep again, and to know what it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from adsw.errors import Fault, InputError, faults_of
from adsw.publish import publish_json
from sweep.state import KEEP, SweepStatus
from sweep.store_choice import of_store

SCHEMA_VERSION: Literal[1] = 1
"""Every run folder so far has this version. Fields were added to it: those that an older folder lacks have defaults."""
Encoder = str | dict[str, Any] | None
"""``name@revision``, or its parts by name."""


class StoreRecord(BaseModel):
    """A store that the sweep trains on, as it was when the sweep began."""

    model_config = ConfigDict(frozen=True, extra="allow")

    path: str | None = None
    """Absolute, so that a resume finds it from anywhere."""
    fingerprint: str | None = None
    audio_encoder: Encoder = None
    text_encoder: Encoder = None
    captioner: Encoder = None
    splits: Any = None
    """Tracks, texts, bytes and shards by split."""


class CodeRecord(BaseModel):
    """The code that ran the sweep; see `sweep.provenance`."""

    model_config = ConfigDict(frozen=True, extra="allow")

    revision: str | None = None
    dirty: bool | None = None
    """Whether there were changes that were not committed; None where git cannot say."""
    digest: str | None = None
    """Of the code that trains and judges: what results are reused by."""


class SweepRecord(BaseModel):
    """The content of `sweep.json`. Fields that this version does not know are kept as they are."""

    model_config = ConfigDict(frozen=True, extra="allow")

    schema_version: Literal[1] = SCHEMA_VERSION
    name: str
    status: SweepStatus = SweepStatus.RUNNING
    """Of a driver that died it still says running: `sweep.standing` tells."""
    created: str
    """ISO 8601, as `ended`."""
    ended: str | None = None
    """None while it runs."""
    space: dict[str, Any] = {}
    """With its defaults filled in, as `Space.document` gives it."""
    store: StoreRecord = StoreRecord()
    """The store; of several the first."""
    stores: dict[str, StoreRecord] = {}
    """By name, where there are several or the one has a name."""
    sets: dict[str, str] = {}
    """Fingerprints of the stores of further evaluation sets, by the sets' names."""
    searcher: dict[str, Any] = {}
    """Every setting of the searcher."""
    versions: dict[str, str] = {}
    """Of packages, by distribution name."""
    code: CodeRecord = CodeRecord()
    command: list[str] = []
    cells: int | list[str] | None = None
    """Training cells, or their names."""
    slots: int | None = None
    """Trials trained at once in a cell."""
    device: str | None = None
    """``cpu`` or ``gpu``."""
    seconds: float | None = None
    """Of all runs of the sweep so far."""
    startup_seconds: float | None = None
    """Until the first cell was there, in the last run."""
    seed: int | None = None
    """Training seed of the trials."""
    max_failures: int = 0
    """Failed trials allowed before the exit status is 3."""
    keep: int = KEEP
    """Checkpoints kept."""
    reuse: bool = False
    """Whether results of other runs are taken over."""
    mlflow: str = "off"
    """``off``, ``local`` or a tracking server."""
    served: list[dict[str, Any]] = []
    """Epochs, seconds and incarnations of every cell in the last run."""
    tracker_failures: dict[str, int] = {}
    """Failed attempts by tracker, in the last run."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, document: Any) -> Any:
        """What is null is as good as missing; of `ended` null is said on purpose."""
        if not isinstance(document, Mapping):
            return document
        return {name: value for name, value in document.items() if value is not None or name == "ended"}

    @property
    def named_stores(self) -> Mapping[str, StoreRecord]:
        """Every store by the name that trials give it; ``""`` is one store without a name."""
        return self.stores or {"": self.store}

    @property
    def cell_count(self) -> int | None:
        """Return the number of training cells; None where it is not known."""
        return len(self.cells) if isinstance(self.cells, list) else self.cells

    def fingerprint_of(self, store: str) -> str:
        """Return the fingerprint of a trial's store, empty where it is not known.

        Raises:
            KeyError: the run has no store of that name.
        """
        return of_store(self.named_stores, store).fingerprint or ""

    def document(self) -> dict[str, Any]:
        """Return it as plain data, with what was set and without defaults."""
        return self.model_dump(mode="json", exclude_unset=True)

    def changed(self, **fields: Any) -> SweepRecord:
        """Return it with other values of some fields.

        Raises:
            ValueError: there is no such field, or a value does not fit it.
        """
        unknown = fields.keys() - SweepRecord.model_fields.keys()
        if unknown:
            raise ValueError(f"sweep.json has no field {', '.join(sorted(unknown))}")
        return SweepRecord.model_validate({**self.document(), **fields})


def read_sweep_record(path: Path) -> SweepRecord:
    """Read a `sweep.json`.

    Raises:
        InputError: it is missing, foreign or of another version, or a field does not fit.
    """
    title, place = "The run cannot be opened", str(path)
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        fix = "Give the folder of a run that `sweep run` has made."
        raise InputError(title, [Fault(place, "is missing: this is no run folder", None, fix)]) from None
    except (OSError, ValueError) as error:
        raise InputError(title, [Fault(place, f"cannot be read: {error}")]) from None
    version = found.get("schema_version") if isinstance(found, dict) else None
    if version != SCHEMA_VERSION or found.get("status") not in list(SweepStatus):
        fix = "It was made by another program or another version of this one."
        raise InputError(title, [Fault(place, f"must have schema_version {SCHEMA_VERSION}", version, fix)])
    try:
        return SweepRecord.model_validate(found)
    except ValidationError as error:
        raise InputError(title, faults_of(error, SweepRecord, place)) from None


def write_sweep_record(path: Path, record: SweepRecord) -> None:
    """Publish a `sweep.json` atomically."""
    publish_json(path, record.document())

"""Notes and tags that people keep on a run, in `notes.json` of its folder."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from adsw.errors import InputError, faults_of
from adsw.files import publish_json
from adsw.json_text import JsonError, parse_json

FILE = "notes.json"


class Notes(BaseModel):
    """What people wrote about a run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    note: str = Field(default="", max_length=10_000)
    tags: tuple[str, ...] = Field(default=(), max_length=30)

    @field_validator("tags")
    @classmethod
    def _short(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        """Strip tags and drop empty and repeated ones."""
        kept = tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
        if any(len(tag) > 60 for tag in kept):
            raise ValueError("must be of 60 characters at most")
        return kept


def read_notes(run: Path) -> Notes:
    """Return the notes of a run; empty if there are none, or none that can be read."""
    try:
        return Notes.model_validate(parse_json((run / FILE).read_bytes()))
    except (OSError, JsonError, ValidationError):
        return Notes()


def write_notes(run: Path, document: object) -> Notes:
    """Keep the notes of a run.

    Raises:
        InputError: they are no notes.
    """
    try:
        notes = Notes.model_validate(document)
    except ValidationError as error:
        raise InputError("The notes cannot be kept", faults_of(error, Notes, FILE)) from None
    publish_json(run / FILE, notes.model_dump(mode="json"))
    return notes

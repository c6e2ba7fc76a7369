"""The sets that every trial is evaluated on beside the validation split."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, field_validator, model_validator

from adsw.errors import nearest
from sweep.space.part import Part, require_name

Split = Literal["train", "valid", "test"]
SPLITS: tuple[str, ...] = get_args(Split)
QuerySource = Literal["tags", "caption", "human"]
SOURCES: tuple[str, ...] = get_args(QuerySource)
OWN = "valid"
"""The set that every trial is evaluated on anyway."""


class EvaluationSet(Part):
    """A part of the run's own store, or a split of another one.

    In a file also in short: ``stores/other`` is the test split of that store, ``stores/other:valid`` another split of
    it, each called by the store's last name; ``train`` is the run's own training split.
    """

    name: str
    """Begins the names of its metrics: ``works/t2m/R@10``."""
    store: Annotated[str, Field(min_length=1)] | None = None
    """Path of another store, relative to the working directory; None for the run's own."""
    split: Split
    """The test split of another store where not given, of the run's own its validation split."""
    dataset: Annotated[str, Field(min_length=1)] | None = None
    """Only the tracks of this data set."""
    source: QuerySource | None = None
    """Only queries of this source."""

    @model_validator(mode="before")
    @classmethod
    def _from_file(cls, value: Any) -> Any:
        if isinstance(value, EvaluationSet):
            return value
        if isinstance(value, str):
            return _written_short(value)
        if not isinstance(value, Mapping):
            raise ValueError("must be the path of a store, train, or {name, store, split, dataset, source}")
        return {"split": OWN if value.get("store") is None else "test", **value}

    @field_validator("name")
    @classmethod
    def _usable_name(cls, name: str) -> str:
        return require_name(name)

    @field_validator("split", "source", mode="before")
    @classmethod
    def _offered(cls, value: Any, info: Any) -> Any:
        offered = SPLITS if info.field_name == "split" else SOURCES
        if isinstance(value, str) and value not in offered:
            near = nearest(value, offered)
            hint = f"did you mean {near!r}?" if near else f"known: {', '.join(offered)}"
            raise ValueError(f"unknown {info.field_name} {value!r}; {hint}")
        return value

    @model_validator(mode="after")
    def _sound(self) -> EvaluationSet:
        if self.name in ("valid", "test"):
            raise ValueError(f"the name {self.name} belongs to the run's own {self.name} split: choose another")
        part = self.dataset or self.source
        if self.name == "train" and (self.store is not None or self.split != "train" or part):
            raise ValueError("the name train belongs to the run's own training split: choose another")
        if self.store is not None:
            return self
        if self.split == "test":
            raise ValueError("the run's own test split is opened once, at the end: use valid, or another store")
        if self.split == OWN and not part:
            raise ValueError("the validation split is evaluated anyway: name a dataset or a source of it")
        return self

    def words(self) -> str:
        """Return a description for people: ``works: valid split, data set works``."""
        whose = f"{self.split} split of {self.store}" if self.store is not None else f"{self.split} split"
        parts = [whose]
        if self.dataset is not None:
            parts.append(f"data set {self.dataset}")
        if self.source is not None:
            parts.append(f"queries from {self.source}")
        return f"{self.name}: {', '.join(parts)}"


def _written_short(text: str) -> dict[str, Any]:
    """Return the fields of a set that a file writes as one string (see `EvaluationSet`)."""
    if text == "train":
        return {"name": "train", "split": "train"}
    if text in (OWN, "test"):
        return {"name": "own", "split": text}  # which `EvaluationSet` refuses, with the reason
    path, colon, split = text.rpartition(":")
    if not colon or "/" in split:  # a colon before the last "/" is part of the path
        path, split = text, "test"
    return {"name": PurePath(path).name or path, "store": path, "split": split}

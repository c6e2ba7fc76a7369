"""The entries under `space` in a file: a parameter, weights of a simplex, or a schedule. All become parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Discriminator, Field, Tag, field_validator

from adsw.errors import Fault, unknown
from adsw.train.recipe import MIX, SCHEDULED, is_known, mixed_dataset
from sweep.space.parameter import Parameter, Points, Role, Simplex, When
from sweep.space.part import Part
from sweep.space.schedule_entry import ScheduleEntry, takes_schedule

TEXT_MIX = "text.mix"
TEXT_SOURCES = ("tags", "caption", "human")


class SimplexEntry(Part):
    """Weights of two parts or more, evenly over all ways to share a whole.

    ``text.mix: {simplex: [human, caption, tags]}`` searches ``text.mix.human.share``, the part of the whole, and
    ``text.mix.caption.share``, the part of what human captions leave; tags get the rest (`sweep.space.parameter`).
    """

    simplex: tuple[str, ...]
    when: When = Field(default_factory=dict)
    role: Role = "scientific"
    points: Points = None
    """How many values from 0 to 1 a grid takes of each weight."""

    @field_validator("simplex", mode="before")
    @classmethod
    def _distinct(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple) or len(value) < 2:
            raise ValueError("must be a list of two parts or more")
        twice = [part for index, part in enumerate(value) if part in value[:index]]
        if twice:
            raise ValueError(f"must not repeat, and {twice[0]!r} does")
        return tuple(value)

    @field_validator("role")
    @classmethod
    def _searched(cls, value: str) -> str:
        if value == "fixed":
            raise ValueError("must be scientific or nuisance: fixed weights stand under recipe")
        return value

    def faults(self, name: str) -> Iterator[Fault]:
        """Yield what is wrong with the entry under a name."""
        place = f"space.{name}"
        if name not in (TEXT_MIX, MIX):
            yield Fault(place, "has no weights to share a whole", None, f"{TEXT_MIX} and {MIX} have.")
            return
        for part in self.simplex:
            if name == TEXT_MIX and part not in TEXT_SOURCES:
                yield unknown(f"{place}.simplex", part, TEXT_SOURCES, "text source")
            elif name == MIX and (not part or mixed_dataset(f"{MIX}.{part}") != part):
                yield Fault(f"{place}.simplex", "must be names of data sets", part)

    def parameters(self, name: str) -> dict[str, Parameter]:
        """Return the parameters of the searched shares, by name."""
        given = {key: getattr(self, key) for key in ("when", "role", "points") if key in self.model_fields_set}
        plain = Parameter.model_validate({"uniform": [0, 1], **given})
        simplex = Simplex(name, self.simplex)
        return {share: plain.as_share(simplex, law) for share, law in simplex.distributions().items()}


def _tag(value: Any) -> str:
    """Return the tag of the entry's model, chosen by its keys."""
    if isinstance(value, BaseModel):
        return f"<{type(value).__name__}>"
    if isinstance(value, Mapping):
        for key, entry in (("simplex", SimplexEntry), ("schedule", ScheduleEntry)):
            if key in value:
                return f"<{entry.__name__}>"
    return "<Parameter>"


SpaceEntry = Annotated[
    Annotated[Parameter, Tag("<Parameter>")]
    | Annotated[SimplexEntry, Tag("<SimplexEntry>")]
    | Annotated[ScheduleEntry, Tag("<ScheduleEntry>")],
    Discriminator(_tag),
]
"""One of the three. Tags become part of pydantic's locations of errors; `sweep.space.load` takes them out."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """All that a file's entries search."""

    parameters: dict[str, Parameter]
    """Parameters by name."""
    places: dict[str, str]
    """Where below `space` each parameter is written, by its name."""
    entries: dict[str, str]
    """The key of the entry that each parameter comes from, by its name."""


def expanded(written: Mapping[str, Parameter | SimplexEntry | ScheduleEntry]) -> Expanded:
    """Return the parameters of all entries in their order; entries with `entry_faults` are left out."""
    result = Expanded({}, {}, {})
    for name, entry in written.items():
        if [*entry_faults(name, entry)]:
            continue
        if isinstance(entry, ScheduleEntry):
            made, places = entry.parameters(name), entry.places(name)
        elif isinstance(entry, SimplexEntry):
            made, places = entry.parameters(name), {}
        else:
            made, places = {name: entry}, {}
        for searched, parameter in made.items():
            if searched not in result.parameters:  # `sweep.space.check` reports names that are written twice
                result.parameters[searched] = parameter
                result.places[searched] = places.get(searched, name)
                result.entries[searched] = name
    return result


def entry_faults(name: str, entry: Parameter | SimplexEntry | ScheduleEntry) -> Iterator[Fault]:
    """Yield why an entry cannot have its name; `sweep.space.check` looks at the names of plain parameters."""
    if isinstance(entry, SimplexEntry):
        yield from entry.faults(name)
    elif isinstance(entry, ScheduleEntry) and not takes_schedule(name):
        place = f"space.{name}"
        if is_known(name):
            yield Fault(place, "takes no schedule", None, "Give it a distribution.")
        else:
            yield unknown(place, name, (*SCHEDULED, f"{MIX}.<dataset>"), "name of a schedule")

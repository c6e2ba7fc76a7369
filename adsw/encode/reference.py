"""References to encoders as on a command line: NAME, NAME@REVISION or NAME=PLACE, and settings beside it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from adsw.errors import Faults

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

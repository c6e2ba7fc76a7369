"""The stores of a sweep, as people give them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from adsw.errors import Faults

Stores: TypeAlias = str | Path | Mapping[str, str | Path] | Iterable[str]
"""One store's folder; or several by their names, as a mapping or as NAME=PATH each."""


def stores_of(given: Stores) -> dict[str, Path]:
    """Return the stores by name; one without a name has the name ``""``.

    Raises:
        InputError: a name is given twice, or two stores have none.

    >>> stores_of("stores/mine"), stores_of({"mert": "stores/mert"}), stores_of(["mert=stores/mert"])
    ({'': PosixPath('stores/mine')}, {'mert': PosixPath('stores/mert')}, {'mert': PosixPath('stores/mert')})
    """
    if isinstance(given, Mapping):
        return {name: Path(path) for name, path in given.items()}
    if isinstance(given, Path):
        return {"": given}
    faults, stores = Faults("The stores cannot be used"), dict[str, Path]()
    for text in [given] if isinstance(given, str) else given:
        name, equals, path = text.partition("=")
        name, path = (name, path) if equals else ("", text)
        if name in stores:
            rule = f"the name {name} is given twice" if name else "two stores need names"
            faults.add("--store", rule, text, "Write --store NAME=PATH for each.")
        stores[name] = Path(path)
    faults.raise_if_any()
    return stores

"""Reading the cells of a manifest's row: each function returns the value, or notes what is wrong with it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from typing import Any

from adsw.errors import Faults

Tags = dict[str, tuple[str, ...]]

OTHER = "other"
"""The category of tags that no vocabulary knows."""


def uncategorised(tag: str) -> str:
    """Return the category that every plain tag has where no vocabulary is given."""
    del tag
    return OTHER


def text(value: Any, where: str, faults: Faults) -> str | None:
    """Return a string without surrounding blanks, or None for an empty cell."""
    if value is None:
        return None
    if not isinstance(value, str):
        faults.add(where, f"must be text, not {_kind(value)}", value, "Quote it.")
        return None
    return value.strip() or None if _is_unicode(value, where, faults) else None


def seconds(value: Any, where: str, faults: Faults, *, positive: bool) -> float | None:
    """Return a time in seconds: at least 0, or more than 0 where `positive`."""
    if value is None:
        return None
    number = _number(value)
    if number is None:
        faults.add(where, "must be a number of seconds", value)
    elif not math.isfinite(number) or number < 0 or (positive and number == 0):
        faults.add(where, "must be more than 0" if positive else "must be at least 0", value)
    else:
        return number
    return None


def captions(value: Any, where: str, faults: Faults) -> tuple[str, ...]:
    """Return the sentences of a list, or of the JSON of one."""
    value = _unpacked(value, where, 'a JSON list such as ["A slow waltz."]', faults)
    if value is None:
        return ()
    if not isinstance(value, list):
        faults.add(where, f"must be a list of sentences, not {_kind(value)}", value)
        return ()
    return _strings(value, where, faults)


def tags(value: Any, where: str, faults: Faults, category_of: Callable[[str], str]) -> Tags:
    """Return tags by category, from a mapping, a list or the JSON of either.

    A mapping is ``{category: [tag, ...]}``; a list holds ``category---tag``, ``category:tag`` and plain tags.

    Args:
        value: the cell.
        where: names the cell in faults.
        faults: what is wrong is noted here.
        category_of: the category of a plain tag.
    """
    value = _unpacked(value, where, 'JSON such as {"genre": ["jazz"]} or ["genre---jazz"]', faults)
    if value is None:
        return {}
    if isinstance(value, list) and value and all(isinstance(item, tuple) and len(item) == 2 for item in value):
        value = dict(value)  # a Parquet map
    if isinstance(value, dict):
        return _by_category(value, where, faults)
    if not isinstance(value, list):
        faults.add(where, f"must be a list, or categories with lists, not {_kind(value)}", value)
        return {}
    names_of: dict[str, list[str]] = {}
    for tag in _strings(value, where, faults):
        category, name = _divided(tag, category_of)
        if category and name:
            names_of.setdefault(category, []).append(name)
        else:
            faults.add(where, "needs text on both sides of --- or :", tag)
    return {category: tuple(dict.fromkeys(names)) for category, names in names_of.items()}


def _by_category(value: dict[Any, Any], where: str, faults: Faults) -> Tags:
    """Return the tags of a mapping from categories to lists of tags; each tag stays once."""
    tags_of: Tags = {}
    for category, names in value.items():
        if not isinstance(category, str) or not category.strip():
            faults.add(where, "has a category without a name", category)
        elif not _is_unicode(category, where, faults):
            continue
        elif names is None:
            continue  # a Parquet struct has every category in every row
        elif not isinstance(names, list):
            rule = f"must be a list of tags, not {_kind(names)}"
            faults.add(f"{where}.{category}", rule, names, 'Write ["..."].')
        elif kept := tuple(dict.fromkeys(_strings(names, f"{where}.{category}", faults))):
            name = category.strip()
            tags_of[name] = tuple(dict.fromkeys([*tags_of.get(name, ()), *kept]))
    return tags_of


def _divided(tag: str, category_of: Callable[[str], str]) -> tuple[str, str]:
    """Split ``category---tag`` or ``category:tag``; the category of a plain tag comes from `category_of`."""
    for mark in ("---", ":"):
        category, separator, name = tag.partition(mark)
        if separator:
            return category.strip(), name.strip()
    return category_of(tag), tag


def _strings(values: Iterable[Any], where: str, faults: Faults) -> tuple[str, ...]:
    """Return the non-empty strings of a list, stripped; anything else is noted as a fault."""
    kept = []
    for value in values:
        if not isinstance(value, str) or not value.strip():
            faults.add(where, "must hold text only, none of it empty", value)
        elif _is_unicode(value, where, faults):
            kept.append(value.strip())
    return tuple(kept)


def _is_unicode(value: str, where: str, faults: Faults) -> bool:
    """Check that a string can be written as UTF-8, and note a fault if not."""
    try:
        value.encode()  # fails on half a surrogate pair, which an escape in JSON can make
    except UnicodeEncodeError as error:
        rule = f"has half a surrogate pair at character {error.start + 1}, which is no text"
        faults.add(where, rule, value, "Write the whole character, or leave it out.")
        return False
    return True


def _unpacked(value: Any, where: str, wanted: str, faults: Faults) -> Any:
    """Return the value of a cell that may hold JSON, or None if it is empty or not JSON."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        faults.add(where, f"is no JSON: {error.msg} at character {error.pos + 1}", value, f"Write {wanted}.")
        return None


def _number(value: Any) -> float | None:
    """Return a number, or the number that a text holds, or None; truth values are not numbers."""
    if isinstance(value, bool):  # which Python counts as an int
        return None
    try:
        return float(value) if isinstance(value, int | float | str) else None
    except ValueError:
        return None


def _kind(value: Any) -> str:
    """Return the name of a value's type for messages."""
    names = {dict: "an object", list: "a list", bool: "a truth value", int: "a number", float: "a number", str: "text"}
    return names.get(type(value), type(value).__name__)

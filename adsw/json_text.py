"""Reading of JSON: what has no one meaning, or would fail later, is an error that says what it is.

Python's reader keeps the last of repeated keys, takes ``NaN``, and fails on deep nesting and long numbers with errors
that are no `ValueError`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from adsw.text_file import decoded

DEEPEST = 64
"""Largest depth of nesting."""
LONGEST = 300
"""Most digits of a whole number; a float holds up to 308."""

_SUSPECT = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
"""Escapes of halves of surrogate pairs (whole pairs among them) and of NUL, which are no text."""


class JsonError(ValueError):
    """A text is no JSON that can be used; the message is the rule of a fault."""


class JsonSyntaxError(JsonError):
    """A text is no JSON, or not all of it is there."""


def parse_json(text: str | bytes, *, any_strings: bool = False) -> Any:
    """Return the value of a JSON text in which every key stands once and every number is finite.

    Args:
        text: the text; bytes are UTF-8.
        any_strings: whether to take halves of surrogate pairs and NUL, which can be written to no file and name none;
            for callers that check strings themselves, at their places.

    Raises:
        JsonError: it cannot be used.
    """
    given = _decoded(text)
    return _checked(given, _STRICT[_may_overflow(given)], any_strings)


def parse_foreign_json(text: str | bytes, *, only: bool = True) -> Any:
    """Return the value of JSON that another program wrote, repeated keys and NaN as Python reads them.

    Args:
        text: the text; bytes are UTF-8.
        only: whether nothing may follow it.

    Raises:
        JsonError: it is no JSON, is nested too deep, or holds a number that Python cannot read.
    """
    return _checked(_decoded(text), _FOREIGN, True, only)


def json_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a JSONL text that are not blank, numbered from 1.

    JSON escapes line feeds and carriage returns, but not the other line ends of `str.splitlines`, such as U+2028.
    """
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if line.strip():
            yield number, line


def _decoded(text: str | bytes) -> str:
    """Return the text of bytes."""
    if isinstance(text, str):
        return text
    try:
        return decoded(text)
    except ValueError as error:
        raise JsonSyntaxError(str(error)) from None


def _checked(text: str, decoder: json.JSONDecoder, any_strings: bool, only: bool = True) -> Any:
    """Return the value of a text, all rules checked."""
    try:
        value = decoder.decode(text) if only else decoder.raw_decode(text)[0]
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError as error:
        place = f"character {error.colno}" if error.lineno == 1 else f"line {error.lineno}, character {error.colno}"
        raise JsonSyntaxError(f"is no JSON: {error.msg} at {place}") from None
    if text.count("[") + text.count("{") > DEEPEST:
        _check_depth(value)
    if not any_strings and _SUSPECT.search(text):
        _check_strings(value)
    return value


def _check_depth(value: Any) -> None:
    """Check how deep a parsed value is nested, level by level."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for item in level
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, list | dict)
        ]
        if not level:
            return
    raise _too_deep()


def _check_strings(value: Any) -> None:
    """Check that all keys and strings of a parsed value are text."""
    if isinstance(value, str):
        _check_string(value)
    elif isinstance(value, dict | list):
        for inner in value:
            _check_strings(inner)
        for inner in value.values() if isinstance(value, dict) else ():
            _check_strings(inner)


def _check_string(text: str) -> None:
    """Check that a string is text."""
    if "\0" in text:
        raise JsonError(f"has a NUL character in {_short(text)}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise JsonError(f"has half a surrogate pair in {_short(text)}, which is no text") from None


def _too_deep() -> JsonError:
    """Return the error of a value that is nested too deep."""
    return JsonError(f"is nested deeper than {DEEPEST} levels")


def _short(text: str) -> str:
    """Return the beginning of a text, quoted."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose keys differ."""
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        # `seen.add` returns None: a key is noted as seen at its first occurrence.
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise JsonError(f"has the key {_short(twice)} twice")
    return made


def _whole(text: str) -> int:
    """Return a whole number."""
    if len(text.lstrip("-")) > LONGEST:
        raise JsonError(f"holds a number of {len(text.lstrip('-')):,} digits, more than {LONGEST}")
    return int(text)


def _finite(text: str) -> float:
    """Return a number with a fraction or an exponent."""
    value = float(text)
    if math.isinf(value):
        raise JsonError(f"holds the number {_short(text)}, which is too large")
    return value


def _constant(name: str) -> NoReturn:
    """Refuse what Python's reader takes for a number and JSON does not have."""
    raise JsonError(f"holds {name}, which is no number in JSON")


_DIGITS = str.maketrans("123456789", "0" * 9)
_LARGE = ("0" * LONGEST, "e000", "e+000", "E000", "E+000")
"""What numbers that may be too large hold, every digit written as 0."""


def _may_overflow(text: str) -> bool:
    """Return whether a text may hold a number that is too large; Python's own conversion is many times as fast."""
    zeros = text.translate(_DIGITS)
    return any(part in zeros for part in _LARGE)


_STRICT = {
    large: json.JSONDecoder(
        object_pairs_hook=_object,
        parse_int=_whole if large else None,
        parse_float=_finite if large else None,
        parse_constant=_constant,
    )
    for large in (False, True)
}
_FOREIGN = json.JSONDecoder(parse_int=_whole)

"""Patterns of audio file names, such as ``{ytid}_{start}.wav``: checked before use, filled in for each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter

from adsw.errors import Faults, unknown


def check_patterns(patterns: Sequence[str], fields: Sequence[str], faults: Faults) -> None:
    """Note every pattern that cannot be parsed, names no field, or names an unknown one.

    Args:
        patterns: as the user wrote them.
        fields: what a set's rows can fill in.
        faults: receives them.
    """
    known = ", ".join(f"{{{name}}}" for name in fields)
    for pattern in patterns:
        try:
            parts = [(name, form, how) for _, name, form, how in Formatter().parse(pattern) if name is not None]
        except ValueError as error:
            faults.add("--audio-pattern", f"is no pattern: {error}", pattern, f"Known: {known}.")
            continue
        for name, form, how in parts:
            if name not in fields:
                faults.extend([unknown("--audio-pattern", name, fields, "field")])
            elif form or how:
                faults.add("--audio-pattern", f"must name {name!r} without a format", pattern, f"Write {{{name}}}.")
        if not parts:
            rule = "must name at least one field, or all tracks would have the same audio"
            faults.add("--audio-pattern", rule, pattern, f"Known: {known}.")


def filled(patterns: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the file names that the patterns give with a row's values, each once."""
    return tuple(dict.fromkeys(pattern.format_map(values) for pattern in patterns))

"""Reading of YAML files: faults with their lines, no repeated keys, numbers such as 1e-4."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from adsw.errors import Fault, Faults, InputError

DEEPEST = 64
"""Largest depth of nesting."""


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A parsed file: its content, and dotted path -> line of every key and every item of a list."""

    content: Any
    lines: dict[str, int]

    def line_of(self, path: str) -> int | None:
        """Return the line of a dotted path, or of the longest part of it that is in the file, or None."""
        parts = path.split(".")
        for length in range(len(parts), 0, -1):
            line = self.lines.get(".".join(parts[:length]))
            if line is not None:
                return line
        return None


class _Loader(yaml.SafeLoader):
    """Loader of YAML 1.1's safe subset, but 1e-4 is a number and a date is text, as in YAML 1.2."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in resolvers if not tag.endswith((":float", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"[-+]?(\d+\.\d*([eE][-+]?\d+)?|\.\d+([eE][-+]?\d+)?|\d+[eE][-+]?\d+|\.(inf|Inf|INF))$|\.(nan|NaN|NAN)$"
    ),
    list("-+0123456789."),
)


def read_yaml(path: Path) -> YamlFile:
    """Read the one document of a file.

    Raises:
        InputError: the file is missing, unreadable, not YAML, empty, repeats keys, or refers to itself.
    """
    title = f"{path} cannot be used"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(title, [Fault(str(path), "there is no such file", None, _look_near(path))]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            title, [Fault(str(path), f"cannot be read: {error}", None, "Give a UTF-8 text file.")]
        ) from None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        faults = Faults(title)
        faults.extend(_shape_faults(node, "", ()))
        faults.raise_if_any()
        content = loader.construct_document(node) if node else None
    except yaml.YAMLError as error:
        raise InputError(title, [_syntax_fault(path, error)]) from None
    if content is None:
        raise InputError(title, [Fault(str(path), "is empty", None, "Write what it should set.")])
    return YamlFile(content, dict(_lines(node, "")))


def read_value(text: str) -> Any:
    """Parse one value as written in a file: ``1e-3``, ``null``, ``[genre, mood]``, ``{kind: linear}``.

    Raises:
        ValueError: the text is not YAML.

    >>> read_value("1e-3"), read_value("own"), read_value("[genre]")
    (0.001, 'own', ['genre'])
    """
    try:
        return yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise ValueError(f"is not YAML: {getattr(error, 'problem', None) or error}") from None


def _look_near(path: Path) -> str:
    """Return a hint for a missing file: the YAML files in its folder, if there are any."""
    if not path.parent.is_dir():
        return f"There is no folder {path.parent} either."
    names = sorted(other.name for other in path.parent.iterdir() if other.suffix in (".yaml", ".yml"))
    return f"There: {', '.join(names[:10])}." if names else "Check the path."


def _syntax_fault(path: Path, error: yaml.YAMLError) -> Fault:
    """Return the fault of YAML that cannot be parsed, at its line."""
    mark = getattr(error, "problem_mark", None)
    place = f"{path} line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return Fault(place, f"is not YAML: {problem}", None, "Look at that line and the one above it.")


def _shape_faults(node: yaml.Node | None, path: str, above: tuple[int, ...]) -> Iterator[Fault]:
    """Yield a fault for every repeated key, and for every alias that contains itself."""
    if id(node) in above or len(above) > DEEPEST:
        yield Fault(path or "file", "an alias refers to itself, or the file is nested too deep", None, "Write it out.")
        return
    # An alias is the very node of its anchor: a node among its own ancestors has no end.
    inside = (*above, id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _shape_faults(item, path, inside)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        name = str(key.value)
        place = f"{path}.{name}" if path else name
        if name in seen and name != "<<":
            yield Fault(f"{place} (line {line})", f"stands on line {seen[name]} already", None, "Keep one.")
        seen.setdefault(name, line)
        yield from _shape_faults(value, place, inside)


def _lines(node: yaml.Node | None, path: str) -> Iterator[tuple[str, int]]:
    """Yield the dotted path and the line of every key and every item of a list."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = f"{path}.{key.value}" if path else str(key.value)
            yield place, key.start_mark.line + 1
            yield from _lines(value, place)
    elif isinstance(node, yaml.SequenceNode) and path:
        for index, item in enumerate(node.value):
            yield f"{path}.{index}", item.start_mark.line + 1
            yield from _lines(item, f"{path}.{index}")

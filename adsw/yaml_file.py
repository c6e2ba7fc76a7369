"""Reading of YAML: faults with their lines, no repeated keys, and only values that YAML 1.1 and 1.2 read alike.

PyYAML reads YAML 1.1, in which 010 is 8, 1:30 is 90 and ``no`` is false; to most people, and in YAML 1.2, they are not.
Such values are refused. 1e-4 is a number and a date is text, as in YAML 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from adsw.errors import Fault, Faults, InputError
from adsw.text_file import NoTextError, read_text
from adsw.yaml_nodes import DEEPEST, node_faults


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


class PlainLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Loader of YAML 1.1's safe subset, but 1e-4 is a number and a date is text, as in YAML 1.2."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in resolvers if not tag.endswith((":float", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"[-+]?([0-9]+\.[0-9]*([eE][-+]?[0-9]+)?|\.[0-9]+([eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.(inf|Inf|INF))$"
        r"|\.(nan|NaN|NAN)$"
    ),
    list("-+0123456789."),
)


_LINE_END = re.compile(r"[\x85\u2028\u2029]")


def read_yaml(path: Path) -> YamlFile:
    """Read the one document of a file.

    Raises:
        InputError: the file is missing, unreadable, not YAML, empty, repeats keys, refers to itself, or has values that
            can be read in two ways.
    """
    title = f"{path} cannot be used"
    try:
        text = read_text(path)
    except FileNotFoundError:
        raise InputError(title, [Fault(str(path), "there is no such file", None, _look_near(path))]) from None
    except (OSError, NoTextError) as error:
        told = f"it {error}" if isinstance(error, NoTextError) else str(error)
        raise InputError(
            title, [Fault(str(path), f"cannot be read: {told}", None, "Give a UTF-8 text file.")]
        ) from None
    try:
        file = _parsed(text, title)
    except yaml.YAMLError as error:
        raise InputError(title, [_syntax_fault(path, error)]) from None
    if file.content is None:
        raise InputError(title, [Fault(str(path), "is empty", None, "Write what it should set.")])
    return file


def read_value(text: str) -> Any:
    """Parse one value as written in a file: ``1e-3``, ``null``, ``[genre, mood]``, ``{kind: linear}``.

    Raises:
        ValueError: the text is not YAML, or can be read in two ways.

    >>> read_value("1e-3"), read_value("own"), read_value("[genre]")
    (0.001, 'own', ['genre'])
    """
    try:
        return _parsed(text, "").content
    except yaml.YAMLError as error:
        raise ValueError(f"is not YAML: {getattr(error, 'problem', None) or error}") from None
    except InputError as error:
        raise ValueError("; ".join(map(_in_words, error.faults))) from None


def _in_words(fault: Fault) -> str:
    """Return a fault of a value without the value: the caller shows the whole text."""
    place = fault.where.partition(" (line")[0]
    fix = f" ({fault.fix[:1].lower()}{fault.fix[1:].rstrip('.')})" if fault.fix else ""
    return f"{'' if place == 'file' else place + ': '}{fault.rule}{fix}"


def _parsed(text: str, title: str) -> YamlFile:
    """Return a parsed text; its content is None if there is none.

    Raises:
        yaml.YAMLError: it is not YAML.
        InputError: it is, and cannot be used.
    """
    faults = Faults(title)
    if end := _LINE_END.search(text):
        line, code = text.count("\n", 0, end.start()) + 1, f"{ord(end.group()):04X}"
        fix = f"Write \\u{code} in double quotes, or leave it out."
        faults.add(f"line {line}", f"has the character U+{code}, which ends a line to some readers", None, fix)
        faults.raise_if_any()
    try:
        loader = PlainLoader(text)
        node = loader.get_single_node()
        faults.extend(node_faults(node))
        faults.raise_if_any()
        return YamlFile(loader.construct_document(node) if node else None, dict(_lines(node, "")))
    except RecursionError:
        faults.add("file", f"is nested deeper than {DEEPEST} levels", None, "Write it flatter.")
        raise InputError(title, faults.found) from None


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

"""The rules of YAML nodes before values are made of them: what repeats, has no end, or can be read in two ways."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import yaml

from adsw.errors import Fault

DEEPEST = 64
"""Largest depth of nesting."""
MOST = 1_000_000
"""Most values of a file, those that aliases repeat included."""
_DIGITS = 20
"""Most characters of a number of 64 bits."""

_TAG = "tag:yaml.org,2002:"
_NOT_PLAIN = frozenset(_TAG + kind for kind in ("binary", "omap", "pairs", "set", "timestamp", "value"))
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_BASES = {"0x": 16, "0o": 8, "0b": 2}
_PERHAPS_NUMBER = re.compile(
    r"[-+]?(0o[0-7_]+|[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9_]+)?|[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*)\Z"
)
"""Numbers in YAML 1.1, YAML 1.2 or Python that are text to this reader."""
_OR_TEXT = "or quote it if it is text."


def node_faults(root: yaml.Node | None) -> Iterator[Fault]:
    """Yield every fault of a document's nodes, at its dotted key and line."""
    if root is None:
        return
    sizes: dict[int, int] = {}
    yield from _faults(root, "", root.start_mark.line + 1, (), sizes)
    if sizes.get(id(root), 0) > MOST:
        yield Fault("file", f"its aliases repeat more than {MOST:,} values", None, "Write out what is meant.")


def _faults(node: yaml.Node, path: str, line: int, above: tuple[int, ...], sizes: dict[int, int]) -> Iterator[Fault]:
    """Yield the faults of a node and of those in it.

    Args:
        node: the node.
        path: its dotted key.
        line: of its key; an alias has the line of its anchor.
        above: the nodes that it is in.
        sizes: node -> number of values in it, filled in here.
    """
    if len(above) > DEEPEST:
        outermost = f"{path.partition('.')[0]} (line {line})"
        yield Fault(outermost, f"is nested too deep, more than {DEEPEST} levels", None, "Write it flatter.")
        return
    where = f"{path or 'file'} (line {line})"
    # An alias is the very node of its anchor: a node among its own ancestors has no end.
    if id(node) in above:
        yield Fault(where, "an alias refers to itself", None, "Write it out.")
        return
    if id(node) in sizes:
        return
    if node.tag in _NOT_PLAIN:
        name = node.tag.removeprefix(_TAG)
        yield Fault(where, f"has the tag !!{name}, must be plain data", None, "Leave the tag out, or quote the value.")
    inside, size = (*above, id(node)), 1
    children: list[tuple[str, int, yaml.Node]] = []
    if isinstance(node, yaml.ScalarNode):
        yield from _scalar_faults(node, where)
    elif isinstance(node, yaml.SequenceNode):
        children = [(str(index), item.start_mark.line + 1, item) for index, item in enumerate(node.value)]
    elif isinstance(node, yaml.MappingNode):
        yield from _repeated_keys(node, path)
        children = [(_name(key), key.start_mark.line + 1, each) for key, value in node.value for each in (key, value)]
    for name, at, child in children:
        yield from _faults(child, f"{path}.{name}" if path else name, at, inside, sizes)
        size += sizes.get(id(child), 1)
    sizes[id(node)] = size


def _repeated_keys(node: yaml.MappingNode, path: str) -> Iterator[Fault]:
    """Yield a fault for every key of a mapping that stands there already."""
    seen: dict[str, int] = {}
    for key, _ in node.value:
        line, name = key.start_mark.line + 1, _name(key)
        place = f"{path}.{name}" if path else name
        if name in seen:
            yield Fault(f"{place} (line {line})", f"stands on line {seen[name]} already", None, "Keep one.")
        seen.setdefault(name, line)


def _name(key: yaml.Node) -> str:
    """Return a key as a part of a path."""
    return str(key.value) if isinstance(key, yaml.ScalarNode) else "?"


def _scalar_faults(node: yaml.ScalarNode, where: str) -> Iterator[Fault]:
    """Yield the fault of a value that can be read in two ways, or that no number or text can hold."""
    text, kind = node.value, node.tag.removeprefix(_TAG)
    if kind == "bool" and text.lower() not in ("true", "false"):
        meant = "true" if text.lower() in ("yes", "on", "y") else "false"
        yield Fault(where, "is true or false to some readers and text to others", text, f"Write {meant}, {_OR_TEXT}")
    elif kind == "null" and text.lower() not in ("", "~", "null"):
        yield Fault(where, "must be null, as its tag says", text, f"Write null, {_OR_TEXT}")
    elif (kind == "int" and not _DECIMAL.match(text)) or (
        kind == "str" and not node.style and _PERHAPS_NUMBER.match(text)
    ):
        yield Fault(where, "is one number to some readers, and another or text to others", text, _decimal(text))
    elif kind == "int" and (len(text) > _DIGITS or abs(int(text)) >= 2**64):
        yield Fault(where, "must be a number of at most 64 bits", text, f"Write a smaller one, {_OR_TEXT}")
    elif kind == "float" and not _is_finite(text):
        yield Fault(where, "must be a finite number", text, f"Write one, or null for none, {_OR_TEXT}")
    elif "\0" in text:
        yield Fault(where, "has a NUL character, which is no text", text, "Leave it out.")
    else:
        try:
            text.encode()
        except UnicodeEncodeError:
            rule = "has half a surrogate pair, which is no text"
            yield Fault(where, rule, text, "Write the whole character, or leave it out.")


def _is_finite(text: str) -> bool:
    """Return whether a text is a finite number in decimal."""
    try:
        return "_" not in text and math.isfinite(float(text))
    except ValueError:
        return False


def _decimal(text: str) -> str:
    """Return the fix of a number that is not in plain decimal: the number that its writer most likely means."""
    plain = text.replace("_", "").lower()
    sign, digits = ("-" if plain.startswith("-") else ""), plain.lstrip("+-")
    if digits[:2] in _BASES and len(digits) <= _DIGITS:
        return f"Write {sign}{int(digits[2:] or '0', _BASES[digits[:2]])}, {_OR_TEXT}"
    if digits.isdigit() and len(digits) <= _DIGITS:
        return f"Write {sign}{digits.lstrip('0') or '0'}, {_OR_TEXT}"
    return f"Write it as one decimal number, {_OR_TEXT}"

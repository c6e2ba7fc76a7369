"""Reading of a space from a file or from plain data, with all checks."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from adsw.errors import Fault, InputError, faults_of, unknown
from adsw.train.recipe import MIX, is_known, known_names
from adsw.yaml_file import YamlFile, read_yaml
from sweep.space.check import check
from sweep.space.entries import TEXT_MIX
from sweep.space.model import Space
from sweep.space.ready import find

_PLACEHOLDER = {"metric": "valid/t2m/R@10"}
"""The objective of a space whose objective is ill-formed, so that the rest can be checked."""


def space_of(given: Path | Mapping[str, Any] | Space) -> Space:
    """Return a checked space, given itself or as a file's path, a ready space's name or a file's content.

    Raises:
        InputError: with every fault.
    """
    if isinstance(given, Path):
        return load_space(find(given))
    return parse_space(given.document() if isinstance(given, Space) else given)


def load_space(path: Path) -> Space:
    """Read and check a space file; a space without a name gets the file's.

    Raises:
        InputError: with every fault and its line.
    """
    file = read_yaml(path)
    content = file.content
    if isinstance(content, dict):
        content = {"name": path.stem, **content}
    try:
        return parse_space(content, f"{path} cannot be used")
    except InputError as error:
        raise InputError(error.title, [_with_line(fault, file) for fault in error.faults]) from None


def parse_space(document: Any, title: str = "The search space cannot be used") -> Space:
    """Return a checked space from plain data, such as a file's content or `Space.document`.

    Raises:
        InputError: with every fault of form and of meaning.
    """
    if not isinstance(document, Mapping):
        fix = "Write keys such as objective, trials and space."
        raise InputError(title, [Fault("file", "must be a mapping of keys to values", document, fix)])
    faults: list[Fault] = []
    faulty: frozenset[str] = frozenset()
    try:
        space = Space.model_validate(document)
    except ValidationError as error:
        single = not isinstance(document.get("objective"), list | tuple)
        faults += [_spelt(fault, single) for fault in faults_of(error, Space)]
        space, faulty = _rest_of(document, error)
        faults += _unknown_names(document, faulty)
    faults += check(space, faulty)
    if faults:
        # The model and `check` may find the same fault: each is reported once.
        raise InputError(title, list({(fault.where, fault.rule): fault for fault in faults}.values()))
    return space


def _unknown_names(document: Mapping[str, Any], faulty: frozenset[str]) -> Iterator[Fault]:
    """Yield unknown names of ill-formed parameters; `check` reports those of well-formed ones."""
    given = document.get("space")
    for name in given if isinstance(given, Mapping) else ():
        if isinstance(name, str) and name in faulty and not is_known(name) and name not in (TEXT_MIX, MIX):
            yield unknown(f"space.{name}", name, known_names(), "name")


def _rest_of(document: Mapping[str, Any], error: ValidationError) -> tuple[Space, frozenset[str]]:
    """Return the space without its ill-formed keys and parameters, and the names of those."""
    rest = copy.deepcopy(dict(document))
    faulty: set[str] = set()
    for item in error.errors(include_url=False, include_context=False):
        key, *inner = map(str, item["loc"])
        if key == "space" and inner and isinstance(rest.get("space"), dict):
            rest["space"] = {name: value for name, value in rest["space"].items() if str(name) != inner[0]}
            faulty.add(inner[0])
        else:
            rest.pop(key, None)
            faulty.add(key)
    rest.setdefault("objective", _PLACEHOLDER)
    return Space.model_validate(rest), frozenset(faulty)


_SPELT = (
    (re.compile(r"\.<\w+>"), ""),
    (re.compile(r"^arms\.overrides(?=\.|$)"), "arms"),
    (re.compile(r"^arms\.stores\.([^.]+)"), r"arms.\1.store"),
    (re.compile(r"^replicates\.seeds(?=\.|$)"), "replicates"),
    (re.compile(r"\.int_(?=\.|$)"), ".int"),
)
"""Patterns of places in the model, with what they are called in the file."""


def _spelt(fault: Fault, single: bool) -> Fault:
    """Return a fault with its place in the file's keys; `single` if the file has one objective and no list."""
    where = fault.where
    for pattern, key in _SPELT:
        where = pattern.sub(key, where)
    if single:
        where = re.sub(r"^objective\.0(?=\.|$)", "objective", where)
    rule = re.sub(r" or instance of \w+", "", fault.rule)
    return Fault(where, rule, fault.value, fault.fix)


def _with_line(fault: Fault, file: YamlFile) -> Fault:
    line = file.line_of(fault.where)
    place = f"{fault.where} (line {line})" if line is not None else fault.where
    return Fault(place, fault.rule, fault.value, fault.fix)

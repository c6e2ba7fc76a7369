"""Faults in a user's input: all are collected before an error is raised; command lines exit with status 2.

A fault names the place (file, row or key), the rule, the value and the fix. Internal failures are ordinary
exceptions.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the input."""

    where: str
    """The file, row or dotted key."""
    rule: str
    """The violated rule, as a sentence part: ``must be at most 1``."""
    value: object = None
    """The given value; None if there is nothing to show."""
    fix: str = ""
    """What to do about it."""

    def __str__(self) -> str:
        given = "" if self.value is None else f" (given: {short(self.value)})"
        return f"{self.where}: {self.rule}{given}{'. ' + self.fix if self.fix else ''}"


class ReadableError(Exception):
    """An error that its words explain: notebooks show them in place of a traceback."""

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows."""
        return str(self).splitlines()


class Interrupted(KeyboardInterrupt):
    """Somebody pressed Ctrl-C, and what that means has been said: nothing is left to print."""

    def _render_traceback_(self) -> list[str]:
        """Return the line that IPython shows."""
        return ["Interrupted."]


class InputError(ReadableError):
    """The input is wrong. Holds every fault found; command lines print them and exit with status 2."""

    def __init__(self, title: str, faults: Iterable[Fault]) -> None:
        self.title = title
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__(title, self.faults)

    def __str__(self) -> str:
        return "\n".join([self.title, *(f"  - {fault}" for fault in self.faults)])


class StoppedError(ReadableError):
    """A command stopped midway, not for its input: the disk is full, a service is gone. Command lines exit with 1."""

    def __init__(self, what: str, *lines: str) -> None:
        self.what = what
        """What happened, as a sentence without its full stop."""
        self.lines = lines
        """What to do about it, what is safe, how to go on: a sentence each."""
        super().__init__(what, *lines)

    def __str__(self) -> str:
        return "\n".join([f"{self.what}.", *(f"  {line}" for line in self.lines)])


class Faults:
    """A collection of faults, so that a user sees all of them and not only the first.

    >>> faults = Faults("space.yaml cannot be used")
    >>> faults.add("trials", "must be at least 1", 0, "Write how many trials to run.")
    >>> faults.raise_if_any()
    Traceback (most recent call last):
    adsw.errors.InputError: ...
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.found: list[Fault] = []

    def add(self, where: str, rule: str, value: object = None, fix: str = "") -> None:
        """Note one fault."""
        self.found.append(Fault(where, rule, value, fix))

    def extend(self, faults: Iterable[Fault]) -> None:
        """Note several faults."""
        self.found.extend(faults)

    def raise_if_any(self) -> None:
        """Raise InputError with everything noted so far, if anything was."""
        if self.found:
            raise InputError(self.title, self.found)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the known name most like a mistyped one, or None if none is similar.

    The last parts of a dotted name count as similar too: ``swap.probability`` is near ``text.swap.probability``; and so
    do the first letters of its last part's words: ``optim.learning_rate`` is near ``optim.lr``.
    """
    known = sorted(set(names))
    cased = [candidate for candidate in known if candidate.casefold() == name.casefold()]
    if cased:
        return cased[0]
    before, dot, last = name.rpartition(".")
    short = "".join(word[0] for word in last.split("_") if word)
    same = [each for each in known if each == before + dot + short or (not dot and each.endswith("." + short))]
    if "_" in last and same:
        return min(same, key=len)
    suffixed = [candidate for candidate in known if candidate.endswith("." + name)]
    if suffixed:
        return min(suffixed, key=len)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return close[0] if close else None


def unknown(where: str, name: str, names: Iterable[str], kind: str = "key") -> Fault:
    """Return the fault for an unknown name, with the nearest known one as its fix."""
    known = sorted(set(names))
    near = nearest(name, known)
    fix = f"Did you mean {near!r}?" if near else f"Known: {', '.join(known[:30])}."
    return Fault(where, f"unknown {kind} {name!r}", None, fix)


def together(*openers: Callable[[], Any], title: str | None = None) -> Any:
    """Call all openers and return their results as a tuple, or raise the faults of all.

    Args:
        openers: functions that may raise InputError; each is called once, even if others fail.
        title: title of the error; by default the titles of the openers' errors, joined.

    Raises:
        InputError: with the faults of all openers.
    """
    results, errors = [], []
    for opener in openers:
        try:
            results.append(opener())
        except InputError as error:
            errors.append(error)
    if errors:
        faults = [fault for error in errors for fault in error.faults]
        raise InputError(title or "; ".join(error.title for error in errors), faults)
    return tuple(results)


def faults_of(error: ValidationError, model: type[BaseModel], where: str = "") -> list[Fault]:
    """Return Pydantic's findings as faults, each at its dotted key, unknown keys with the nearest known one."""
    faults = []
    for item in error.errors(include_url=False):
        path = [str(part) for part in item["loc"]]
        key = ".".join(path)
        place = f"{where}: {key}" if where and key else where or key or "the empty key"
        if item["type"] == "extra_forbidden":
            faults.append(unknown(place, path[-1], _fields_at(model, path[:-1])))
        elif item["type"] == "missing":
            faults.append(Fault(place, "is required", None, "Add it."))
        else:
            # Pydantic's sentences as the rule of a fault: "Input should be ..." becomes "should be ...".
            message = item["msg"].removeprefix("Value error, ").removeprefix("Input ")
            faults.append(Fault(place, message[:1].lower() + message[1:], item["input"]))
    return faults


def _fields_at(model: type[BaseModel], path: list[str]) -> list[str]:
    """Return the keys of the models at a location path; best effort through unions."""
    current: list[Any] = [model]
    for part in path:
        # Pydantic puts a union's tag into the path, as <Name> or another: follow the member it names, or keep all.
        tagged = [owner for owner in current if getattr(owner, "__name__", "") == part.strip("<>")]
        following: list[Any] = []
        for owner in tagged or current:
            fields = _keys(owner)
            following.extend(_models_in(fields[part].annotation) if part in fields else [owner])
        current = following
    return [name for owner in current for name in _keys(owner)]


def _keys(owner: Any) -> dict[str, Any]:
    """Return the fields of a model by the keys that users write."""
    return {field.alias or name: field for name, field in getattr(owner, "model_fields", {}).items()}


def _models_in(annotation: Any) -> list[Any]:
    """Return every pydantic model inside an annotation."""
    if isinstance(annotation, type) and hasattr(annotation, "model_fields"):
        return [annotation]
    return [model for inner in getattr(annotation, "__args__", ()) for model in _models_in(inner)]


def short(value: object, limit: int = 80) -> str:
    """Return a value as Python writes it, cut if it is long."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"

"""Options whose value may be left out, which Typer does not offer: ``--markdown`` alone is ``--markdown -``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from typer.core import TyperCommand

from sweep.trackers.mlflow_place import LOCAL, is_place


@dataclass(frozen=True, slots=True)
class Bare:
    """Value of an option that is given without one."""

    value: str
    is_value: Callable[[str], bool]
    """Checks whether the word after the option is its value, and not the next argument."""


def is_path(word: str) -> bool:
    """Check whether a word can be a file's path, or ``-`` for standard output.

    >>> is_path("report.md"), is_path("-"), is_path("--json"), is_path("")
    (True, True, False, False)
    """
    return word == "-" or (bool(word) and not word.startswith("-"))


MEANINGS: Mapping[str, Bare] = {"--markdown": Bare("-", is_path), "--mlflow": Bare(LOCAL, is_place)}


class BareOptions(TyperCommand):
    """A command whose options may be given without a value, which is filled in before arguments are parsed."""

    meanings: ClassVar[Mapping[str, Bare]] = MEANINGS

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments with bare options filled in."""
        return super().parse_args(ctx, filled(args, self.meanings))


def filled(arguments: Sequence[str], meanings: Mapping[str, Bare] = MEANINGS) -> list[str]:
    """Return the arguments with a value after every bare option.

    >>> filled(["run", "--markdown"])
    ['run', '--markdown', '-']
    >>> filled(["run", "--markdown", "a.md", "--csv", "b"])
    ['run', '--markdown', 'a.md', '--csv', 'b']
    >>> filled(["--mlflow", "space.yaml"]), filled(["--mlflow", "http://host:5000"])
    (['--mlflow', 'local', 'space.yaml'], ['--mlflow', 'http://host:5000'])
    """
    complete: list[str] = []
    for place, argument in enumerate(arguments):
        complete.append(argument)
        after = arguments[place + 1] if place + 1 < len(arguments) else ""
        if argument in meanings and not meanings[argument].is_value(after):
            complete.append(meanings[argument].value)
    return complete

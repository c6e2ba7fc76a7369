"""An option that may stand alone, ``--mlflow`` or ``--mlflow URI``: Typer has only options that take a value."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from sweep.trackers.mlflow_place import LOCAL, is_place


class WithMlflow(TyperCommand):
    """A command whose ``--mlflow`` means the local place where no place follows it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give the option the value that it lacks, then read the words as always."""
        return super().parse_args(ctx, filled(args))


def filled(args: list[str]) -> list[str]:
    """The words with a value after every ``--mlflow``.

    >>> filled(["--mlflow", "space.yaml"]), filled(["--mlflow", "http://host:5000"])
    (['--mlflow', 'local', 'space.yaml'], ['--mlflow', 'http://host:5000'])
    """
    found: list[str] = []
    for place, word in enumerate(args):
        found.append(word)
        follows = args[place + 1] if place + 1 < len(args) else ""
        if word == "--mlflow" and not is_place(follows):
            found.append(LOCAL)
    return found

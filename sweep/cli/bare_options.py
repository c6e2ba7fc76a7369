"""Options whose value may be left out, which Typer does not offer: `--markdown` alone is `--markdown -`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from typer.core import TyperCommand


class BareOptions(TyperCommand):
    """A command that fills in what a bare option means, before anything else reads the arguments."""

    meanings: ClassVar[Mapping[str, str]] = {"--markdown": "-"}

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As any command, with bare options filled in."""
        return super().parse_args(ctx, filled(args, self.meanings))


def filled(arguments: Sequence[str], meanings: Mapping[str, str]) -> list[str]:
    """The arguments with a value after every option that has none.

    An option is bare where it stands last or another option follows; `-` is a value.

    >>> filled(["run", "--markdown"], {"--markdown": "-"})
    ['run', '--markdown', '-']
    >>> filled(["run", "--markdown", "a.md", "--csv", "b"], {"--markdown": "-"})
    ['run', '--markdown', 'a.md', '--csv', 'b']
    """
    found: list[str] = []
    for place, argument in enumerate(arguments):
        found.append(argument)
        after = arguments[place + 1 : place + 2]
        if argument in meanings and (not after or (after[0].startswith("-") and after[0] != "-")):
            found.append(meanings[argument])
    return found

"""What a user's vocabulary file changes about the senses of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from adsw.cli.run import console

if TYPE_CHECKING:
    from adsw.augment.vocabulary import Vocabulary


def tell_conflicts(vocabulary: Vocabulary) -> None:
    """Print each term added to the built-in vocabulary that has several senses, and which of them counts."""
    from adsw.augment.vocabulary import builtin

    known = set(builtin().conflicts)
    out = console()
    for conflict in vocabulary.conflicts:
        if conflict not in known:
            others = ", ".join(conflict.others)
            line = f"[yellow]{escape(conflict.surface)}[/] is {escape(conflict.chosen)}, not {escape(others)}"
            out.print(line, soft_wrap=True)

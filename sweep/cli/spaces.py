"""`sweep spaces`: the ready spaces."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from adsw.cli.run import emit_json
from sweep.cli.options import Json
from sweep.space.ready import ready_spaces


def spaces(as_json: Json = False) -> None:
    """List the ready spaces: their questions and what they cost.

    Each runs by its name, and its file shows how a space is written.

      sweep run quickstart --store stores/quickstart
    """
    found = ready_spaces()
    if as_json:
        emit_json(
            [
                {"name": space.name, "path": str(space.path), "question": space.question, "cost": space.cost}
                for space in found
            ]
        )
        return
    out = Console(highlight=False)
    for space in found:
        out.print(Text(space.name, style="bold"))
        out.print(Text(f"  {space.question[:1].upper()}{space.question[1:]}"))
        out.print(Text(f"  Cost: {space.cost}", style="dim"))
    out.print(Text(f"Files: {found[0].path.parent}", style="dim"), soft_wrap=True)

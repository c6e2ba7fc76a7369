"""`sweep diff`: where two recipes differ."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from adsw.cli.run import emit_json
from adsw.errors import Fault, InputError, together
from adsw.report.table import NOTHING, TableModel, head_columns, words
from adsw.report.terminal import terminal_table
from sweep.cli.options import Json, Runs
from sweep.run.command_lines import RUNS, command_line
from sweep.run.folder import RunFolder

Side = Annotated[
    str, typer.Argument(metavar="A", help="A run (its best trial), RUN:TRIAL, `default`, or a recipe file (YAML).")
]


def diff(
    first: Side,
    second: Annotated[str, typer.Argument(metavar="B", help="The other one, likewise.")] = "default",
    runs: Runs = RUNS,
    as_json: Json = False,
) -> None:
    """Show where the recipes of two runs, trials or files differ.

    sweep diff first second

    sweep diff first:3 first:7

    sweep diff first
    """
    from adsw.train.recipe import repeated

    one, other = together(lambda: recipe_of(runs, first), lambda: recipe_of(runs, second))
    names = [name for name in {**one, **other} if one.get(name, ...) != other.get(name, ...)]
    changed = {name: (one.get(name), other.get(name)) for name in sorted({*names} - repeated(names))}
    if as_json:
        emit_json({"first": first, "second": second, "differences": {name: [*pair] for name, pair in changed.items()}})
        return
    out = Console(highlight=False)
    if not changed:
        out.print(f"{first} and {second} have the same recipe.", markup=False)
        return
    rows = [words(name, _shown(pair[0]), _shown(pair[1])) for name, pair in changed.items()]
    heads = head_columns("setting", first, second)
    out.print(terminal_table(TableModel("differences", "", "", heads, tuple(rows))))


def recipe_of(runs: Path, given: str) -> dict[str, Any]:
    """Return the recipe of one side, by dotted name.

    Raises:
        InputError: there is no such run, trial or file, or nothing has completed.
    """
    from adsw.train.recipe import Recipe, dotted, read_recipe, resolve
    from sweep.run.ranking import best_of

    if given == "default":
        return dotted(Recipe())
    if given.endswith((".yaml", ".yml")):
        return dotted(read_recipe(Path(given), []))
    name, colon, wanted = given.partition(":")
    folder = RunFolder.named(runs, name)
    if not colon:
        record, _ = best_of(folder)
        if record is None:
            fix = f"See: {command_line('status', folder.path)}"
            raise InputError("The recipes cannot be compared", [Fault(name, "has no completed trial yet", None, fix)])
    else:
        records = folder.trials()
        record = next((each for each in records if str(each.number) == wanted), None)
        if record is None:
            fix = f"Ended are: {', '.join(str(each.number) for each in records[:20]) or 'none'}."
            raise InputError("The recipes cannot be compared", [Fault(given, "there is no such trial", None, fix)])
    return dotted(resolve(record.recipe))


def _shown(value: Any) -> str:
    """Return a value as a table shows it."""
    if value is None:
        return NOTHING
    return f"{value:.4g}" if isinstance(value, float) else str(value)

"""The commands of `adsw`, each in a file of its own."""

from __future__ import annotations

import typer

from adsw.cli.run import run_app

app = typer.Typer(
    name="adsw",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Music-text representation learning after [bold]Augment, Drop & Swap[/].",
)


def main() -> None:
    """Entry point of the `adsw` command."""
    run_app(app, "adsw")

"""The `adsw` command and its subcommands, a module each."""

from __future__ import annotations

import typer

from adsw.cli.augment import augment
from adsw.cli.doctor import doctor
from adsw.cli.encoders import encoders
from adsw.cli.evaluate import evaluate
from adsw.cli.export import export
from adsw.cli.import_ import import_app
from adsw.cli.index import index
from adsw.cli.inspect import inspect
from adsw.cli.prepare import prepare
from adsw.cli.quality import quality
from adsw.cli.quickstart import quickstart
from adsw.cli.run import run_app
from adsw.cli.schedule import schedule
from adsw.cli.search import search
from adsw.cli.shift import shift
from adsw.cli.train import train

app = typer.Typer(
    name="adsw",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Music-text representation learning after [bold]Augment, Drop & Swap[/].",
)
app.command()(quickstart)
app.add_typer(import_app)
app.command()(prepare)
app.command()(augment)
app.command()(inspect)
app.command()(quality)
app.command()(schedule)
app.command()(train)
app.command()(evaluate)
app.command()(index)
app.command()(search)
app.command()(export)
app.command()(shift)
app.command()(encoders)
app.command()(doctor)


def main() -> None:
    """Run the `adsw` command; its entry point."""
    run_app(app, "adsw")

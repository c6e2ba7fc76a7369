"""The commands of `sweep`, one per file."""

from __future__ import annotations

import typer

from adsw.cli.run import run_app
from sweep.cli.best import best
from sweep.cli.options import BareOptions
from sweep.cli.plan import plan
from sweep.cli.power import power
from sweep.cli.report import report
from sweep.cli.resume import extend, resume, stop
from sweep.cli.run import run
from sweep.cli.schema import schema
from sweep.cli.serve import serve
from sweep.cli.status import status

app = typer.Typer(
    name="sweep",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Hyperparameter sweeps of music-text representation learning: encode once, sweep everything.",
)
app.command()(schema)
app.command()(plan)
app.command()(power)
app.command(cls=BareOptions)(run)
app.command(cls=BareOptions)(resume)
app.command()(extend)
app.command()(stop)
app.command()(status)
app.command()(best)
app.command(cls=BareOptions)(report)
app.command()(serve)


def main() -> None:
    """Run the `sweep` command line."""
    run_app(app, "sweep")

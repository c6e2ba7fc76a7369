"""`sweep serve`: a page on loopback that shows runs while they run and after."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adsw.cli.run import console
from adsw.errors import Faults
from sweep.run.command_lines import RUNS, RUNS_VARIABLE

PORT = 8642


def serve(
    runs: Annotated[Path, typer.Argument(envvar=RUNS_VARIABLE, help="Folder of all runs.")] = RUNS,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on loopback; 0 for any.")] = PORT,
    token: Annotated[
        str | None,
        typer.Option("--token", help="Take orders (stop, notes, tags) that carry it; none are taken without."),
    ] = None,
) -> None:
    """Show runs on a page in the browser, while they run and after: curves, leaderboard, trials, what they retrieve.

    The page is served on this machine alone. Ctrl-C ends it; the sweeps go on.

    Examples:

      sweep serve

      sweep serve /shared/runs --port 9000 --token secret
    """
    from sweep.serve.server import HOST, Server, free

    faults = Faults("The page cannot be served")
    if not runs.is_dir():
        faults.add("runs", "is no folder", str(runs), "Give the folder that sweep run --runs writes to.")
    if port and not free(port):
        faults.add("--port", f"is taken on {HOST}", port, "Choose another one, or 0 for any that is free.")
    if token is not None and len(token) < 6:
        faults.add("--token", "must have 6 characters or more", None, "Choose a longer one.")
    faults.raise_if_any()
    with Server(runs, port, token) as server:
        out = console()
        where = f"{server.address}#token={token}" if token else server.address
        out.print(f"Serving {runs} at {where}", markup=False, soft_wrap=True)
        out.print("Orders are taken with the token." if token else "Read-only: start it with --token to take orders.")
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            server.closing = True

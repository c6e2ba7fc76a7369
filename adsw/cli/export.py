"""`adsw export`: a checkpoint as a model repository."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from adsw.cli.run import emit_json
from adsw.console import console


def export(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint folder, as `adsw train` writes it.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write: new, or empty.")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAMESPACE/NAME", help="Its repository on the Hub, for the card.")
    ] = None,
    licence: Annotated[
        str,
        typer.Option("--licence", "--license", help="Terms of the heads, as the Hub names them: cc-by-nc-4.0, mit."),
    ] = "unknown",
    licence_name: Annotated[
        str | None, typer.Option("--licence-name", help="Their name, with: --licence other")
    ] = None,
    licence_link: Annotated[str | None, typer.Option("--licence-link", help="Their address, likewise.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what this command left in --out before.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write a checkpoint as a folder that the Hugging Face Hub accepts: heads, recipe and a model card.

    Nothing is uploaded. The frozen encoders are named in the card, not copied. `adsw.load` reads the folder, here
    or downloaded again.

    [bold]EXAMPLE[/]

      adsw export runs/one --out hub/one --name me/music-heads --licence cc-by-nc-4.0
    """
    from adsw.api.export import export as write
    from adsw.train.model_card import Licence

    trained = write(checkpoint, out, name, Licence(licence, licence_name, licence_link), force)
    files = {path.name: path.stat().st_size for path in sorted(out.iterdir())}
    if as_json:
        emit_json({"folder": str(out), "name": name, "model_sha256": trained.info.model_sha256, "files": files})
        return

    screen = Console(highlight=False)
    for file, size in files.items():
        screen.print(f"{size:>12,}  {file}", markup=False)
    if licence == "unknown":
        console().print("The card states no licence: name one with --licence before others are to use the heads.")
    console().print(f"Upload it with: hf upload {name or 'NAMESPACE/NAME'} {out}", soft_wrap=True, markup=False)

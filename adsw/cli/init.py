"""`adsw init`: a starter folder."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from adsw.errors import Faults
from adsw.files import check_writable, publish_text

STARTER = ("adsw.toml", "tracks.csv", "space.yaml", "README.md")


def init(
    folder: Annotated[Path, typer.Argument(help="The folder; made if need be.")] = Path(),
) -> None:
    """Write a starter folder: a manifest to fill in, a space, a README, adsw.toml.

    Nothing that is there is overwritten.

      adsw init my-music && cd my-music
    """
    faults = Faults("The folder cannot be started")
    if folder.is_file():
        faults.add("FOLDER", "must be a folder", str(folder), "Name a new one.")
    else:
        for name in STARTER:
            if (folder / name).exists():
                faults.add(str(folder / name), "is there already", None, "Name another folder, or move it away.")
        check_writable("FOLDER", folder, faults)
    faults.raise_if_any()
    for name in STARTER:
        publish_text(folder / name, (files("adsw.cli") / "starter" / name).read_text(encoding="utf-8"))
    out = Console(highlight=False)
    for name in STARTER:
        out.print(str(folder / name), markup=False, soft_wrap=True)
    out.print(f"Next: {folder / 'README.md'} says what to do.", markup=False, soft_wrap=True)

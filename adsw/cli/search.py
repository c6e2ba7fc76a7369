"""`adsw search`: tracks by a text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adsw.cli.run import console, emit_json

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from adsw.evaluate.search import Hit


def search(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint folder, as `adsw train` writes it.")],
    text: Annotated[str, typer.Argument(help="What you look for, in your own words.")],
    store: Annotated[Path, typer.Option("--store", help="The store whose tracks are searched.")],
    count: Annotated[int, typer.Option("-k", "--count", help="How many tracks to show.")] = 5,
    split: Annotated[str, typer.Option("--split", help="The split searched, or: all.")] = "all",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Find tracks by a text: ranked by the cosine of their embeddings, with tags and audio file."""
    from adsw.encode.registry import text_encoder
    from adsw.errors import InputError
    from adsw.evaluate.matching import encoder_fault, open_together
    from adsw.evaluate.search import search as search_store

    with console().status("Searching"):
        trained, (opened,) = open_together(checkpoint, [store])
        encoder = text_encoder(trained.text_encoder.name)
        fault = encoder_fault(encoder.info, trained.text_encoder, checkpoint)
        if fault:
            raise InputError("The checkpoint cannot be used here", [fault])
        splits = opened.splits if split == "all" else [split]
        hits, size = search_store(trained.heads, encoder, opened, splits, text, count)
    if as_json:
        emit_json({"text": text, "tracks": size, "hits": [_document(hit) for hit in hits]})
    else:
        from rich.console import Console

        out = Console(highlight=False)
        out.print(_table(hits, text))
        out.print(
            f"{size:,} tracks searched ({', '.join(splits)}); score: cosine of the two embeddings",
            style="dim",
        )


def _document(hit: Hit) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(hit)


def _table(hits: list[Hit], text: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(text, style="bold"), show_lines=True)
    table.add_column("", justify="right")
    table.add_column("score", justify="right")
    table.add_column("track", overflow="fold")
    for hit in hits:
        table.add_row(str(hit.rank), f"{hit.score:.3f}", _track(hit, text))
    return table


def _track(hit: Hit, text: str) -> Text:
    from rich.text import Text

    from adsw.evaluate.search import named_in

    lines = Text()
    lines.append(hit.track_id, style="bold").append(f"  {hit.split}\n", style="dim")
    for category, tags in hit.tags.items():
        lines.append(f"{category}: ", style="dim")
        for position, tag in enumerate(tags):
            lines.append(", " if position else "")
            lines.append(tag, style="bold green" if named_in(tag, text) else "")
        lines.append("\n")
    lines.append(hit.audio or "no audio file", style="dim")
    return lines

"""`adsw search`: tracks by texts, by other tracks, by audio files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from adsw.api import search as api
from adsw.cli.run import emit_json
from adsw.console import console

if TYPE_CHECKING:
    from adsw.search.library import Found, Hit
    from adsw.search.query import Query

_STYLES = {"wanted": "bold green", "unwanted": "bold red", "": ""}
"""Of tags, as the query names them."""


def search(
    target: Annotated[Path, typer.Argument(help="An index, or a checkpoint together with --store.")],
    text: Annotated[str | None, typer.Argument(help="What you look for, in your own words.")] = None,
    store: Annotated[
        Path | None, typer.Option("--store", help="The store whose tracks are searched by a checkpoint.")
    ] = None,
    count: Annotated[int, typer.Option("-k", "--count", help="How many tracks to show, if there are so many.")] = 5,
    like: Annotated[
        list[str] | None, typer.Option("--like", metavar="TRACK", help="Sounds like this track. May be repeated.")
    ] = None,
    unwanted: Annotated[
        list[str] | None, typer.Option("--not", metavar="TEXT", help="Is not like this text. May be repeated.")
    ] = None,
    audio: Annotated[
        list[str] | None, typer.Option("--audio", metavar="FILE", help="Sounds like this file. May be repeated.")
    ] = None,
    split: Annotated[str, typer.Option("--split", help="The split searched, or: all.")] = "all",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page that plays them.")] = None,
    play: Annotated[
        str, typer.Option("--play", help="Sound on the page: embed (10 s each, inside it), link (to the files), none.")
    ] = "embed",
) -> None:
    """Find tracks by their sound: near a text, near other tracks, near an audio file.

    [bold]EXAMPLES[/]

      adsw search runs/one --store stores/quickstart "a slow minor tune on the church organ"

      adsw index runs/one --store stores/quickstart --out indexes/one

      adsw search indexes/one "a fast reel" --not "fiddle" -k 10 --html hits.html

      adsw search indexes/one --like TRACK --audio hummed.wav
    """
    searched = api.search(
        target,
        text,
        store=store,
        count=count,
        like=like,
        not_=unwanted,
        audio=audio,
        split=split,
        html=html,
        play=play,
    )
    if as_json:
        emit_json(searched.document())
    else:
        print_found(searched.found, Console(highlight=False))
    if html is not None:
        console().print(f"Page: {html}", soft_wrap=True)


def print_found(found: Found, out: Console) -> None:
    """Print the hits, and underneath what was searched and what a score is."""

    out.print(Text(found.query.words(), style="bold"))
    for hit in found.hits:
        out.print(_hit(hit, found.query), soft_wrap=True)
    splits = ", ".join(found.splits)
    out.print()
    out.print(Text(f"{found.searched:,} tracks searched ({splits}); {_score(found.query)}", style="dim"))
    if len(found.hits) < found.wanted:
        out.print(
            Text(f"{found.wanted:,} were asked for: all {len(found.hits):,} there are are shown.", style="yellow")
        )
    if found.recall is not None:
        share = f"{100 * found.recall.recall:.1f} % of the exact first {found.recall.depth}"
        out.print(Text(f"Approximate: on {found.recall.queries} other queries it found {share}", style="dim"))


def _score(query: Query) -> str:
    """Write what the score of this query is."""
    from adsw.search.query import NOT_WEIGHT

    if query.unwanted:
        return f"score: cosine to what is wanted, less {NOT_WEIGHT} times that to what is not, at equal spread"
    if len(query.texts) + len(query.like) + len(query.audio) > 1:
        return "score: mean cosine to all that is wanted, at equal spread"
    return "score: cosine of the two embeddings"


def _hit(hit: Hit, query: Query) -> Text:
    """Write rank, score and track of a hit, then its tags and its file on further lines."""

    from adsw.search.library import named_tags

    lines = Text.assemble(
        "\n", f"{hit.rank:>3}  {hit.score:.3f}  ", (hit.track_id, "bold"), (f"  {hit.split}\n", "dim")
    )
    margin = " " * 12
    for category, tags in named_tags(hit.tags, query).items():
        lines.append(f"{margin}{category}: ", style="dim")
        for position, tag in enumerate(tags):
            lines.append(", " if position else "")
            lines.append(tag.text, style=_STYLES[tag.sort])
        lines.append("\n")
    return lines.append(margin + (hit.audio or "no audio file"), style="dim")

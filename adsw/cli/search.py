"""`adsw search`: tracks by texts, by other tracks, by audio files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from adsw.cli.run import console, emit_json
from adsw.errors import Fault, Faults, InputError, unknown
from adsw.files import check_file, publish_text

if TYPE_CHECKING:
    from adsw.search.library import Found, Hit, Library
    from adsw.search.query import Query

_STYLES = {"wanted": "bold green", "unwanted": "bold red", "": ""}
"""Of tags, as the query names them."""
PLAYS = ("embed", "link", "none")


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
    from adsw.search.query import Query

    _check(play, html)
    query = Query(
        texts=() if text is None else (text,),
        like=tuple(like or ()),
        audio=tuple(audio or ()),
        unwanted=tuple(unwanted or ()),
    )
    with console().status("Searching"):
        library = open_library(target, store)
        found = library.find(query, count, None if split == "all" else [split])
    if html is not None:
        _write_page(found, library, html, play)
    if as_json:
        emit_json(document(found, library))
    else:
        print_found(found, Console(highlight=False))
    if html is not None:
        console().print(f"Page: {html}", soft_wrap=True)


def open_library(target: Path, store: Path | None) -> Library:
    """Open what is searched: an index, or the store's tracks under a checkpoint.

    Raises:
        InputError: the target is neither, the store is missing, or it is not the index's.
    """
    from adsw.search.index import INDEX_FILE, open_index
    from adsw.search.library import Library
    from adsw.train.checkpoint import RECIPE_FILE

    if (target / INDEX_FILE).is_file():
        library, _ = open_index(target)
        if store is not None:
            _check_store(library, store)
        return library
    title = "Nothing can be searched so"
    if not (target / RECIPE_FILE).is_file():
        rule = "must be an index (adsw index writes one) or a checkpoint (adsw train writes one)"
        raise InputError(title, [Fault(str(target), rule)])
    if store is None:
        fix = "Add --store, or make an index with: adsw index"
        raise InputError(title, [Fault("--store", "is required with a checkpoint", None, fix)])
    return Library.of_store(target, store)


def document(found: Found, library: Library) -> dict[str, Any]:
    """Return what --json prints of a search."""

    query = found.query
    return {
        "text": query.texts[0] if query.texts else None,
        "like": list(query.like),
        "audio": list(query.audio),
        "not": list(query.unwanted),
        "tracks": found.searched,
        "splits": list(found.splits),
        "wanted": found.wanted,
        "exact": found.recall is None,
        "recall": None if found.recall is None else found.recall.model_dump(),
        "model_sha256": library.checkpoint.info.model_sha256,
        "store_fingerprint": library.store_fingerprint,
        "hits": [asdict(hit) for hit in found.hits],
    }


def _check(play: str, html: Path | None) -> None:
    """Check the way to play, and that the page can be written."""
    faults = Faults("Nothing can be searched so")
    if play not in PLAYS:
        faults.extend([unknown("--play", play, PLAYS, "way to play")])
    check_file("--html", html, faults)
    faults.raise_if_any()


def _check_store(library: Library, store: Path) -> None:
    """Check that a store is the one that an index was made of.

    Raises:
        InputError: it is another.
    """
    from adsw.store.store import Store

    given = Store.open(store).info.fingerprint
    if given != library.store_fingerprint:
        rule = f"must be the index's own store, {library.store_fingerprint[:12]}"
        raise InputError(
            "The index cannot be used so", [Fault("--store", rule, given[:12], "Leave it out: an index needs none.")]
        )


def _write_page(found: Found, library: Library, html: Path, play: Any) -> None:
    from adsw.search.page import render

    publish_text(html, render(found, library, html, play))


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

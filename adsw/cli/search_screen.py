"""The hits of a search for the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from adsw.search.library import Found, Hit
from adsw.search.naming import named_in
from adsw.search.query import NOT_WEIGHT, Query


def print_found(found: Found, out: Console) -> None:
    """Print the hits, and underneath what was searched and what a score is."""
    table = Table(title=Text(found.query.words(), style="bold"), show_lines=True)
    table.add_column("", justify="right")
    table.add_column("score", justify="right")
    table.add_column("track", overflow="fold")
    for hit in found.hits:
        table.add_row(str(hit.rank), f"{hit.score:.3f}", _track(hit, found.query))
    out.print(table)
    splits = ", ".join(found.splits)
    out.print(Text(f"{found.searched:,} tracks searched ({splits}); {_score(found.query)}", style="dim"))
    if found.recall is not None:
        share = f"{100 * found.recall.recall:.1f} % of the exact first {found.recall.depth}"
        out.print(Text(f"Approximate: on {found.recall.queries} other queries it found {share}", style="dim"))


def _score(query: Query) -> str:
    if query.unwanted:
        return f"score: cosine to what is wanted, less {NOT_WEIGHT} times that to what is not, at equal spread"
    if len(query.texts) + len(query.like) + len(query.audio) > 1:
        return "score: mean cosine to all that is wanted, at equal spread"
    return "score: cosine of the two embeddings"


def _track(hit: Hit, query: Query) -> Text:
    lines = Text()
    lines.append(hit.track_id, style="bold").append(f"  {hit.split}\n", style="dim")
    for category, tags in hit.tags.items():
        lines.append(f"{category}: ", style="dim")
        for position, tag in enumerate(tags):
            lines.append(", " if position else "")
            lines.append(tag, style=_style(tag, query))
        lines.append("\n")
    lines.append(hit.audio or "no audio file", style="dim")
    return lines


def _style(tag: str, query: Query) -> str:
    """Green for what the query names, red for what it names as unwanted."""
    if any(named_in(tag, text) for text in query.unwanted):
        return "bold red"
    return "bold green" if any(named_in(tag, text) for text in query.texts) else ""

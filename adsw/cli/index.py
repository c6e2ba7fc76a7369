"""`adsw index`: the tracks of a store under a checkpoint, ready to be searched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from adsw.cli.run import emit_json
from adsw.console import console
from adsw.errors import InputError, unknown
from adsw.report.table import fact_table
from adsw.report.terminal import terminal_table

if TYPE_CHECKING:
    from adsw.search.index import IndexInfo, Kind

_WAYS = ("auto", "exact", "approximate")
_LABELS = {"embed": "Tracks embedded", "lists": "Lists for approximate search, tuned on real queries"}


def index(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint folder, as `adsw train` writes it.")],
    store: Annotated[Path, typer.Option("--store", help="The store whose tracks are indexed.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write: new, or empty.")],
    split: Annotated[str, typer.Option("--split", help="The split indexed, or: all.")] = "all",
    search: Annotated[
        str,
        typer.Option(
            "--search",
            help="exact reads every track; approximate reads some, by FAISS; auto is exact up to 100,000 tracks.",
        ),
    ] = "auto",
    force: Annotated[bool, typer.Option("--force", help="Replace what this command left in --out before.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Embed a store's tracks once, to search them often and anywhere: [bold]adsw search OUT "text"[/].

    The index holds the heads and the tracks' embeddings and tags. It needs the text encoder, and neither the
    store nor the checkpoint. Of an approximate index the recall against the exact search is measured and kept.

    [bold]EXAMPLE[/]

      adsw index runs/one --store stores/quickstart --out indexes/one
    """
    from adsw.api.progress import stages
    from adsw.search.index import write_index

    kind = _kind(search)
    with stages(console(), _LABELS) as tell:
        info = write_index(checkpoint, store, out, None if split == "all" else [split], kind, tell, force)
    if as_json:
        emit_json({"index": str(out), **info.model_dump(mode="json")})
        return
    _print(info, out)


def _kind(search: str) -> Kind | None:
    """Return the way to search that is asked for, or None for auto."""
    if search not in _WAYS:
        raise InputError("The index cannot be made so", [unknown("--search", search, _WAYS, "way to search")])
    return None if search == "auto" else search  # type: ignore[return-value]


def _print(info: IndexInfo, out: Path) -> None:
    """Print what the index holds and how well it searches."""

    splits = ", ".join(f"{name} {count:,}" for name, count in info.splits.items())
    rows = {
        "tracks": f"{info.tracks:,} ({splits})",
        "model": info.model_sha256[:12],
        "store": info.store_fingerprint[:12],
        "search": info.search,
    }
    if info.recall is not None:
        recall = info.recall
        rows["recall"] = (
            f"{100 * recall.recall:.1f} % of the exact first {recall.depth}, on {recall.queries} texts of the store "
            f"(target {100 * recall.target:g} %)"
        )
        rows["lists"] = f"{recall.probes:,} of {recall.lists:,} read per query"
        rows["time"] = f"{recall.approximate_ms:.2f} ms per query; exact {recall.exact_ms:.2f} ms"
    screen = Console(highlight=False)
    screen.print(Text(f"{out}  {info.fingerprint[:12]}", style="bold"), soft_wrap=True)
    screen.print(terminal_table(fact_table("index", rows.items())))

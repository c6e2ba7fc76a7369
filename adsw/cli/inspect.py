"""`adsw inspect`: what a store holds, or all that it knows of one track."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adsw.cli.run import emit_json

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from adsw.encode.store import Store


def inspect(
    store: Annotated[Path, typer.Argument(help="The store's folder.")],
    track: Annotated[str | None, typer.Option("--track", help="Show this track.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show what a store holds; with --track one track's tags, views, captions and swaps."""
    from rich.console import Console

    from adsw.encode.store import Store

    opened = Store.open(store)
    out = Console(highlight=False)
    if track is None:
        document = overview(opened)
        emit_json(document) if as_json else _show_overview(opened, document, out)
    else:
        document = one_track(opened, track)
        emit_json(document) if as_json else _show_track(document, out)


def overview(store: Store) -> dict[str, Any]:
    """A store's settings and counts: texts by source, swaps and tags by category, over all splits."""
    import pyarrow as pa
    import pyarrow.compute as pc

    tables = [store.table(split, ["tags", "texts"]) for split in store.splits]
    table = pa.concat_tables(tables)
    texts = table["texts"].combine_chunks().flatten()
    original = pc.equal(pc.struct_field(texts, "swap_of"), -1)
    sources = pc.value_counts(pc.struct_field(texts, "source").filter(original)).to_pylist()
    categories: dict[str, set[str]] = {}
    given: dict[str, int] = {}
    for tags in table["tags"].to_pylist():
        for category, names in json.loads(tags).items():
            categories.setdefault(category, set()).update(names)
            given[category] = given.get(category, 0) + len(names)
    return {
        "path": str(store.path),
        **store.info.model_dump(mode="json", exclude={"shards"}),
        "tracks": store.info.tracks,
        "originals_by_source": {item["values"]: item["counts"] for item in sources},
        "swaps": len(texts) - pc.sum(original).as_py(),
        "tags_by_category": {
            name: {"distinct": len(categories[name]), "given": given[name]} for name in sorted(categories)
        },
    }


def one_track(store: Store, track_id: str) -> dict[str, Any]:
    """Everything but the embeddings of one track.

    Raises:
        InputError: the store has no such track.
    """
    from adsw.errors import InputError, unknown

    ids: list[str] = []
    columns = ["track_id", "dataset", "group", "audio_path", "tags", "texts"]
    for split in store.splits:
        found = store.table(split, ["track_id"])["track_id"].to_pylist()
        if track_id in found:
            row = store.table(split, columns).slice(found.index(track_id), 1).to_pylist()[0]
            return {"split": split, **row, "tags": json.loads(row["tags"])}
        ids += found
    raise InputError(f"The store {store.path} has no such track", [unknown("--track", track_id, ids, "track")])


def _show_overview(store: Store, document: dict[str, Any], out: Console) -> None:
    from rich.markup import escape
    from rich.table import Table

    from adsw.cli.prepare import summary

    info = store.info
    out.print(f"[bold]{escape(str(store.path))}[/]  fingerprint {info.fingerprint[:12]}", soft_wrap=True)
    shapes = info.dimensions
    settings = Table(show_header=False, box=None)
    for name, value in {
        "audio encoder": f"{_encoder(info.audio_encoder)}, [{shapes.audio_tokens}, {shapes.audio_features}]",
        "text encoder": f"{_encoder(info.text_encoder)}, [{shapes.text_tokens}, {shapes.text_features}]",
        "captioner": info.captioner,
        "bank": ", ".join(f"{key} {value}" for key, value in info.bank.items()),
        "texts": ", ".join(f"{count:,} {name}" for name, count in document["originals_by_source"].items()),
        "swaps": f"{document['swaps']:,}",
        "left out": f"{info.without_audio:,} without audio, {info.without_text:,} without text",
    }.items():
        settings.add_row(f"[dim]{name}[/]", escape(value))
    out.print(settings)
    out.print(summary(info))
    tags = Table("category", title="Tags", title_justify="left")
    for name in ("distinct", "given"):
        tags.add_column(name, justify="right")
    for category, counts in document["tags_by_category"].items():
        tags.add_row(escape(category), f"{counts['distinct']:,}", f"{counts['given']:,}")
    out.print(tags)


def _encoder(info: Any) -> str:
    return f"{info.name} (revision {info.revision})"


def _show_track(row: dict[str, Any], out: Console) -> None:
    from rich.text import Text

    place = f"  {row['split']}  {row['dataset']}  {row['audio_path']}"
    out.print(Text(row["track_id"], style="bold").append(place, style="not bold dim"), soft_wrap=True)
    for category, tags in row["tags"].items():
        out.print(Text(f"  {category}: ", style="dim").append(", ".join(tags), style="not dim"), soft_wrap=True)
    swaps: dict[int, list[dict[str, Any]]] = {}
    for text in row["texts"]:
        swaps.setdefault(text["swap_of"], []).append(text)
    view = None
    for index, text in enumerate(row["texts"]):
        if text["swap_of"] >= 0:
            continue
        if text["view"] != view:
            view = text["view"]
            title = f"view {view}, {text['kept']} kept" if view >= 0 else "human captions"
            out.print(f"\n[bold]{title}[/]")
        out.print(Text(f"  {text['source']:8}{text['text']}"), soft_wrap=True)
        for swapped in swaps.get(index, []):
            out.print(Text("  swap    ", style="dim") + _changed(text["text"], swapped["text"]), soft_wrap=True)


def _changed(before: str, after: str) -> Text:
    """The second text, with the words that the first has not in colour."""
    from difflib import SequenceMatcher

    from rich.text import Text

    old, new = before.split(" "), after.split(" ")
    shown = Text()
    for kind, _, _, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if start == end:
            continue
        if shown:
            shown.append(" ")
        shown.append(" ".join(new[start:end]), style="" if kind == "equal" else "bold yellow")
    return shown

"""`adsw inspect`: what a store holds, or all that it knows of one track."""

from __future__ import annotations

import json
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from adsw.cli.run import emit_json
from adsw.errors import InputError, unknown
from adsw.report.table import TableModel, fact_table, head_columns, row
from adsw.report.terminal import terminal_table

if TYPE_CHECKING:
    from adsw.encoders.protocol import EncoderInfo
    from adsw.store.store import Store, StoreInfo


def inspect(
    store: Annotated[Path, typer.Argument(help="The store's folder.")],
    track: Annotated[str | None, typer.Option("--track", help="Show this track.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show what a store holds; with --track one track's tags, views, captions and swaps."""

    from adsw.store.store import Store

    opened = Store.open(store)
    out = Console(highlight=False)
    if track is None:
        document = overview(opened)
        emit_json(document) if as_json else _show_overview(opened, document, out)
    else:
        document = one_track(opened, track)
        emit_json(document) if as_json else _show_track(document, out)


def overview(store: Store) -> dict[str, Any]:
    """Return a store's settings and counts: texts by source, swaps and tags by category, over all splits."""
    import pyarrow.compute as pc

    from adsw.store.audio_stage import by_kind

    sources: Counter[str] = Counter()
    distinct: dict[str, set[str]] = {}
    given: Counter[str] = Counter()
    swaps = 0
    # Shard by shard: the texts of a large store do not fit into memory.
    for table in (table for split in store.splits for table in store.tables(split, ["tags", "texts"])):
        texts = table["texts"].combine_chunks().flatten()
        original = pc.equal(pc.struct_field(texts, "swap_of"), -1)
        counts = pc.value_counts(pc.struct_field(texts, "source").filter(original)).to_pylist()
        sources.update({item["values"]: item["counts"] for item in counts})
        swaps += len(texts) - pc.sum(original).as_py()
        for tags in map(json.loads, table["tags"].to_pylist()):
            for category, names in tags.items():
                distinct.setdefault(category, set()).update(names)
                given[category] += len(names)
    return {
        "path": str(store.path),
        **store.info.model_dump(mode="json", exclude={"shards"}),
        "tracks": store.info.tracks,
        "originals_by_source": dict(sources),
        "swaps": swaps,
        "tags_by_category": {
            name: {"distinct": len(distinct[name]), "given": given[name]} for name in sorted(distinct)
        },
        "quarantined_by_kind": by_kind(store.quarantine()),
    }


def one_track(store: Store, track_id: str) -> dict[str, Any]:
    """Return everything but the embeddings of one track.

    Raises:
        InputError: the store has no such track.
    """

    ids: list[str] = []
    columns = ["track_id", "dataset", "group", "audio_path", "audio_sha256", "start_s", "duration_s", "tags", "texts"]
    for split in store.splits:
        for number, table in enumerate(store.tables(split, ["track_id"])):
            track_ids = table["track_id"].to_pylist()
            if track_id in track_ids:
                row = store.shard_table(split, number, columns).slice(track_ids.index(track_id), 1).to_pylist()[0]
                heard = {line["kind"]: line["detail"] for line in store.remarks() if line["track_id"] == track_id}
                return {"split": split, **row, "tags": json.loads(row["tags"]), "remarks": heard}
            ids += track_ids
    raise InputError(f"The store {store.path} has no such track", [unknown("--track", track_id, ids, "track")])


def _show_overview(store: Store, document: dict[str, Any], out: Console) -> None:

    from adsw.cli.prepared import summary

    info = store.info
    out.print(f"[bold]{escape(str(store.path))}[/]  fingerprint {info.fingerprint[:12]}", soft_wrap=True)
    shapes = info.dimensions
    settings = {
        "audio encoder": f"{_encoder(info.audio_encoder)}, [{shapes.audio_tokens}, {shapes.audio_features}]",
        "text encoder": f"{_encoder(info.text_encoder)}, [{shapes.text_tokens}, {shapes.text_features}]",
        "captioner": info.captioner,
        **{f"weights of {name}": said for name, said in info.pretrained.items()},
        "bank": ", ".join(f"{key} {value}" for key, value in info.bank.items()),
        "texts": ", ".join(f"{count:,} {name}" for name, count in document["originals_by_source"].items()),
        "swaps": f"{document['swaps']:,}",
        "left out": _left_out(document),
        "heard otherwise": ", ".join(f"{count:,} {kind}" for kind, count in info.remarks.items()) or "none",
        "twice": _twice(info),
    }
    tags = tuple(
        row(category, f"{counts['distinct']:,}", f"{counts['given']:,}")
        for category, counts in document["tags_by_category"].items()
    )
    for table in (
        fact_table("settings", settings.items()),
        summary(info),
        TableModel("tags", "Tags", "", head_columns("category", "distinct", "given"), tags),
    ):
        out.print(terminal_table(table))


def _twice(info: StoreInfo) -> str:
    """Write which recordings stand more than once."""
    if info.duplicates is None:
        return "not counted by the version that made it"
    return " ".join(info.duplicates.sentences()) or "no recording"


def _encoder(info: EncoderInfo) -> str:
    """Write an encoder's name, revision, settings, and where its weights were."""
    settings = "".join(f", {key} {value}" for key, value in info.settings.items())
    return f"{info.name} (revision {info.revision}{settings}{f', from {info.place}' if info.place else ''})"


def _left_out(document: dict[str, Any]) -> str:
    """Write how many tracks were left out and why."""
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in document["quarantined_by_kind"].items())
    for_audio = sum(document["quarantined_by_kind"].values())
    return (
        f"{document['without_audio']:,} without audio, {document['without_text']:,} without text, "
        f"{for_audio:,} for their audio{f' ({kinds})' if kinds else ''}"
    )


def _show_track(row: dict[str, Any], out: Console) -> None:
    """Print one track: its tags, then every text with its swaps below it."""

    place = f"  {row['split']}  {row['dataset']}  {row['audio_path'] or 'embedding given'}{_part(row)}"
    out.print(Text(row["track_id"], style="bold").append(place, style="not bold dim"), soft_wrap=True)
    for kind, detail in row["remarks"].items():
        out.print(Text(f"  {kind}: {detail}", style="yellow"), soft_wrap=True)
    for category, tags in row["tags"].items():
        out.print(Text(f"  {category}: ", style="dim").append(", ".join(tags), style="not dim"), soft_wrap=True)
    swaps: dict[int, list[dict[str, Any]]] = {}
    for text in row["texts"]:
        swaps.setdefault(text["swap_of"], []).append(text)
    view = None
    for index, text in enumerate(row["texts"]):
        if text["swap_of"] >= 0:
            continue  # Printed below its original.
        if text["view"] != view:
            view = text["view"]
            title = f"view {view}, {text['kept']} kept" if view >= 0 else "human captions"
            out.print(f"\n[bold]{title}[/]")
        out.print(Text(f"  {text['source']:8}{text['text']}"), soft_wrap=True)
        for swapped in swaps.get(index, []):
            out.print(Text("  swap    ", style="dim") + _changed(text["text"], swapped["text"]), soft_wrap=True)


def _part(row: dict[str, Any]) -> str:
    """Write which part of its file a track is; nothing for the whole file."""
    if row["start_s"] is None and row["duration_s"] is None:
        return ""
    start = row["start_s"] or 0.0
    end = "the end" if row["duration_s"] is None else f"{start + row['duration_s']:g} s"
    return f"  {start:g} s to {end}"


def _changed(before: str, after: str) -> Text:
    """Return the second text, with the words that differ from the first in colour."""

    old, new = before.split(" "), after.split(" ")
    shown = Text()
    for kind, _, _, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if start == end:
            continue
        if shown:
            shown.append(" ")
        shown.append(" ".join(new[start:end]), style="" if kind == "equal" else "bold yellow")
    return shown

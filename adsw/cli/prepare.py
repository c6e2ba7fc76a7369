"""`adsw prepare`: from a manifest to a store."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adsw.cli.run import Status, console, emit_json

if TYPE_CHECKING:
    from rich.table import Table

    from adsw.augment.bank import BankConfig
    from adsw.encode.store import StoreInfo

STAGES = {
    "audio": "Encoding audio",
    "texts": "Writing texts",
    "embeddings": "Encoding texts",
    "shards": "Writing shards",
}


def prepare(
    manifest: Annotated[Path, typer.Argument(help="Parquet, CSV or JSONL, one row per track.")],
    store: Annotated[Path, typer.Option("--store", help="The folder to build the store in.")],
    audio_root: Annotated[
        Path | None,
        typer.Option("--audio-root", help="Where audio paths start; the manifest's folder by default."),
    ] = None,
    audio_encoder: Annotated[
        str, typer.Option("--audio-encoder", help="Its name; given:NAME where audio names .npy files.")
    ] = "spectral",
    text_encoder: Annotated[str, typer.Option("--text-encoder", help="Its name.")] = "minilm",
    captioner: Annotated[str, typer.Option("--captioner", help="What words the views.")] = "template",
    views: Annotated[int, typer.Option("--views", help="Views at every kept count.")] = 2,
    swaps: Annotated[int, typer.Option("--swaps", help="Swapped variants of every text.")] = 1,
    seed: Annotated[int, typer.Option("--seed", help="Of views, captions and swaps.")] = 0,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Processes; one per core by default.")] = None,
    executor: Annotated[str, typer.Option("--executor", help="ray, or local: this process.")] = "ray",
    resume: Annotated[bool, typer.Option("--resume", help="Continue an interrupted preparation.")] = False,
    max_bad: Annotated[
        float, typer.Option("--max-bad", min=0, max=100, help="Percentage of audio that may be unusable.")
    ] = 5.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Encode all that a trial can need of a corpus, once: its audio, its texts, their swaps."""
    from adsw.cli.progress import stages
    from adsw.corpus.manifest import read_manifest
    from adsw.encode.prepare import TooManyBadError
    from adsw.encode.prepare import prepare as build
    from adsw.executor import executor_named

    began = time.monotonic()
    bank = _bank(views, swaps, seed)
    runner = executor_named(executor)
    tracks = read_manifest(manifest, audio_root)
    out = console()
    try:
        with stages(out, STAGES) as tell:
            info = build(
                tracks,
                store,
                audio_encoder,
                text_encoder,
                captioner,
                bank,
                runner,
                workers or os.cpu_count() or 1,
                resume,
                tell,
                max_bad,
            )
    except KeyboardInterrupt:
        out.print("Interrupted. Go on with the same command and --resume.")
        return Status.INTERRUPTED
    except TooManyBadError as error:
        out.print(f"[bold red]Stopped:[/] {error}")
        return Status.TOO_MANY_FAILURES
    seconds = time.monotonic() - began
    if as_json:
        emit_json({"path": str(store), "seconds": round(seconds, 3), **info.model_dump(mode="json")})
    else:
        out.print(summary(info))
        out.print(f"{store}: {info.tracks:,} tracks in {seconds:.0f} s, fingerprint {info.fingerprint[:12]}")
        _print_left_out(info, store)
    return Status.DONE


def summary(info: StoreInfo) -> Table:
    """What a store holds, split by split."""
    from rich.table import Table

    table = Table("split")
    for name in ("tracks", "texts", "MB", "shards", "quarantined"):
        table.add_column(name, justify="right")
    for name, split in info.splits.items():
        megabytes = f"{split.bytes / 1e6:,.1f}"
        counts = (split.shards, split.quarantined)
        table.add_row(name, f"{split.tracks:,}", f"{split.texts:,}", megabytes, *(f"{count:,}" for count in counts))
    return table


def _print_left_out(info: StoreInfo, store: Path) -> None:
    quarantined = sum(split.quarantined for split in info.splits.values())
    left_out = {
        f"for their audio, see {store / 'quarantine.jsonl'}": quarantined,
        "without audio": info.without_audio,
        "with neither tags nor captions": info.without_text,
    }
    for why, count in left_out.items():
        if count:
            console().print(f"Left out: {count:,} tracks {why}.")


def _bank(views: int, swaps: int, seed: int) -> BankConfig:
    """The bank's settings, or an InputError that names the options."""
    from pydantic import ValidationError

    from adsw.augment.bank import BankConfig
    from adsw.errors import Fault, InputError, faults_of

    names = {"views_per_count": "--views", "swaps_per_text": "--swaps"}
    try:
        return BankConfig.model_validate({"views_per_count": views, "swaps_per_text": swaps, "seed": seed})
    except ValidationError as error:
        found = faults_of(error, BankConfig)
        named = [Fault(names.get(item.where, item.where), item.rule, item.value, item.fix) for item in found]
        raise InputError("The bank cannot be made so", named) from error

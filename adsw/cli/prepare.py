"""`adsw prepare`: from a manifest to a store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adsw.cli.run import Status, console, emit_json

if TYPE_CHECKING:
    from rich.console import Console

    from adsw.encode.store import Store, StoreInfo

STAGES = {
    "audio": "Encoding audio",
    "texts": "Writing texts",
    "embeddings": "Encoding texts",
    "shards": "Writing shards",
}


def prepare(
    manifest: Annotated[Path, typer.Argument(help="Parquet, CSV or JSONL, one row per track.")],
    store: Annotated[Path, typer.Option(help="Folder to build the store in.")],
    audio_root: Annotated[Path | None, typer.Option(help="Where audio paths start. Default: the manifest's folder.")] = None,
    audio_encoder: Annotated[str, typer.Option(help="An encoder, or given:NAME where `audio` names .npy files.")] = "spectral",
    text_encoder: Annotated[str, typer.Option(help="A text encoder.")] = "minilm",
    captioner: Annotated[str, typer.Option(help="What words the views.")] = "template",
    views: Annotated[int, typer.Option(help="Views at every kept count.")] = 2,
    swaps: Annotated[int, typer.Option(help="Swapped variants of every text.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the views, captions and swaps.")] = 0,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes. Default: one per core.")] = None,
    executor: Annotated[str, typer.Option(help="ray, or local for one worker in this process.")] = "ray",
    resume: Annotated[bool, typer.Option("--resume", help="Continue an interrupted preparation.")] = False,
    max_bad: Annotated[float, typer.Option(min=0, max=100, help="Percentage of unusable audio allowed.")] = 5.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> int:
    """Encode everything a trial can need of a corpus, once: its audio, its texts, their swaps."""
    from adsw.augment.bank import BankConfig
    from adsw.cli.progress import stages
    from adsw.corpus.manifest import read_manifest
    from adsw.encode.prepare import TooManyBadError
    from adsw.encode.prepare import prepare as build
    from adsw.encode.store import Store
    from adsw.errors import InputError, faults_of
    from adsw.executor import executor_named

    from pydantic import ValidationError
    ...

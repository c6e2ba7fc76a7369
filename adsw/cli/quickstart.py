"""`adsw quickstart`: a real corpus and its store, without any download."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adsw.cli.run import Status, emit_json
from adsw.console import console
from adsw.errors import Faults
from adsw.executor import executor_named
from adsw.files import check_writable, publish_json
from adsw.json_text import parse_json
from adsw.report.terminal import terminal_table
from adsw.system_errors import SAFE, going_on

if TYPE_CHECKING:
    from adsw.corpus.quickstart.build import CorpusReport
    from adsw.store.store import StoreInfo

REQUEST_FILE = "quickstart.json"
ENCODERS = {"audio_encoder": "spectral", "text_encoder": "minilm", "captioner": "template"}
# What takes the time is encoding texts: about 195,000 different ones. Half of the views are worded, and of the tracks
# that are not trained on there are only views of one tag, of half of them and of all.
BANK = {
    "views_per_count": 2,
    "captions_per_count": 1,
    "held_out_levels": 3,
    "swaps_per_category": 1,
    "swaps_per_text": 1,
    "swap_max_terms": 3,
}


def quickstart(
    store: Annotated[Path, typer.Option("--store", help="The folder to build in; the corpus goes to DIR/corpus.")],
    tracks: Annotated[int, typer.Option("--tracks", help="How many scores to render.")] = 1500,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Processes; one per core by default.")] = None,
    executor: Annotated[str, typer.Option("--executor", help="ray, or local: this process.")] = "ray",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Render real scores with recorded instruments, tag them truly, and prepare their store.

    Interrupted, run it again: it goes on where it was. A finished store is left as it is.

      adsw quickstart --store stores/quickstart

      adsw quickstart --store stores/tiny --tracks 60 --executor local
    """
    from adsw.store.audio_stage import TooManyBadError

    began = time.monotonic()
    store = store.resolve()
    request = {"tracks": tracks, **ENCODERS, **BANK}
    if _is_finished(store, request):
        return _tell_finished(store, as_json)
    try:
        with going_on(SAFE, "The same command goes on from there."):
            report, info = _build(store, request, executor, workers or os.cpu_count() or 1)
    except KeyboardInterrupt:
        console().print("Interrupted. The same command goes on from here.")
        return Status.INTERRUPTED
    except TooManyBadError as error:
        console().print(f"[bold red]Stopped:[/] {error}")
        return Status.TOO_MANY_FAILURES
    seconds = time.monotonic() - began
    if as_json:
        emit_json(_document(store, info, seconds, report))
    else:
        _show(store, report, info, seconds)
    return Status.DONE


def _is_finished(store: Path, request: dict[str, Any]) -> bool:
    """Return whether the folder holds the finished store of this request.

    Raises:
        InputError: it holds something else.
    """
    from adsw.store.store import STORE_FILE, Store

    faults = Faults(f"Cannot build the quickstart store in {store}")
    finished = (store / STORE_FILE).exists()
    before = _earlier_request(store)
    if before is None:
        if finished:
            faults.add(str(store), "holds a store that was not made by quickstart", None, "Name another folder.")
    else:
        for name, value in request.items():
            if before.get(name) != value:
                fix = "Ask for the same, or name another folder."
                faults.add(name, f"was {before.get(name)!r} when the folder was begun", value, fix)
    if not finished:
        check_writable("--store", store, faults)
    faults.raise_if_any()
    if finished:
        Store.open(store)  # Raises if the store is damaged.
    return finished


def _earlier_request(store: Path) -> dict[str, Any] | None:
    """Return the request that the folder was begun for, None if there is none, or an empty one if it is unreadable."""
    try:
        request = parse_json((store / REQUEST_FILE).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return request if isinstance(request, dict) else {}


def _build(store: Path, request: dict[str, Any], executor: str, workers: int) -> tuple[CorpusReport, StoreInfo]:
    """Render and tag the scores, then prepare their store."""
    from adsw.api.prepare import STAGES
    from adsw.augment.bank import BankConfig
    from adsw.corpus.manifest import read_manifest
    from adsw.corpus.quickstart.build import build_corpus, check_request
    from adsw.progress import stages
    from adsw.store.planning import Request
    from adsw.store.prepare import prepare
    from adsw.store.stages import Running

    runner = executor_named(executor)
    check_request(request["tracks"])
    # Written before any work, so that the same command can go on where it was interrupted.
    publish_json(store / REQUEST_FILE, request)
    corpus = store / "corpus"
    bank = BankConfig.model_validate(BANK)
    with stages(console(), {"corpus": "Rendering scores", **STAGES}) as tell:
        report = build_corpus(
            corpus, request["tracks"], runner, workers, lambda done, total: tell("corpus", done, total)
        )
        tracks = read_manifest(corpus / "manifest.parquet")
        prepared = prepare(
            tracks,
            store,
            Request(bank=bank, **{name: request[name] for name in ENCODERS}),
            Running(executor=runner, workers=workers, on_progress=tell),
            resume=True,
        )
    return report, prepared.info


def _tell_finished(store: Path, as_json: bool) -> int:
    """Print that there is nothing to do; return the exit status."""
    from adsw.store.store import Store

    info = Store.open(store).info
    if as_json:
        emit_json(_document(store, info, 0.0, None))
    else:
        console().print(f"{store} holds this store already: {info.tracks:,} tracks. Nothing to do.")
    return Status.DONE


def _document(store: Path, info: StoreInfo, seconds: float, report: CorpusReport | None) -> dict[str, Any]:
    """Return what --json prints; `corpus` is null if nothing had to be done."""
    return {
        "path": str(store),
        "seconds": round(seconds, 3),
        "corpus": None if report is None else report.model_dump(mode="json"),
        "store": info.model_dump(mode="json"),
    }


def _show(store: Path, report: CorpusReport, info: StoreInfo, seconds: float) -> None:
    """Print what was rendered and what the store holds."""
    from adsw.cli.prepare import summary

    out = console()
    out.print(
        f"{report.rendered:,} scores of {len(report.collections)} collections, {report.tags_per_track:.1f} tags each, "
        f"in {report.seconds:.0f} s."
    )
    if report.left_out:
        out.print(f"{len(report.left_out)} scores could not be rendered: {store / 'corpus' / 'report.json'} says why.")
    if report.rendered < report.asked:
        out.print(f"[bold]Only {report.rendered:,} of {report.asked:,} scores can be rendered.[/]")
    out.print(terminal_table(summary(info)))
    out.print(f"{store}: ready in {seconds:.0f} s, fingerprint {info.fingerprint[:12]}")

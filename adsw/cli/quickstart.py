"""`adsw quickstart`: a real corpus and its store, without any download."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adsw.api.caption_options import Attempts, bank_settings, caption_settings
from adsw.augment.captions.protocol import Asking, CaptionOptions
from adsw.cli.run import Status, emit_json
from adsw.console import console
from adsw.encoders.weights import GIVEN
from adsw.errors import Faults
from adsw.executor import Executor, LocalExecutor, executor_named
from adsw.files import check_writable, publish_json
from adsw.json_text import parse_json
from adsw.report.terminal import terminal_table
from adsw.system_errors import SAFE, going_on

if TYPE_CHECKING:
    from adsw.corpus.quickstart.build import CorpusReport
    from adsw.store.planning import Request
    from adsw.store.store import StoreInfo

REQUEST_FILE = "quickstart.json"
QUERIES_FILE = "queries.jsonl"
"""Beside the manifest: queries of the held-out tracks, the same in several languages, for `adsw evaluate --queries`."""
AUDIO_ENCODER, TEXT_ENCODER, CAPTIONER = "musicnn", "use-multilingual", "template"
VIEWS = 2
# What takes the time is encoding texts: about 185,000 different ones. Half of the views are worded, and of the tracks
# that are not trained on there are only views of one tag, of half of them and of all.
BANK = {
    "captions_per_count": 1,
    "held_out_levels": 3,
    "swaps_per_category": 1,
    "swaps_per_text": 1,
    "swap_max_terms": 3,
}


_OPTION_OF = {
    "tracks": "--tracks",
    "audio_encoder": "--audio-encoder",
    "text_encoder": "--text-encoder",
    "captioner": "--captioner",
    "caption_prompt": "--caption-prompt",
    "caption": "--caption",
    "captions": "--captions",
    "views_per_count": "--views",
}
"""Field of the request -> its option."""


def quickstart(
    store: Annotated[Path, typer.Option("--store", help="The folder to build in; the corpus goes to DIR/corpus.")],
    tracks: Annotated[int, typer.Option("--tracks", help="How many scores to render.")] = 1500,
    audio_encoder: Annotated[
        str, typer.Option("--audio-encoder", metavar="NAME", help="As of adsw prepare; spectral is hand-made features.")
    ] = AUDIO_ENCODER,
    text_encoder: Annotated[
        str, typer.Option("--text-encoder", metavar="NAME", help="As of adsw prepare, such as minilm.")
    ] = TEXT_ENCODER,
    captioner: Annotated[
        str, typer.Option("--captioner", help="What words the views, as of adsw prepare.")
    ] = CAPTIONER,
    caption_prompt: Annotated[
        str | None, typer.Option("--caption-prompt", help="What a language model is asked, as of adsw prepare.")
    ] = None,
    caption: Annotated[
        list[str] | None,
        typer.Option("--caption", metavar="KEY=VALUE", help="A setting of a language model, as of adsw prepare."),
    ] = None,
    captions: Annotated[
        int | None,
        typer.Option(
            "--captions", min=1, help="Views that a language model words, the template the others; all by default."
        ),
    ] = None,
    views: Annotated[int, typer.Option("--views", help="Views of a track at every kept count.")] = VIEWS,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Processes; one per core by default.")] = None,
    executor: Annotated[str, typer.Option("--executor", help="ray, or local: this process.")] = "ray",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Render real scores with recorded instruments, tag them truly, and prepare their store.

    Interrupted, run it again: it goes on where it was. A finished store is left as it is.

      adsw quickstart --store stores/quickstart

      adsw quickstart --store stores/tiny --tracks 60 --executor local

      adsw quickstart --store stores/spectral --audio-encoder spectral
    """
    from adsw.augment.captions.backend import AskingStoppedError
    from adsw.store.audio_stage import TooManyBadError

    began = time.monotonic()
    store = store.resolve()
    request = {
        "tracks": tracks,
        "audio_encoder": audio_encoder,
        "text_encoder": text_encoder,
        "captioner": captioner,
        "caption_prompt": caption_prompt,
        "caption": caption or None,
        "captions": captions,
        "views_per_count": views,
        **BANK,
    }
    if _is_finished(store, request):
        return _tell_finished(store, as_json)
    try:
        with going_on(SAFE, "The same command goes on from there."):
            report, info = _build(store, request, executor, workers or os.cpu_count() or 1)
    except KeyboardInterrupt:
        console().print("Interrupted. The same command goes on from here.")
        return Status.INTERRUPTED
    except (TooManyBadError, AskingStoppedError) as error:
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
                was, option = before.get(name), _OPTION_OF.get(name)
                same = f"Ask for the same ({option} {was})" if option and was is not None else "Ask for the same"
                fix = f"{same}, or name another folder with --store."
                faults.add(option or name, f"was {was!r} when the folder was begun", value, fix)
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
    from adsw.api.progress import stages
    from adsw.corpus.languages.grammar import write_queries
    from adsw.corpus.manifest import read_manifest
    from adsw.corpus.quickstart.build import build_corpus
    from adsw.store.prepare import prepare
    from adsw.store.stages import Running

    runner, wanted = _checked(store, request, executor)
    # Written before any work, so that the same command can go on where it was interrupted.
    publish_json(store / REQUEST_FILE, request)
    corpus = store / "corpus"
    with stages(console(), {"corpus": "Rendering scores", **STAGES}) as tell:
        report = build_corpus(
            corpus, request["tracks"], runner, workers, lambda done, total: tell("corpus", done, total)
        )
        tracks = read_manifest(corpus / "manifest.parquet")
        write_queries(tracks, corpus / QUERIES_FILE)
        prepared = prepare(
            tracks,
            store,
            wanted,
            Running(executor=runner, workers=workers, on_progress=tell),
            resume=True,
        )
    return report, prepared.info


def _checked(store: Path, request: dict[str, Any], executor: str) -> tuple[Executor, Request]:
    """Check all that the work needs before any of it begins; return the executor and what the store is to hold.

    Raises:
        InputError: every fault, such as an encoder whose package is missing.
    """
    from adsw.augment.bank import BankConfig
    from adsw.augment.captions.captioner import TEMPLATE
    from adsw.corpus.quickstart.build import check_request
    from adsw.store.planning import Request, faults_without_tracks

    attempts = Attempts()
    runner = attempts.get(lambda: executor_named(executor), LocalExecutor())
    attempts.get(lambda: check_request(request["tracks"]), [])
    settings = [*(request["caption"] or []), *_model_views(request["captions"])]
    captions, asking = attempts.get(
        lambda: caption_settings(request["caption_prompt"], settings, None, None, request["captioner"]),
        (CaptionOptions(), Asking()),
    )
    bank = attempts.get(lambda: bank_settings(str(request["views_per_count"]), None, 1, 0, **BANK), None)
    wanted = Request(
        bank=bank or BankConfig(),
        captions=captions,
        asking=asking,
        **{name: request[name] for name in ("audio_encoder", "text_encoder", "captioner")},
    )
    faults = Faults("The quickstart cannot be built so")
    faults.extend(faults_without_tracks(wanted, store))
    if request["audio_encoder"].startswith(GIVEN):
        fix = "Name an encoder; for embeddings of your own, prepare DIR/corpus with adsw prepare."
        faults.add("--audio-encoder", "must encode audio that is rendered here", request["audio_encoder"], fix)
    if request["captions"] is not None and request["captioner"] == TEMPLATE:
        fix = "Name one with --captioner, or leave --captions out."
        faults.add("--captions", "counts views worded by a language model", request["captions"], fix)
    attempts.get(faults.raise_if_any, None)
    attempts.raise_if_any()
    return runner, wanted


def _model_views(captions: int | None) -> list[str]:
    """Return the setting that bounds the views worded by a language model, if there is a bound."""
    return [] if captions is None else [f"model_views={captions}"]


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
    from adsw.cli.prepared import show_heard, summary

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
    show_heard(store, out)
    out.print(f"{store}: ready in {seconds:.0f} s, fingerprint {info.fingerprint[:12]}")

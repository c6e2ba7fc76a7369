"""`adsw prepare`: from a manifest to a store."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from adsw.augment.captions.backend import AskingStoppedError
from adsw.augment.captions.protocol import Asking, CaptionOptions
from adsw.augment.vocabulary import builtin
from adsw.cli.caption_options import Attempts, bank_settings, caption_settings, tell_conflicts
from adsw.cli.prepared import STAGES, show_prepared
from adsw.cli.progress import seconds_text
from adsw.cli.run import Status, console, emit_json
from adsw.encoders.weights import Reference
from adsw.executor import LocalExecutor, executor_named
from adsw.system_errors import SAFE, going_on

if TYPE_CHECKING:
    from adsw.augment.vocabulary import Vocabulary
    from adsw.store.planning import Planned, Request
    from adsw.store.stages import Running


def prepare(
    manifest: Annotated[Path, typer.Argument(help="Parquet, CSV or JSONL, one row per track.")],
    store: Annotated[Path, typer.Option("--store", help="The folder to build the store in.")],
    audio_root: Annotated[
        str | None,
        typer.Option("--audio-root", help="Where audio paths start, folder or URI; the manifest's folder by default."),
    ] = None,
    audio_encoder: Annotated[
        str, typer.Option("--audio-encoder", metavar="NAME", help="NAME, NAME@REVISION, NAME=PLACE; given:NAME.")
    ] = "spectral",
    audio: Annotated[
        list[str] | None,
        typer.Option("--audio", metavar="KEY=VALUE", help="A setting of the audio encoder; again for others."),
    ] = None,
    embeddings: Annotated[
        Path | None,
        typer.Option(
            "--embeddings", metavar="FILE", help="Of given:NAME: FILE.npz, FILE.parquet or FILE.parquet:COLUMN."
        ),
    ] = None,
    text_encoder: Annotated[
        str, typer.Option("--text-encoder", metavar="NAME", help="NAME, NAME@REVISION, NAME=PLACE.")
    ] = "minilm",
    text: Annotated[
        list[str] | None,
        typer.Option("--text", metavar="KEY=VALUE", help="A setting of the text encoder; again for others."),
    ] = None,
    reuse: Annotated[
        list[Path] | None,
        typer.Option("--reuse", metavar="STORE", help="Take what it holds of the same encoders; again for others."),
    ] = None,
    captioner: Annotated[
        str,
        typer.Option("--captioner", help="What words the views: template, smollm2, local:MODEL, openai:URL#MODEL, ..."),
    ] = "template",
    caption_prompt: Annotated[
        str | None,
        typer.Option("--caption-prompt", help="By name, or a YAML or text file; paper by default, small for smollm2."),
    ] = None,
    caption: Annotated[
        list[str] | None,
        typer.Option("--caption", metavar="KEY=VALUE", help="A setting of a language model; again for others."),
    ] = None,
    caption_cache: Annotated[
        Path | None, typer.Option("--caption-cache", help="Where answers are kept; by default in $ADSW_CACHE.")
    ] = None,
    caption_requests: Annotated[
        int | None, typer.Option("--caption-requests", help="Requests at most; 0: only what is cached.")
    ] = None,
    views: Annotated[str, typer.Option("--views", help="Views at every kept count, or paper: about 10.")] = "2",
    levels: Annotated[
        int | None, typer.Option("--levels", help="Kept counts at most, evenly spread; all of them by default.")
    ] = None,
    captions_per_count: Annotated[
        int | None, typer.Option("--captions-per-count", help="Views of a kept count with a caption; all by default.")
    ] = None,
    held_out_levels: Annotated[
        int | None, typer.Option("--held-out-levels", help="--levels of valid and test; the same by default.")
    ] = None,
    swaps: Annotated[
        int, typer.Option("--swaps", help="Swaps of a text, per category of one term and per number of more terms.")
    ] = 1,
    swap_terms: Annotated[int, typer.Option("--swap-terms", help="Terms replaced at most in one text.")] = 3,
    swaps_within: Annotated[
        bool, typer.Option("--swaps-within-categories", help="Also swaps of several terms of each one category.")
    ] = False,
    swap_draw: Annotated[
        str, typer.Option("--swap-draw", help="Replacements by frequency, uniform, or hard: near in the text encoder.")
    ] = "frequency",
    vocabulary: Annotated[
        Path | None, typer.Option("--vocabulary", help="A YAML file of your own terms, by category.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of views, captions and swaps.")] = 0,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Processes; one per core by default.")] = None,
    executor: Annotated[str, typer.Option("--executor", help="ray, or local: this process.")] = "ray",
    address: Annotated[
        str | None, typer.Option("--address", help="Of a running Ray cluster, such as auto; else one is started.")
    ] = None,
    batch: Annotated[
        int, typer.Option("--batch", min=1, help="Tracks that a worker has in memory, and encodes, at once.")
    ] = 16,
    resume: Annotated[bool, typer.Option("--resume", help="Continue an interrupted preparation.")] = False,
    max_bad: Annotated[
        float, typer.Option("--max-bad", min=0, max=100, help="Percentage of audio that may be unusable.")
    ] = 5.0,
    on_duplicate: Annotated[
        str,
        typer.Option(
            "--on-duplicate", metavar="WAY", help="A recording in several splits: warn, error, or group: put into one."
        ),
    ] = "warn",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Encode all that a trial can need of a corpus, once: its audio, its texts, their swaps.

    Interrupted, it goes on with --resume. With one encoder changed, --reuse
    takes the other side from the store that is there. Where Ray finds GPUs,
    encoders that they make faster run on them, one worker to each.

    Audio that cannot be used is left out and listed in quarantine.jsonl; more
    than --max-bad percent of it stops the preparation with status 3.

    The same recording (bytes, start and length) under two ids is a leak where
    one is trained on and the other held out. By default such are counted and
    named; --on-duplicate error refuses them, group joins their groups, which
    then go to the split that the manifest names, or by the joined group's hash.

    A language model is asked for every distinct view of the tags. Its answers
    are kept for all stores, cleaned, and checked against the tags; where none
    will do, the template stands in. The key for a server comes from
    OPENAI_API_KEY and goes nowhere else.

    What --audio and --text can set of an encoder, adsw encoders lists. What
    --caption can set: attempts, least_coverage, most_added, most_words,
    language, temperature, retry_temperature, top_p, max_tokens, seed,
    model_views (the views it words; the template words the others); and
    concurrency, timeout_s, tries, backoff_s, longest_wait_s, batch_size.

      adsw prepare tracks.csv --store stores/mine

      adsw prepare tracks.csv --store stores/mert --audio-root s3://bucket/a \\
        --audio-encoder mert=models/MERT-v1-95M --audio layer=7

      adsw prepare tracks.csv --store stores/clap --audio-encoder clap \\
        --reuse stores/mert

      adsw prepare tracks.csv --store stores/own --audio-encoder given:own \\
        --embeddings own.npz

      adsw prepare tracks.csv --store stores/mine --views paper \\
        --captioner local:Qwen/Qwen3-0.6B

      adsw prepare tracks.csv --store stores/small --captioner smollm2 \\
        --caption model_views=3000

      adsw prepare tracks.csv --store stores/mine --caption-prompt listener \\
        --captioner "openai:http://localhost:8000/v1#my-model" \\
        --caption attempts=5 --caption-requests 20000
    """
    from adsw.augment.bank import BankConfig
    from adsw.store.duplicates import check_policy
    from adsw.store.planning import Request
    from adsw.store.stages import Running

    attempts = Attempts()
    captions, asking = attempts.get(
        lambda: caption_settings(caption_prompt, caption or [], caption_cache, caption_requests, captioner),
        (CaptionOptions.model_validate({"prompt": caption_prompt} if caption_prompt else {}), Asking()),
    )
    request = Request(
        audio_encoder=attempts.get(lambda: Reference.parse(audio_encoder, audio or [], "--audio-encoder"), "spectral"),
        text_encoder=attempts.get(lambda: Reference.parse(text_encoder, text or [], "--text-encoder"), "minilm"),
        captioner=captioner,
        bank=attempts.get(
            lambda: bank_settings(
                views,
                levels,
                swaps,
                seed,
                captions_per_count=captions_per_count,
                held_out_levels=held_out_levels,
                swap_max_terms=swap_terms,
                swaps_within_categories=swaps_within,
                swap_draw=swap_draw,
            ),
            BankConfig(),
        ),
        captions=captions,
        asking=asking,
        vocabulary=attempts.get(lambda: _vocabulary(vocabulary), None),
        embeddings=embeddings,
        reuse=tuple(reuse or ()),
        on_duplicate=attempts.get(lambda: check_policy(on_duplicate), "warn"),
    )
    runner = attempts.get(lambda: executor_named(executor, address), LocalExecutor())
    preparation = _planned(manifest, audio_root, store, request, resume, attempts)
    running = Running(executor=runner, workers=workers or os.cpu_count() or 1, batch=batch, max_bad=max_bad)
    return _run(preparation, running, as_json)


def _planned(
    manifest: Path, audio_root: str | None, store: Path, request: Request, resume: bool, attempts: Attempts
) -> Planned:
    """Check the request against the corpus and return the plan of what will be built.

    Raises:
        InputError: every fault, also those noted in `attempts`.
    """
    from adsw.corpus.manifest import read_manifest
    from adsw.store.planning import check_place, faults_without_tracks, planned

    root = Path(audio_root) if audio_root is not None and "://" not in audio_root else audio_root
    attempts.get(lambda: check_place(store), None)
    # The tracks end with this function: kept through the whole preparation, their memory would grow with the corpus.
    remarks: list[str] = []
    tracks = attempts.get(lambda: read_manifest(manifest, root, with_splits=False, remarks=remarks), ())
    attempts.raise_if_any(lambda: faults_without_tracks(request, store))
    for remark in remarks:
        console().print(escape(f"{manifest}: {remark}"), style="yellow", soft_wrap=True)
    return planned(tracks, store, request, resume)


def _run(preparation: Planned, running: Running, as_json: bool) -> int:
    """Build the store and print what became of it; return the exit status."""
    from adsw.cli.progress import stages
    from adsw.store.audio_stage import TooManyBadError
    from adsw.store.cost import cost_of
    from adsw.store.prepare import run

    out = console()
    if (cost := cost_of(preparation, running.workers)) is not None:
        out.print(
            f"The bank: about {cost.texts:,} texts, {cost.swaps:,} of them swaps; {cost.bytes / 1e6:,.0f} MB of "
            f"embeddings; about {seconds_text(cost.seconds)} for writing and encoding, {running.workers} at a time.",
            soft_wrap=True,
        )
    try:
        with going_on(SAFE, "Go on with the same command and --resume."), stages(out, STAGES) as tell:
            prepared = run(preparation, replace(running, on_progress=tell))
    except KeyboardInterrupt:
        out.print("Interrupted. Go on with the same command and --resume.")
        return Status.INTERRUPTED
    except (TooManyBadError, AskingStoppedError) as error:
        out.print(f"[bold red]Stopped:[/] {escape(str(error))}", soft_wrap=True)
        if isinstance(error, AskingStoppedError):
            out.print("What was answered is kept. Go on with the same command and --resume.")
        return Status.TOO_MANY_FAILURES
    emit_json(prepared.document()) if as_json else show_prepared(prepared, out)
    return Status.DONE


def _vocabulary(file: Path | None) -> Vocabulary | None:
    """Read the user's vocabulary and print its terms that have several senses; return None without a file."""
    if file is None:
        return None

    words = builtin().with_file(file)
    tell_conflicts(words)
    return words

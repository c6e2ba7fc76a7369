"""`adsw.prepare`: from a manifest to a store."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from adsw.api.arguments import Place, Settings, listed, pairs_of, path_of
from adsw.api.caption_options import Attempts, bank_settings, caption_settings, tell_conflicts
from adsw.api.progress import seconds_text, stages
from adsw.augment.captions.protocol import Asking, CaptionOptions
from adsw.augment.vocabulary import builtin
from adsw.console import console
from adsw.encoders.weights import Reference
from adsw.errors import Fault, InputError
from adsw.executor import LocalExecutor, executor_named
from adsw.system_errors import SAFE, going_on

if TYPE_CHECKING:
    from adsw.augment.vocabulary import Vocabulary
    from adsw.corpus.track import Track
    from adsw.store.planning import Planned, Request
    from adsw.store.prepare import Prepared
    from adsw.store.stages import Running

STAGES = {
    "audio": "Encoding audio",
    "views": "Noting views",
    "captions": "Captioning views",
    "texts": "Writing texts",
    "embeddings": "Encoding texts",
    "shards": "Writing shards",
}


def prepare(
    manifest: Place,
    store: Place,
    *,
    audio_root: Place | None = None,
    audio_encoder: str = "spectral",
    audio: Settings = None,
    embeddings: Place | None = None,
    text_encoder: str = "minilm",
    text: Settings = None,
    reuse: Place | Iterable[Place] | None = None,
    captioner: str = "template",
    caption_prompt: Place | None = None,
    caption: Settings = None,
    caption_cache: Place | None = None,
    caption_requests: int | None = None,
    views: int | str = "2",
    levels: int | None = None,
    captions_per_count: int | None = None,
    held_out_levels: int | None = None,
    swaps: int = 1,
    swap_terms: int = 3,
    swaps_within_categories: bool = False,
    swap_draw: str = "frequency",
    vocabulary: Place | None = None,
    seed: int = 0,
    workers: int | None = None,
    executor: str = "ray",
    address: str | None = None,
    batch: int = 16,
    resume: bool = False,
    max_bad: float = 5.0,
    on_duplicate: str = "warn",
) -> Prepared:
    """Encode all that a trial can need of a corpus, once; arguments and defaults are those of ``adsw prepare --help``.

    Shows its progress on standard error, or below the cell of a notebook. Interrupted, it goes on with `resume`.

    Returns:
        The store with its `info`.

    Raises:
        InputError: everything that is wrong with the arguments or the manifest.
        TooManyBadError: more than `max_bad` percent of the audio cannot be used.
        AskingStoppedError: a language model gave no more answers.
    """
    from adsw.augment.bank import BankConfig
    from adsw.store.duplicates import check_policy
    from adsw.store.planning import Request
    from adsw.store.stages import Running

    attempts = Attempts()
    prompt, cache = None if caption_prompt is None else str(caption_prompt), path_of(caption_cache)
    captions, asking = attempts.get(
        lambda: caption_settings(prompt, pairs_of(caption), cache, caption_requests, captioner),
        (CaptionOptions.model_validate({"prompt": prompt} if prompt else {}), Asking()),
    )
    request = Request(
        audio_encoder=attempts.get(
            lambda: Reference.parse(audio_encoder, pairs_of(audio), "--audio-encoder"), "spectral"
        ),
        text_encoder=attempts.get(lambda: Reference.parse(text_encoder, pairs_of(text), "--text-encoder"), "minilm"),
        captioner=captioner,
        bank=attempts.get(
            lambda: bank_settings(
                str(views),
                levels,
                swaps,
                seed,
                captions_per_count=captions_per_count,
                held_out_levels=held_out_levels,
                swap_max_terms=swap_terms,
                swaps_within_categories=swaps_within_categories,
                swap_draw=swap_draw,
            ),
            BankConfig(),
        ),
        captions=captions,
        asking=asking,
        vocabulary=attempts.get(lambda: _vocabulary(path_of(vocabulary)), None),
        embeddings=path_of(embeddings),
        reuse=tuple(map(Path, listed(reuse))),
        on_duplicate=attempts.get(lambda: check_policy(on_duplicate), "warn"),
    )
    runner = attempts.get(lambda: executor_named(executor, address), LocalExecutor())
    root = None if audio_root is None else str(audio_root)
    preparation = _planned(Path(manifest), root, Path(store), request, resume, attempts, max_bad)
    running = Running(executor=runner, workers=workers or os.cpu_count() or 1, batch=batch, max_bad=max_bad)
    return _run(preparation, running)


def _planned(
    manifest: Path,
    audio_root: str | None,
    store: Path,
    request: Request,
    resume: bool,
    attempts: Attempts,
    max_bad: float,
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
    if request.embeddings is None and not resume:
        _tell_missing(manifest, tracks, max_bad)
    return planned(tracks, store, request, resume)


def _tell_missing(manifest: Path, tracks: Sequence[Track], max_bad: float) -> None:
    """Say which audio files are missing, before anything is encoded.

    Raises:
        InputError: none is there, or more are missing than may be bad: that is no damage but a wrong path.
    """
    from adsw.corpus.table_files import is_address

    wanted = sorted({track.audio for track in tracks if track.audio and not is_address(track.audio)})
    missing = [audio for audio in wanted if not Path(audio).exists()]
    if not missing:
        return
    first = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
    said = f"{len(missing):,} of {len(wanted):,} audio files are missing: {first}"
    # A preparation of few tracks may go on without one or two; where hardly anything is there the root is wrong.
    if len(missing) == len(wanted) or (len(missing) > 1 and 100 * len(missing) > max_bad * len(wanted)):
        fix = "Say with --audio-root where paths start, or let more be missing with --max-bad."
        raise InputError("The audio cannot be found", [Fault(str(manifest), said, None, fix)])
    console().print(escape(f"{manifest}: {said}"), style="yellow", soft_wrap=True)


def _run(preparation: Planned, running: Running) -> Prepared:
    """Build the store and show its progress."""
    from adsw.store.cost import cost_of
    from adsw.store.prepare import run

    out = console()
    if (cost := cost_of(preparation, running.workers)) is not None:
        out.print(
            f"The bank: about {cost.texts:,} texts, {cost.swaps:,} of them swaps; {cost.bytes / 1e6:,.0f} MB of "
            f"embeddings; about {seconds_text(cost.seconds)} for writing and encoding, {running.workers} at a time.",
            soft_wrap=True,
        )
    with going_on(SAFE, "Go on with the same command and --resume."), stages(out, STAGES) as tell:
        return run(preparation, replace(running, on_progress=tell))


def _vocabulary(file: Path | None) -> Vocabulary | None:
    """Read the user's vocabulary and print its terms that have several senses; return None without a file."""
    if file is None:
        return None

    words = builtin().with_file(file)
    tell_conflicts(words)
    return words

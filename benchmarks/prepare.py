"""`adsw prepare`: against a bare loop over the same encoder, killed and resumed, and its memory as the corpus grows.

    python -m benchmarks.prepare speed  --manifest M.parquet [--audio-encoder NAME=PLACE ...] [--tracks N] [--json]
    python -m benchmarks.prepare kill   --manifest M.parquet [--kills 3] [--tracks N] [--json]
    python -m benchmarks.prepare memory [--given 1000 10000 50000] [--manifest M.parquet --audio 1000 10000] [--json]

speed: tracks a second of the audio stage with one and two workers, the same files, batch and encoder as the loop.
Both are timed without the start of Python and Ray; the loop's time holds the building of the encoder as the stage's
does. What the whole command took, start and texts included, stands beside it. The order of all runs is turned round
`--rounds` times and the fastest of each is taken: another process on the machine only ever makes a run slower. Two bare
loops at once, half of the tracks each, say what the machine itself gains by a second process.

kill: the command's whole process group is killed (SIGKILL) in the middle of its work, again and again, each time
resumed; then every file of the store is compared with an uninterrupted one's. Processes that outlive a kill by 10 s
are counted.

memory: the peak of the whole process tree, see `benchmarks.process_tree`, at several sizes. `--given` makes embeddings
and tags, so that tens of thousands of tracks take minutes; `--audio` repeats the tracks of a manifest. Texts are
encoded by a tiny CLIP with random weights, for the same reason.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from adsw.corpus.manifest import read_manifest, write_manifest
from adsw.corpus.track import Track
from adsw.files import publishing
from benchmarks.process_tree import Watch
from benchmarks.weights import WRITERS

OUTLIVED_S = 10.0
TAGS = {
    "genre": ["jazz", "folk", "rock", "blues", "techno", "ambient", "waltz", "tango"],
    "mood": ["calm", "sad", "happy", "dark", "dreamy", "tense"],
    "instrument": ["piano", "violin", "flute", "guitar", "drums", "cello", "organ", "harp"],
    "tempo": ["slow", "fast"],
}
ARMS = {
    "bare": "a bare loop",
    "pair": "two bare loops at once",
    "1": "adsw prepare, workers 1",
    "2": "adsw prepare, workers 2",
}
FEW_TEXTS = ("--views", "1", "--levels", "2", "--swaps", "0")
Result = dict[str, Any]


def main() -> None:
    """Run what the command line asks for and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["speed", "kill", "memory", "bare"])
    parser.add_argument("--manifest", type=Path, help="tracks with audio on this machine")
    parser.add_argument("--tracks", type=int, help="take so many of them")
    parser.add_argument("--audio-encoder", action="append", help="as of adsw prepare; again for others")
    parser.add_argument("--text-encoder", default="minilm")
    parser.add_argument("--rounds", type=int, default=1, help="of speed")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--given", type=int, nargs="*", default=[], help="of memory: tracks with given embeddings")
    parser.add_argument("--audio", type=int, nargs="*", default=[], help="of memory: tracks of the manifest, repeated")
    parser.add_argument("--workers", type=int, default=2, help="of kill and memory")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args()
    if given.manifest is None and (given.what != "memory" or given.audio):
        parser.error("give a --manifest")
    given.audio_encoder = given.audio_encoder or ["spectral"]
    with tempfile.TemporaryDirectory(prefix="prepare-") as folder:
        results = {"speed": speed, "kill": kill, "memory": memory, "bare": bare}[given.what](given, Path(folder))
    if given.json or given.what == "bare":
        print(json.dumps(results, indent=2))
    else:
        Console().print(table(results))


def table(rows: Sequence[Result]) -> Table:
    """All figures, a column each."""
    made = Table()
    for name in rows[0]:
        made.add_column(name, justify="left" if isinstance(rows[0][name], str) else "right", overflow="fold")
    for row in rows:
        made.add_row(*(f"{value:,.3g}" if isinstance(value, float) else f"{value}" for value in row.values()))
    return made


def speed(given: argparse.Namespace, folder: Path) -> list[Result]:
    """The audio stage against a bare loop."""
    manifest = _part(given, folder)
    results = []
    for encoder in given.audio_encoder:
        runs: dict[str, list[tuple[float, float]]] = {arm: [] for arm in ARMS}
        for number in range(given.rounds):
            for arm in list(runs)[:: -1 if number % 2 else 1]:
                runs[arm].append(_timed(given, manifest, encoder, arm, folder / f"{arm}-{number}"))
        tracks = len(read_manifest(manifest))
        loop = tracks / min(stage for stage, _ in runs["bare"])
        for arm, times in runs.items():
            stage, whole = (min(column) for column in zip(*times, strict=True))
            rate = tracks / stage
            results.append(
                {
                    "encoder": encoder,
                    "what": ARMS[arm],
                    "tracks": tracks,
                    "tracks/s": rate,
                    "of the loop": rate / loop,
                    "whole command s": whole,
                }
            )
    return results


def bare(given: argparse.Namespace, folder: Path) -> Result:
    """The loop: seconds of building the encoder, fetching, decoding and encoding, in batches, on one thread."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    from adsw.encoders.audio.source import audio_source

    del folder
    tracks = read_manifest(given.manifest)
    began = time.monotonic()
    source = audio_source(given.audio_encoder[0], tracks)
    with threadpool_limits(limits=1):
        for start in range(0, len(tracks), given.batch):
            batch = tracks[start : start + given.batch]
            source.encode([source.decode(source.fetch(track), track) for track in batch])
    return {"seconds": time.monotonic() - began}


def kill(given: argparse.Namespace, folder: Path) -> list[Result]:
    """Killed in the middle and resumed; the same bytes?"""
    manifest = _part(given, folder)
    arguments = _prepare(given, manifest, given.audio_encoder[0], given.workers)
    _run([*arguments, "--store", str(folder / "whole")])
    shards = len(list((folder / "whole" / "shards").rglob("*.parquet")))
    killed, outlived = 0, 0
    for number in range(given.kills):
        resume = ["--resume"] if (folder / "cut" / "prepare.json").exists() else []
        with _started([*arguments, "--store", str(folder / "cut"), *resume]) as (process, watch):
            # Of each shard there are in the end its tracks, audio, texts, distinct texts and their embeddings.
            _wait_for_files(process, folder / "cut" / "work", shards + 4 * shards * (number + 1) // (given.kills + 1))
            killed += process.poll() is None
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            deadline = time.monotonic() + OUTLIVED_S
            while watch.alive() and time.monotonic() < deadline:
                time.sleep(0.2)
            outlived += len(watch.alive())
    again = _run([*arguments, "--store", str(folder / "cut"), "--resume"])
    mine, theirs = _contents(folder / "cut"), _contents(folder / "whole")
    return [
        {
            "killed": killed,
            "processes that outlived a kill": outlived,
            "tracks": again["tracks"],
            "audio done before the last": again["stages"][0]["before"],
            "files": len(theirs),
            "byte-identical": mine == theirs,
        }
    ]


def memory(given: argparse.Namespace, folder: Path) -> list[Result]:
    """The tree's peak at several sizes."""
    jobs = [("given embeddings", count, _given_corpus(folder / f"given-{count}", count)) for count in given.given]
    jobs += [("audio", count, _repeated(given, folder / f"audio-{count}.parquet", count)) for count in given.audio]
    given.text_encoder = f"clip={WRITERS['clip'](folder / 'clip', 'clip', True, 0)}"
    results: list[Result] = []
    for kind, count, manifest in jobs:
        encoder = given.audio_encoder[0] if kind == "audio" else "given:random"
        arguments = _prepare(given, manifest, encoder, given.workers)
        if kind != "audio":
            arguments += ["--embeddings", str(manifest.with_suffix(".embeddings.parquet"))]
        with _started([*arguments, "--store", str(folder / f"store-{kind[0]}-{count}")]) as (process, watch):
            began = time.monotonic()
            document = json.loads(process.communicate()[0])
        first = next((one["peak MB"] for one in results if one["kind"] == kind), watch.peak.bytes / 1e6)
        results.append(
            {
                "kind": kind,
                "tracks": document["tracks"],
                "texts": document["texts"],
                "seconds": time.monotonic() - began,
                "peak MB": watch.peak.bytes / 1e6,
                "of the first": watch.peak.bytes / 1e6 / first,
                "driver's peak MB": watch.peak.driver / 1e6,
                "made up of": ", ".join(f"{role} {size / 1e6:.0f}" for role, size in watch.peak.by_role.items()),
            }
        )
    return results


def _prepare(given: argparse.Namespace, manifest: Path, encoder: str, workers: int) -> list[str]:
    command = [sys.executable, "-c", "from adsw.cli import main; main()", "prepare", str(manifest), *FEW_TEXTS]
    named = ["--audio-encoder", encoder, "--text-encoder", given.text_encoder, "--batch", str(given.batch)]
    return [*command, *named, "--workers", str(workers), "--json"]


def _timed(given: argparse.Namespace, manifest: Path, encoder: str, arm: str, store: Path) -> tuple[float, float]:
    """Seconds of the audio work, and of the whole command."""
    began = time.monotonic()
    if arm in ("bare", "pair"):
        seconds = _loops(given, manifest, encoder, 1 if arm == "bare" else 2)
    else:
        document = _run([*_prepare(given, manifest, encoder, int(arm)), "--store", str(store)])
        seconds = next(one["seconds"] for one in document["stages"] if one["stage"] == "audio")
    return seconds, time.monotonic() - began


def _loops(given: argparse.Namespace, manifest: Path, encoder: str, count: int) -> float:
    """Seconds of so many bare loops at once, each over its share of the tracks: of the slowest."""
    tracks = read_manifest(manifest)
    commands = []
    for number in range(count):
        share = manifest.with_name(f"share-{number}.parquet")
        write_manifest(tracks[number::count], share)
        command = [sys.executable, "-m", "benchmarks.prepare", "bare", "--manifest", str(share)]
        commands.append([*command, "--audio-encoder", encoder, "--batch", str(given.batch)])
    with ThreadPoolExecutor(count) as pool:
        return max(found["seconds"] for found in pool.map(_run, commands))


def _run(command: Sequence[str]) -> Result:
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=_environment())
    document: Result = json.loads(done.stdout)
    return document


@contextmanager
def _started(command: Sequence[str]) -> Iterator[tuple[subprocess.Popen[str], Watch]]:
    """A command in a process group of its own, watched."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True, env=_environment())
    with Watch(process.pid) as watch:
        yield process, watch
    if process.stdout is not None:
        process.stdout.close()
    process.wait()


def _environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[1])}


def _wait_for_files(process: subprocess.Popen[str], work: Path, count: int) -> None:
    """Until the stages have left so many files."""
    while process.poll() is None and sum(1 for _ in work.glob("*/[!.]*-?????.*")) < count:
        time.sleep(0.05)


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _part(given: argparse.Namespace, folder: Path) -> Path:
    """The manifest, or one of its first tracks, or of them again and again where more are wanted."""
    manifest = folder / "tracks.parquet"
    tracks = read_manifest(given.manifest)
    if given.tracks and given.tracks > len(tracks):
        return _repeated(given, manifest, given.tracks)
    write_manifest(tracks[: given.tracks], manifest)
    return manifest


def _repeated(given: argparse.Namespace, manifest: Path, count: int) -> Path:
    """A manifest of so many tracks, the same audio again and again."""
    tracks = read_manifest(given.manifest)
    many = [tracks[n % len(tracks)] for n in range(count)]
    write_manifest([replace(one, track_id=f"{n}", group=f"{n}", split="") for n, one in enumerate(many)], manifest)
    return manifest


def _given_corpus(folder: Path, count: int) -> Path:
    """A manifest of tracks without audio, with tags and a caption each, and random embeddings, [16, 64] of each."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    random = np.random.default_rng(0)
    tracks = []
    for number in range(count):
        tags = {name: (str(random.choice(terms)),) for name, terms in TAGS.items()}
        caption = f"Take {number} of a {tags['mood'][0]} tune."
        tracks.append(Track(f"{number}", None, None, None, tags, (caption,), "", f"{number}", "made"))
    folder.mkdir()
    write_manifest(tracks, folder / "tracks.parquet")
    schema = pa.schema([("track_id", pa.string()), ("embedding", pa.list_(pa.list_(pa.float32())))])
    with publishing(folder / "tracks.embeddings.parquet") as file, pq.ParquetWriter(file, schema) as writer:
        for start in range(0, count, 500):
            rows = [
                {"track_id": one.track_id, "embedding": random.standard_normal((16, 64), np.float32).tolist()}
                for one in tracks[start : start + 500]
            ]
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
    return folder / "tracks.parquet"


if __name__ == "__main__":
    main()

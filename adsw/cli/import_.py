"""`adsw import`: from the files of a public data set to a manifest. One command per set, since each has options of its
own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from adsw.augment.vocabulary import builtin
from adsw.cli.run import emit_json
from adsw.console import console
from adsw.report.table import Cell, TableModel, fact_table, head_columns, words
from adsw.report.terminal import terminal_table

if TYPE_CHECKING:
    from adsw.corpus.importers.base import Choice
    from adsw.corpus.importers.report import Report

import_app = typer.Typer(
    name="import",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Turn the files of a public data set into a manifest.",
)

File = Annotated[Path, typer.Argument(help="The file that the set publishes.")]
Files = Annotated[list[Path], typer.Argument(help="Files that the set publishes.")]
Out = Annotated[Path, typer.Option("--out", metavar="M.parquet", help="The manifest: .parquet, .csv or .jsonl.")]
AudioRoot = Annotated[
    str | None,
    typer.Option("--audio-root", metavar="DIR", help="Where the audio lies: a folder, or s3://..., gs://..."),
]
AudioPattern = Annotated[
    list[str] | None,
    typer.Option("--audio-pattern", metavar="NAME", help="How files are named, see above; again for others."),
]
WholeVideos = Annotated[
    bool, typer.Option("--whole-videos", help="Files are whole videos: use a clip's start to its end.")
]
ValidShare = Annotated[
    float, typer.Option("--valid-share", metavar="SHARE", help="Of train, how much becomes valid, by a hash.")
]
Vocabulary = Annotated[
    Path | None, typer.Option("--vocabulary", help="A YAML file of your own terms, by category, beside the built-in.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@import_app.command("musiccaps")
def musiccaps(
    file: File,
    out: Out,
    audio_root: AudioRoot = None,
    audio_pattern: AudioPattern = None,
    whole_videos: WholeVideos = False,
    subset: Annotated[str, typer.Option("--subset", help="all, eval, or balanced (by genre, 1,000 of eval).")] = "all",
    valid_share: ValidShare = 0.0,
    vocabulary: Vocabulary = None,
    as_json: AsJson = False,
) -> None:
    """MusicCaps: musiccaps-public.csv, 5,521 clips of 10 s, each with a caption and a list of free tags.

    Clips of AudioSet's evaluation set become test, the others train. A tag's
    category is the vocabulary's, or "other". Files are found under the names
    that the usual downloaders give them; others by --audio-pattern, with
    {ytid}, {start}, {end}, {start_ms}, {end_ms}, and .* for any suffix.

      adsw import musiccaps musiccaps-public.csv --audio-root clips/ \\
        --out musiccaps.parquet

      adsw import musiccaps musiccaps-public.csv --audio-root clips/ \\
        --audio-pattern "{ytid}/{start}.wav" --subset eval --out eval.parquet
    """
    from adsw.corpus.importers.base import Choice

    chosen = Choice(subset, tuple(audio_pattern or ()), whole_videos, _category_of(vocabulary))
    _import("musiccaps", [file], out, chosen, audio_root, valid_share, as_json)


@import_app.command("mtg-jamendo")
def mtg_jamendo(
    files: Files,
    out: Out,
    audio_root: AudioRoot = None,
    audio_pattern: AudioPattern = None,
    valid_share: ValidShare = 0.0,
    as_json: AsJson = False,
) -> None:
    """MTG-Jamendo: autotagging*.tsv, full tracks with tags of genre, instrument and mood/theme.

    The split is what a file's name says (-train, -validation, -test); give all
    three. Tracks of an artist never come into two splits. Audio is found at the
    published paths, as low-quality copies (.low.mp3) and in other formats;
    elsewhere by --audio-pattern, with {path}, {stem}, {id}.

      adsw import mtg-jamendo split-0/autotagging-*.tsv --audio-root audio/ \\
        --out jamendo.parquet

      adsw import mtg-jamendo autotagging_moodtheme.tsv \\
        --audio-root s3://bucket/jamendo --out mood.parquet
    """
    from adsw.corpus.importers.base import Choice

    _import("mtg-jamendo", files, out, Choice("", tuple(audio_pattern or ())), audio_root, valid_share, as_json)


@import_app.command("song-describer")
def song_describer(
    file: File,
    out: Out,
    audio_root: AudioRoot = None,
    audio_pattern: AudioPattern = None,
    subset: Annotated[str, typer.Option("--subset", help="all, or valid: captions checked by its makers.")] = "all",
    as_json: AsJson = False,
) -> None:
    """Song Describer: song_describer.csv, 1,106 captions of 706 tracks, for evaluation: all of it is test.

    A track has all its captions. Audio is found as released (NN/ID.2min.mp3), or
    as MTG-Jamendo's full tracks, of which the first two minutes are used;
    elsewhere by --audio-pattern, with {path}, {stem}, {id}.

      adsw import song-describer song_describer.csv --audio-root data/ \\
        --out sdd.parquet

      adsw import song-describer song_describer.csv --audio-root data/ \\
        --subset valid --out valid.parquet
    """
    from adsw.corpus.importers.base import Choice

    _import("song-describer", [file], out, Choice(subset, tuple(audio_pattern or ())), audio_root, 0.0, as_json)


@import_app.command("yt8m-mtc")
def yt8m_mtc(
    files: Files,
    out: Out,
    audio_root: AudioRoot = None,
    audio_pattern: AudioPattern = None,
    whole_videos: WholeVideos = False,
    valid_share: ValidShare = 0.0,
    as_json: AsJson = False,
) -> None:
    """YouTube8M-MusicTextClips: train.csv and test.csv, clips of 10 s, each with a text.

    The split is what a file's name says. Texts that stand on several clips are
    kept: evaluation makes them one query with several targets. Files are found
    under the usual downloaders' names; others by --audio-pattern, with {ytid},
    {start}, {end}, {start_ms}, {end_ms}, and .* for any suffix.

      adsw import yt8m-mtc train.csv test.csv --audio-root clips/ \\
        --valid-share 0.1 --out yt8m.parquet

      adsw import yt8m-mtc test.csv --audio-root videos/ --whole-videos \\
        --out test.parquet
    """
    from adsw.corpus.importers.base import Choice

    chosen = Choice("", tuple(audio_pattern or ()), whole_videos)
    _import("yt8m-mtc", files, out, chosen, audio_root, valid_share, as_json)


def _import(
    name: str,
    files: list[Path],
    out: Path,
    choice: Choice,
    audio_root: str | None,
    valid_share: float,
    as_json: bool,
) -> None:
    """Read a public data set, write its manifest, and print the report."""
    from adsw.corpus.importers.run import SETS, import_set
    from adsw.corpus.manifest import write_manifest

    with console().status(f"Reading {SETS[name].title}"):
        imported = import_set(SETS[name], files, out, choice, audio_root, valid_share)
        write_manifest(imported.tracks, out)
    if as_json:
        emit_json({"manifest": str(out), **imported.report.document()})
        return

    print_report(imported.report, Console(highlight=False))
    console().print(f"Manifest: {out}", markup=False, soft_wrap=True)


def _category_of(file: Path | None) -> Callable[[str], str]:
    """Return a function from a plain tag to its category in the built-in vocabulary and the user's."""
    from adsw.corpus.importers.base import OTHER

    words = builtin().with_file(file) if file else builtin()
    return lambda tag: words.category_of(tag) or OTHER


def print_report(report: Report, out: Console) -> None:
    """Print what was read and left out, the splits, the tags, and what the user should know."""

    contents = report.contents
    tracks = f"{contents.tracks:,} tracks of {_count(contents.groups, report.group)}"
    out.print(Text(report.title, style="bold"), Text(tracks, style="dim"), soft_wrap=True)
    out.print(terminal_table(fact_table("rows", _facts(report))))
    for table in (_splits(report), *([_tags(report)] if contents.tags else [])):
        out.print()
        out.print(terminal_table(table))
    if report.remarks:
        out.print()
    for remark in report.remarks:
        out.print(Text(remark, style="yellow"))


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what was read, left out and found, as pairs of label and value."""
    contents = report.contents
    yield "rows read", f"{report.rows:,} of {_count(len(report.files), 'file')}"
    for why, count in report.left_out.items():
        yield "left out", f"{count:,} {why}"
    if report.repeated_rows:
        says = "says" if report.repeated_rows == 1 else "say"
        yield "repeated", f"{_count(report.repeated_rows, 'row')} that {says} nothing new of a track"
    if contents.captions:
        yield "captions", f"{contents.captions:,}"
    if contents.shared_texts.texts:
        shared = contents.shared_texts
        yield "shared", f"{_count(shared.texts, 'caption')} on several tracks, {shared.tracks:,} in all"
    if report.hours is not None:
        yield "length", f"{report.hours:,.1f} hours"
    if report.audio_root is None:
        yield "audio", f"{contents.with_audio:,} paths, not looked for; {contents.without_audio:,} without"
    else:
        yield "audio", f"{contents.with_audio:,} found, {contents.without_audio:,} missing, under {report.audio_root}"


def _splits(report: Report) -> TableModel:
    """Return a table of the counts of every split."""
    audio = "paths" if report.audio_root is None else "with audio"
    rows = tuple(
        words(name, *(f"{count:,}" for count in (split.tracks, split.captions, split.groups, split.with_audio)))
        for name, split in report.contents.splits.items()
    )
    heads = head_columns("split", "tracks", "captions", f"{report.group}s", audio)
    return TableModel("splits", "Splits", "", heads, rows)


def _tags(report: Report) -> TableModel:
    """Return a table of tags by category, with a sum if there are several."""
    tags = report.contents.tags
    rows = [words(name, f"{count.distinct:,}", f"{count.given:,}", f"{count.tracks:,}") for name, count in tags.items()]
    if len(tags) > 1:
        given = sum(count.given for count in tags.values())
        together = ("all", f"{report.contents.distinct_tags:,}", f"{given:,}", "")
        rows.append(tuple(Cell(text, strong=True) for text in together))
    heads = head_columns("category", "distinct", "given", "tracks")
    return TableModel("tags", "Tags", "", heads, tuple(rows))


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"

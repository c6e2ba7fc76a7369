"""`adsw quality`: what the texts of a store are worth, before anything is trained on them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from adsw.augment.vocabulary import builtin
from adsw.cli.run import emit_json
from adsw.console import console
from adsw.errors import Faults, unknown
from adsw.files import check_file
from adsw.report.terminal import captioned_table, terminal_table

if TYPE_CHECKING:
    from adsw.store.store import Store
    from adsw.text_quality.measure import Quality

_LABEL, _WIDE = 26, 24
"""Columns of the terminal that the names of figures, and a figure with its interval beside it, take."""
_STAGES = {"read": "Reading tracks", "state": "What texts state", "measure": "Measuring groups"}


def quality(
    store: Annotated[Path, typer.Argument(help="The store's folder.")],
    split: Annotated[str | None, typer.Option("--split", help="Only this split; by default all, together.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Where the figures of every text go; by default STORE/quality.parquet, with --split "
            "STORE/quality-SPLIT.parquet.",
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page as well.")] = None,
    tracks: Annotated[
        int, typer.Option("--tracks", min=0, help="Tracks of each split at most; 0: all. Memory grows with it.")
    ] = 5000,
    vocabulary: Annotated[
        Path | None, typer.Option("--vocabulary", help="Your YAML of terms, where the store was made with one.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of samples and resamples.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure a store's texts by source and captioner: what they state and invent, how varied, generic and like
    human captions they are.

      adsw quality stores/mine

      adsw quality stores/mine --split test --html quality.html

      adsw quality stores/mine --json > quality.json
    """
    from adsw.api.progress import stages
    from adsw.store.store import Store
    from adsw.text_quality.measure import measure_quality

    opened = Store.open(store)
    target = out or _default_target(store, split)
    _check(opened, split, out, target, html)
    words = builtin().with_file(vocabulary) if vocabulary else None
    with stages(console(), _STAGES) as tell:
        measured = measure_quality(opened, [split] if split else None, tracks, words, seed, target, tell)
    if html is not None:
        from adsw.text_quality.page import write_page

        write_page(measured, html)
    if as_json:
        emit_json({**measured.document(), "values": str(target), "html": None if html is None else str(html)})
        return

    print_quality(measured, Console(highlight=False))
    for name, path in (("Figures of every text", target), ("Page", html)):
        if path is not None:
            console().print(f"{name}: {path}", markup=False, soft_wrap=True)


def print_quality(quality: Quality, out: Console) -> None:
    """Print the figures by group and by kept count, what the texts talk about, and the conventions.

    If there are several captioners, captions are shown by captioner, without the group of all of them.
    """

    from adsw.text_quality.tables import group_table, level_tables, shown_groups, talk_tables

    reports = shown_groups(quality.groups)
    written = [report for report in reports if report.group.source != "tags" and not report.group.stands_in]
    measured = f"{', '.join(quality.splits)}: {quality.tracks:,} tracks; captioner {quality.store.info.captioner}"
    out.print(Text(f"{quality.store.path}", style="bold"), Text(measured, style="dim"), soft_wrap=True)
    # Too narrow for all columns with their intervals beside, a screen gets these below the figures.
    fits = _LABEL + _WIDE * len(reports) <= out.width
    out.print(terminal_table(group_table(reports), "beside" if fits else "below"))
    for table in level_tables(quality, written):
        out.print(terminal_table(table, "left out"))
    for table in talk_tables(written):
        out.print(captioned_table(table))
    for remark in quality.remarks:
        out.print(Text(remark, style="yellow"))
    for convention in quality.conventions:
        out.print(Text(convention, style="dim"))


def _default_target(store: Path, split: str | None) -> Path:
    return store / (f"quality-{split}.parquet" if split else "quality.parquet")


def _check(store: Store, split: str | None, out: Path | None, target: Path, html: Path | None) -> None:
    """Check the options before anything is read.

    Raises:
        InputError: every fault.
    """
    faults = Faults("The quality cannot be measured so")
    if split is not None and split not in store.splits:
        faults.extend([unknown("--split", split, store.splits, "split")])
    if out is None and not os.access(store.path, os.W_OK):
        faults.add(str(store.path), "cannot be written to", None, "Name a file elsewhere with --out.")
    inside = store.path.resolve()
    for option, path in (("--out", target if out else None), ("--html", html)):
        if path is None:
            continue
        if _is_of_store(path.resolve(), inside):
            faults.add(option, "must be no file of the store", str(path), "Name another file.")
        else:
            check_file(option, path, faults)
    if html is not None and html.resolve() == target.resolve():
        faults.add("--html", "must not be the file of the figures", str(html), "Name another file.")
    faults.raise_if_any()


def _is_of_store(path: Path, store: Path) -> bool:
    """Return whether a path is one of the files that make up a store."""
    if not path.is_relative_to(store):
        return False
    inner = path.relative_to(store).parts
    return inner[0] in ("shards", "store.json", "prepare.json", "quarantine.jsonl")

"""`adsw evaluate`: what a checkpoint is worth, with everything that is needed to judge it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from adsw.api import evaluate as api
from adsw.cli.run import emit_json
from adsw.report.table import TableModel
from adsw.report.terminal import captioned_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adsw.evaluate.retrieval_report import SetReport


def evaluate(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint folder, as `adsw train` writes it.")],
    store: Annotated[Path, typer.Option("--store", help="The store to evaluate on.")],
    split: Annotated[str, typer.Option("--split", help="The split of every store.")] = "test",
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=STORE", help="A further set, from another store. May be repeated."),
    ] = None,
    trained_on: Annotated[
        Path | None,
        typer.Option("--trained-on", metavar="STORE", help="The training's store, where it is none of the others."),
    ] = None,
    baselines: Annotated[
        bool,
        typer.Option(
            "--baselines/--no-baselines", help="Look-up, popularity, and the gain by nearness to the training."
        ),
    ] = True,
    tagging: Annotated[bool, typer.Option("--tagging", help="Zero-shot tagging as well.")] = False,
    probes: Annotated[bool, typer.Option("--probes", help="Linear probes as well.")] = False,
    swaps: Annotated[bool, typer.Option("--swaps", help="Swap accuracy as well.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="All of these that the set allows.")] = False,
    templates: Annotated[
        Path | None, typer.Option("--templates", metavar="FILE", help="Prompts for tagging, by category (YAML).")
    ] = None,
    given: Annotated[
        list[Path] | None,
        typer.Option("--queries", metavar="FILE", help="Rows of track_id, text and a set's name. May be repeated."),
    ] = None,
    languages: Annotated[
        str | None, typer.Option("--languages", metavar="LIST", help="Of a quickstart store: de,es,zh beside en.")
    ] = None,
    page: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page as well.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Evaluate retrieval in both directions: figures with 95 % intervals, beside chance and simpler rankings.

    By kind of text and by category too. Where the store of the training is given (as --store, --set or --trained-on),
    also against a look-up in the training, and by how near queries are to it.

    With --queries also by texts of your own (JSONL, CSV or Parquet), encoded by the store's text encoder, set by set,
    each paired with the first; with --languages by the tags worded in other languages, beside English. Both on --store.

    [bold]EXAMPLES[/]

      adsw evaluate runs/one --store stores/quickstart

      adsw evaluate runs/one --store stores/quickstart --languages de,es,zh

      adsw evaluate runs/one --store stores/quickstart --set far=stores/other --all --html evaluation.html
    """
    evaluated = api.evaluate(
        checkpoint,
        store,
        split=split,
        set=sets,
        trained_on=trained_on,
        baselines=baselines,
        tagging=tagging,
        probes=probes,
        swaps=swaps,
        all=everything,
        templates=templates,
        queries=given,
        languages=languages,
        html=page,
    )
    if as_json:
        emit_json(evaluated.document())
        return
    out = Console(highlight=False)
    for place, line in enumerate(evaluated.verdict.lines(out.width)):
        # Commands stay whole, so that they can be copied.
        out.print(Text(line, "" if place else "bold"), soft_wrap=True)
    out.print()
    if page is not None:
        # The page holds all tables: a terminal's worth of them is enough.
        out.print(captioned_table(evaluated.reports[0].figures.tables()[0]))
        return
    for report in evaluated.reports:
        print_report(report.figures, report.tables(), out)


def print_report(report: SetReport, tables: Iterable[TableModel], out: Console) -> None:
    """Print the tables of a set, then what must be known of it and how its figures were counted."""

    for table in tables:
        out.print(captioned_table(table))
        out.print()
    for remark in report.remarks:
        out.print(Text(remark, style="yellow"))
    for convention in report.conventions:
        out.print(Text(convention, style="dim"))
    out.print()

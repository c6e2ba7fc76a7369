"""`adsw evaluate`: what a checkpoint is worth, with everything that is needed to judge it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from adsw.cli.run import console, emit_json
from adsw.errors import Faults, InputError
from adsw.files import check_file, publish_text
from adsw.report.table import TableModel
from adsw.report.terminal import captioned_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adsw.encoders.protocol import TextEncoder
    from adsw.evaluate.given_queries import GivenQuery
    from adsw.evaluate.novelty import Training
    from adsw.evaluate.report import FullReport
    from adsw.evaluate.retrieval_report import SetReport
    from adsw.evaluate.tagging_prompts import Templates
    from adsw.retrieval.queries import QuerySet
    from adsw.store.store import Store
    from adsw.train.checkpoint import Checkpoint


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
    from adsw.evaluate.report import FURTHER, full_report

    asked = {"tagging": tagging, "probes": probes, "swaps": swaps}
    further = [name for name in FURTHER if everything or asked[name]]
    named = _named_stores(split, store, sets or [])
    prompts = _prompts(templates, "tagging" in further)
    texts, spoken = _given(given or [], languages)
    with console().status("Evaluating") as status:
        trained, stores, training_store = _opened(checkpoint, list(named.values()), trained_on, page)
        queries = _queries(stores, split)
        texts += _in_languages(stores[0], split, spoken)
        encoder = _encoder(trained, checkpoint) if further or texts else None
        training = _training(training_store) if baselines else None
        reports = []
        for name, opened, of_set in zip(named, stores, queries, strict=True):
            status.update(f"Evaluating on {name}")
            parts = (training, further, encoder, prompts, everything)
            of_store = texts if opened is stores[0] else []
            reports.append(
                full_report(trained, opened, split, name, of_set, *parts, trained_on=training_store, given=of_store)
            )
    _tell(checkpoint, trained, reports, page, as_json)


def _tell(checkpoint: Path, trained: Checkpoint, reports: list[FullReport], page: Path | None, as_json: bool) -> None:
    """Write the page, and print the document, or the verdict and the tables: the first alone beside a page."""
    from adsw.evaluate.verdict import opening_of

    if page is not None:
        from adsw.evaluate.html import render

        publish_text(page, render(str(checkpoint), trained, reports))
        console().print(f"Page: {page}", soft_wrap=True)
    opening = opening_of(reports, str(checkpoint))
    if as_json:
        document = {"checkpoint": str(checkpoint), "verdict": opening.document()}
        emit_json({**document, "sets": [report.document() for report in reports]})
        return

    out = Console(highlight=False)
    for place, line in enumerate(opening.lines(out.width)):
        # Commands stay whole, so that they can be copied.
        out.print(Text(line, "" if place else "bold"), soft_wrap=True)
    out.print()
    if page is not None:
        # The page holds all tables: a terminal's worth of them is enough.
        out.print(captioned_table(reports[0].figures.tables()[0]))
        return
    for report in reports:
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


def _named_stores(split: str, store: Path, sets: list[str]) -> dict[str, Path]:
    """Return the stores by the names of their sets; the first is named after the split."""
    faults = Faults("The sets cannot be used")
    named = {split: store}
    for given in sets:
        name, equals, path = given.partition("=")
        if not (name and equals and path) or "/" in name:
            faults.add("--set", "must be NAME=STORE, the name without a slash", given)
        elif name in named:
            faults.add("--set", "must have a name of its own", given, f"Call it otherwise than {name!r}.")
        else:
            named[name] = Path(path)
    faults.raise_if_any()
    return named


def _opened(
    checkpoint: Path, stores: list[Path], trained_on: Path | None, page: Path | None
) -> tuple[Checkpoint, list[Store], Store | None]:
    """Return the checkpoint, the sets' stores, and the store of the training, or None if it is not among them."""
    from adsw.evaluate.compatibility import open_together

    extra = [trained_on] if trained_on else []
    trained, opened = open_together(checkpoint, [*stores, *extra])
    trained_stores = [store for store in opened if store.info.fingerprint == trained.store_fingerprint]
    faults = Faults("The checkpoint cannot be evaluated so")
    if trained_on and opened[-1] not in trained_stores:
        # The last one opened is that of --trained-on.
        rule = f"must be the store of the training, {trained.store_fingerprint[:12]}"
        faults.add("--trained-on", rule, f"{trained_on} ({opened[-1].info.fingerprint[:12]})", "Name another, or none.")
    check_file("--html", page, faults)
    faults.raise_if_any()
    return trained, opened[: len(stores)], trained_stores[0] if trained_stores else None


def _queries(stores: list[Store], split: str) -> list[QuerySet]:
    """Return the queries of every store.

    Raises:
        InputError: every fault of every store.
    """
    from adsw.retrieval.queries import QuerySet

    faults = Faults("The checkpoint cannot be evaluated so")
    queries = []
    for store in stores:
        try:
            queries.append(QuerySet.from_table(store.table(split), store.info.dimensions))
        except InputError as error:
            faults.extend(error.faults)
        except ValueError as error:
            faults.add(f"{store.path}, split {split}", f"cannot be evaluated on: {error}")
    faults.raise_if_any()
    return queries


def _encoder(trained: Checkpoint, checkpoint: Path) -> TextEncoder:
    """Return the text encoder that the checkpoint was trained with.

    Raises:
        InputError: the encoder on this machine is not the same.
    """
    from adsw.encoders.registry import reference_to, text_encoder
    from adsw.evaluate.compatibility import encoder_fault

    encoder = text_encoder(reference_to(trained.text_encoder))
    fault = encoder_fault(encoder.info, trained.text_encoder, checkpoint)
    if fault:
        raise InputError("The checkpoint cannot be used here", [fault])
    return encoder


def _given(files: list[Path], languages: str | None) -> tuple[list[GivenQuery], list[str]]:
    """Read the user's queries and the languages asked for, English before them.

    Raises:
        InputError: every fault of both.
    """
    from adsw.corpus.languages.grammar import check_language
    from adsw.errors import together
    from adsw.evaluate.given_queries import read_given

    asked = [] if languages is None else [name.strip() for name in languages.split(",")]
    read = together(
        *(lambda path=path: read_given(path) for path in files),  # type: ignore[misc]
        *(lambda name=name: check_language(name, "--languages") for name in asked),  # type: ignore[misc]
        title="The queries cannot be used",
    )
    spoken = list(dict.fromkeys(["en", *asked])) if asked else []
    return [query for of_file in read[: len(files)] for query in of_file], spoken


def _in_languages(store: Store, split: str, languages: list[str]) -> list[GivenQuery]:
    """Return the queries of a split in languages, by the tags of its tracks.

    Raises:
        InputError: tags without a translation.
    """
    from adsw.corpus.languages.grammar import queries
    from adsw.evaluate.given_queries import GivenQuery
    from adsw.json_text import parse_json

    if not languages:
        return []
    table = store.table(split, ["track_id", "tags"])
    tags = dict(zip(table["track_id"].to_pylist(), map(parse_json, table["tags"].to_pylist()), strict=True))
    return [
        GivenQuery(track_id, text, language) for language in languages for track_id, text in queries(tags, language)
    ]


def _prompts(file: Path | None, used: bool) -> Templates | None:
    """Read the user's prompts; return None if no file is given.

    Raises:
        InputError: a file that no part of the evaluation would use.
    """
    from adsw.evaluate.tagging_prompts import Templates

    if file is None:
        return None
    if not used:
        faults = Faults("The prompts are not used")
        faults.add("--templates", "goes with --tagging or --all", str(file), "Add --tagging.")
        faults.raise_if_any()
    return Templates.read(file)


def _training(store: Store | None) -> Training | None:
    """Read what the checkpoint was trained on; return None without its store."""
    from adsw.evaluate.novelty import Training

    return Training.of(store) if store else None

"""`adsw evaluate`: what a checkpoint is worth, with everything that is needed to judge it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adsw.cli.run import console, emit_json
from adsw.errors import Faults, InputError

if TYPE_CHECKING:
    from adsw.align.checkpoint import Checkpoint
    from adsw.encode.store import Store
    from adsw.evaluate.queries import QuerySet
    from adsw.evaluate.set_report import SetReport


def evaluate(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint folder, as `adsw train` writes it.")],
    store: Annotated[Path, typer.Option("--store", help="The store to evaluate on.")],
    split: Annotated[str, typer.Option("--split", help="The split of every store.")] = "test",
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=STORE", help="A further set, from another store. May be repeated."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Evaluate retrieval in both directions: figures, 95 % intervals, chance, untrained heads, by query
    source."""
    from adsw.evaluate.matching import open_together

    named = _named_stores(split, store, sets or [])
    with console().status("Evaluating") as status:
        trained, stores = open_together(checkpoint, list(named.values()))
        queries = _queries(stores, split)
        reports = []
        for name, opened, asked in zip(named, stores, queries, strict=True):
            status.update(f"Evaluating on {name}")
            reports.append(_report(trained, name, opened, asked, split))
    if as_json:
        emit_json({"checkpoint": str(checkpoint), "sets": [report.document() for report in reports]})
        return
    from rich.console import Console

    from adsw.cli.evaluation_tables import print_report

    out = Console(highlight=False)
    for report in reports:
        print_report(report, out)


def _named_stores(split: str, store: Path, sets: list[str]) -> dict[str, Path]:
    """The stores by the names of their sets; the first is named after the split."""
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


def _queries(stores: list[Store], split: str) -> list[QuerySet]:
    """The queries of every store, or every fault of every store."""
    from adsw.evaluate.queries import QuerySet

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


def _report(trained: Checkpoint, name: str, store: Store, queries: QuerySet, split: str) -> SetReport:
    from adsw.evaluate.evaluation import evaluate as evaluate_heads
    from adsw.evaluate.matching import remarks
    from adsw.evaluate.set_report import SetReport
    from adsw.evaluate.untrained import untrained_heads

    return SetReport.of(
        evaluate_heads(trained.heads, queries, name),
        evaluate_heads(untrained_heads(trained.dimensions, trained.recipe), queries, name),
        str(store.path),
        store.info.fingerprint,
        split,
        tuple(remarks(trained, store, split)),
    )

"""`adsw shift`: how far apart two evaluation sets are, and which metric on one predicts which on the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from adsw.cli.run import emit_json
from adsw.console import console
from adsw.errors import Faults, InputError
from adsw.report.table import TableModel
from adsw.report.terminal import captioned_table

if TYPE_CHECKING:
    from adsw.retrieval.queries import QuerySet
    from adsw.shift.comparison import Comparison
    from adsw.shift.sample import NamedSet
    from adsw.train.checkpoint import Checkpoint


def shift(
    store: Annotated[
        str, typer.Option("--store", metavar="STORE[:SPLIT]", help="The set that is known; the split may be all.")
    ],
    against: Annotated[
        list[str],
        typer.Option("--against", metavar="STORE[:SPLIT]", help="A set to compare it with. May be repeated."),
    ],
    split: Annotated[str, typer.Option("--split", help="The split of a store named without one.")] = "test",
    checkpoints: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoints",
            metavar="DIR",
            help="A folder of checkpoints, such as a sweep's: how metrics go together. May be repeated.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of halves, subsets and resamples.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Compare sets: distances of audio and texts, words and tags one lacks, style; with checkpoints, which metric
    on one set predicts which on another.

      adsw shift --store stores/mine:valid --against stores/mine:test

      adsw shift --store stores/mine --against stores/other --checkpoints runs/first/checkpoints --json
    """
    from adsw.shift.agreement import agreement_table, agreements, figures
    from adsw.shift.comparison import compare
    from adsw.shift.sample import named_sets, sample_of

    sets = named_sets([store, *against], split)
    trained = _checkpoints(checkpoints or [], sets)
    queries = _queries(sets) if trained else {}
    with console().status("Reading") as status:
        known, *others = (sample_of(named.store, named.splits, named.name) for named in sets)
        comparisons = []
        for other in others:
            status.update(f"Comparing with {other.name}")
            comparisons.append(compare(known, other, seed))
        status.update(f"Evaluating {len(trained)} checkpoints on {len(sets)} sets")
        agreed = agreements(figures(trained, queries)) if trained else []
    if as_json:
        emit_json(_document(comparisons, agreed, len(trained)))
        return
    _show(comparisons, [agreement_table(agreed, len(trained))] if agreed else [])


def _show(comparisons: list[Comparison], agreed: list[TableModel]) -> None:
    """Print every comparison, then which metrics predict each other."""

    from adsw.shift.comparison import conventions

    out = Console(highlight=False)
    for comparison in comparisons:
        first, second = (f"{count:,} tracks" for count in comparison.tracks)
        out.print(Text(f"{comparison.first} ({first}) and {comparison.second} ({second})", "bold"))
        for table in comparison.tables():
            out.print(captioned_table(table))
        for remark in comparison.remarks:
            out.print(Text(f"! {remark}", "yellow"))
        for convention in conventions():
            out.print(Text(convention, "dim"))
    for table in agreed:
        out.print(captioned_table(table))


def _document(comparisons: list[Any], agreed: list[Any], checkpoints: int) -> dict[str, Any]:
    """Return what --json prints."""
    from adsw.shift.agreement import best_predictors
    from adsw.shift.comparison import conventions

    document: dict[str, Any] = {
        "comparisons": [comparison.document() for comparison in comparisons],
        "conventions": list(conventions()),
    }
    if agreed:
        best = [pair.document() for pair in best_predictors(agreed)]
        pairs = [pair.document() for pair in agreed]
        document["agreement"] = {"checkpoints": checkpoints, "best_predictors": best, "pairs": pairs}
    return document


def _checkpoints(folders: list[Path], sets: list[NamedSet]) -> list[Checkpoint]:
    """Load all checkpoints of some folders.

    Raises:
        InputError: every fault of theirs and of their fit to the sets.
    """
    from adsw.evaluate.compatibility import mismatches
    from adsw.shift.agreement import LEAST
    from adsw.train.checkpoint import load

    faults = Faults("The checkpoints cannot be used so")
    trained: list[Checkpoint] = []
    for folder in folders:
        paths = sorted({path.parent for path in folder.glob("**/model.safetensors")})
        if not paths:
            faults.add(str(folder), "must hold checkpoints, holds none", None, "Name a folder such as RUN/checkpoints.")
        for path in paths:
            try:
                trained.append(load(path))
            except InputError as error:
                faults.extend(error.faults)
                continue
            # The others need only have the encoders of the first, which is held against the sets.
            if len(trained) == 1:
                faults.extend(fault for named in sets for fault in mismatches(trained[-1], named.store))
            elif not (
                trained[-1].audio_encoder.is_same(trained[0].audio_encoder)
                and trained[-1].text_encoder.is_same(trained[0].text_encoder)
            ):
                faults.add(str(path), "must have the same encoders as the other checkpoints", None, "Leave it out.")
    if folders and not faults.found and len(trained) < LEAST:
        rule = f"must hold at least {LEAST} checkpoints in all for a rank correlation"
        faults.add("--checkpoints", rule, len(trained), "Name more folders, or keep more of the sweep's trials.")
    faults.raise_if_any()
    return trained


def _queries(sets: list[NamedSet]) -> dict[str, QuerySet]:
    """Return the queries of every set by its name.

    Raises:
        InputError: every fault of every set.
    """
    import pyarrow as pa

    from adsw.retrieval.queries import QuerySet

    faults = Faults("The checkpoints cannot be evaluated so")
    queries = {}
    for named in sets:
        table = pa.concat_tables([named.store.table(split) for split in named.splits])
        try:
            queries[named.name] = QuerySet.from_table(table, named.store.info.dimensions)
        except ValueError as error:
            faults.add(named.name, f"cannot be evaluated on: {error}", None, "Leave out --checkpoints, or that set.")
    faults.raise_if_any()
    return queries

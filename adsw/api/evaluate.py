"""`adsw.evaluate`: what a checkpoint is worth, with everything that is needed to judge it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adsw.api.arguments import Place, listed, path_of
from adsw.console import console
from adsw.errors import Faults, InputError
from adsw.files import check_file, publish_text

if TYPE_CHECKING:
    from pandas import DataFrame

    from adsw.encoders.protocol import TextEncoder
    from adsw.evaluate.given_queries import GivenQuery
    from adsw.evaluate.novelty import Training
    from adsw.evaluate.report import FullReport
    from adsw.evaluate.tagging_prompts import Templates
    from adsw.report.opening import Opening
    from adsw.retrieval.queries import QuerySet
    from adsw.store.store import Store
    from adsw.train.checkpoint import Checkpoint


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A checkpoint on one or several sets."""

    checkpoint: Path
    reports: tuple[FullReport, ...]
    """A set each, in the order given."""

    def document(self) -> dict[str, Any]:
        """Return what ``adsw evaluate --json`` prints."""
        document = {"checkpoint": str(self.checkpoint), "verdict": self.verdict.document()}
        return {**document, "sets": [report.document() for report in self.reports]}

    @property
    def verdict(self) -> Opening:
        """What the checkpoint finds, how sure that is and what to do next, by the first set."""
        from adsw.evaluate.verdict import opening_of

        return opening_of(self.reports, str(self.checkpoint))

    @property
    def metrics(self) -> DataFrame:
        """A row per set, with every figure by its name, such as ``t2m/mAP@10``."""
        import pandas as pd

        rows = [report.evaluation.metrics for report in self.reports]
        # A figure's name begins with that of its set, which is the row's.
        shorter = [{name.partition("/")[2]: value for name, value in row.items()} for row in rows]
        return pd.DataFrame(shorter, index=pd.Index([report.evaluation.name for report in self.reports], name="set"))


def evaluate(
    checkpoint: Place,
    store: Place,
    *,
    split: str = "test",
    set: Mapping[str, Place] | Iterable[str] | None = None,
    trained_on: Place | None = None,
    baselines: bool = True,
    tagging: bool = False,
    probes: bool = False,
    swaps: bool = False,
    all: bool = False,
    templates: Place | None = None,
    queries: Place | Iterable[Place] | None = None,
    languages: str | Iterable[str] | None = None,
    html: Place | None = None,
) -> Evaluated:
    """Evaluate retrieval in both directions; arguments and defaults are those of ``adsw evaluate --help``.

    Raises:
        InputError: everything that is wrong with the arguments.
    """
    from adsw.evaluate.report import FURTHER, full_report

    asked = {"tagging": tagging, "probes": probes, "swaps": swaps}
    further = [name for name in FURTHER if all or asked[name]]
    sets = [f"{name}={place}" for name, place in set.items()] if isinstance(set, Mapping) else list(set or ())
    place, page = Path(checkpoint), path_of(html)
    named = _named_stores(split, Path(store), sets)
    prompts = _prompts(path_of(templates), "tagging" in further)
    texts, spoken = _given([Path(file) for file in listed(queries)], languages)
    with console().status("Evaluating") as status:
        trained, stores, training_store = _opened(place, list(named.values()), path_of(trained_on), page)
        held_out = _queries(stores, split)
        texts += _in_languages(stores[0], split, spoken)
        encoder = _encoder(trained, place) if further or texts else None
        training = _training(training_store) if baselines else None
        reports = []
        for name, opened, of_set in zip(named, stores, held_out, strict=True):
            status.update(f"Evaluating on {name}")
            parts = (training, further, encoder, prompts, all)
            of_store = texts if opened is stores[0] else []
            reports.append(
                full_report(trained, opened, split, name, of_set, *parts, trained_on=training_store, given=of_store)
            )
    if page is not None:
        from adsw.evaluate.html import render

        publish_text(page, render(str(place), trained, reports))
        console().print(f"Page: {page}", soft_wrap=True)
    return Evaluated(place, tuple(reports))


def _named_stores(split: str, store: Path, sets: Sequence[str]) -> dict[str, Path]:
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


def _given(files: list[Path], languages: str | Iterable[str] | None) -> tuple[list[GivenQuery], list[str]]:
    """Read the user's queries and the languages asked for, English before them.

    Args:
        files: of rows of ``track_id``, ``text`` and perhaps ``set``.
        languages: a list, or one text with commas between them.

    Raises:
        InputError: every fault of both.
    """
    from adsw.corpus.languages.grammar import check_language
    from adsw.errors import together
    from adsw.evaluate.given_queries import read_given

    asked = [name.strip() for name in (languages.split(",") if isinstance(languages, str) else languages or ())]
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

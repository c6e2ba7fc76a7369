"""The whole evaluation of a checkpoint on one set: retrieval with what it is compared with, and further parts."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

from adsw.encoders.protocol import TextEncoder
from adsw.errors import InputError
from adsw.evaluate.baselines import against
from adsw.evaluate.categories import by_category
from adsw.evaluate.compatibility import remarks
from adsw.evaluate.given_queries import GivenQuery
from adsw.evaluate.given_queries import report as given_report
from adsw.evaluate.novelty import Training, novelty
from adsw.evaluate.retrieval_report import SetReport
from adsw.evaluate.tagging_prompts import Templates
from adsw.report.format import listed
from adsw.report.table import TableModel
from adsw.retrieval.evaluation import Evaluation, evaluate
from adsw.retrieval.queries import QuerySet
from adsw.spelling import folded
from adsw.store.duplicates import RECORDED, recordings_in
from adsw.store.store import Store
from adsw.train.checkpoint import Checkpoint, untrained_heads

FURTHER: Mapping[str, str] = MappingProxyType(
    {
        "tagging": "adsw.evaluate.tagging",
        "probes": "adsw.evaluate.probes",
        "swaps": "adsw.evaluate.swap_accuracy",
    }
)
"""Parts beyond retrieval, and the modules whose `report(checkpoint, store, split, encoder)` makes them."""


class Part(Protocol):
    """One part of an evaluation, whatever it measures: retrieval by category, zero-shot tagging, probes, ..."""

    title: ClassVar[str]
    """Title of its section of the report."""

    def document(self) -> dict[str, Any]:
        """Return the part as plain JSON values, without NaN."""
        ...

    def tables(self) -> list[TableModel]:
        """Return the part's tables for terminal and page, with the conventions in their captions."""
        ...


@dataclass(frozen=True, slots=True)
class FullReport:
    """A checkpoint on one set.

    Attributes:
        figures: retrieval: figures, chance, untrained heads, by source.
        evaluation: the same, query by query.
        parts: the rest by name: ``categories``, ``baselines`` and ``novelty`` where the training is at hand, and what
            of `FURTHER` was asked for.
    """

    figures: SetReport
    evaluation: Evaluation
    parts: dict[str, Part]

    def tables(self) -> list[TableModel]:
        """Return the tables of retrieval and of all other parts, in the order of the report."""
        return [table for part in (self.figures, *self.parts.values()) for table in part.tables()]

    def document(self) -> dict[str, Any]:
        """Return retrieval and all other parts as one JSON object."""
        return self.figures.document() | {name: part.document() for name, part in self.parts.items()}


def full_report(
    checkpoint: Checkpoint,
    store: Store,
    split: str,
    name: str,
    queries: QuerySet,
    training: Training | None = None,
    further: Sequence[str] = (),
    encoder: TextEncoder | None = None,
    templates: Templates | None = None,
    as_far_as_possible: bool = False,
    trained_on: Store | None = None,
    given: Sequence[GivenQuery] = (),
) -> FullReport:
    """Evaluate a checkpoint on a split.

    Args:
        checkpoint: the trained pair.
        store: with the checkpoint's encoders.
        split: of it.
        name: the set's name, the first part of every metric's.
        queries: of that split.
        training: what the checkpoint was trained on; without it there are neither baselines nor novelty.
        further: names in `FURTHER`.
        encoder: the checkpoint's text encoder, for what is in `further`.
        templates: prompts for tagging; None: those that come with the package.
        as_far_as_possible: a further part that cannot be had of this store is left out, and a remark says why.
        trained_on: the store of the training, for swap accuracy; None if it is not at hand.
        given: queries of the user's, or in other languages; they need the encoder too.

    Raises:
        InputError: a further part cannot be had of this store, or given queries are of tracks that it does not have.
        ValueError: further parts without an encoder; an embedding is not finite.
    """
    wanted = [*further, *(["given queries"] if given else [])]
    if wanted and encoder is None:
        raise ValueError(f"{', '.join(wanted)}: the text encoder is needed")
    heads, dimensions = checkpoint.heads, store.info.dimensions
    trained = evaluate(heads, queries, name)
    before = untrained_heads(checkpoint.dimensions, checkpoint.recipe)
    untrained = evaluate(before, queries, name)
    made: dict[str, Part] = {}
    lacking: list[str] = []
    if given and encoder is not None:
        elsewhere = {
            id_
            for other in store.splits
            if other != split
            for id_ in store.table(other, ["track_id"])["track_id"].to_pylist()
        }
        made["given"] = given_report(heads, before, queries, encoder, given, name, frozenset(elsewhere))
    for part in further:
        options: dict[str, Any] = {}
        if part == "tagging":
            options = {"templates": templates}
        elif part == "swaps":
            options = {"trained_on": trained_on}
        # Imported only if asked for, so that retrieval alone loads none of these modules.
        try:
            made[part] = importlib.import_module(FURTHER[part]).report(checkpoint, store, split, encoder, **options)
        except InputError as error:
            if not as_far_as_possible:
                raise
            lacking += [f"No {part}: {fault.where} {fault.rule}." for fault in error.faults]
    notes = [*remarks(checkpoint, store, split), *_shared(queries, training, split, store), *lacking]
    if queries.truth is None:
        notes.append("No figures with truth by tags: the store does not know what its texts claim; prepare it again.")
    figures = SetReport.of(trained, untrained, str(store.path), store.info.fingerprint, split, tuple(notes))
    parts: dict[str, Part] = {
        "categories": by_category(heads, trained, untrained, queries, store.table(split), dimensions, training)
    }
    if training is not None:
        parts["baselines"] = against(heads, trained, untrained, queries, training)
        parts["novelty"] = novelty(trained.t2m, queries, training, name)
    return FullReport(figures, trained, parts | made)


def _shared(queries: QuerySet, training: Training | None, split: str, store: Store) -> list[str]:
    """Return remarks on what is missing without the training, and on tracks both trained and evaluated on."""
    if training is None:
        lacking = "Without the store of the training: no look-up, no popularity, no nearness to the training."
        twice = store.info.duplicates
        return [lacking, *(twice.sentences() if twice is not None and split in twice.tracks else [])]
    if split == "train":
        return []
    said = []
    total, trained_ids = len(queries.track_ids), set(map(folded, training.track_ids))
    if shared := len(set(map(folded, queries.track_ids)) & trained_ids):
        of = "" if len(training.track_ids) == training.tracks else f" first {len(training.track_ids):,}"
        said.append(f"{shared:,} of the {total:,} tracks are among the{of} training tracks.")
    heard = recordings_in(store.table(split, RECORDED))
    alike = [
        name for name in queries.track_ids if heard.get(name) in training.recordings and folded(name) not in trained_ids
    ]
    if alike:
        said.append(
            f"{len(alike):,} of the {total:,} tracks are recordings that were trained on under other ids, such as "
            f"{listed(alike[:3])}: the figures show memory."
        )
    return said

"""Swap accuracy: how often audio is nearer to its own text than to one with a descriptor exchanged.

The direct measure of what TextSwap teaches (Manco et al., *Augment, Drop & Swap*, ISMIR 2024), in the manner of tests
of compositional understanding (Thrush et al., *Winoground*, CVPR 2022; Yuksekgonul et al., *When and why
vision-language models behave like bags-of-words*, ICLR 2023). Beside every figure stand the untrained heads and judges
that do not listen, for a swapped text may be recognised as odd from the text alone (`adsw.evaluate.text_judge`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from adsw.encoders.protocol import TextEncoder
from adsw.errors import Faults
from adsw.evaluate.cells import gap, judged, number, plain
from adsw.evaluate.compatibility import check_ready
from adsw.evaluate.swap_held_out import HeldOut, filled_places, store_vocabulary
from adsw.evaluate.swap_pairs import Judges, Outcome, SwapFigure, mean_interval, swap_figure
from adsw.evaluate.tagging_prompts import tags_of
from adsw.evaluate.text_judge import TextJudge
from adsw.report.table import Cell, TableModel, head_columns, row
from adsw.retrieval.swap_stored import Stored, stored_pairs
from adsw.retrieval.truth import claims_of
from adsw.stats.bootstrap import Resamples
from adsw.stats.interval import Interval
from adsw.store.plan import vocabulary_identity
from adsw.store.store import Store, groups_of
from adsw.train.block import Block
from adsw.train.checkpoint import Checkpoint


def texts_of(table: pa.Table) -> list[str]:
    """Return the distinct texts of a store's table, swaps included, sorted."""
    texts: set[str] = set()
    for chunk in table.column("texts").chunks:
        texts.update(chunk.flatten().field("text").unique().to_pylist())
    return sorted(texts)


TRAIN = "train"

CONVENTIONS = (
    "Swap accuracy: share of pairs (text of a track, a swap of it) whose audio has the larger cosine with the text; "
    "ties count half; chance 0.5. Over all texts of the bank with a swap, each pair of strings once per track. By "
    "category: swaps that exchange terms of this one category only.",
    "mean audio (blind in the document): the same heads with the split's average audio in place of the track's own: "
    "what they prefer whatever is heard. It is no bound: heads that listen need not have learnt to tell swaps so.",
    "text judge: a logistic regression on the difference of the frozen text vectors, trained on such pairs of the "
    "training split, which hears nothing: what texts alone give away. beyond: value minus judge, pair by pair; what is "
    "not beyond it can be reached without listening.",
    "frequent tag: how often the text whose tags are the more frequent in the training split is the true one, over the "
    "pairs whose claims are known.",
    "Held out: one term exchanged for one that no text of the train split states, swapped texts included; beside it "
    "the same place with a term that it does state (seen). difference: held out minus seen, pair by pair.",
)


@dataclass(frozen=True, slots=True)
class HeldOutFigure:
    """Some places: filled with terms never shown (`unseen`), and with terms that training showed (`seen`)."""

    unseen: SwapFigure
    seen: SwapFigure
    difference: Interval

    @classmethod
    def of(cls, unseen: Outcome, seen: Outcome, resamples: Resamples) -> HeldOutFigure:
        """Compute the figures from two outcomes at the same places, in the same order."""
        # A difference of two shares lies between -1 and 1, not between 0 and 1.
        difference = mean_interval(unseen, unseen.trained - seen.trained, resamples, least=-1.0)
        return cls(swap_figure(unseen, resamples), swap_figure(seen, resamples), difference)

    def document(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        figures = {"unseen": self.unseen.document(), "seen": self.seen.document()}
        return {**figures, "difference": asdict(self.difference)}


@dataclass(frozen=True, slots=True)
class HeldOutReport:
    """Swaps by terms that training never showed.

    Attributes:
        overall: all places.
        categories: by category of the term exchanged.
        unseen_terms: by category, how many terms of the vocabulary training never showed.
        used: those that were put in.
    """

    overall: HeldOutFigure
    categories: dict[str, HeldOutFigure]
    unseen_terms: dict[str, int]
    used: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the figures and the terms as plain JSON values."""
        return {
            "overall": self.overall.document(),
            "categories": {name: part.document() for name, part in self.categories.items()},
            "unseen_terms": self.unseen_terms,
            "used": list(self.used),
        }


@dataclass(frozen=True, slots=True)
class SwapReport:
    """Swap accuracy on a split.

    Attributes:
        split: the split.
        overall: all swaps of the store.
        categories: by the one category of a swap; several together under their own name.
        sources: by the source of the text.
        terms: by the number of terms exchanged.
        texts: texts that could be swapped; those that could not.
        held_out: with terms never shown; None if it could not be made.
        remarks: what must be known of it.
        conventions: how it was counted.
    """

    title: ClassVar[str] = "Swap accuracy"
    split: str
    overall: SwapFigure
    categories: dict[str, SwapFigure]
    sources: dict[str, SwapFigure]
    terms: dict[str, SwapFigure]
    texts: tuple[int, int]
    held_out: HeldOutReport | None
    remarks: tuple[str, ...]
    conventions: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the report as one JSON object."""
        slices = {name: getattr(self, name) for name in ("categories", "sources", "terms")}
        return {
            "kind": "swap accuracy",
            "split": self.split,
            "overall": self.overall.document(),
            **{name: {key: part.document() for key, part in parts.items()} for name, parts in slices.items()},
            "texts": {"swapped": self.texts[0], "without": self.texts[1]},
            "held_out": None if self.held_out is None else self.held_out.document(),
            "remarks": list(self.remarks),
            "conventions": list(self.conventions),
        }

    def tables(self) -> list[TableModel]:
        """Return tables of the stored swaps and of held-out terms; the last has remarks and conventions as notes."""
        notes = (*self.remarks, *self.conventions)
        if self.held_out is None:
            return [self._stored(notes)]
        return [self._stored(()), _held_out_table(self.held_out, notes)]

    def _stored(self, notes: tuple[str, ...]) -> TableModel:
        swapped, without = self.texts
        forms = (("{}", self.categories), ("in {}", self.sources), ("terms: {}", self.terms))
        slices = ([_of_swaps(form.format(name), part) for name, part in parts.items()] for form, parts in forms)
        return TableModel.grouped(
            "swaps",
            f"Swap accuracy, split {self.split}: {swapped} texts with a swap, {without} without",
            "",
            head_columns("swaps", "pairs", "value", "text judge", "beyond", "frequent tag", "untrained, mean audio"),
            ([_of_swaps("all", self.overall)], *slices),
            notes,
        )


def _of_swaps(label: str, swaps: SwapFigure) -> tuple[Cell, ...]:
    """Return the table row of some swaps."""
    heads = Cell(number("", swaps.figure.untrained), number("", swaps.blind), exact=swaps.figure.untrained)
    beyond = (plain("", swaps.judge), gap("", swaps.beyond), plain("", swaps.frequent))
    return row(label, str(swaps.pairs), judged("", swaps.figure), *beyond, heads)


def _held_out_table(held: HeldOutReport, notes: tuple[str, ...]) -> TableModel:
    return TableModel.grouped(
        "swaps-held-out",
        f"Swap accuracy with held-out terms: {sum(held.unseen_terms.values())} unseen, {len(held.used)} put in",
        "",
        head_columns("terms of", "places", "held out", "beyond judge", "seen", "difference", "judge: held out, seen"),
        ([_of_places("all", held.overall)], [_of_places(*item) for item in held.categories.items()]),
        notes,
    )


def _of_places(label: str, places: HeldOutFigure) -> tuple[Cell, ...]:
    """Return the table row of some places, held-out terms beside seen ones."""
    unseen, seen = places.unseen, places.seen
    judge = Cell(number("", unseen.judge), number("", seen.judge), exact=unseen.judge)
    # The interval of the difference tells more than one of the seen ones would.
    right = (replace(judged("", seen.figure), span=""), gap("", places.difference))
    figures = (judged("", unseen.figure), gap("", unseen.beyond), *right)
    return row(label, str(unseen.pairs), *figures, judge)


def report(
    checkpoint: Checkpoint, store: Store, split: str, encoder: TextEncoder, trained_on: Store | None = None
) -> SwapReport:
    """Judge the swaps of a split, and new ones with held-out terms.

    Args:
        checkpoint: the trained heads.
        store: with the texts and their swaps.
        split: the split of it to judge.
        encoder: the text encoder of the training, same revision; encodes the new swaps.
        trained_on: the store of the training, of which the judge learns; None if it is not at hand.

    Raises:
        InputError: encoders that do not match, a missing or empty split, or one without swaps.
    """
    faults = Faults("Swap accuracy cannot be measured")
    check_ready(checkpoint, store, split, encoder, faults)
    faults.raise_if_any()
    table = store.table(split)
    block = Block.from_table(table, store.info.dimensions)
    stored = stored_pairs(block)
    if not len(stored.pairs):
        fix = "Prepare a store with swaps of its texts."
        faults.add(f"{store.path}, split {split}", "must hold swapped texts, holds none", None, fix)
        faults.raise_if_any()
    text_judge, of_judge = _text_judge(checkpoint, store, block, trained_on)
    judges = Judges.of(checkpoint, block.audio, text_judge)
    outcome = judges.judge(stored.pairs, block.text_embeddings)
    if text_judge is not None:
        claims = (claims_of(block, rows) for rows in (stored.pairs.own, stored.pairs.swapped))
        outcome = replace(outcome, frequent=text_judge.by_frequency(*claims))
    resamples = Resamples(groups_of(table))
    held_out, remarks = _held_out(checkpoint, store, block, judges, encoder, resamples)
    return SwapReport(
        split=split,
        overall=swap_figure(outcome, resamples),
        **_slices(stored, outcome, resamples),
        texts=(stored.originals - stored.unswapped, stored.unswapped),
        held_out=held_out,
        remarks=remarks if text_judge else (*remarks, of_judge),
        conventions=(*CONVENTIONS, *([of_judge] if text_judge else []), resamples.convention),
    )


def _text_judge(
    checkpoint: Checkpoint, store: Store, block: Block, trained_on: Store | None
) -> tuple[TextJudge | None, str]:
    """Teach a text judge by the training's store if it is at hand, else by the evaluated one; say how that went."""
    source = trained_on or store
    own = source.info.fingerprint == checkpoint.store_fingerprint
    if not source.info.splits.get(TRAIN) or not source.info.splits[TRAIN].tracks:
        return None, "No text judge: the store of the training is not at hand, and this one has no train split."
    judge = TextJudge.taught(source, TRAIN, block)
    of = "the training" if own else "this store, as that of the training is not at hand"
    if judge is None:
        return None, f"No text judge: the train split of {of} has too few pairs of other tracks than those judged."
    return judge, f"The text judge learnt from {judge.pairs:,} pairs of the train split of {of}."


def _slices(stored: Stored, outcome: Outcome, resamples: Resamples) -> dict[str, Any]:
    """Compute the figures of the stored swaps by category, by source and by number of terms."""
    by = {
        "categories": np.array(stored.pairs.kinds),
        "sources": np.array(stored.sources),
        "terms": stored.terms.astype(str),
    }
    return {
        name: {str(kind): swap_figure(outcome.where(kinds == kind), resamples) for kind in np.unique(kinds)}
        for name, kinds in by.items()
    }


def _held_out(
    checkpoint: Checkpoint, store: Store, block: Block, judges: Judges, encoder: TextEncoder, resamples: Resamples
) -> tuple[HeldOutReport | None, tuple[str, ...]]:
    """Judge swaps with held-out terms; return their report, or None if there can be none, and remarks on it."""
    if not store.info.splits.get(TRAIN) or not store.info.splits[TRAIN].tracks:
        return None, ("No held-out terms: the store has no train split that would tell what training showed.",)
    vocabulary = store_vocabulary(store)
    remarks = []
    if checkpoint.store_fingerprint != store.info.fingerprint:
        remarks.append("The checkpoint was trained on another store; terms are held out of this one's train split.")
    if vocabulary_identity(vocabulary) != store.info.vocabulary:
        remarks.append(
            "The store's own vocabulary cannot be made again from its tags (a file of terms, or another version): "
            "held-out terms come from the built-in vocabulary and the tags."
        )
    train = store.table(TRAIN, columns=["tags", "texts"])
    tags = {tag for track in tags_of(train) for names in track.values() for tag in names}
    held = HeldOut.of(vocabulary, texts_of(train), tags)
    filled = filled_places(block, tags_of(block.table), held, encoder)
    if filled is None:
        return None, (*remarks, "No held-out terms: no text has a place where one can be put.")
    unseen, seen = judges.judge(filled.unseen, filled.tokens), judges.judge(filled.seen, filled.tokens)
    # Both outcomes are of the same places in the same order, so one mask divides both.
    kinds = np.array(filled.unseen.kinds)
    categories: Mapping[str, HeldOutFigure] = {
        str(kind): HeldOutFigure.of(unseen.where(kinds == kind), seen.where(kinds == kind), resamples)
        for kind in np.unique(kinds)
    }
    overall = HeldOutFigure.of(unseen, seen, resamples)
    return HeldOutReport(overall, dict(categories), held.count(), filled.used), tuple(remarks)

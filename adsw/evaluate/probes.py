"""Linear probes: what logistic regression reads off frozen audio embeddings, before the head and after it.

The usual test of a representation (Alain and Bengio, *Understanding intermediate layers using linear classifier
probes*, 2016; Castellon et al., *Codified audio language modeling learns useful representations for music information
retrieval*, ISMIR 2021). A head that has learnt to match texts should not have thrown away what the encoder knew; where
it reads better, it has brought it forward. An untrained head tells how much of that is its shape alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from adsw.encoders.protocol import TextEncoder
from adsw.errors import Faults
from adsw.evaluate.cells import Figure, gap, judged, number
from adsw.evaluate.compatibility import check_ready
from adsw.evaluate.probe_model import (
    ENCODER,
    FEATURES,
    HEAD,
    LEAST,
    MULTI,
    OF_MULTI,
    OF_SINGLE,
    SINGLE,
    STRENGTHS,
    UNTRAINED,
    Answered,
    Probed,
    Question,
    answered,
    blind,
    chosen_strength,
    fitted_scores,
    held_back,
    names_for,
    questions,
)
from adsw.report.table import Cell, TableModel, head_columns, row
from adsw.stats.bootstrap import Resamples
from adsw.stats.interval import Interval, centred_interval
from adsw.store.store import Store
from adsw.train.checkpoint import Checkpoint

TRAIN = "train"
MOST = 20_000
"""Training tracks that a probe learns from."""
ASIDE = 0.2

CONVENTIONS = (
    f"Probes: scikit-learn's logistic regression on standardised features of the train split (at most {MOST} tracks), "
    f"judged on the other. C out of {', '.join(f'{value:g}' for value in STRENGTHS)}, chosen on a fifth of the leakage "
    "groups of the train split, then fitted on all of it.",
    "encoder: mean over the frozen audio encoder's tokens, what a head is given. head: the trained head's unit vector. "
    "untrained: the same by a head before its first step.",
    "A track counts in a category only if it has some tag of it. Single-label, where every track has exactly one: one "
    "softmax; accuracy, and F1 averaged over tags; a track whose tag could not be learnt counts as wrong. Else one "
    "regression per tag against the rest; ROC-AUC and PR-AUC (average precision) averaged over tags.",
    f"Tags of fewer than {LEAST} training tracks are not learnt. Chance: naming the most frequent training tag always; "
    "0.5; the share of tracks that have the tag.",
)


@dataclass(frozen=True, slots=True)
class CategoryProbe:
    """The probes of one category.

    Attributes:
        category: its name.
        kind: ``single-label`` or ``multi-label``.
        tags: tags learnt.
        learnt_from: training tracks.
        tracks: tracks judged on.
        figures: before (``encoder``) and after (``head``) the head, by the figure's name.
        gains: head minus encoder on the same resamples, by the figure's name.
        strengths: the C chosen for every kind of features.
        left_out: reason -> tags.
    """

    category: str
    kind: str
    tags: int
    learnt_from: int
    tracks: int
    figures: dict[str, dict[str, Figure]]
    gains: dict[str, Interval]
    strengths: dict[str, float]
    left_out: dict[str, tuple[str, ...]]

    def document(self) -> dict[str, Any]:
        """Return the probes of the category as plain JSON values."""
        return {
            "kind": self.kind,
            "tags": self.tags,
            "learnt_from": self.learnt_from,
            "tracks": self.tracks,
            "metrics": {
                where: {name: figure.document() for name, figure in figures.items()}
                for where, figures in self.figures.items()
            },
            "gains": {name: asdict(gain) for name, gain in self.gains.items()},
            "strengths": self.strengths,
            "left_out": {reason: list(tags) for reason, tags in self.left_out.items()},
        }


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """The probes of every category of a split; `without` names those that could not be probed."""

    title: ClassVar[str] = "Linear probes"
    split: str
    categories: dict[str, CategoryProbe]
    without: tuple[str, ...]
    conventions: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the probes of all categories as one JSON object."""
        return {
            "kind": "probes",
            "split": self.split,
            "categories": {name: part.document() for name, part in self.categories.items()},
            "without": list(self.without),
            "conventions": list(self.conventions),
        }

    def tables(self) -> list[TableModel]:
        """Return a table per kind of question; the last one has what was left out and the conventions as notes."""
        kinds = {part.kind for part in self.categories.values()}
        asked = [(kind, names) for kind, names in ((SINGLE, OF_SINGLE), (MULTI, OF_MULTI)) if kind in kinds]
        notes = (*self._left_out(), *self.conventions)
        return [self._table(kind, names, notes if kind == asked[-1][0] else ()) for kind, names in asked]

    def _table(self, kind: str, names: tuple[str, ...], notes: tuple[str, ...]) -> TableModel:
        return TableModel.grouped(
            f"probes-{kind}",
            f"Linear probes, split {self.split}: {kind}",
            "",
            head_columns("category", "figure", "encoder", "head", "head − encoder", "chance, untrained", left=2),
            (_rows(part, names) for part in self.categories.values() if part.kind == kind),
            notes,
        )

    def _left_out(self) -> list[str]:
        notes = [
            f"left out of {category}, {reason}: {', '.join(tags)}"
            for category, part in self.categories.items()
            for reason, tags in part.left_out.items()
        ]
        if self.without:
            notes.append(f"categories without a tag that can be learnt and told apart: {', '.join(self.without)}")
        return notes


def _rows(part: CategoryProbe, names: tuple[str, ...]) -> Iterator[tuple[Cell, ...]]:
    """Yield a row per figure; its first cell has the category, or how many tracks were learnt from and judged on."""
    counts = (Cell(part.category, f"{part.tags} tags"), Cell(f"{part.learnt_from} learnt", f"{part.tracks} judged"))
    for label, name in zip(counts, names, strict=True):
        before, after = (part.figures[where][name] for where in (ENCODER, HEAD))
        levels = Cell(number(name, after.chance), number(name, after.untrained), exact=after.chance)
        cells = (judged(name, before), judged(name, after), gap(name, part.gains[name]), levels)
        yield row(label, name.removeprefix("macro/"), *cells)


def report(checkpoint: Checkpoint, store: Store, split: str, encoder: TextEncoder | None = None) -> ProbeReport:
    """Probe every category of a split.

    Args:
        checkpoint: the trained heads.
        store: its train split is learnt from.
        split: the one judged on.
        encoder: not needed: probes read no text. Checked where it is given, as by the other parts.

    Raises:
        InputError: encoders that do not match; a split that is missing, empty, or the train split; tags that no probe
            can be made of.
    """
    faults = Faults("The checkpoint cannot be probed")
    check_ready(checkpoint, store, split, encoder, faults)
    if split == TRAIN:
        faults.add("--split", "must be another than the one that probes learn from", split, "Name valid or test.")
    if not store.info.splits.get(TRAIN) or not store.info.splits[TRAIN].tracks:
        faults.add(f"{store.path}", "must have a train split to learn from", None, "Prepare one that does.")
    faults.raise_if_any()
    train, test = Probed.of(checkpoint, store, TRAIN, MOST), Probed.of(checkpoint, store, split)
    asked, without = questions(train.tags, test.tags)
    if not asked:
        rule = f"must have tags that at least {LEAST} training tracks have and others of the category do not"
        faults.add(f"{store.path}, split {split}", rule, None, "Name a store of tagged tracks.")
        faults.raise_if_any()
    parts = {question.category: _category(question, train, test) for question in asked}
    resamples = Resamples(test.groups)
    return ProbeReport(split, parts, tuple(without), (*CONVENTIONS, resamples.convention))


def _category(question: Question, train: Probed, test: Probed) -> CategoryProbe:
    """Probe one category by all features, on the same resamples."""
    resamples = Resamples([test.groups[row] for row in question.rows])
    # Whole leakage groups are set aside: the same music in both parts would favour too large a C.
    aside = held_back([train.groups[row] for row in question.train_rows], ASIDE)
    answers: dict[str, Answered] = {}
    strengths = {}
    for name in FEATURES:
        known = train.features[name][question.train_rows]
        strengths[name] = chosen_strength(known, question.train_truth, aside, question.single)
        new = test.features[name][question.rows]
        scores = fitted_scores(known, question.train_truth, new, question.single, strengths[name])
        answers[name] = answered(question, scores, resamples)
    return CategoryProbe(
        category=question.category,
        kind=question.kind,
        tags=len(question.tags),
        learnt_from=len(question.train_rows),
        tracks=len(question.rows),
        figures=_figures(question, answers),
        gains=_gains(question, answers),
        strengths=strengths,
        left_out=question.left_out,
    )


def _figures(question: Question, answers: dict[str, Answered]) -> dict[str, dict[str, Figure]]:
    """Return the figures before and after the head, by kind of features and figure name."""
    chance = blind(question)
    before = {ENCODER: None, HEAD: answers[UNTRAINED].values}
    return {
        where: {
            name: Figure(
                centred_interval(float(answers[where].values[place]), answers[where].draws[:, place]),
                float(chance[place]),
                None if untrained is None else float(untrained[place]),
            )
            for place, name in enumerate(names_for(question))
        }
        for where, untrained in before.items()
    }


def _gains(question: Question, answers: dict[str, Answered]) -> dict[str, Interval]:
    """Return the figures of the head minus those of the encoder, by name, with intervals."""
    values = answers[HEAD].values - answers[ENCODER].values
    draws = answers[HEAD].draws - answers[ENCODER].draws
    names = names_for(question)
    return {
        name: centred_interval(float(values[place]), draws[:, place], least=-1.0) for place, name in enumerate(names)
    }

"""Zero-shot tagging: do prompts that name a tag rank the tracks that have it first?

A tag's prompts (`adsw.evaluate.tagging_prompts`) go through the frozen text encoder and the trained head; their unit
vectors are averaged. The score of a track for a tag is the cosine of its embedding and that average. Figures: ROC-AUC
and PR-AUC (average precision), the usual pair of music tagging (Won et al., *Evaluation of CNN-based automatic music
tagging models*, SMC 2020), over tags (macro) and over pairs (micro), and accuracy where a category's tags exclude
each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from adsw.arrays import Floats
from adsw.augment.vocabulary import builtin
from adsw.encoders.protocol import TextEncoder
from adsw.errors import Faults
from adsw.evaluate.cells import judged, plain
from adsw.evaluate.compatibility import check_ready
from adsw.evaluate.tagging_metrics import (
    ACCURACY,
    AREAS,
    AVERAGES,
    BALANCED,
    Areas,
    GroupFigures,
    Scored,
    TagFigures,
    areas,
    group_figures,
)
from adsw.evaluate.tagging_prompts import Labels, Prompts, Templates, names_of, prompt_scores, tags_of
from adsw.report.table import Cell, Column, TableModel, head_columns, row
from adsw.stats.bootstrap import Resamples
from adsw.store.store import TRACKS, Store, audio_of, groups_of
from adsw.train.checkpoint import Checkpoint, untrained_heads

MOST_TAGS = 500
SHOWN = 8
"""Tags shown at either end; the document has all of them."""
FEW = 5
"""Tracks with a tag below which it is not called best or worst: its figure is luck."""
_NAMED = 12
"""Tags left out that are named under a table, of each reason."""

CONVENTIONS = (
    "A track counts for the tags of a category only if it has some tag of that category: one without was not asked. "
    "`every track counts` takes a tag that is not given as false instead, as published figures of tagging sets do.",
    "Macro: mean over tags. Micro: all (track, tag) pairs as one ranking. PR-AUC: average precision. Equal scores are "
    "one threshold, so a constant model scores chance: 0.5, and the share of tracks that have the tag. A random "
    "ranking lies above that share where few tracks have it: hold PR-AUC against the untrained heads too.",
    "Accuracy is told where every track of the category has exactly one of its tags; the tag that scores highest is "
    "the answer, equal scores share. Balanced: mean over tags. Chance: one in the number of tags; `majority`: what "
    "the most frequent tag would reach by accuracy.",
)


@dataclass(frozen=True, slots=True)
class Wording:
    """One template by itself, over the tags that take it; `figures` are macro means by the names of `AREAS`."""

    category: str
    template: str
    tags: int
    figures: dict[str, float]

    def document(self) -> dict[str, Any]:
        """Return the wording and its figures as plain JSON values."""
        return {"category": self.category, "template": self.template, "tags": self.tags, "metrics": self.figures}


@dataclass(frozen=True, slots=True)
class TaggingReport:
    """How well a checkpoint tags a split without having been trained to.

    Attributes:
        split: the split.
        overall: over all tags.
        closed: the same where every track counts for every tag.
        categories: by category.
        tags: every tag.
        wordings: every template by itself.
        left_out: reason -> tags that have no figure.
        templates: identity of the prompt templates.
        conventions: how it was counted.
    """

    title: ClassVar[str] = "Zero-shot tagging"
    split: str
    overall: GroupFigures
    closed: GroupFigures
    categories: dict[str, GroupFigures]
    tags: tuple[TagFigures, ...]
    wordings: tuple[Wording, ...]
    left_out: dict[str, tuple[str, ...]]
    templates: str
    conventions: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the report as one JSON object."""
        return {
            "kind": "tagging",
            "split": self.split,
            "overall": self.overall.document(),
            "closed": self.closed.document(),
            "categories": {name: part.document() for name, part in self.categories.items()},
            "tags": [tag.document() for tag in self.tags],
            "templates": [wording.document() for wording in self.wordings],
            "templates_identity": self.templates,
            "left_out": {reason: list(names) for reason, names in self.left_out.items()},
            "conventions": list(self.conventions),
        }

    def tables(self) -> list[TableModel]:
        """Return tables of all tags, by category, by tag and by wording; empty ones are left out."""
        several = [self._overall(), self._areas(), self._accuracy(), self._tags(), self._wordings()]
        return [table for table in several if table.rows]

    def _overall(self) -> TableModel:
        rows = []
        for name in (f"{average}/{area}" for average in AVERAGES for area in AREAS):
            figure, closed = self.overall.figures[name], self.closed.figures[name]
            cells = (judged(name, figure), plain(name, figure.chance), plain(name, figure.untrained))
            rows.append(row(name, *cells, judged(name, closed), plain(name, closed.chance)))
        return TableModel(
            "tagging",
            f"Zero-shot tagging, split {self.split}: {self.overall.tags} tags, {self.overall.tracks} tracks",
            "",
            head_columns("figure", "value", "chance", "untrained", "every track counts", "chance"),
            tuple(rows),
            notes=tuple(_left_out(*item) for item in self.left_out.items()),
        )

    def _areas(self) -> TableModel:
        rows = []
        for category, part in self.categories.items():
            roc, precision = (part.figures[f"macro/{area}"] for area in AREAS)
            left = (judged("", roc), plain("", roc.untrained))
            right = (judged("", precision), plain("", precision.chance), plain("", precision.untrained))
            rows.append(row(category, f"{part.tags}/{part.tracks}", *left, *right))
        macros = [f"macro {area}" for area in AREAS]
        heads = ("category", "tags/ tracks", macros[0], "untrained", macros[1], "chance", "untrained")
        return TableModel(
            "tagging-areas",
            "Zero-shot tagging by category",
            "Dim: not shown to be above chance.",
            head_columns(*heads),
            tuple(rows),
        )

    def _accuracy(self) -> TableModel:
        rows = []
        for category, part in self.categories.items():
            if ACCURACY in part.figures:
                accuracy, balanced = part.figures[ACCURACY], part.figures[BALANCED]
                left = (judged("", accuracy), plain("", accuracy.untrained), judged("", balanced))
                levels = (plain("", accuracy.chance), plain("", part.majority))
                rows.append(row(category, f"{part.tags}/{part.tracks}", *left, *levels))
        return TableModel(
            "tagging-accuracy",
            "Where a category's tags exclude each other: which one is it?",
            "",
            head_columns("category", "tags/ tracks", ACCURACY, "untrained", BALANCED, "chance", "majority"),
            tuple(rows),
        )

    def _tags(self) -> TableModel:
        heard = [tag for tag in self.tags if tag.positives >= FEW]
        ranked = sorted(heard, key=lambda tag: -tag.figures[AREAS[0]].interval.value)
        rare = len(self.tags) - len(heard)
        cut = len(ranked) > 2 * SHOWN
        best, worst = (ranked[:SHOWN], ranked[-SHOWN:]) if cut else (ranked, [])
        return TableModel.grouped(
            "tagging-tags",
            f"The {SHOWN} tags told best and worst, of {len(ranked)}" if cut else "Tags",
            "",
            head_columns("tag", "with/ without", *AREAS, "chance"),
            (map(_of_tag, best), map(_of_tag, worst)),
            notes=(f"{rare} tags with fewer than {FEW} tracks are not ranked; the JSON has them.",) if rare else (),
        )

    def _wordings(self) -> TableModel:
        """Return a table of the best and the worst wording of each category of templates."""
        rows = []
        for category in dict.fromkeys(wording.category for wording in self.wordings):
            wordings = [wording for wording in self.wordings if wording.category == category]
            ranked = sorted(wordings, key=lambda wording: -wording.figures[f"macro/{AREAS[0]}"])
            ends = (f"{end.figures[f'macro/{AREAS[0]}']:.3f}  {end.template}" for end in (ranked[0], ranked[-1]))
            rows.append(row(category, str(wordings[0].tags), str(len(wordings)), *ends))
        return TableModel(
            "tagging-wordings",
            f"How much the wording matters: macro {AREAS[0]} of single templates",
            "",
            (
                *head_columns("templates of", "tags", "templates"),
                Column("best", left=True, long=True),
                Column("worst", left=True, long=True),
            ),
            tuple(rows),
            notes=self.conventions,
        )


def _of_tag(tag: TagFigures) -> tuple[Cell, ...]:
    cells = (judged(name, tag.figures[name]) for name in AREAS)
    chance = plain("", tag.figures[AREAS[1]].chance)
    return row(": ".join(tag.tag), f"{tag.positives}/{tag.negatives}", *cells, chance)


def _left_out(reason: str, tags: tuple[str, ...]) -> str:
    """Write a note on the tags left out for one reason."""
    named = ", ".join(tags[:_NAMED])
    more = f" and {len(tags) - _NAMED} more" if len(tags) > _NAMED else ""
    return f"left out, {reason}: {named}{more}"


def report(
    checkpoint: Checkpoint,
    store: Store,
    split: str,
    encoder: TextEncoder,
    templates: Templates | None = None,
    most_tags: int = MOST_TAGS,
) -> TaggingReport:
    """Evaluate zero-shot tagging of a split by prompts.

    Args:
        checkpoint: the trained heads.
        store: with the tracks and their tags.
        split: the split of it to tag.
        encoder: the text encoder of the training, same revision.
        templates: the prompts; None: those that come with the package.
        most_tags: of a set with more tags, the most frequent ones are taken and the others named.

    Raises:
        InputError: encoders that do not match, a missing or empty split, or one whose tags cannot be told apart.
    """
    faults = Faults("The checkpoint cannot be evaluated by tagging")
    check_ready(checkpoint, store, split, encoder, faults)
    faults.raise_if_any()
    table = store.table(split, columns=TRACKS)
    labels, left_out = _labels(store, split, table, most_tags)
    if not labels.tags:
        rule = "must have tags that some tracks have and others of the category do not"
        faults.add(f"{store.path}, split {split}", rule, None, "Name a store of tagged tracks.")
        faults.raise_if_any()
    audio_NTD = audio_of(table, store.info.dimensions)
    prompts = Prompts.of(labels.tags, templates or Templates.read(), builtin(), encoder)
    untrained = untrained_heads(checkpoint.dimensions, checkpoint.recipe)
    trained_scores, by_template = prompt_scores(checkpoint.heads, audio_NTD, prompts)
    scored = Scored(labels, trained_scores, prompt_scores(untrained, audio_NTD, prompts)[0])
    resamples = Resamples(groups_of(table), columns=len(labels.tags))
    return _report(split, scored, resamples, _wordings(labels, prompts, by_template), left_out, prompts.identity)


def _labels(store: Store, split: str, table: pa.Table, most_tags: int) -> tuple[Labels, dict[str, tuple[str, ...]]]:
    """Return the tags that can be evaluated, and by reason the names of those that cannot."""
    tracks = tags_of(table)
    elsewhere = {
        (category, tag)
        for other in store.splits
        if other != split
        for track in tags_of(store.table(other, columns=["tags"]))
        for category, names in track.items()
        for tag in names
    }
    labels = Labels.of(tracks)
    # Stable, so that of equally frequent tags the first are taken, on every platform.
    order = np.argsort(-labels.positives, kind="stable")
    frequent = np.zeros(len(labels.tags), dtype=bool)
    frequent[order[:most_tags]] = True
    left_out = {
        "no track of the split has it": names_of(elsewhere - set(labels.tags)),
        "every track labelled in the category has it": names_of(labels.where(labels.negatives == 0).tags),
        f"rarer than the {most_tags} most frequent": names_of(labels.where(~frequent & (labels.negatives > 0)).tags),
    }
    chosen = labels.where(frequent & labels.decidable)
    return chosen, {reason: names for reason, names in left_out.items() if names}


def _wordings(labels: Labels, prompts: Prompts, by_prompt: Floats) -> tuple[Wording, ...]:
    """Compute the figures of every template by itself."""
    wordings = []
    for category, templates in sorted(prompts.templates.items()):
        tags = [tag for tag, name in enumerate(prompts.categories) if name == category]
        for place, template in enumerate(templates):
            values = []
            for tag in tags:
                rows = labels.labelled[:, tag]
                values.append(areas(by_prompt[rows, prompts.places[tag][place]], labels.truth[rows, tag]))
            means = np.mean(values, axis=0)
            figures = {f"macro/{name}": float(mean) for name, mean in zip(AREAS, means, strict=True)}
            wordings.append(Wording(category, template, len(tags), figures))
    return tuple(wordings)


def _report(
    split: str,
    scored: Scored,
    resamples: Resamples,
    wordings: tuple[Wording, ...],
    left_out: dict[str, tuple[str, ...]],
    templates: str,
) -> TaggingReport:
    """Compute the figures over all tags, by category and by tag, and put them into a report."""
    labels = scored.labels
    scores = Areas.of(scored, resamples)
    everything = np.ones(len(labels.tags), dtype=bool)
    closed = scored.closed()
    categories = {}
    for category in labels.categories:
        chosen = labels.of_category(category)
        categories[category] = group_figures(scored.where(chosen), scores.macro(chosen), resamples)
    tags = tuple(
        TagFigures(tag, int(labels.positives[place]), int(labels.negatives[place]), scores.figures_of(place))
        for place, tag in enumerate(labels.tags)
    )
    return TaggingReport(
        split=split,
        overall=group_figures(scored, scores.macro(everything), resamples),
        closed=group_figures(closed, Areas.of(closed, resamples).macro(everything), resamples),
        categories=categories,
        tags=tags,
        wordings=wordings,
        left_out=left_out,
        templates=templates,
        conventions=(*CONVENTIONS, resamples.convention),
    )

"""Two sets compared by everything that can be compared between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adsw.encoders.protocol import EncoderInfo
from adsw.report.table import Cell, Column, TableModel, head_columns, row
from adsw.shift.distances import HALVES, LEAST, Distance, TwoSample, frechet_distance, kernel_distance, two_sample
from adsw.shift.near_duplicates import CONVENTION, NearDuplicates, near_duplicates
from adsw.shift.sample import MOST, Cloud, Sample
from adsw.shift.wording import Overlap, Style, styles, tag_overlap, word_overlap
from adsw.stats.interval import Interval


@dataclass(frozen=True, slots=True)
class Compared:
    """The embeddings of one kind in both sets."""

    frechet: Distance
    kernel: Distance
    classifier: TwoSample

    def document(self) -> dict[str, Any]:
        """Return the three figures as plain JSON values."""
        return {
            "frechet": self.frechet.document(),
            "kernel": self.kernel.document(),
            "classifier": self.classifier.document(),
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far apart two sets are.

    Attributes:
        first, second: their names; words and tags are what the second has and the first lacks.
        tracks: of both.
        embeddings: by ``audio`` and text source, for what both have under the same encoder.
        words: by text source.
        style: by text source.
        tags: by category.
        remarks: what was left out and why, and what must be known of the figures.
        near: tracks that sound nearly alike; None if audio cannot be compared.
    """

    first: str
    second: str
    tracks: tuple[int, int]
    embeddings: dict[str, Compared]
    words: dict[str, Overlap]
    style: dict[str, tuple[Style, ...]]
    tags: dict[str, Overlap]
    remarks: tuple[str, ...]
    near: NearDuplicates | None = None

    def document(self) -> dict[str, Any]:
        """Return the comparison as plain JSON values."""
        return {
            "first": self.first,
            "second": self.second,
            "tracks": list(self.tracks),
            "embeddings": {name: compared.document() for name, compared in self.embeddings.items()},
            "words": {name: overlap.document() for name, overlap in self.words.items()},
            "style": {name: {style.name: style.document() for style in some} for name, some in self.style.items()},
            "tags": {name: overlap.document() for name, overlap in self.tags.items()},
            "remarks": list(self.remarks),
            "near_duplicates": None if self.near is None else self.near.document(),
        }

    def tables(self) -> list[TableModel]:
        """Return tables of distances, words, style and tags; empty ones are left out, what shows a shift is marked."""
        words = self._lacking("words", "text source", self.words)
        several = [self._distances(), words, self._styles(), self._lacking("tags", "category", self.tags)]
        return [table for table in several if table.rows]

    def _distances(self) -> TableModel:
        heads = ("what", "Frechet", "within", "kernel", "within", "told apart (AUC)", "p")
        rows = tuple(_of_embeddings(*item) for item in self.embeddings.items())
        return TableModel("distances", "How far apart", "", head_columns(*heads), rows)

    def _lacking(self, what: str, first: str, overlaps: dict[str, Overlap]) -> TableModel:
        return TableModel(
            f"lacking-{what}",
            f"{what.capitalize()} that {self.second} has and {self.first} lacks",
            "",
            (
                *head_columns(first, "distinct", "shared", "distinct lacking", "uses lacking"),
                Column("such as", left=True, long=True),
            ),
            tuple(_of_overlap(*item) for item in overlaps.items()),
        )

    def _styles(self) -> TableModel:
        heads = ("text source", "per text", self.first, self.second, "difference", "effect d", "KS")
        rows = tuple(_of_style(source, style) for source, some in self.style.items() for style in some)
        return TableModel("style", "Length and style", "", head_columns(*heads, left=2), rows)


def interval_cell(interval: Interval, digits: int = 3, tone: str = "", strong: bool = False) -> Cell:
    """Write a figure with its interval.

    >>> interval_cell(Interval(0.5, 0.25, 0.75), 2).span
    '0.25 to 0.75'
    """
    value, low, high = (f"{end:.{digits}f}" for end in (interval.value, interval.low, interval.high))
    return Cell(value, f"{low} to {high}", strong=strong, exact=interval, tone=tone)


def judged_cell(interval: Interval, shifted: bool, digits: int = 3, alike: str = "") -> Cell:
    """Write a figure, marked if it shows a shift, otherwise in the tone `alike`."""
    return interval_cell(interval, digits, "warn" if shifted else alike, strong=shifted)


def _of_embeddings(what: str, compared: Compared) -> tuple[Cell, ...]:
    cells = []
    for distance in (compared.frechet, compared.kernel):
        # Two random halves of one set are some distance apart too: a shift is what exceeds that.
        shifted = distance.between.low > max(distance.within.value, 0.0)
        cells += [judged_cell(distance.between, shifted), interval_cell(distance.within, tone="faint")]
    classifier = compared.classifier
    auc = judged_cell(classifier.auc, classifier.auc.low > 0.5, 2, "good")
    return row(what, *cells, auc, Cell(f"{classifier.p:.2g}", exact=classifier.p))


def _of_overlap(name: str, overlap: Overlap) -> tuple[Cell, ...]:
    spread = overlap.unknown
    per_text = "" if spread is None else f"{spread.low:.1%} to {spread.high:.1%} a text"
    return row(
        name,
        f"{overlap.sizes[0]:,} | {overlap.sizes[1]:,}",
        f"{overlap.shared:.0%}",
        f"{overlap.unknown_types:.0%}",
        Cell(f"{overlap.unknown_uses:.1%}", per_text, exact=overlap.unknown_uses),
        ", ".join(overlap.examples),
    )


def _of_style(source: str, style: Style) -> tuple[Cell, ...]:
    apart = style.difference.low > 0 or style.difference.high < 0
    means = (Cell(f"{mean:.2f}", exact=mean) for mean in style.means)
    return row(
        source, style.name, *means, judged_cell(style.difference, apart), f"{style.effect:+.2f}", f"{style.ks:.2f}"
    )


def compare(first: Sample, second: Sample, seed: int = 0) -> Comparison:
    """Compare two sets.

    Args:
        first: the set to compare with, such as that of the training or the validation.
        second: the set to compare.
        seed: seed of halves, subsets and resamples.
    """
    remarks: list[str] = []
    embeddings = {}
    for what, first_cloud, second_cloud in _pairs(first, second, remarks):
        embeddings[what] = _compared(what, first_cloud, second_cloud, seed, remarks)
    near = near_duplicates(first, second, seed) if _same_audio(first, second) else None
    if near is not None and (remark := near.remark(first.name, second.name)):
        remarks.append(remark)
    words, style = {}, {}
    for source in first.texts.keys() & second.texts.keys():
        groups = first.clouds[source].groups, second.clouds[source].groups
        words[source] = word_overlap(first.texts[source], second.texts[source], groups[1], seed)
        style[source] = tuple(styles(first.texts[source], second.texts[source], groups))
    return Comparison(
        first=first.name,
        second=second.name,
        tracks=(first.tracks, second.tracks),
        embeddings=embeddings,
        words=dict(sorted(words.items())),
        style=dict(sorted(style.items())),
        tags=tag_overlap(first, second),
        remarks=tuple(remarks),
        near=near,
    )


def conventions() -> tuple[str, ...]:
    """Return how the figures are made, to be printed with them."""
    return (
        "Frechet distance: squared, extrapolated to infinite samples; kernel distance: unbiased, cubic kernel, may be "
        "negative; both with the 95 % interval of the delete-half jackknife "
        f"({HALVES} halves of the groups), at most {MOST:,} points a set.",
        "Within: the distance between two random halves of the first set, which is what no shift looks like.",
        "Classifier: ROC-AUC of a logistic regression on groups it has not seen; 0.5 is no difference.",
        CONVENTION,
        "A track's texts are its full tag list, the caption of that, and its human captions.",
    )


def _pairs(first: Sample, second: Sample, remarks: list[str]) -> list[tuple[str, Cloud, Cloud]]:
    """Return what both sets have under the same encoder; add to `remarks` what is left out."""
    pairs = []
    if _same_audio(first, second):
        pairs.append(("audio", first.audio, second.audio))
    else:
        remarks.append(f"Audio is not compared: its encoders are {_named(first.audio_encoder, second.audio_encoder)}.")
    if not first.text_encoder.is_same(second.text_encoder):
        named = _named(first.text_encoder, second.text_encoder)
        remarks.append(f"Embeddings of texts are not compared: their encoders are {named}.")
        return _large_enough(pairs, remarks)
    for source in sorted(first.clouds.keys() | second.clouds.keys()):
        if source in first.clouds and source in second.clouds:
            pairs.append((source, first.clouds[source], second.clouds[source]))
        else:
            lacking = second.name if source in first.clouds else first.name
            remarks.append(f"Texts of the source {source} are not compared: {lacking} has none.")
    return _large_enough(pairs, remarks)


def _large_enough(pairs: list[tuple[str, Cloud, Cloud]], remarks: list[str]) -> list[tuple[str, Cloud, Cloud]]:
    """Return the pairs with enough points for a classifier; add to `remarks` what is left out."""
    small = [what for what, first, second in pairs if min(len(first), len(second)) < LEAST]
    if small:
        remarks.append(f"Embeddings of {', '.join(small)} are not compared: fewer than {LEAST} in one of the sets.")
    return [pair for pair in pairs if pair[0] not in small]


def _same_audio(first: Sample, second: Sample) -> bool:
    return first.audio_encoder.is_same(second.audio_encoder)


def _named(*encoders: EncoderInfo) -> str:
    """Write names and revisions, with the shapes where only these differ."""
    short = [f"{encoder.name}@{encoder.revision}" for encoder in encoders]
    return " and ".join(short if len({*short}) > 1 else [encoder.identity for encoder in encoders])


def _compared(what: str, first: Cloud, second: Cloud, seed: int, remarks: list[str]) -> Compared:
    """Compare the embeddings of one kind; add to `remarks` if a distance is rough."""
    first, second = first.drawn(MOST, seed, what, "first"), second.drawn(MOST, seed, what, "second")
    frechet = frechet_distance(first, second, seed)
    if frechet.is_thin:
        remarks.append(
            f"The Frechet distance of {what} is rough: {min(frechet.n):,} points for {frechet.features} features. "
            "Trust the kernel distance."
        )
    return Compared(frechet, kernel_distance(first, second, seed), two_sample(first, second, seed))

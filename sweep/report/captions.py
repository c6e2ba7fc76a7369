"""Caption quality against retrieval: the stores of an ablation whose captioners differ; in words, as a section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from adsw.augment.words import words_of
from adsw.errors import InputError
from adsw.files import publish_json
from adsw.json_text import parse_json
from adsw.metrics import sign_of
from adsw.report.format import listed, number, plural, signed
from adsw.report.section import Beside, Block, Paragraph, Part, Plot, Section
from adsw.report.statement import OPEN, PLAIN, Statement
from adsw.report.table import NOTHING, Cell, Column, TableModel, exact_cell, figure, interval_cell
from adsw.stats.estimates import Estimate, means
from adsw.stats.interval import Interval
from adsw.store.store import Store
from adsw.text_quality.diversity import distinct, one_per_track
from adsw.text_quality.sample import sample_of
from sweep.report.ablation.design import arms_of
from sweep.report.ablation.results import Ablation
from sweep.report.data import RunData
from sweep.report.drawing import Figure, colour, error_bars, layout
from sweep.run.store_places import stores_of
from sweep.run.sweep_record import StoreRecord
from sweep.stats.rank_agreement import FEWEST, SetAgreement, set_agreement

CACHE = "caption-quality.json"
"""File in the run folder: by store, the figures with the fingerprint of the store that they were measured on."""

TRACKS = 1000
"""Training tracks that are measured."""

SPLIT = "train"


class CaptionQuality(BaseModel):
    """Figures of the captions of one store."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    fingerprint: str
    captioner: str
    tracks: int
    captions: int
    coverage: Estimate | None
    """Share of its track's tags that a caption states."""
    added: Estimate | None
    """Vocabulary terms per caption that its track's tags do not give."""
    distinct: Estimate | None
    """Distinct two-word sequences over all, in blocks of 500, one caption per track."""


@dataclass(frozen=True, slots=True)
class StoreQuality:
    """One store of a run."""

    name: str
    captioner: str
    quality: CaptionQuality | None
    why: str
    """Why the quality is missing; empty if it is not."""


def caption_quality(stores: Mapping[str, StoreRecord], folder: Path | None) -> tuple[StoreQuality, ...]:
    """Return the caption quality of every store, from the run folder's cache or else measured in the store itself.

    New measurements are added to the cache. A store that is missing, unreadable or replaced by another one has no
    quality, but the reason why.

    Args:
        stores: as sweep.json has them: name -> {path, fingerprint, captioner, ...}.
        folder: the run folder, where the cache is kept; None for no cache.
    """
    cached = _read(folder / CACHE) if folder else {}
    qualities, fresh = [], {}
    for name, facts in stores.items():
        known = cached.get(name)
        # The name alone may stand for another store by now: only its fingerprint says that the figures still hold.
        if known is not None and known.fingerprint == facts.fingerprint:
            qualities.append(StoreQuality(name, str(facts.captioner or ""), known, ""))
            continue
        store = _of_store(name, facts)
        qualities.append(store)
        if store.quality is not None:
            fresh[name] = store.quality
    if folder is not None and fresh:
        publish_json(
            folder / CACHE, {name: quality.model_dump(mode="json") for name, quality in (cached | fresh).items()}
        )
    return tuple(qualities)


def _read(path: Path) -> dict[str, CaptionQuality]:
    """Read the cache; an empty one where it is missing or cannot be read, as it can be made again."""
    try:
        return {name: CaptionQuality.model_validate(fields) for name, fields in parse_json(path.read_bytes()).items()}
    except (OSError, ValueError, AttributeError, ValidationError):
        return {}


def _of_store(name: str, facts: StoreRecord) -> StoreQuality:
    """Measure a store, or say why it cannot be measured."""

    captioner, path = str(facts.captioner or ""), Path(facts.path or "")
    try:
        store = Store.open(path)
        if store.info.fingerprint != facts.fingerprint:
            return StoreQuality(name, captioner, None, f"another store lies at {path} now")
        return StoreQuality(name, captioner, measured(store), "")
    except InputError:
        return StoreQuality(name, captioner, None, f"the store cannot be read at {path}")


def measured(store: Store, most: int = TRACKS) -> CaptionQuality:
    """Measure the captions of a store's first `most` training tracks, which are a fair sample of them.

    Raises:
        InputError: the store is damaged or has no texts in its training split.
    """

    sample = sample_of(store, [SPLIT], most)
    members = np.flatnonzero(sample.of("caption"))
    tracks = sample.track[members]
    figures = np.stack([sample.coverage[members], sample.added[members]], axis=1)
    coverage, added = means(figures, tracks) if len(members) else (None, None)
    varied = distinct([words_of(sample.texts[members[place]]) for place in one_per_track(tracks, 0)], 2)
    return CaptionQuality(
        fingerprint=store.info.fingerprint,
        captioner=store.info.captioner,
        tracks=sample.tracks,
        captions=len(members),
        coverage=coverage,
        added=added,
        distinct=varied,
    )


FIGURES = (
    ("coverage", "tags that a caption states"),
    ("added", "invented terms per caption"),
    ("distinct", "distinctness (distinct-2)"),
)
"""Fields of `CaptionQuality` and their labels."""


@dataclass(frozen=True, slots=True)
class CaptionedArm:
    """One arm with the captions it was trained on."""

    name: str
    store: StoreQuality
    value: float
    """Mean objective over replicates."""
    mean: Interval | None
    """The same with its interval over seeds; None with one replicate."""

    def figure(self, field: str) -> Estimate | None:
        """Return one figure of its captions by its field of `CaptionQuality`, or None if they were not measured."""
        quality: CaptionQuality | None = self.store.quality
        return None if quality is None else getattr(quality, field)


@dataclass(frozen=True, slots=True)
class Captioners:
    """Arms against the quality of their captions."""

    metric: str
    mode: str
    arms: tuple[CaptionedArm, ...]
    agreements: tuple[tuple[str, SetAgreement | None], ...]
    """By figure, how alike it and the objective order the arms; None for too few stores."""

    @property
    def stores(self) -> tuple[StoreQuality, ...]:
        """Every store once."""
        return tuple({arm.store.name: arm.store for arm in self.arms}.values())

    @property
    def unknown(self) -> tuple[StoreQuality, ...]:
        """Stores whose captions could not be measured."""
        return tuple(store for store in self.stores if store.quality is None)


def captioners_of(run: RunData, ablation: Ablation | None) -> Captioners | None:
    """Set the arms' means against their stores' captions; return None if all stores have one captioner."""
    stores = run.stores
    if ablation is None or len({facts.captioner for facts in stores.values()}) < 2:
        return None
    names = {arm.name: arm.store or next(iter(stores)) for arm in arms_of(run)}
    today = stores if run.path is None else stores_of(run.path, run.sweep)
    used = {name: facts for name, facts in today.items() if name in names.values()}
    quality = {store.name: store for store in caption_quality(used, run.path)}
    split = ablation.primary
    arms = tuple(
        CaptionedArm(score.name, quality[names[score.name]], score.value, score.mean)
        for score in split.arms
        if names.get(score.name) in quality
    )
    agreements = tuple((field, _agreement(arms, field, split.mode)) for field, _ in FIGURES)
    return Captioners(split.metric.full, split.mode, arms, agreements)


def _agreement(arms: Sequence[CaptionedArm], field: str, mode: str) -> SetAgreement | None:
    """Return how alike a figure and the objective order the arms, or None for too few or shared stores."""
    known = [(arm, estimate.value) for arm in arms if (estimate := arm.figure(field)) is not None]
    stores = [arm.store.name for arm, _ in known]
    # Arms of one store share their captions: they would count as several points where there is one.
    if len(set(stores)) < FEWEST or len(set(stores)) < len(stores):
        return None
    sign = sign_of(mode)
    return set_agreement([value for _, value in known], [sign * arm.value for arm, _ in known])


def statements(captioners: Captioners | None) -> list[Statement]:
    """Return sentences on whether better captions went with better retrieval."""
    if captioners is None:
        return []
    sentences = []
    known = [store for store in captioners.stores if store.quality is not None]
    if captioners.unknown:
        unread = plural(len(captioners.unknown), "store")
        text = f"Caption quality could not be read of {unread} of {len(captioners.stores)}."
        sentences.append(Statement(OPEN, text))
    if not known:
        return sentences
    if len(known) < FEWEST:
        text = (
            f"Whether better captions give better retrieval is not decided by {plural(len(known), 'store')}: "
            f"captioners differ in more than the figures shown. A rank correlation is given from {FEWEST} stores on."
        )
        return [*sentences, Statement(OPEN, text)]
    correlations = [
        (label, agreement.rho)
        for (_, label), (_, agreement) in zip(FIGURES, captioners.agreements, strict=True)
        if agreement is not None
    ]
    parts = [
        f"{label} {signed(rho.value, 2)} (95 % {signed(rho.low, 2)} to {signed(rho.high, 2)})"
        for label, rho in correlations
    ]
    if not parts:
        return sentences
    over = plural(len(known), "store")
    text = f"Rank correlation of caption quality with {captioners.metric} over {over}: {listed(parts)}."
    return [*sentences, Statement(PLAIN, text)]


def captions_section(captioners: Captioners, name: str) -> Section:
    """Return the section: a figure for each measure of the captions, and the table of the arms."""
    intro = (
        f"The arms' stores differ in who wrote their captions. Each arm's mean {captioners.metric} with its interval "
        "over seeds, against its captions: the share of its tags that a caption states, the terms it states and its "
        "tags do not give, and how varied the captions are. Measured on up to 1,000 training tracks of each store."
    )
    blocks: list[Block] = []
    if captioners.unknown:
        lacking = "; ".join(f"{store.name} ({store.why})" for store in captioners.unknown)
        blocks.append(Paragraph(f"Not measured: {lacking}.", "notice"))
    known = {field: [arm for arm in captioners.arms if arm.figure(field)] for field, _ in FIGURES}
    plots = tuple(
        Plot(f"captions-{field}", _scatter(captioners, known[field], field, label), "Caption quality against retrieval")
        for field, label in FIGURES
        if len({arm.store.name for arm in known[field]}) > 1
    )
    blocks += [Beside(plots, "grid"), Part("", (caption_table(captioners, name),))]
    return Section("captions", "Caption quality and retrieval", tuple(blocks), intro, label="Captions")


def caption_table(captioners: Captioners, name: str) -> TableModel:
    """Return the table of the arms: each one's mean and the figures of its store's captions."""
    return TableModel(
        name="captions",
        title="Captions of each store",
        caption=f"Captioners of {name}: what was reached on each store, and figures of its captions.",
        columns=(
            Column("arm", left=True),
            Column("store", only="file"),
            Column("captioner", left=True),
            Column(captioners.metric, ends=""),
            *(Column(field, only="file") for field in ("tracks", "captions")),
            *(Column(label, field=field, ends=field) for field, label in FIGURES),
        ),
        rows=tuple(_row(arm, captioners.metric) for arm in captioners.arms),
        file="caption-quality",
    )


def _row(arm: CaptionedArm, metric: str) -> tuple[Cell, ...]:
    quality = arm.store.quality
    return (
        Cell(arm.name),
        exact_cell(arm.store.name),
        exact_cell(arm.store.captioner or None),
        figure(metric, arm.value, arm.mean),
        *(exact_cell(count) for count in ((quality.tracks, quality.captions) if quality else (None, None))),
        *(_estimate(arm.figure(field)) for field, _ in FIGURES),
    )


def _estimate(estimate: Estimate | None) -> Cell:
    if estimate is None:
        return Cell(NOTHING)
    if estimate.low is None or estimate.high is None:
        return Cell(number(estimate.value, 3), exact=estimate.value)
    return interval_cell(Interval(estimate.value, estimate.low, estimate.high), lambda value: number(value, 3))


def _scatter(captioners: Captioners, arms: list[CaptionedArm], field: str, label: str) -> Figure:
    estimates = [estimate for arm in arms if (estimate := arm.figure(field)) is not None]
    across = [
        (estimate.value, _or(estimate.low, estimate.value), _or(estimate.high, estimate.value))
        for estimate in estimates
    ]
    up = [(arm.value, arm.mean.low, arm.mean.high) if arm.mean else (arm.value,) * 3 for arm in arms]
    trace = {
        "type": "scatter",
        "mode": "markers+text",
        "showlegend": False,
        "x": [value for value, _, _ in across],
        "y": [value for value, _, _ in up],
        "text": [arm.name for arm in arms],
        "textposition": "top right",
        "textfont": {"size": 11},
        "error_x": error_bars(across, colour("default")),
        "error_y": error_bars(up, colour("default")),
        "marker": {"size": 11, "color": colour("default")},
        "hovertemplate": "%{text}: %{x:.3f}, %{y:.4f}<extra></extra>",
    }
    plot = layout(300, x=label, y=captioners.metric)
    values = [end for triple in across for end in triple]
    room = 0.2 * (max(values) - min(values)) or 0.05
    plot["xaxis"]["range"] = [min(values) - room, max(values) + room]
    plot["margin"] |= {"t": 12}
    return {"data": [trace], "layout": plot}


def _or(end: float | None, value: float) -> float:
    return value if end is None else end

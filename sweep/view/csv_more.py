"""Tables of fronts, evaluation sets, captions, fresh seeds and tuning as CSV, with full precision."""

from __future__ import annotations

from typing import Any

from adsw.report.csv_text import ENDS, ends_of, table, three_of
from sweep.statistics.sequential import Decision
from sweep.view.ablation.results import Ablation
from sweep.view.captioners import FIGURES, Captioners
from sweep.view.confirmation import Confirmation
from sweep.view.contours import Contours
from sweep.view.front import Front
from sweep.view.report import Report
from sweep.view.set_agreement import AgreementOfSets


def further_tables(report: Report) -> dict[str, str]:
    """By the name of their file without its ending; those of what the run does not hold are empty."""
    tables: dict[str, str] = {}
    if report.front is not None:
        tables["front"] = _front(report.front)
    if report.sets is not None:
        tables |= _sets(report.sets)
    if report.captioners is not None:
        tables["caption-quality"] = _captions(report.captioners)
    if report.confirmation is not None:
        tables["fresh-seeds"] = _fresh(report.confirmation)
    if report.contours is not None:
        tables["surfaces"] = _surfaces(report.contours)
    if report.ablation is not None:
        tables |= _ablation(report.ablation)
    return tables


def _front(found: Front) -> str:
    names = [one.metric for one in found.objectives]
    head = ["trial", "arm", "on front", "share of resamples", "ahead of default"]
    for name in names:
        head += [name, *(f"{name} {end}" for end in ENDS)]
        head += [f"{name} minus default", *(f"{name} minus default {end}" for end in ENDS)]
    rows = []
    for trial in found.trials:
        row: list[Any] = [trial.number, trial.arm, trial.on_front, trial.share, trial.dominates_default]
        for value, span, gap in zip(trial.values, trial.intervals, trial.to_default, strict=True):
            row += [value, *ends_of(span), *three_of(gap)]
        rows.append(row)
    return table(head, rows)


def _sets(found: AgreementOfSets) -> dict[str, str]:
    agreements = [
        (
            *(pair.one, pair.other, found.measure, pair.trials),
            *three_of(pair.agreement.tau if pair.agreement else None),
            *three_of(pair.agreement.rho if pair.agreement else None),
        )
        for pair in found.pairs
    ]
    kendall, spearman = (("kendall tau-b", *(f"tau {e}" for e in ENDS)), ("spearman", *(f"rho {e}" for e in ENDS)))
    pickings = [
        (one.by, one.on, found.measure, one.units, one.picked, one.place, one.best, one.lost, *ends_of(one.gap))
        for one in found.pickings
    ]
    picking_head = ("picked by", "used on", "measure", "of", "picked", "place", "best", "lost", *ENDS)
    values = [(unit.label, *(unit.values.get(name) for name in found.sets)) for unit in found.units]
    return {
        "set-agreement": table(("set", "other", "measure", "trials", *kendall, *spearman), agreements),
        "set-picking": table(picking_head, pickings),
        "set-values": table((found.noun, *(f"{name}/{found.measure}" for name in found.sets)), values),
    }


def _captions(found: Captioners) -> str:
    head = ["arm", "store", "captioner", found.metric, *ENDS, "tracks", "captions"]
    for field, _ in FIGURES:
        head += [field, *(f"{field} {end}" for end in ENDS)]
    rows = []
    for arm in found.arms:
        quality = arm.store.quality
        row: list[Any] = [arm.name, arm.store.name, arm.store.captioner, arm.value, *ends_of(arm.mean)]
        row += [quality.tracks, quality.captions] if quality else [None, None]
        for field, _ in FIGURES:
            one = arm.figure(field)
            row += [one.value, one.low, one.high] if one else [None] * 3
        rows.append(row)
    return table(head, rows)


def _fresh(found: Confirmation) -> str:
    rows: list[tuple[Any, ...]] = [
        (gap.metric.full, seed, mine, theirs, mine - theirs)
        for gap in found.gaps
        for seed, mine, theirs in zip(gap.seeds, gap.winner, gap.default, strict=True)
    ]
    if not rows:
        rows = [("as picked", seed, value, None, None) for seed, value in found.values.items()]
    return table(("set", "seed", "winner", "default", "winner minus default"), rows)


def _surfaces(found: Contours) -> str:
    rows = [
        (pair.x.name, pair.y.name, found.epoch, len(pair.spots))
        + ((pair.surface.explained, pair.surface.shuffled, *pair.surface.lengths) if pair.surface else (None,) * 4)
        + (pair.drawn is not None,)
        for pair in found.pairs
    ]
    head = ("parameter", "other", "epoch", "trials", "explained of left-out trials", "most of shuffled values")
    return table((*head, "length scale", "other length scale", "drawn"), rows)


def _ablation(found: Ablation) -> dict[str, str]:
    names = sorted({name for point in found.tuned for name in point.params})
    tuned = [
        (point.arm, *(point.params.get(name) for name in names), seed, value, point.mean, point.chosen)
        for point in found.tuned
        for seed, value in point.values.items()
    ]
    looks = [
        (split.metric.full, *_looked(one.decision))
        for split in (found.primary, found.other)
        if split is not None
        for one in split.comparisons
        if one.decision is not None
    ]
    head = ("metric", "arm", "decided", "no look left", "look", "replicates", "level", "test", "p", "sequential p")
    gaps = [(name, *three_of(gap)) for name, gap in found.gaps.items()]
    return {
        "ablation-tuning": table(("arm", *names, "seed", "value", "mean of the point", "chosen"), tuned),
        "ablation-looks": table((*head, "holm p", "difference", *ENDS, "next look at"), looks),
        "ablation-gaps": table(("arm", "validation minus test", *ENDS), gaps),
    }


def _looked(one: Decision) -> tuple[Any, ...]:
    look = None if one.look is None else one.look + 1
    figures = (one.replicates, one.level, one.test, one.p, one.sequential, one.adjusted)
    return (one.arm, one.decided, one.exhausted, look, *figures, *three_of(one.interval), one.wanted or None)

"""The tables of an ablation, row by row, written as people read them."""

from __future__ import annotations

from dataclasses import dataclass

from adsw.report.format import gap_number, is_rank, metric_number, number, short, short_names, signed
from adsw.stats.bootstrap import Interval
from sweep.view.ablation.results import Ablation, ArmScore, Comparison, SplitResults
from sweep.view.ablation.text import effect_name, needed_text, p_number, side_of, verdict_word
from sweep.view.tables import Gap

Cell = tuple[str, str]
"""A figure, and its interval below it."""


@dataclass(frozen=True, slots=True)
class ArmLine:
    """One arm in the ablation table."""

    name: str
    replicates: int
    mean: Cell
    middle: Cell
    gap: Gap | None
    """Over replicates; None for the reference arm."""
    tracks: str
    """The difference's interval over tracks, and seeds."""
    p: str
    adjusted: str
    effect: Cell
    improvement: Cell
    verdict: str
    side: str


def arm_lines(split: SplitResults) -> list[ArmLine]:
    """The ablation table of one split, in the order of the space."""
    comparisons = {one.name: one for one in split.comparisons}
    return [_line(score, comparisons.get(score.name), split) for score in split.arms]


def _line(score: ArmScore, one: Comparison | None, split: SplitResults) -> ArmLine:
    name = split.metric.full
    side = side_of(one, split) if one else "open"
    return ArmLine(
        name=score.name,
        replicates=score.replicates,
        mean=_level(name, score.value, score.mean),
        middle=_level(name, score.middle, score.iqm),
        gap=_gap(one, name, side) if one else None,
        tracks=_ends(name, one.tracks) if one and one.tracks else "–",
        p=_p(one)[0],
        adjusted=_p(one)[1],
        effect=_signed(one.pairing.effect if one and one.pairing else None),
        improvement=_share(one.improvement if one else None),
        verdict=verdict_word(one, split) if one else "reference",
        side=side,
    )


def _p(one: Comparison | None) -> tuple[str, str]:
    """The p-value and Holm's; where there are looks, of all looks together."""
    if one is not None and one.decision is not None and one.decision.look is not None:
        return p_number(one.decision.sequential), p_number(one.decision.adjusted)
    if one is None or one.judgement is None:
        return "–", "–"
    return p_number(one.judgement.p), p_number(one.judgement.adjusted)


def look_lines(split: SplitResults) -> list[tuple[str, ...]]:
    """Arm, how it stands, at which look, replicates, level spent there, both p-values, the repeated interval."""
    lines: list[tuple[str, ...]] = []
    for one in split.comparisons:
        found = one.decision
        if found is None or split.sequential is None:
            continue
        stands = "decided" if found.decided else "no look left" if found.exhausted else "undecided"
        made = found.look is not None
        lines.append(
            (
                one.name,
                stands if found.decided or not found.wanted else f"{stands}, next at {found.wanted}",
                f"{(found.look or 0) + 1} of {len(split.sequential.plan)}" if made else "–",
                str(found.replicates),
                f"{100 * found.level:.2f} %" if made else "–",
                p_number(found.p) if made else "–",
                p_number(found.sequential) if made else "–",
                p_number(found.adjusted) if made else "–",
                _ends(split.metric.full, found.interval) if found.interval else "–",
            )
        )
    return lines


def tuned_lines(found: Ablation, metric: str) -> list[tuple[str, ...]]:
    """Arm, the point's values, seeds, mean objective, whether it was chosen."""
    names = short_names(name for point in found.tuned for name in point.params)
    return [
        (
            point.arm,
            ", ".join(f"{names[name]} {short(value)}" for name, value in point.params.items()),
            f"{len(point.values)}" + (f", {point.failed} failed" if point.failed else ""),
            metric_number(metric, point.mean),
            "chosen" if point.chosen else "",
        )
        for point in found.tuned
    ]


def effect_lines(found: Ablation) -> list[tuple[str, ...]]:
    """Effect, its interval, p, Holm p, verdict; of the primary split."""
    if found.design is None:
        return []
    names = short_names(factor.name for factor in found.design.factors)
    metric = found.primary.metric.full
    lines: list[tuple[str, ...]] = []
    for effect, judgement in found.primary.effects:
        span = effect.pairing.difference
        figure = gap_number(span.value, _digits(metric))
        word = "decided" if judgement.decided else "undecided"
        ps = (p_number(judgement.p), p_number(judgement.adjusted))
        lines.append((effect_name(effect, names), figure, _ends(metric, span), *ps, word))
    return lines


def step_lines(found: Ablation) -> list[tuple[str, ...]]:
    """Step, difference, its interval over seeds, p, Holm p, interval over seeds and tracks, verdict."""
    name = found.primary.metric.full
    return [
        (
            one.name,
            gap_number(one.value, _digits(name)),
            _ends(name, one.pairing.difference) if one.pairing else "one seed",
            *_p(one),
            _ends(name, one.tracks) if one.tracks else "–",
            verdict_word(one, found.primary),
        )
        for one in found.steps
    ]


def needed_lines(found: Ablation) -> list[tuple[str, ...]]:
    """Arm, scatter of its paired differences, replicates for the difference seen and for one worth having."""
    lines: list[tuple[str, ...]] = []
    for one in found.primary.comparisons:
        if one.pairing is None:
            continue
        known = one.needed or one.needed_relevant
        scatter = number(known.deviation, 5) if known else "–"
        lines.append((one.name, scatter, needed_text(one.needed), needed_text(one.needed_relevant)))
    return lines


def gap_lines(found: Ablation) -> list[tuple[str, ...]]:
    """Arm, validation minus test and its interval over seeds."""
    metric = found.primary.metric.full
    return [(name, gap_number(gap.value, _digits(metric)), _ends(metric, gap)) for name, gap in found.gaps.items()]


def _level(metric: str, value: float, span: Interval | None) -> Cell:
    if span is None:
        return metric_number(metric, value), ""
    digits = _digits(metric)
    return metric_number(metric, value), f"{number(span.low, digits)} to {number(span.high, digits)}"


def _gap(one: Comparison, metric: str, side: str) -> Gap:
    span = one.over_seeds
    return Gap(gap_number(one.shown, _digits(metric)), _ends(metric, span) if span else "one seed", side)


def _ends(metric: str, span: Interval) -> str:
    digits = _digits(metric)
    return f"{gap_number(span.low, digits)} to {gap_number(span.high, digits)}"


def _signed(span: Interval | None) -> Cell:
    if span is None:
        return "–", ""
    return signed(span.value, 2), f"{signed(span.low, 2)} to {signed(span.high, 2)}"


def _share(span: Interval | None) -> Cell:
    return ("–", "") if span is None else (number(span.value, 2), f"{number(span.low, 2)} to {number(span.high, 2)}")


def _digits(metric: str) -> int:
    return 1 if is_rank(metric) else 4

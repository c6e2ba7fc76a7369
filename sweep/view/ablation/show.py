"""An ablation as tables: arms against the reference, steps, looks, tuning, factorial effects, replicates needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from adsw.report.format import digits_of, gap_number, number, plural, short, short_names, signed
from adsw.report.table import NOTHING, Cell, TableModel, change, figure, head_columns, with_best, words
from adsw.stats.bootstrap import Interval
from sweep.statistics.paired import LEVEL
from sweep.statistics.sequential import Decision
from sweep.view.ablation.results import Ablation, ArmScore, Comparison, SplitResults
from sweep.view.ablation.text import effect_name, looks_text, needed_text, p_number, side_of, verdict_word

ABLATION = "Ablation"
"""The section that the tables belong to."""


def ablation_tables(found: Ablation, name: str, metric: str) -> list[TableModel]:
    """Return every table of an ablation, those without rows among them.

    Args:
        found: what was computed.
        name: of the run.
        metric: its objective.
    """
    keys = ("ablation", "ablation-validation")
    return [
        *(arm_table(key, split, found, name) for key, split in zip(keys, found.splits, strict=False)),
        *(_looks(split, name) for split in found.splits),
        _steps(found, name),
        _tuning(found, metric, name),
        _effects(found, name),
        *([] if found.primary.sequential else [_needed(found, name)]),
        _gaps(found, name),
    ]


def arm_table(key: str, split: SplitResults, found: Ablation, name: str) -> TableModel:
    """Return the arms of one split, in the order of the space, each against the reference arm."""
    comparisons = {one.name: one for one in split.comparisons}
    metric = split.metric.full
    levels = with_best((figure(metric, score.value, score.mean) for score in split.arms), split.mode)
    tracks = "over seeds and tracks" if found.replicates > 1 else "over tracks"
    rest = ("effect size", "P(better)", "interquartile mean")
    columns = head_columns(
        "arm", "seeds", "mean", "difference", "verdict", "p", "Holm p", tracks, *rest, details=("p", *rest)
    )
    return TableModel(
        name=key,
        section=ABLATION,
        title=metric,
        caption=_arms_caption(split, found, name),
        columns=tuple(replace(column, left=column.left or column.head == "verdict") for column in columns),
        rows=tuple(
            _arm_row(score, comparisons.get(score.name), level, split)
            for score, level in zip(split.arms, levels, strict=True)
        ),
    )


def _arm_row(score: ArmScore, one: Comparison | None, level: Cell, split: SplitResults) -> tuple[Cell, ...]:
    metric = split.metric.full
    start = (Cell(score.name), Cell(str(score.replicates), exact=score.replicates), level)
    middle = figure(metric, score.middle, score.iqm)
    if one is None:
        return (*start, *words(NOTHING, "reference", *[NOTHING] * 5), middle)
    side = side_of(one, split)
    return (
        *start,
        difference_cell(one, split),
        Cell(verdict_word(one, split), side=side),
        *_ps(one),
        _ends(metric, one.tracks),
        _two_digits(one.pairing.effect if one.pairing else None, signed),
        _two_digits(one.improvement, number),
        middle,
    )


def difference_cell(one: Comparison, split: SplitResults) -> Cell:
    """Return a difference with its interval over seeds."""
    metric, side = split.metric.full, side_of(one, split)
    if one.over_seeds is not None:
        return change(metric, one.over_seeds, side)
    return Cell(gap_number(one.value, digits_of(metric)), "one seed", side=side, exact=one.value)


def _arms_caption(split: SplitResults, found: Ablation, name: str) -> str:
    text = f"Ablation {name}: {_aim(split)}. "
    if split.sequential is not None:
        return text + looks_text(split.sequential, len(split.comparisons), found.added_by.metric.full)
    judgement = next((one.judgement for one in split.comparisons if one.judgement), None)
    if judgement is None:
        return (
            f"{text}One seed per arm: differences to {found.reference} have intervals over query tracks, and what "
            "another seed would change is not known, so nothing is called decided."
        )
    test = "the exact sign-flip test" if judgement.test == "sign flips" else "the paired t test"
    return (
        f"{text}Means over seeds with 95 % intervals (expanded percentile bootstrap); differences to "
        f"{found.reference} are paired over shared seeds. Verdict by {test}, Holm over "
        f"{plural(len(split.comparisons), 'comparison')} at {100 * LEVEL:.0f} %."
    )


def _aim(split: SplitResults) -> str:
    return f"{split.metric.full}, {'higher' if split.mode == 'max' else 'lower'} is better"


def _looks(split: SplitResults, name: str) -> TableModel:
    """When each arm was decided, where replicates were added until all was."""
    plan = split.sequential.plan if split.sequential else ()
    heads = ("arm", "stands", "look", "replicates", "spent there", "p of this look", "sequential p", "Holm p")
    return TableModel(
        name=f"ablation-looks-{split.metric.dataset}",
        section=ABLATION,
        title=f"When it was decided, {split.metric.full}",
        caption=(
            f"Looks of {name} at planned numbers of replicates. The sequential p holds at all looks together; the "
            "interval is the repeated one, at the level of the look that judged."
        ),
        columns=head_columns(*heads, "repeated interval", left=2, details=("spent there", "p of this look")),
        rows=tuple(
            _look_row(one.decision, split.metric.full, len(plan))
            for one in split.comparisons
            if one.decision is not None
        ),
    )


def _look_row(found: Decision, metric: str, looks: int) -> tuple[Cell, ...]:
    stands = "decided" if found.decided else "no look left" if found.exhausted else "undecided"
    known = stands if found.decided or not found.wanted else f"{stands}, next at {found.wanted}"
    start = words(found.arm, known, NOTHING if found.look is None else f"{found.look + 1} of {looks}", found.replicates)
    if found.look is None:
        return (*start, *words(*[NOTHING] * 5))
    spent = Cell(f"{100 * found.level:.2f} %", exact=found.level)
    return (*start, spent, *map(_p, (found.p, found.sequential, found.adjusted)), _ends(metric, found.interval))


def _steps(found: Ablation, name: str) -> TableModel:
    columns = head_columns("step", "difference", "p", "Holm p", "over seeds and tracks", "verdict")
    split = found.primary
    return TableModel(
        name="ablation-steps",
        section=ABLATION,
        title="Step by step",
        caption=(
            f"Each arm of {name} minus the one before it, {_aim(split)}: paired over shared seeds with 95 % "
            f"intervals, Holm over {plural(len(found.steps), 'step')}."
        ),
        columns=(*columns[:-1], replace(columns[-1], left=True)),
        rows=tuple(
            (
                Cell(one.name),
                difference_cell(one, split),
                *_ps(one),
                _ends(split.metric.full, one.tracks),
                Cell(verdict_word(one, split), side=side_of(one, split)),
            )
            for one in found.steps
        ),
    )


def _tuning(found: Ablation, metric: str, name: str) -> TableModel:
    """What every arm tried to tune its nuisance parameters."""
    names = short_names(name for point in found.tuned for name in point.params)
    return TableModel(
        name="ablation-tuning",
        section=ABLATION,
        title="Nuisance parameters, tuned for every arm",
        caption=(
            f"Every arm of {name} tried every point on seeds of its own; its replicates trained with the point of the "
            f"best mean {metric}. No arm is judged by these trials."
        ),
        columns=head_columns("arm", "point", "tuning seeds", "mean", "chosen", left=2),
        rows=tuple(
            (
                *words(point.arm, ", ".join(f"{names[key]} {short(value)}" for key, value in point.params.items())),
                Cell(f"{len(point.values)}" + (f", {point.failed} failed" if point.failed else "")),
                figure(metric, point.mean),
                Cell("chosen" if point.chosen else NOTHING),
            )
            for point in found.tuned
        ),
    )


def _effects(found: Ablation, name: str) -> TableModel:
    metric = found.primary.metric
    factors = found.design.factors if found.design else ()
    names = short_names(factor.name for factor in factors)
    levels = "; ".join(f"{factor.name} from {factor.low} to {factor.high}" for factor in factors)
    columns = head_columns("effect", metric.name, "p", "Holm p", "verdict")
    return TableModel(
        name="ablation-effects",
        section=ABLATION,
        title="Factors and interactions",
        caption=(
            f"Factorial effects of {name} on {metric.full}, 95 % intervals over seeds as blocks, Holm over all "
            f"effects. Factors: {levels}."
        ),
        columns=(*columns[:-1], replace(columns[-1], left=True)),
        rows=tuple(
            (
                Cell(effect_name(effect, names)),
                change(metric.full, effect.pairing.difference),
                _p(judgement.p),
                _p(judgement.adjusted),
                Cell("decided" if judgement.decided else "undecided"),
            )
            for effect, judgement in found.primary.effects
        ),
    )


def _needed(found: Ablation, name: str) -> TableModel:
    return TableModel(
        name="ablation-replicates-needed",
        section=ABLATION,
        title="Replicates needed",
        caption=(
            f"Replicates that {name} would need for 80 % power at this family's level, by the scatter of the paired "
            "differences; in brackets what the scatter's own interval allows."
        ),
        columns=head_columns("arm", "scatter", "for the difference seen", "for 5 % of the reference"),
        rows=tuple(
            words(
                one.name,
                number(known.deviation, 5) if (known := one.needed or one.needed_relevant) else NOTHING,
                needed_text(one.needed),
                needed_text(one.needed_relevant),
            )
            for one in found.primary.comparisons
            if one.pairing is not None
        ),
    )


def _gaps(found: Ablation, name: str) -> TableModel:
    return TableModel(
        name="ablation-splits",
        section=ABLATION,
        title="Validation minus test, by arm",
        caption=f"Validation minus test of every arm of {name}, with 95 % intervals over seeds.",
        columns=head_columns("arm", "gap"),
        rows=tuple((Cell(arm), change(found.primary.metric.full, gap)) for arm, gap in found.gaps.items()),
    )


def _ps(one: Comparison) -> tuple[Cell, Cell]:
    """The p-value and Holm's; where there are looks, of all looks together."""
    if one.decision is not None and one.decision.look is not None:
        return _p(one.decision.sequential), _p(one.decision.adjusted)
    if one.judgement is None:
        return Cell(NOTHING), Cell(NOTHING)
    return _p(one.judgement.p), _p(one.judgement.adjusted)


def _p(value: float) -> Cell:
    return Cell(p_number(value), exact=value)


def _ends(metric: str, span: Interval | None) -> Cell:
    """An interval without the figure in its middle."""
    return Cell(change(metric, span).span, exact=span) if span else Cell(NOTHING)


def _two_digits(span: Interval | None, written: Callable[[float, int], str]) -> Cell:
    if span is None:
        return Cell(NOTHING)
    return Cell(written(span.value, 2), f"{written(span.low, 2)} to {written(span.high, 2)}", exact=span)

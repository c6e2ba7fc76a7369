"""The tables of an ablation: what page, terminal, Markdown, LaTeX and CSV write of it."""

from __future__ import annotations

from adsw.metrics import digits_of
from adsw.report.format import gap_number, number, plural, short, short_names, signed
from adsw.report.table import (
    NOTHING,
    Cell,
    Column,
    TableModel,
    change,
    exact_cell,
    figure,
    file_table,
    head_columns,
    interval_cell,
    with_best,
    words,
)
from adsw.stats.interval import Interval
from sweep.report.ablation.design import Design, Sequential
from sweep.report.ablation.results import Ablation, ArmScore, Comparison, SplitResults
from sweep.report.ablation.text import effect_name, looks_text, needed_text, p_number, side_of, verdict_word
from sweep.report.data import ends_text
from sweep.stats.factorial import Effect
from sweep.stats.paired import LEVEL, Judgement
from sweep.stats.sequential import Decision


def aim(split: SplitResults) -> str:
    """Return the metric and which way is better."""
    return f"{split.metric.full}, {'higher' if split.mode == 'max' else 'lower'} is better"


def arm_table(split: SplitResults, found: Ablation, name: str) -> TableModel:
    """Return the arms of one split, in the order of the space, each against the reference arm."""
    comparisons = {one.name: one for one in split.comparisons}
    metric = split.metric.full
    levels = with_best((figure(metric, score.value, score.mean) for score in split.arms), split.mode)
    rows = zip(split.arms, levels, strict=True)
    return TableModel(
        name="ablation" if split is found.primary else "ablation-validation",
        title=metric if split is found.primary else f"{metric}, for comparison",
        caption=_arms_caption(split, found, name),
        columns=(
            *head_columns("arm", "seeds", "mean", "difference"),
            Column("verdict", left=True),
            Column("p", detail=True),
            Column("Holm p"),
            Column("over seeds and tracks" if found.replicates > 1 else "over tracks"),
            *head_columns(*(rest := ("effect size", "P(better)", "interquartile mean")), left=0, details=rest),
        ),
        rows=tuple(_arm(score, comparisons.get(score.name), level, split) for score, level in rows),
        file=None,
    )


def _arm(score: ArmScore, one: Comparison | None, level: Cell, split: SplitResults) -> tuple[Cell, ...]:
    metric = split.metric.full
    middle = figure(metric, score.middle, score.iqm)
    start = (Cell(score.name, row="" if one else "default"), Cell(str(score.replicates)), level)
    if one is None:
        return (*start, *words(NOTHING, "reference", *[NOTHING] * 5), middle)
    return (
        *start,
        difference_cell(one, split),
        Cell(verdict_word(one, split), side=side_of(one, split)),
        *_ps(one),
        _ends(metric, one.tracks),
        interval_cell(one.pairing.effect if one.pairing else None, lambda value: signed(value, 2)),
        interval_cell(one.improvement, lambda value: number(value, 2)),
        middle,
    )


def difference_cell(one: Comparison, split: SplitResults) -> Cell:
    """Return a difference with its interval over seeds."""
    metric, side = split.metric.full, side_of(one, split)
    if one.over_seeds is not None:
        return change(metric, one.over_seeds, side)
    return Cell(gap_number(one.value, digits_of(metric)), "one seed", side=side, exact=one.value)


def _arms_caption(split: SplitResults, found: Ablation, name: str) -> str:
    text = f"Ablation {name}: {aim(split)}. "
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


def files_of_arms(found: Ablation) -> list[TableModel]:
    """Return what the tables of arms show, of both splits and with all that was computed, as files."""
    arms = [
        (split.metric.full, arm.name, arm.replicates, arm.value, *_ends_of(arm.mean), arm.middle, *_ends_of(arm.iqm))
        for split in found.splits
        for arm in split.arms
    ]
    replicates = [
        (split.metric.full, arm.name, seed, value)
        for split in found.splits
        for arm in split.arms
        for seed, value in zip(arm.seeds, arm.values, strict=True)
    ]
    arm_fields = ("metric", "arm", "replicates", "mean", "mean low95", "mean high95", "iqm", "iqm low95", "iqm high95")
    fields = ("metric", "arm", "seeds", "difference", "seeds low95", "seeds high95", "tracks low95", "tracks high95")
    tests = ("sign-flip p", "smallest p", "t p", "test", "p", "holm p", "effect", "effect low95", "effect high95")
    rest = ("improvement", "improvement low95", "improvement high95", "verdict", "needed seen", "needed 5 %")
    compared = [_compared(one, split) for split in found.splits for one in split.comparisons]
    return [
        file_table("ablation-comparisons", (*fields, *tests, *rest), compared, "comparisons as CSV"),
        file_table("ablation-arms", arm_fields, arms, "arms as CSV"),
        file_table("ablation-replicates", ("metric", "arm", "seed", "value"), replicates, "every replicate as CSV"),
    ]


def _compared(one: Comparison, split: SplitResults) -> tuple[object, ...]:
    pairing, judgement = one.pairing, one.judgement
    return (
        *(split.metric.full, one.name, len(one.seeds), one.value),
        *_ends_of(pairing.difference if pairing else None),
        *_ends_of(one.tracks),
        *((pairing.flips.p, pairing.flips.smallest, pairing.t_p) if pairing else (None, None, None)),
        *((judgement.test, judgement.p, judgement.adjusted) if judgement else (None, None, None)),
        *_three_of(pairing.effect if pairing else None),
        *_three_of(one.improvement),
        verdict_word(one, split),
        one.needed.replicates if one.needed else None,
        one.needed_relevant.replicates if one.needed_relevant else None,
    )


def step_table(found: Ablation, name: str) -> TableModel:
    """Return each arm against the one before it; without rows where arms are no steps."""
    split = found.primary
    return TableModel(
        name="ablation-steps",
        title="Step by step",
        caption=(
            f"Each arm of {name} minus the one before it, {aim(split)}: paired over shared seeds with 95 % "
            f"intervals, Holm over {plural(len(found.steps), 'step')}."
        ),
        columns=(
            Column("metric", only="file"),
            Column("step", left=True),
            Column("seeds", only="file"),
            Column("difference", ends="seeds"),
            *(Column(head, only="file") for head in ("tracks low95", "tracks high95", "test")),
            Column("p"),
            Column("Holm p", field="holm p"),
            Column("over seeds and tracks", only="shown"),
            Column("verdict", left=True),
        ),
        rows=tuple(_step(one, split) for one in found.steps),
    )


def _step(one: Comparison, split: SplitResults) -> tuple[Cell, ...]:
    return (
        Cell(split.metric.full),
        Cell(one.name),
        exact_cell(len(one.seeds)),
        difference_cell(one, split),
        *map(exact_cell, _ends_of(one.tracks)),
        exact_cell(one.judgement.test if one.judgement else None),
        *_ps(one),
        _ends(split.metric.full, one.tracks),
        Cell(verdict_word(one, split), side=side_of(one, split)),
    )


def look_table(split: SplitResults, looked: Sequential, name: str) -> TableModel:
    """Return when each arm was decided, where replicates were added until all was."""
    decisions = [one.decision for one in split.comparisons if one.decision is not None]
    return TableModel(
        name=f"ablation-looks-{split.metric.dataset}",
        title=f"When it was decided, {split.metric.full}",
        caption=(
            f"Looks of {name} at planned numbers of replicates. The sequential p holds at all looks together; the "
            "interval is the repeated one, at the level of the look that judged."
        ),
        columns=(
            Column("metric", only="file"),
            Column("arm", left=True),
            *(Column(head, only="file") for head in ("decided", "no look left")),
            Column("stands", left=True, only="shown"),
            *head_columns("look", "replicates", left=0),
            Column("spent there", field="level", detail=True),
            Column("test", only="file"),
            Column("p of this look", field="p", detail=True),
            Column("sequential p"),
            Column("Holm p", field="holm p"),
            Column("repeated interval", field="difference", ends=""),
            Column("next look at", only="file"),
        ),
        rows=tuple(_look(found, split.metric.full, len(looked.plan)) for found in decisions),
        file="ablation-looks",
    )


def _look(found: Decision, metric: str, looks: int) -> tuple[Cell, ...]:
    stands = "decided" if found.decided else "no look left" if found.exhausted else "undecided"
    made = found.look is not None
    ps = (found.p, found.sequential, found.adjusted)
    p, sequential, adjusted = map(_p, ps) if made else (Cell(NOTHING, exact=p) for p in ps)
    return (
        Cell(metric),
        Cell(found.arm),
        *map(exact_cell, (found.decided, found.exhausted)),
        Cell(f"{stands}, next at {found.wanted}" if found.wanted and not found.decided else stands),
        Cell(NOTHING) if found.look is None else Cell(f"{found.look + 1} of {looks}", exact=found.look + 1),
        exact_cell(found.replicates),
        Cell(f"{100 * found.level:.2f} %" if made else NOTHING, exact=found.level),
        exact_cell(found.test),
        p,
        sequential,
        adjusted,
        _ends(metric, found.interval),
        exact_cell(found.wanted or None),
    )


def tuning_tables(found: Ablation, metric: str, name: str) -> tuple[TableModel, TableModel]:
    """Return what every arm tried to tune its nuisance parameters, by points, and by points and seeds for a file."""
    names = short_names(name for point in found.tuned for name in point.params)
    points = TableModel(
        name="ablation-tuning",
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
        file=None,
    )
    keys = sorted(names)
    rows = [
        (point.arm, *(point.params.get(key) for key in keys), seed, value, point.mean, point.chosen)
        for point in found.tuned
        for seed, value in point.values.items()
    ]
    return points, file_table("ablation-tuning", ("arm", *keys, "seed", "value", "mean of the point", "chosen"), rows)


def effect_table(found: Ablation, design: Design, name: str) -> TableModel:
    """Return main effects and interactions on the primary split; the file holds both splits."""
    split, metric = found.primary, found.primary.metric
    names = short_names(factor.name for factor in design.factors)
    return TableModel(
        name="ablation-effects",
        title="Factors and interactions",
        caption=(
            f"Factorial effects of {name} on {metric.full}, 95 % intervals over seeds as blocks, Holm over all "
            f"effects. Factors: {design.words}."
        ),
        columns=(
            Column("metric", only="file"),
            Column("effect", left=True),
            Column(metric.name, field="value", ends=""),
            Column("test", only="file"),
            Column("p"),
            Column("Holm p", field="holm p"),
            Column("verdict", left=True, field="decided"),
        ),
        rows=tuple(_effect(split, *one, names) for one in split.effects),
        every=tuple(_effect(each, *one, names) for each in found.splits for one in each.effects),
    )


def _effect(split: SplitResults, effect: Effect, judgement: Judgement, names: dict[str, str]) -> tuple[Cell, ...]:
    return (
        Cell(split.metric.full),
        Cell(effect_name(effect, names), exact=" x ".join(effect.factors)),
        change(split.metric.full, effect.pairing.difference),
        exact_cell(judgement.test),
        _p(judgement.p),
        _p(judgement.adjusted),
        Cell("decided" if judgement.decided else "undecided", exact=judgement.decided),
    )


def needed_table(found: Ablation, name: str) -> TableModel:
    """Return how many replicates it would take to decide each comparison."""
    return TableModel(
        name="ablation-replicates-needed",
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
        file=None,
    )


def gap_table(found: Ablation, name: str) -> TableModel:
    """Return each arm's level on validation minus that on test."""
    return TableModel(
        name="ablation-splits",
        title="Validation minus test, by arm",
        caption=f"Validation minus test of every arm of {name}, with 95 % intervals over seeds.",
        columns=(Column("arm", left=True), Column("gap", field="validation minus test", ends="")),
        rows=tuple((Cell(arm), change(found.primary.metric.full, gap)) for arm, gap in found.gaps.items()),
        file="ablation-gaps",
    )


def _ps(one: Comparison) -> tuple[Cell, Cell]:
    """Return the cells of the p-value and of Holm's; with looks, of all looks together."""
    if one.decision is not None and one.decision.look is not None:
        return _p(one.decision.sequential), _p(one.decision.adjusted)
    if one.judgement is None:
        return Cell(NOTHING), Cell(NOTHING)
    return _p(one.judgement.p), _p(one.judgement.adjusted)


def _p(value: float) -> Cell:
    return Cell(p_number(value), exact=value)


def _ends(metric: str, span: Interval | None) -> Cell:
    """Return the cell of an interval without the figure in its middle."""
    return Cell(ends_text(span, metric), exact=span) if span else Cell(NOTHING)


def _three_of(span: Interval | None) -> tuple[float | None, ...]:
    """Value, low and high, for a file."""
    return (None, None, None) if span is None else (span.value, span.low, span.high)


def _ends_of(span: Interval | None) -> tuple[float | None, ...]:
    return _three_of(span)[1:]

"""The tables of an ablation: what page, terminal, Markdown, LaTeX and CSV write of it."""

from __future__ import annotations

from adsw.metrics import digits_of
from adsw.report.format import aim, gap_number, number, plural, short, short_names, signed
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


def arm_table(split: SplitResults, ablation: Ablation, name: str) -> TableModel:
    """Return the arms of one split, in the order of the space, each against the reference arm."""
    comparisons = {comparison.name: comparison for comparison in split.comparisons}
    metric = split.metric.full
    levels = with_best((figure(metric, score.value, score.mean) for score in split.arms), split.mode)
    rows = zip(split.arms, levels, strict=True)
    return TableModel(
        name=_names(split, ablation)[0],
        title=_names(split, ablation)[1],
        caption=_arms_caption(split, ablation, name),
        columns=(
            *head_columns("arm", "seeds", "mean", "difference"),
            Column("verdict", left=True),
            Column("p", detail=True),
            Column("Holm p"),
            Column("over seeds and tracks" if ablation.replicates > 1 else "over tracks"),
            *head_columns(*(rest := ("effect size", "P(better)", "interquartile mean")), left=0, details=rest),
        ),
        rows=tuple(_arm(score, comparisons.get(score.name), level, split) for score, level in rows),
        file=None,
    )


def _names(split: SplitResults, ablation: Ablation) -> tuple[str, str]:
    """Return name and title of the table of the arms on one split."""
    if split is ablation.primary:
        return "ablation", split.metric.full
    if split is ablation.beside:
        return "ablation-beside", f"{split.metric.full}, beside the objective: the same trials, a family of its own"
    return "ablation-validation", f"{split.metric.full}, for comparison"


def _arm(score: ArmScore, comparison: Comparison | None, level: Cell, split: SplitResults) -> tuple[Cell, ...]:
    """Return the row of an arm; without a comparison it is the reference arm."""
    metric = split.metric.full
    middle = figure(metric, score.middle, score.iqm)
    start = (Cell(score.name, row="" if comparison else "default"), Cell(str(score.replicates)), level)
    if comparison is None:
        return (*start, *words(NOTHING, "reference", *[NOTHING] * 5), middle)
    return (
        *start,
        difference_cell(comparison, split),
        Cell(verdict_word(comparison, split), side=side_of(comparison, split)),
        *_ps(comparison),
        _ends(metric, comparison.tracks),
        interval_cell(comparison.pairing.effect if comparison.pairing else None, lambda value: signed(value, 2)),
        interval_cell(comparison.improvement, lambda value: number(value, 2)),
        middle,
    )


def difference_cell(comparison: Comparison, split: SplitResults) -> Cell:
    """Return a difference with its interval over seeds."""
    metric, side = split.metric.full, side_of(comparison, split)
    if comparison.over_seeds is not None:
        return change(metric, comparison.over_seeds, side)
    return Cell(gap_number(comparison.value, digits_of(metric)), "one seed", side=side, exact=comparison.value)


def _arms_caption(split: SplitResults, ablation: Ablation, name: str) -> str:
    """Describe the intervals and the test behind the verdicts."""
    text = f"Ablation {name}: {aim(split.metric.full, split.mode)}. "
    if ablation.judged_at == "best":
        chosen = "not chosen by" if split.metric.dataset == "test" else "chosen by it, so optimistic"
        text += f"Every trial at its best epoch on validation ({chosen}). "
    if split.sequential is not None:
        return text + looks_text(split.sequential, len(split.comparisons), ablation.added_by.metric.full)
    judgement = next((comparison.judgement for comparison in split.comparisons if comparison.judgement), None)
    if judgement is None:
        return (
            f"{text}One seed per arm: differences to {ablation.reference} have intervals over query tracks, and what "
            "another seed would change is not known, so nothing is called decided."
        )
    test = "the exact sign-flip test" if judgement.test == "sign flips" else "the paired t test"
    return (
        f"{text}Means over seeds with 95 % intervals (expanded percentile bootstrap); differences to "
        f"{ablation.reference} are paired over shared seeds. Verdict by {test}, Holm over "
        f"{plural(len(split.comparisons), 'comparison')} at {100 * LEVEL:.0f} %."
    )


def files_of_arms(ablation: Ablation) -> list[TableModel]:
    """Return the files of comparisons, arms and replicates, of all tables of arms and with all that was computed."""
    splits = (*ablation.splits, *([ablation.beside] if ablation.beside else []))
    arms = [
        (split.metric.full, arm.name, arm.replicates, arm.value, *_ends_of(arm.mean), arm.middle, *_ends_of(arm.iqm))
        for split in splits
        for arm in split.arms
    ]
    replicates = [
        (split.metric.full, arm.name, seed, value)
        for split in splits
        for arm in split.arms
        for seed, value in zip(arm.seeds, arm.values, strict=True)
    ]
    arm_fields = ("metric", "arm", "replicates", "mean", "mean low95", "mean high95", "iqm", "iqm low95", "iqm high95")
    fields = ("metric", "arm", "seeds", "difference", "seeds low95", "seeds high95", "tracks low95", "tracks high95")
    tests = ("sign-flip p", "smallest p", "t p", "test", "p", "holm p", "effect", "effect low95", "effect high95")
    rest = ("improvement", "improvement low95", "improvement high95", "verdict", "needed seen", "needed 5 %")
    compared = [_compared(comparison, split) for split in splits for comparison in split.comparisons]
    return [
        file_table("ablation-comparisons", (*fields, *tests, *rest), compared, "comparisons as CSV"),
        file_table("ablation-arms", arm_fields, arms, "arms as CSV"),
        file_table("ablation-replicates", ("metric", "arm", "seed", "value"), replicates, "every replicate as CSV"),
    ]


def _compared(comparison: Comparison, split: SplitResults) -> tuple[object, ...]:
    """Return the fields of a comparison in its file."""
    pairing, judgement = comparison.pairing, comparison.judgement
    return (
        *(split.metric.full, comparison.name, len(comparison.seeds), comparison.value),
        *_ends_of(pairing.difference if pairing else None),
        *_ends_of(comparison.tracks),
        *((pairing.flips.p, pairing.flips.smallest, pairing.t_p) if pairing else (None, None, None)),
        *((judgement.test, judgement.p, judgement.adjusted) if judgement else (None, None, None)),
        *_three_of(pairing.effect if pairing else None),
        *_three_of(comparison.improvement),
        verdict_word(comparison, split),
        comparison.needed.replicates if comparison.needed else None,
        comparison.needed_relevant.replicates if comparison.needed_relevant else None,
    )


def step_table(ablation: Ablation, name: str) -> TableModel:
    """Return each arm against the one before it; without rows if arms are no steps."""
    split = ablation.primary
    return TableModel(
        name="ablation-steps",
        title="Step by step",
        caption=(
            f"Each arm of {name} minus the one before it, {aim(split.metric.full, split.mode)}: "
            f"paired over shared seeds with 95 % intervals, Holm over {plural(len(ablation.steps), 'step')}."
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
        rows=tuple(_step(comparison, split) for comparison in ablation.steps),
    )


def _step(comparison: Comparison, split: SplitResults) -> tuple[Cell, ...]:
    """Return the row of a step."""
    return (
        Cell(split.metric.full),
        Cell(comparison.name),
        exact_cell(len(comparison.seeds)),
        difference_cell(comparison, split),
        *map(exact_cell, _ends_of(comparison.tracks)),
        exact_cell(comparison.judgement.test if comparison.judgement else None),
        *_ps(comparison),
        _ends(split.metric.full, comparison.tracks),
        Cell(verdict_word(comparison, split), side=side_of(comparison, split)),
    )


def look_table(split: SplitResults, sequential: Sequential, name: str) -> TableModel:
    """Return at which look each arm was decided, of a run that added replicates until all was."""
    decisions = [comparison.decision for comparison in split.comparisons if comparison.decision is not None]
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
        rows=tuple(_look(decision, split.metric.full, len(sequential.plan)) for decision in decisions),
        file="ablation-looks",
    )


def _look(decision: Decision, metric: str, looks: int) -> tuple[Cell, ...]:
    """Return the row of a decision."""
    stands = "decided" if decision.decided else "no look left" if decision.exhausted else "undecided"
    made = decision.look is not None
    ps = (decision.p, decision.sequential, decision.adjusted)
    p, sequential, adjusted = map(_p, ps) if made else (Cell(NOTHING, exact=p) for p in ps)
    return (
        Cell(metric),
        Cell(decision.arm),
        *map(exact_cell, (decision.decided, decision.exhausted)),
        Cell(f"{stands}, next at {decision.wanted}" if decision.wanted and not decision.decided else stands),
        Cell(NOTHING) if decision.look is None else Cell(f"{decision.look + 1} of {looks}", exact=decision.look + 1),
        exact_cell(decision.replicates),
        Cell(f"{100 * decision.level:.2f} %" if made else NOTHING, exact=decision.level),
        exact_cell(decision.test),
        p,
        sequential,
        adjusted,
        _ends(metric, decision.interval),
        exact_cell(decision.wanted or None),
    )


def tuning_tables(ablation: Ablation, metric: str, name: str) -> tuple[TableModel, TableModel]:
    """Return the points at which nuisance parameters were tuned, shown by point, and by point and seed as a file."""
    names = short_names(name for point in ablation.tuned for name in point.params)
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
            for point in ablation.tuned
        ),
        file=None,
    )
    keys = sorted(names)
    rows = [
        (point.arm, *(point.params.get(key) for key in keys), seed, value, point.mean, point.chosen)
        for point in ablation.tuned
        for seed, value in point.values.items()
    ]
    return points, file_table("ablation-tuning", ("arm", *keys, "seed", "value", "mean of the point", "chosen"), rows)


def effect_table(ablation: Ablation, design: Design, name: str) -> TableModel:
    """Return main effects and interactions on the primary split; the file holds both splits."""
    split, metric = ablation.primary, ablation.primary.metric
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
        rows=tuple(_effect(split, *effect, names) for effect in split.effects),
        every=tuple(_effect(each, *effect, names) for each in ablation.splits for effect in each.effects),
    )


def _effect(split: SplitResults, effect: Effect, judgement: Judgement, names: dict[str, str]) -> tuple[Cell, ...]:
    """Return the row of a factorial effect."""
    return (
        Cell(split.metric.full),
        Cell(effect_name(effect, names), exact=" x ".join(effect.factors)),
        change(split.metric.full, effect.pairing.difference),
        exact_cell(judgement.test),
        _p(judgement.p),
        _p(judgement.adjusted),
        Cell("decided" if judgement.decided else "undecided", exact=judgement.decided),
    )


def needed_table(ablation: Ablation, name: str) -> TableModel:
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
                comparison.name,
                number(needed.deviation, 5) if (needed := comparison.needed or comparison.needed_relevant) else NOTHING,
                needed_text(comparison.needed),
                needed_text(comparison.needed_relevant),
            )
            for comparison in ablation.primary.comparisons
            if comparison.pairing is not None
        ),
        file=None,
    )


def gap_table(ablation: Ablation, name: str) -> TableModel:
    """Return each arm's level on validation minus that on test."""
    return TableModel(
        name="ablation-splits",
        title="Validation minus test, by arm",
        caption=f"Validation minus test of every arm of {name}, with 95 % intervals over seeds.",
        columns=(Column("arm", left=True), Column("gap", field="validation minus test", ends="")),
        rows=tuple((Cell(arm), change(ablation.primary.metric.full, gap)) for arm, gap in ablation.gaps.items()),
        file="ablation-gaps",
    )


def _ps(comparison: Comparison) -> tuple[Cell, Cell]:
    """Return the p-value and that after Holm; of a comparison with looks, those of all looks together."""
    if comparison.decision is not None and comparison.decision.look is not None:
        return _p(comparison.decision.sequential), _p(comparison.decision.adjusted)
    if comparison.judgement is None:
        return Cell(NOTHING), Cell(NOTHING)
    return _p(comparison.judgement.p), _p(comparison.judgement.adjusted)


def _p(value: float) -> Cell:
    """Return a cell with a p-value."""
    return Cell(p_number(value), exact=value)


def _ends(metric: str, span: Interval | None) -> Cell:
    """Return a cell with the ends of an interval, without its centre."""
    return Cell(ends_text(span, metric), exact=span) if span else Cell(NOTHING)


def _three_of(span: Interval | None) -> tuple[float | None, ...]:
    """Return value, low and high of an interval, for a file."""
    return (None, None, None) if span is None else (span.value, span.low, span.high)


def _ends_of(span: Interval | None) -> tuple[float | None, ...]:
    """Return low and high of an interval, for a file."""
    return _three_of(span)[1:]

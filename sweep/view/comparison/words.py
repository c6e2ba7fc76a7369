"""A comparison in plain words: which sweep did better, by how much, how sure, and what does not agree."""

from __future__ import annotations

from collections.abc import Sequence

from adsw.report.format import gap_number, listed, metric_number, number, plural
from adsw.report.statement import GOOD, OPEN, PLAIN, WARN, Statement
from adsw.stats.bootstrap import Interval
from sweep.view.ablation.text import difference_text, p_text, quoted
from sweep.view.comparison.equal_budget import EqualBudget
from sweep.view.comparison.findings import Findings
from sweep.view.comparison.repeats import Violation
from sweep.view.comparison.shared_arms import ArmGap
from sweep.view.comparison.sides import Side
from sweep.view.comparison.standings import BEST, WinnerGap
from sweep.view.scores import excludes_zero, is_gain

MOST_TOLD = 4
"""Of one kind of finding told in a sentence each; the tables hold all."""


def headline(sides: Sequence[Side], found: Findings) -> Statement:
    """The answer in a sentence; what should agree and does not goes before everything else."""
    broken = found.repeats.violations
    if broken:
        of = f"{len(broken)} of {plural(found.repeats.checked, 'training')}"
        return Statement(
            WARN,
            f"Not reproduced: {of} with the same recipe, seed and store came out otherwise. {_violation(broken[0])}",
        )
    if found.best:
        return _winners(sides, found.best)
    if found.arms:
        return _arms_headline(sides, found.arms)
    if any(side.arms for side in sides):
        return Statement(OPEN, f"{_all(sides)} share no arm and no search: only their tables stand side by side.")
    return Statement(OPEN, f"Nothing of {_all(sides)} can be set against each other: results are missing.")


def statements(sides: Sequence[Side], found: Findings, budgets: Sequence[EqualBudget]) -> list[Statement]:
    """Everything else that was found."""
    broken = found.repeats.violations
    told = []
    if len(broken) > 1:
        told.append(
            Statement(WARN, f"{plural(len(broken) - 1, 'more pair')} that should agree and do not: see the table.")
        )
    if broken and found.best:
        told.append(_winners(sides, found.best))
    elif broken and found.arms:
        told.append(_arms_headline(sides, found.arms))
    told += [_winner(gap, sides[0].board.mode) for gap in found.best] if len(found.best) > 1 else []
    told += [_fresh(gap) for gap in found.fresh if gap.arm == BEST]
    told += [_default(gap) for gap in found.default]
    told += [_arm(gap) for gap in found.arms if gap.decided][:MOST_TOLD]
    return [*told, *_reproduced(found), *_bought(sides, budgets)]


def _all(sides: Sequence[Side]) -> str:
    return listed(side.name for side in sides)


def _winners(sides: Sequence[Side], gaps: Sequence[WinnerGap]) -> Statement:
    """The winners in a sentence."""
    mode, first = sides[0].board.mode, sides[0].name
    if len(gaps) == 1:
        return _winner(gaps[0], mode)
    names: dict[str, list[str]] = {"better": [], "worse": [], "undecided": [], "on other queries": []}
    for gap in gaps:
        names[_side_of(gap, mode)].append(gap.name)
    parts = [f"{listed(found)} {'is' if len(found) == 1 else 'are'} {side}" for side, found in names.items() if found]
    tone = GOOD if names["better"] or names["worse"] else OPEN if names["undecided"] else WARN
    return Statement(tone, f"By their best trials on {gaps[0].metric.full}, against {first}: {'; '.join(parts)}.")


def _side_of(gap: WinnerGap, mode: str) -> str:
    if not gap.paired:
        return "on other queries"
    if not excludes_zero(gap.gap):
        return "undecided"
    return "better" if is_gain(gap.gap, mode) else "worse"


def _winner(gap: WinnerGap, mode: str) -> Statement:
    name = gap.metric.full
    side = _side_of(gap, mode)
    if side == "on other queries":
        return Statement(
            WARN,
            f"The best of {gap.name} and of {gap.reference} answered different queries: {name} "
            f"{metric_number(name, gap.value)} and {metric_number(name, gap.reference_value)} are figures of two "
            "tasks, and their difference says nothing of the sweeps.",
        )
    if side == "undecided":
        return Statement(OPEN, f"The best of {gap.name} and of {gap.reference} cannot be told apart: {_figures(gap)}.")
    turned = side == "worse"
    winner, loser = (gap.reference, gap.name) if turned else (gap.name, gap.reference)
    return Statement(GOOD, f"The best of {winner} beats the best of {loser}: {_figures(gap, turned)}.")


def _figures(gap: WinnerGap, turned: bool = False) -> str:
    name, span = gap.metric.full, gap.gap
    values = (gap.value, gap.reference_value)
    if turned:
        values, span = values[::-1], Interval(-span.value, -span.high, -span.low)
    one, other = (metric_number(name, value) for value in values)
    return f"{name} {one} against {other}, a difference of {difference_text(span, name)}"


def _fresh(gap: ArmGap) -> Statement:
    """The winners over seeds that played no part in picking either."""
    text = f"On fresh seeds, the best of {gap.name} minus the best of {gap.reference}"
    if gap.interval is None:
        return Statement(OPEN, f"{text}: {gap_number(gap.difference, 4)} on {gap.metric.full}, with one seed.")
    text += f": {difference_text(gap.interval, gap.metric.full)} on {gap.metric.full}, {gap.covers}"
    if not gap.same_queries:
        return Statement(WARN, f"{text}; on other queries, so it says nothing of the sweeps.")
    if gap.judgement is None:
        return Statement(OPEN, f"{text}; not judged.")
    word = "decided" if gap.decided else "undecided"
    return Statement(GOOD if gap.decided else OPEN, f"{text}, {p_text(gap.judgement)}: {word}.")


def _default(gap: WinnerGap) -> Statement:
    name = gap.metric.full
    if not gap.paired:
        return Statement(WARN, f"The defaults of {gap.name} and of {gap.reference} answered different queries too.")
    if gap.gap.value == gap.gap.low == gap.gap.high == 0.0:
        text = f"The defaults of {gap.name} and of {gap.reference} gave the very same results"
        return Statement(GOOD, f"{text}, {name} {metric_number(name, gap.value)}.")
    if excludes_zero(gap.gap):
        text = f"The defaults of {gap.name} and of {gap.reference} differ: {_figures(gap)}"
        return Statement(WARN, f"{text}. What separates the sweeps is more than what was searched.")
    return Statement(PLAIN, f"The defaults of {gap.name} and of {gap.reference} agree within noise: {_figures(gap)}.")


def _arms_headline(sides: Sequence[Side], gaps: Sequence[ArmGap]) -> Statement:
    decided = [gap for gap in gaps if gap.decided]
    identical = [gap for gap in gaps if gap.identical]
    open_ = len(gaps) - len(decided) - len(identical)
    several = len(sides) > 2
    names = listed(quoted(gap.arm) + (f" ({gap.name})" if several else "") for gap in decided)
    parts = [f"{len(decided)} decided: {names}"] if decided else []
    parts += [f"{len(identical)} identical"] if identical else []
    parts += [f"{open_} not told apart"] if open_ else []
    text = f"Arms in common with {sides[0].name}, on {gaps[0].metric.full}: {'; '.join(parts)}."
    tone = WARN if any(gap.same_recipe for gap in decided) else GOOD if decided or not open_ else OPEN
    return Statement(tone, text)


def _arm(gap: ArmGap) -> Statement:
    name = gap.metric.full
    span = difference_text(gap.interval, name) if gap.interval else ""
    why = "the same recipe" if gap.same_recipe else f"another recipe ({listed(gap.changed[:MOST_TOLD])})"
    ps = f", {p_text(gap.judgement)}" if gap.judgement else ""
    text = f"{quoted(gap.arm)}, {gap.name} minus {gap.reference}: {span} {gap.covers}{ps}; {why}."
    return Statement(WARN if gap.same_recipe else PLAIN, text)


def _violation(one: Violation) -> str:
    digits = 6
    arm = f" ({quoted(one.arm)})" if one.arm else ""
    code = (
        f"Both ran revision {one.revision}, so the code does not explain it."
        if one.same_code
        else f"The code was {one.revision} and {one.reference_revision}."
    )
    if one.versions:
        code += f" Versions differ: {listed(one.versions[:MOST_TOLD])}."
    elif one.same_code:
        code += " Nor do the versions: look at device and threads."
    return (
        f"Trial {one.number}{arm} of {one.name} and trial {one.reference_number} of {one.reference} differ in "
        f"{plural(one.metrics, 'metric')}: {one.metric} {number(one.value, digits)} and "
        f"{number(one.reference_value, digits)}. {code}"
    )


def _reproduced(found: Findings) -> list[Statement]:
    repeats = found.repeats
    copied = f" {plural(repeats.copied, 'trial')} took known results over and proved nothing." if repeats.copied else ""
    if not repeats.checked:
        return [Statement(PLAIN, f"Nothing was trained twice with the same recipe, seed and store.{copied}")]
    if repeats.violations:
        return [Statement(PLAIN, copied.strip())] if copied else []
    how = "to the last bit" if not repeats.rounded else f"{repeats.equal} to the last bit, the rest but for rounding"
    return [
        Statement(
            GOOD,
            f"Reproduced: {plural(repeats.checked, 'training')} with the same recipe, seed and store came out the "
            f"same, {how}.{copied}",
        )
    ]


def _bought(sides: Sequence[Side], budgets: Sequence[EqualBudget]) -> list[Statement]:
    """What the same trial-epochs bought by random search."""
    chosen = next((one for one in reversed(budgets) if one.unit == "trial-epochs"), None)
    if chosen is None:
        return []
    metric = sides[0].board.metric
    parts = [
        f"{one.name} {metric_number(metric, one.expected)} ({plural(one.trials, 'trial')})" for one in chosen.bought
    ]
    text = f"For the same {chosen.amount:,.0f} trial-epochs of random trials the expected best {metric} is"
    return [Statement(PLAIN, f"{text}: {'; '.join(parts)}.")]

"""A comparison in plain words: which sweep did better, by how much, how sure, and what to hold against it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adsw.report.format import gap_number, listed, metric_number, number, plural
from adsw.report.statement import GOOD, OPEN, PLAIN, WARN, Statement
from adsw.stats.interval import Interval
from sweep.report.ablation.text import p_text, quoted
from sweep.report.compare.arms import ArmGap, Violation
from sweep.report.compare.budget import EqualBudget
from sweep.report.compare.findings import Findings
from sweep.report.compare.sides import Side
from sweep.report.compare.standings import BEST, WinnerGap
from sweep.report.data import excludes_zero, gap_text

MOST_TOLD = 4
"""Of one kind of finding told in a sentence each; the tables hold all."""


def headline(sides: Sequence[Side], found: Findings) -> Statement:
    """Say the answer in a sentence; runs that should agree and do not come first."""
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
    """Say in a sentence how the winners compare."""
    mode, first = sides[0].board.mode, sides[0].name
    if len(gaps) == 1:
        return _winner(gaps[0], mode)
    names: dict[str, list[str]] = {"better": [], "worse": [], "undecided": [], "on other queries": []}
    for gap in gaps:
        names[_word(gap, mode)].append(gap.name)
    parts = [f"{listed(found)} {'is' if len(found) == 1 else 'are'} {side}" for side, found in names.items() if found]
    tone = GOOD if names["better"] or names["worse"] else OPEN if names["undecided"] else WARN
    return Statement(tone, f"By their best trials on {gaps[0].metric.full}, against {first}: {'; '.join(parts)}.")


def _word(gap: WinnerGap, mode: str) -> str:
    side = gap.side(mode)
    return side if side != "open" else "undecided" if gap.paired else "on other queries"


def _winner(gap: WinnerGap, mode: str) -> Statement:
    name = gap.metric.full
    if not gap.paired:
        return Statement(
            WARN,
            f"The best of {gap.name} and of {gap.reference} answered different queries: {name} "
            f"{metric_number(name, gap.value)} and {metric_number(name, gap.reference_value)} are figures of two "
            "tasks, and their difference says nothing of the sweeps.",
        )
    side = gap.side(mode)
    if side == "open":
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
    return f"{name} {one} against {other}, a difference of {gap_text(span, name)}"


def _fresh(gap: ArmGap) -> Statement:
    """Compare the winners over seeds that played no part in picking either."""
    text = f"On fresh seeds, the best of {gap.name} minus the best of {gap.reference}"
    if gap.interval is None:
        return Statement(OPEN, f"{text}: {gap_number(gap.difference, 4)} on {gap.metric.full}, with one seed.")
    text += f": {gap_text(gap.interval, gap.metric.full)} on {gap.metric.full}, {gap.covers}"
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
    span = gap_text(gap.interval, name) if gap.interval else ""
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
    """Say what the same trial-epochs bought by random search."""
    chosen = next((one for one in reversed(budgets) if one.unit == "trial-epochs"), None)
    if chosen is None:
        return []
    metric = sides[0].board.metric
    parts = [
        f"{one.name} {metric_number(metric, one.expected)} ({plural(one.trials, 'trial')})" for one in chosen.bought
    ]
    text = f"For the same {chosen.amount:,.0f} trial-epochs of random trials the expected best {metric} is"
    return [Statement(PLAIN, f"{text}: {'; '.join(parts)}.")]


UNEVEN = 1.25
"""A search of so many times another's completed trials is said to have had more chances."""


def comparison_caveats(sides: Sequence[Side], found: Findings) -> tuple[str, ...]:
    """Return every caveat that holds, gravest first."""
    texts = (
        _stores(sides, found),
        _queries(sides, found),
        _fidelity(sides),
        _mixed(sides),
        _seeds(sides, found),
        _sizes(sides),
        _untested(sides),
        _unfinished(sides),
        _code(sides),
        _many(found),
    )
    return tuple(text for text in texts if text)


def _by_value(sides: Sequence[Side], values: Sequence[Any]) -> str:
    """Say which sweeps share which value: ``A and B 12; C 30``."""
    groups: dict[str, list[str]] = {}
    for side, value in zip(sides, values, strict=True):
        groups.setdefault(str(value), []).append(side.name)
    return "; ".join(f"{listed(names)} {value}" for value, names in groups.items())


def _differ(values: Sequence[Any]) -> bool:
    return any(value != values[0] for value in values)


def _stores(sides: Sequence[Side], found: Findings) -> str:
    stores = [side.store[:12] or "unknown" for side in sides]
    if not _differ(stores):
        return ""
    text = f"The stores differ: {_by_value(sides, stores)}."
    if found.gaps and all(gap.paired for gap in found.gaps):
        return (
            f"{text} The queries are the same tracks and texts, so differences are paired; but what was trained on, or "
            "the encoders, differ, and a difference belongs to that as much as to the recipes."
        )
    return f"{text} Their tracks, texts or encoders are not the same, so figures are not comparable as they stand."


def _queries(sides: Sequence[Side], found: Findings) -> str:
    apart = dict.fromkeys(
        [gap.name for gap in found.gaps if not gap.paired]
        + [gap.name for gap in (*found.arms, *found.fresh) if not gap.same_queries]
    )
    if not apart:
        return ""
    return (
        f"{listed(apart)} answered other queries than {sides[0].name}: those differences are of two tasks and are not "
        "judged; pools of another size have another chance level."
    )


def _fidelity(sides: Sequence[Side]) -> str:
    epochs = [max((record.epochs for record in side.completed), default=0) for side in sides]
    if not _differ(epochs):
        return ""
    told = _by_value(sides, epochs)
    return f"Completed trials saw different numbers of epochs: {told}. Longer training is no better recipe."


def _mixed(sides: Sequence[Side]) -> str:
    kinds = ["an ablation" if side.arms else "a search" for side in sides]
    if not _differ(kinds):
        return ""
    told = listed(f"{side.name} is {kind}" for side, kind in zip(sides, kinds, strict=True))
    return (
        f"Not all are of one kind ({told}): the best of a search was picked among many, an arm was not, "
        "and the two are not set against each other."
    )


def _seeds(sides: Sequence[Side], found: Findings) -> str:
    seeds = [tuple(sorted({record.seed for record in side.completed})) for side in sides]
    if _differ(seeds):
        told = [", ".join(map(str, one[:8])) + (", ..." if len(one) > 8 else "") for one in seeds]
        return f"Training seeds differ: {_by_value(sides, told)}. Part of a difference may be the seeds'."
    if seeds[0] and len(seeds[0]) == 1 and not found.fresh and not any(side.arms for side in sides):
        return (
            f"Every trial of all sweeps was trained with seed {seeds[0][0]} alone: no interval here covers what "
            "another seed would change."
        )
    return ""


def _sizes(sides: Sequence[Side]) -> str:
    searches = [side for side in sides if not side.arms and side.completed]
    counts = [len(side.completed) for side in searches]
    if len(counts) < 2 or max(counts) < UNEVEN * min(counts):
        return ""
    return (
        f"The searches are of different size, in completed trials: {_by_value(searches, counts)}. The best of more "
        "trials is better by chance alone; compare at equal budget."
    )


def _untested(sides: Sequence[Side]) -> str:
    lacking = [side.name for side in sides if side.completed and not side.run.test]
    if not lacking:
        return ""
    return (
        f"{listed(lacking)} {'has' if len(lacking) == 1 else 'have'} no test results: validation figures of the best "
        "are those it was picked by, and flatter it."
    )


def _unfinished(sides: Sequence[Side]) -> str:
    open_ = [f"{side.name} ({side.run.status})" for side in sides if side.run.status != "done"]
    return f"Not all sweeps are done: {listed(open_)}." if open_ else ""


def _code(sides: Sequence[Side]) -> str:
    revisions = [side.revision for side in sides]
    if _differ(revisions):
        return f"The code differs: {_by_value(sides, revisions)}. A difference may be the code's."
    if " " in revisions[0]:
        return f"All sweeps ran {revisions[0]}: whether they ran the same code is not known."
    return ""


def _many(found: Findings) -> str:
    count = len(found.gaps)
    if count < 2:
        return ""
    return (
        f"The best and the defaults are compared by {plural(count, 'interval')}, each at 95 % on its own; the one to "
        f"judge by is {found.gaps[0].metric.full} of the best."
    )

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
"""Most findings of one kind to get a sentence each; the tables hold all."""


def headline(sides: Sequence[Side], findings: Findings) -> Statement:
    """Return the answer in a sentence.

    Trainings that should agree and do not go before everything else.
    """
    broken = findings.repeats.violations
    if broken:
        of = f"{len(broken)} of {plural(findings.repeats.checked, 'training')}"
        return Statement(
            WARN,
            f"Not reproduced: {of} with the same recipe, seed and store came out otherwise. {_violation(broken[0])}",
        )
    if findings.best:
        return _winners(sides, findings.best)
    if findings.arms:
        return _arms_headline(sides, findings.arms)
    if any(side.arms for side in sides):
        return Statement(OPEN, f"{_all(sides)} share no arm and no search: only their tables stand side by side.")
    return Statement(OPEN, f"Nothing of {_all(sides)} can be set against each other: results are missing.")


def statements(sides: Sequence[Side], findings: Findings, budgets: Sequence[EqualBudget]) -> list[Statement]:
    """Return the sentences below the headline: further findings, defaults, reproducibility and budgets."""
    broken = findings.repeats.violations
    sentences = []
    if len(broken) > 1:
        sentences.append(
            Statement(WARN, f"{plural(len(broken) - 1, 'more pair')} that should agree and do not: see the table.")
        )
    if broken and findings.best:
        sentences.append(_winners(sides, findings.best))
    elif broken and findings.arms:
        sentences.append(_arms_headline(sides, findings.arms))
    sentences += [_winner(gap, sides[0].board.mode) for gap in findings.best] if len(findings.best) > 1 else []
    sentences += [_fresh(gap) for gap in findings.fresh if gap.arm == BEST]
    sentences += [_default(gap) for gap in findings.default]
    sentences += [_arm(gap) for gap in findings.arms if gap.decided][:MOST_TOLD]
    return [*sentences, *_reproduced(findings), *_bought(sides, budgets)]


def _all(sides: Sequence[Side]) -> str:
    """Name all sweeps."""
    return listed(side.name for side in sides)


def _winners(sides: Sequence[Side], gaps: Sequence[WinnerGap]) -> Statement:
    """Say in a sentence which sweeps have a better best trial than the first."""
    mode, first = sides[0].board.mode, sides[0].name
    if len(gaps) == 1:
        return _winner(gaps[0], mode)
    names: dict[str, list[str]] = {"better": [], "worse": [], "undecided": [], "on other queries": []}
    for gap in gaps:
        names[_word(gap, mode)].append(gap.name)
    parts = [f"{listed(group)} {'is' if len(group) == 1 else 'are'} {side}" for side, group in names.items() if group]
    tone = GOOD if names["better"] or names["worse"] else OPEN if names["undecided"] else WARN
    return Statement(tone, f"By their best trials on {gaps[0].metric.full}, against {first}: {'; '.join(parts)}.")


def _word(gap: WinnerGap, mode: str) -> str:
    """Return ``better``, ``worse``, ``undecided`` or ``on other queries``."""
    side = gap.side(mode)
    return side if side != "open" else "undecided" if gap.paired else "on other queries"


def _winner(gap: WinnerGap, mode: str) -> Statement:
    """Say whether the best trial of a sweep beats that of the first, and by how much."""
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
    """Write both figures with their difference; `turned` exchanges the sides."""
    name, span = gap.metric.full, gap.gap
    values = (gap.value, gap.reference_value)
    if turned:
        # Negating an interval exchanges its ends.
        values, span = values[::-1], Interval(-span.value, -span.high, -span.low)
    first, second = (metric_number(name, value) for value in values)
    return f"{name} {first} against {second}, a difference of {gap_text(span, name)}"


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
    """Say whether the defaults of two sweeps agree.

    The same recipe should do the same, so a difference here hints at another cause than the search.
    """
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
    """Say how many arms in common differ, are identical or cannot be told apart."""
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
    """Describe the difference of an arm that both sweeps have."""
    name = gap.metric.full
    span = gap_text(gap.interval, name) if gap.interval else ""
    why = "the same recipe" if gap.same_recipe else f"another recipe ({listed(gap.changed[:MOST_TOLD])})"
    ps = f", {p_text(gap.judgement)}" if gap.judgement else ""
    text = f"{quoted(gap.arm)}, {gap.name} minus {gap.reference}: {span} {gap.covers}{ps}; {why}."
    return Statement(WARN if gap.same_recipe else PLAIN, text)


def _violation(violation: Violation) -> str:
    """Describe two trainings that should agree and do not, with what may explain it."""
    digits = 6
    arm = f" ({quoted(violation.arm)})" if violation.arm else ""
    code = (
        f"Both ran revision {violation.revision}, so the code does not explain it."
        if violation.same_code
        else f"The code was {violation.revision} and {violation.reference_revision}."
    )
    if violation.versions:
        code += f" Versions differ: {listed(violation.versions[:MOST_TOLD])}."
    elif violation.same_code:
        code += " Nor do the versions: look at device and threads."
    return (
        f"Trial {violation.number}{arm} of {violation.name} and trial {violation.reference_number} of "
        f"{violation.reference} differ in {plural(violation.metrics, 'metric')}: {violation.metric} "
        f"{number(violation.value, digits)} and {number(violation.reference_value, digits)}. {code}"
    )


def _reproduced(findings: Findings) -> list[Statement]:
    """Say how many trainings came out the same, if all did."""
    repeats = findings.repeats
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
    """Say what the same number of trial-epochs bought by random search."""
    chosen = next((budget for budget in reversed(budgets) if budget.unit == "trial-epochs"), None)
    if chosen is None:
        return []
    metric = sides[0].board.metric
    parts = [
        f"{bought.name} {metric_number(metric, bought.expected)} ({plural(bought.trials, 'trial')})"
        for bought in chosen.bought
    ]
    text = f"For the same {chosen.amount:,.0f} trial-epochs of random trials the expected best {metric} is"
    return [Statement(PLAIN, f"{text}: {'; '.join(parts)}.")]


UNEVEN = 1.25
"""Ratio of completed trials from which the larger search is said to have had more chances."""


def comparison_caveats(sides: Sequence[Side], findings: Findings) -> tuple[str, ...]:
    """Return every caveat that holds, gravest first."""
    texts = (
        _stores(sides, findings),
        _queries(sides, findings),
        _fidelity(sides),
        _mixed(sides),
        _seeds(sides, findings),
        _sizes(sides),
        _untested(sides),
        _unfinished(sides),
        _code(sides),
        _many(findings),
    )
    return tuple(text for text in texts if text)


def _by_value(sides: Sequence[Side], values: Sequence[Any]) -> str:
    """Say which sweeps share which value: ``A and B 12; C 30``."""
    groups: dict[str, list[str]] = {}
    for side, value in zip(sides, values, strict=True):
        groups.setdefault(str(value), []).append(side.name)
    return "; ".join(f"{listed(names)} {value}" for value, names in groups.items())


def _differ(values: Sequence[Any]) -> bool:
    """Return whether not all values are the same."""
    return any(value != values[0] for value in values)


def _stores(sides: Sequence[Side], findings: Findings) -> str:
    """Warn of sweeps that trained on different stores."""
    stores = [side.store[:12] or "unknown" for side in sides]
    if not _differ(stores):
        return ""
    text = f"The stores differ: {_by_value(sides, stores)}."
    if findings.gaps and all(gap.paired for gap in findings.gaps):
        return (
            f"{text} The queries are the same tracks and texts, so differences are paired; but what was trained on, or "
            "the encoders, differ, and a difference belongs to that as much as to the recipes."
        )
    return f"{text} Their tracks, texts or encoders are not the same, so figures are not comparable as they stand."


def _queries(sides: Sequence[Side], findings: Findings) -> str:
    """Warn of sweeps that answered other queries than the first."""
    apart = dict.fromkeys(
        [gap.name for gap in findings.gaps if not gap.paired]
        + [gap.name for gap in (*findings.arms, *findings.fresh) if not gap.same_queries]
    )
    if not apart:
        return ""
    return (
        f"{listed(apart)} answered other queries than {sides[0].name}: those differences are of two tasks and are not "
        "judged; pools of another size have another chance level."
    )


def _fidelity(sides: Sequence[Side]) -> str:
    """Warn of sweeps whose completed trials have different numbers of epochs."""
    epochs = [max((record.epochs for record in side.completed), default=0) for side in sides]
    if not _differ(epochs):
        return ""
    numbers = _by_value(sides, epochs)
    return f"Completed trials saw different numbers of epochs: {numbers}. Longer training is no better recipe."


def _mixed(sides: Sequence[Side]) -> str:
    """Warn of searches and ablations in one comparison."""
    kinds = ["an ablation" if side.arms else "a search" for side in sides]
    if not _differ(kinds):
        return ""
    described = listed(f"{side.name} is {kind}" for side, kind in zip(sides, kinds, strict=True))
    return (
        f"Not all are of one kind ({described}): the best of a search was picked among many, an arm was not, "
        "and the two are not set against each other."
    )


def _seeds(sides: Sequence[Side], findings: Findings) -> str:
    """Warn of different training seeds, or of one seed alone."""
    seeds = [tuple(sorted({record.seed for record in side.completed})) for side in sides]
    if _differ(seeds):
        lists = [", ".join(map(str, several[:8])) + (", ..." if len(several) > 8 else "") for several in seeds]
        return f"Training seeds differ: {_by_value(sides, lists)}. Part of a difference may be the seeds'."
    if seeds[0] and len(seeds[0]) == 1 and not findings.fresh and not any(side.arms for side in sides):
        return (
            f"Every trial of all sweeps was trained with seed {seeds[0][0]} alone: no interval here covers what "
            "another seed would change."
        )
    return ""


def _sizes(sides: Sequence[Side]) -> str:
    """Warn of searches with very different numbers of completed trials."""
    searches = [side for side in sides if not side.arms and side.completed]
    counts = [len(side.completed) for side in searches]
    if len(counts) < 2 or max(counts) < UNEVEN * min(counts):
        return ""
    return (
        f"The searches are of different size, in completed trials: {_by_value(searches, counts)}. The best of more "
        "trials is better by chance alone; compare at equal budget."
    )


def _untested(sides: Sequence[Side]) -> str:
    """Warn of sweeps without test results."""
    lacking = [side.name for side in sides if side.completed and not side.run.test]
    if not lacking:
        return ""
    return (
        f"{listed(lacking)} {'has' if len(lacking) == 1 else 'have'} no test results: validation figures of the best "
        "are those it was picked by, and flatter it."
    )


def _unfinished(sides: Sequence[Side]) -> str:
    """Warn of sweeps that are not done."""
    open_ = [f"{side.name} ({side.run.status})" for side in sides if side.run.status != "done"]
    return f"Not all sweeps are done: {listed(open_)}." if open_ else ""


def _code(sides: Sequence[Side]) -> str:
    """Warn of sweeps that ran different code, or unknown code."""
    revisions = [side.revision for side in sides]
    if _differ(revisions):
        return f"The code differs: {_by_value(sides, revisions)}. A difference may be the code's."
    # Words in place of a revision, or after it: unknown, or with changes not committed.
    if " " in revisions[0]:
        return f"All sweeps ran {revisions[0]}: whether they ran the same code is not known."
    return ""


def _many(findings: Findings) -> str:
    """Warn that many intervals at 95 % are read at once."""
    count = len(findings.gaps)
    if count < 2:
        return ""
    return (
        f"The best and the defaults are compared by {plural(count, 'interval')}, each at 95 % on its own; the one to "
        f"judge by is {findings.gaps[0].metric.full} of the best."
    )

"""What a sceptic should hold against a comparison of sweeps, computed from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adsw.report.format import listed, plural
from sweep.view.comparison.findings import Findings
from sweep.view.comparison.sides import Side

UNEVEN = 1.25
"""A search of so many times another's completed trials is said to have had more chances."""


def comparison_caveats(sides: Sequence[Side], found: Findings) -> tuple[str, ...]:
    """Every caveat that holds, gravest first."""
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
    """Which sweeps share which value: ``A and B 12; C 30``."""
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

"""What a sceptic should hold against an ablation, computed from it."""

from __future__ import annotations

from collections import Counter

from adsw.report.format import listed, number, plural, short
from sweep.space.distributions import is_number
from sweep.statistics.power import POWER
from sweep.view.ablation import RELEVANT, Ablation
from sweep.view.ablation_words import quoted
from sweep.view.run_data import RunData

FEW_REPLICATES = 10
"""Below this many replicates the report says what so few cannot show."""


def ablation_caveats(run: RunData, found: Ablation) -> tuple[str, ...]:
    """Every caveat that holds, gravest first."""
    return tuple(text for text in (_replicates(found), _missing(run, found), _nuisances(found)) if text)


def _replicates(found: Ablation) -> str:
    if found.replicates < 2:
        return (
            "Arms were compared on one seed: the intervals cover the choice of query tracks, and a difference may be "
            "the seed's. Nothing is called decided."
        )
    if found.primary.sequential is not None:
        return _early(found)
    if found.replicates >= FEW_REPLICATES:
        return ""
    return (
        f"Few replicates: with {found.replicates} the smallest p that the exact test can give is "
        f"{number(found.smallest, 4)}. Intervals are widened for it and assume scatter that is not far from "
        f"symmetric.{_lacking(found)}"
    )


def _early(found: Ablation) -> str:
    """Arms that were decided, or left, with few replicates."""
    by_t = [
        f"{quoted(one.name)} ({one.decision.replicates})"
        for one in found.primary.comparisons
        if one.decision and one.decision.decided and one.decision.test == "paired t"
    ]
    if not by_t:
        return ""
    return (
        f"Few replicates: {listed(by_t)} {'was' if len(by_t) == 1 else 'were'} decided by the paired t test, which "
        "assumes normal differences; the exact test decides from later looks on."
    )


def _lacking(found: Ablation) -> str:
    """What it would take to see a difference worth having."""
    seen = [one.needed_relevant for one in found.primary.comparisons if one.needed_relevant]
    counts = [one.replicates for one in seen if one.replicates is not None]
    if not counts or max(counts) <= found.replicates:
        return ""
    return (
        f" To see a difference of {100 * RELEVANT:.0f} % of the reference arm's level with {100 * POWER:.0f} % power "
        f"takes up to {max(counts):,} replicates."
    )


def _missing(run: RunData, found: Ablation) -> str:
    if found.primary.sequential is not None:
        return _looked(found)
    wanted = len(run.space.replicates) or 1
    short_of = [f"{quoted(arm.name)} ({arm.replicates})" for arm in found.primary.arms if arm.replicates < wanted]
    if not short_of:
        return ""
    return (
        f"Not every arm has all {wanted} replicates: {listed(short_of)}. Differences rest on the seeds that both arms "
        "have."
    )


def _looked(found: Ablation) -> str:
    """What replicates that were added by what was seen do to the rest of the table."""
    counts = sorted({arm.replicates for arm in found.primary.arms})
    if len(counts) < 2:
        return ""
    effects = " Factorial effects rest on those of the first look." if found.primary.effects else ""
    return (
        f"Arms have {listed(counts)} replicates, as undecided ones were given more: levels of arms are means over "
        f"different seeds, differences are over shared ones.{effects}"
    )


def _at_edges(found: Ablation) -> str:
    """Arms whose chosen value is the smallest or the largest that was tried."""
    told: dict[str, list[str]] = {}
    for arm in dict.fromkeys(point.arm for point in found.tuned):
        points = [point for point in found.tuned if point.arm == arm]
        for name, value in next((point.params for point in points if point.chosen), {}).items():
            tried = sorted({point.params[name] for point in points if is_number(point.params.get(name))})
            if is_number(value) and len(tried) > 2 and value in (tried[0], tried[-1]):
                told.setdefault(name, []).append(f"{quoted(arm)} ({short(value)})")
    return "".join(
        f" The best {name} lies at the edge of what was tried for {listed(arms)}: a wider grid might favour "
        f"{'it' if len(arms) == 1 else 'them'}."
        for name, arms in told.items()
    )


def _nuisances(found: Ablation) -> str:
    if found.tuned and found.nuisances_tuned:
        points = max(Counter(point.arm for point in found.tuned).values())
        seeds = max(len(point.values) for point in found.tuned)
        return (
            f"Nuisance parameters were tuned for every arm among {plural(points, 'point')} on "
            f"{plural(seeds, 'seed')} that no arm is judged by. So few seeds may choose a point by luck, and nothing "
            f"beyond the points tried is known.{_at_edges(found)}"
        )
    if found.tuned:
        return "Nuisance parameters were not tuned for every arm: those without would be judged too harshly."
    if found.nuisances_tuned:
        return (
            "Every arm was run at several values of the nuisance parameters, each a row of its own: picking the best "
            "row of an arm flatters it."
        )
    return (
        "Nuisance parameters (learning rate and the like) were not tuned again for each arm: an arm that would want "
        "others is judged too harshly."
    )

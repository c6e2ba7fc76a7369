"""An ablation in plain words: what was decided, by how much, how sure, and what to hold against it."""

from __future__ import annotations

from collections import Counter

from adsw.report.format import gap_number, listed, number, plural, short, short_names
from adsw.report.statement import GOOD, OPEN, PLAIN, WARN, Statement
from adsw.stats.interval import Interval
from sweep.plan.describe import replicates_of
from sweep.report.ablation.design import Sequential
from sweep.report.ablation.results import RELEVANT, Ablation, Comparison, SplitResults
from sweep.report.data import RunData, ends_text, gap_text
from sweep.space.distributions import is_number
from sweep.stats.factorial import Effect
from sweep.stats.paired import LEVEL, Judgement
from sweep.stats.power import POWER, Needed

MOST_NAMED = 6
"""Comparisons told in a sentence each; the table holds all."""
FEW_REPLICATES = 10
"""Below this many replicates the report says what so few cannot show."""


def headline(found: Ablation) -> Statement:
    """Say the answer in a sentence."""
    primary = found.primary
    better = [one for one in primary.comparisons if one.decided and _is_better(one, primary)]
    worse = [one for one in primary.comparisons if one.decided and not _is_better(one, primary)]
    metric = primary.metric.full
    reference, seeds = quoted(found.reference), plural(found.replicates, "seed")
    if better:
        best = max(better, key=lambda one: abs(one.shown))
        others = f" {_names(better, best)} too." if len(better) > 1 else ""
        return Statement(GOOD, f"{quoted(best.name)} beats {reference} on {metric}: {figures(best, primary)}.{others}")
    if worse:
        names = f"{listed(quoted(one.name) for one in worse)} {'is' if len(worse) == 1 else 'are'} worse"
        by = figures(worse[0], primary) if len(worse) == 1 else f"over {seeds}"
        return Statement(PLAIN, f"No arm beats {reference} on {metric}; {names}, {by}.")
    return Statement(OPEN, f"Nothing was decided: on {metric} no arm can be told from {reference} over {seeds}.")


def statements(found: Ablation) -> list[Statement]:
    """Say a sentence or two per comparison, on factorial effects, on the other split and on the test."""
    primary = found.primary
    told = [_told(one, primary) for one in primary.comparisons[:MOST_NAMED]]
    more = len(primary.comparisons) - len(told)
    if more > 0:
        told.append(Statement(PLAIN, f"{plural(more, 'more comparison')} in the table."))
    return [*told, *_steps(found), *_effects(found), *_agreement(found), *_test(found)]


def _steps(found: Ablation) -> list[Statement]:
    """Say whether each step adds to the one before."""
    if not found.steps:
        return []
    told = [f"{one.name} {figures(one, found.primary)}, {verdict_word(one, found.primary)}" for one in found.steps]
    tone = GOOD if any(one.decided for one in found.steps) else OPEN
    return [Statement(tone, f"Step by step: {'; '.join(told)}.")]


def figures(one: Comparison, split: SplitResults) -> str:
    """Write a difference with its interval and p-values.

    Which interval: over seeds, or over query tracks where there is one seed.
    """
    span = one.over_seeds or one.tracks
    text = gap_text(span, split.metric.full) if span else gap_number(one.value, 4)
    if one.decision is not None and one.decision.look is not None:
        ps = f"p {p_number(one.decision.sequential)} over all looks, Holm {p_number(one.decision.adjusted)}"
        return f"{text} over {plural(one.decision.replicates, 'seed')}, {ps}"
    if one.judgement is None:
        return text
    return f"{text} over {plural(len(one.seeds), 'seed')}, {p_text(one.judgement)}"


def p_text(judgement: Judgement) -> str:
    """Both p-values of a comparison.

    >>> p_text(Judgement("sign flips", 0.0156, 0.0469))
    'p 0.016, Holm 0.047'
    """
    return f"p {p_number(judgement.p)}, Holm {p_number(judgement.adjusted)}"


def p_number(p: float) -> str:
    """Write a p-value.

    >>> p_number(0.03125), p_number(0.00002), p_number(1.0)
    ('0.031', '< 0.001', '1.000')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def verdict_word(one: Comparison, split: SplitResults) -> str:
    """``decided: better``, ``decided: worse`` or ``undecided``."""
    if not one.decided:
        return "undecided"
    return f"decided: {'better' if _is_better(one, split) else 'worse'}"


def needed_text(needed: Needed | None) -> str:
    """Replicates, and what the scatter's own interval makes of them."""
    if needed is None:
        return "–"
    if needed.replicates is None:
        return "over 100,000"
    ends = ["over 100,000" if end is None else f"{end:,}" for end in (needed.low, needed.high)]
    return f"{needed.replicates:,} ({ends[0]} to {ends[1]})"


def _is_better(one: Comparison, split: SplitResults) -> bool:
    return one.shown > 0 if split.mode == "max" else one.shown < 0


def _names(comparisons: list[Comparison], but: Comparison) -> str:
    others = [quoted(one.name) for one in comparisons if one is not but]
    return f"{listed(others)} {'does' if len(others) == 1 else 'do'}"


def _told(one: Comparison, split: SplitResults) -> Statement:
    text = f"{quoted(one.name)}: {figures(one, split)}"
    if one.pairing is None:
        return Statement(OPEN, f"{text} over query tracks, with one seed: what another seed would change is not known.")
    if not one.decided:
        needed = f" A difference of this size needs {needed_text(one.needed)} replicates." if one.needed else ""
        return Statement(OPEN, f"{text}: undecided{_waiting(one)}.{needed}")
    chance = one.improvement.value if one.improvement else 0.0
    text += f": decided{_at_look(one)}. A run of it beats a run of the reference with probability {number(chance, 2)}"
    if one.tracks is None:
        return Statement(GOOD, f"{text}.")
    if one.holds_for_tracks:
        return Statement(GOOD, f"{text}; with other query tracks it would hold too ({_span(one.tracks, split)}).")
    return Statement(WARN, f"{text}; with other query tracks it might not hold ({_span(one.tracks, split)}).")


def _waiting(one: Comparison) -> str:
    """Say what is still to come for an arm that is looked at repeatedly."""
    if one.decision is None:
        return ""
    if one.decision.wanted:
        return f" so far; the next look is at {one.decision.wanted} replicates"
    return ", and no look is left" if one.decision.exhausted else ""


def _at_look(one: Comparison) -> str:
    if one.decision is None or one.decision.look is None:
        return ""
    return f" at look {one.decision.look + 1}, with {one.decision.replicates} replicates"


def _span(span: Interval, split: SplitResults) -> str:
    return f"{ends_text(span, split.metric.full)} over seeds and tracks"


def _effects(found: Ablation) -> list[Statement]:
    if found.design is None or not found.primary.effects:
        return []
    names = short_names(factor.name for factor in found.design.factors)
    metric = found.primary.metric.full
    parts: dict[bool, list[str]] = {True: [], False: []}
    for effect, judgement in found.primary.effects:
        told = f"{effect_name(effect, names)} {gap_text(effect.pairing.difference, metric)}"
        parts[judgement.decided].append(told if judgement.decided else effect_name(effect, names))
    texts = [f"decided: {'; '.join(parts[True])}"] if parts[True] else []
    texts += [f"undecided: {listed(parts[False])}"] if parts[False] else []
    kind = f"Effects of the {len(names)} factors and their interactions"
    return [Statement(GOOD if parts[True] else OPEN, f"{kind}: {'; '.join(texts)}.")]


def quoted(name: str) -> str:
    """Write an arm's name within a sentence."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"


def effect_name(effect: Effect, names: dict[str, str]) -> str:
    """Name a main effect by its factor, an interaction by all of them."""
    return " × ".join(names[factor] for factor in effect.factors)


def _agreement(found: Ablation) -> list[Statement]:
    """Say whether the other split agrees."""
    if found.other is None:
        return []
    words = {one.name: verdict_word(one, found.other) for one in found.other.comparisons}
    differing = [
        f"{quoted(one.name)} ({verdict_word(one, found.primary)}; there {words[one.name]})"
        for one in found.primary.comparisons
        if words[one.name] != verdict_word(one, found.primary)
    ]
    if differing:
        return [Statement(WARN, f"On {found.other.metric.full} it comes out otherwise for {listed(differing)}.")]
    return [Statement(PLAIN, f"On {found.other.metric.full} every comparison comes out the same.")]


def _test(found: Ablation) -> list[Statement]:
    judgement = next((one.judgement for one in found.primary.comparisons if one.judgement), None)
    if found.primary.sequential is not None:
        told = looks_text(found.primary.sequential, len(found.primary.comparisons), found.added_by.metric.full)
        return [Statement(PLAIN, told)]
    if judgement is None:
        return []
    family = plural(len(found.primary.comparisons), "comparison")
    if judgement.test == "sign flips":
        text = f"Decided by the exact sign-flip test over replicates, Holm over {family} at {100 * LEVEL:.0f} %."
        return [Statement(PLAIN, text)]
    text = (
        f"Decided by the paired t test, which assumes normal differences, Holm over {family} at {100 * LEVEL:.0f} %. "
        f"With {plural(found.replicates, 'replicate')} the exact sign-flip test gives no p below "
        f"{number(found.smallest, 4)}; from {found.fewest} replicates on it decides."
    )
    return [Statement(PLAIN, text)]


def looks_text(found: Sequential, comparisons: int, metric: str) -> str:
    """Say how replicates were added, by the results of which metric, and what the error control is."""
    made = sorted({one.look for one in found.decisions.values() if one.look is not None})
    return (
        f"Replicates were added until all was decided on {metric}: looks were planned at {listed(found.plan)} "
        f"replicates, and {plural(max(made, default=-1) + 1, 'look')} {'was' if made == [0] else 'were'} made. The "
        f"chance that any of {plural(comparisons, 'comparison')} without a difference is ever called decided, at any "
        f"look, is at most {100 * LEVEL:.0f} %. Intervals are repeated confidence intervals: they hold wherever an arm "
        "stopped; the estimates of decided arms are on average too far from zero."
    )


def side_of(one: Comparison, split: SplitResults) -> str:
    """``better``, ``worse`` or ``open``, for colours."""
    return "open" if not one.decided else "better" if _is_better(one, split) else "worse"


def ablation_caveats(run: RunData, found: Ablation) -> tuple[str, ...]:
    """Return every caveat that holds, gravest first."""
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
    """Say what it would take to see a difference worth having."""
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
    wanted, _ = replicates_of(run.space)
    short_of = [f"{quoted(arm.name)} ({arm.replicates})" for arm in found.primary.arms if arm.replicates < wanted]
    if not short_of:
        return ""
    return (
        f"Not every arm has all {wanted} replicates: {listed(short_of)}. Differences rest on the seeds that both arms "
        "have."
    )


def _looked(found: Ablation) -> str:
    """Say what replicates that were added after looking at results do to the rest of the table."""
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

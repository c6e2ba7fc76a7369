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
"""Most comparisons to get a sentence each; the table holds all."""
FEW_REPLICATES = 10
"""Below this many replicates the report says what they cannot show."""


def headline(ablation: Ablation) -> Statement:
    """Return the answer of the ablation in a sentence."""
    primary = ablation.primary
    better = [
        comparison for comparison in primary.comparisons if comparison.decided and _is_better(comparison, primary)
    ]
    worse = [
        comparison for comparison in primary.comparisons if comparison.decided and not _is_better(comparison, primary)
    ]
    metric = primary.metric.full
    reference, seeds = quoted(ablation.reference), plural(ablation.replicates, "seed")
    if better:
        best = max(better, key=lambda comparison: abs(comparison.shown))
        others = f" {_names(better, best)} too." if len(better) > 1 else ""
        return Statement(GOOD, f"{quoted(best.name)} beats {reference} on {metric}: {figures(best, primary)}.{others}")
    if worse:
        names = f"{listed(quoted(comparison.name) for comparison in worse)} {'is' if len(worse) == 1 else 'are'} worse"
        by = figures(worse[0], primary) if len(worse) == 1 else f"over {seeds}"
        return Statement(PLAIN, f"No arm beats {reference} on {metric}; {names}, {by}.")
    return Statement(OPEN, f"Nothing was decided: on {metric} no arm can be told from {reference} over {seeds}.")


def statements(ablation: Ablation) -> list[Statement]:
    """Return sentences on the comparisons, the steps, the factorial effects, the other split and the test."""
    primary = ablation.primary
    sentences = [_comparison_statement(comparison, primary) for comparison in primary.comparisons[:MOST_NAMED]]
    more = len(primary.comparisons) - len(sentences)
    if more > 0:
        sentences.append(Statement(PLAIN, f"{plural(more, 'more comparison')} in the table."))
    return [*sentences, *_steps(ablation), *_effects(ablation), *_agreement(ablation), *_test(ablation)]


def _steps(ablation: Ablation) -> list[Statement]:
    """Say whether each step adds to the one before."""
    if not ablation.steps:
        return []
    steps = [
        f"{comparison.name} {figures(comparison, ablation.primary)}, {verdict_word(comparison, ablation.primary)}"
        for comparison in ablation.steps
    ]
    tone = GOOD if any(comparison.decided for comparison in ablation.steps) else OPEN
    return [Statement(tone, f"Step by step: {'; '.join(steps)}.")]


def figures(comparison: Comparison, split: SplitResults) -> str:
    """Write a difference with its interval and p-values.

    The interval is over seeds, or over query tracks if there is one seed.
    """
    span = comparison.over_seeds or comparison.tracks
    text = gap_text(span, split.metric.full) if span else gap_number(comparison.value, 4)
    decision = comparison.decision
    if decision is not None and decision.look is not None:
        ps = f"p {p_number(decision.sequential)} over all looks, Holm {p_number(decision.adjusted)}"
        return f"{text} over {plural(decision.replicates, 'seed')}, {ps}"
    if comparison.judgement is None:
        return text
    return f"{text} over {plural(len(comparison.seeds), 'seed')}, {p_text(comparison.judgement)}"


def p_text(judgement: Judgement) -> str:
    """Write both p-values of a comparison.

    >>> p_text(Judgement("sign flips", 0.0156, 0.0469))
    'p 0.016, Holm 0.047'
    """
    return f"p {p_number(judgement.p)}, Holm {p_number(judgement.adjusted)}"


def p_number(p: float) -> str:
    """Write a p-value with three digits, or as below 0.001.

    >>> p_number(0.03125), p_number(0.00002), p_number(1.0)
    ('0.031', '< 0.001', '1.000')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def verdict_word(comparison: Comparison, split: SplitResults) -> str:
    """Return ``decided: better``, ``decided: worse`` or ``undecided``."""
    if not comparison.decided:
        return "undecided"
    return f"decided: {'better' if _is_better(comparison, split) else 'worse'}"


def needed_text(needed: Needed | None) -> str:
    """Write the number of replicates needed, with the range that the interval of the scatter allows."""
    if needed is None:
        return "–"
    if needed.replicates is None:
        return "over 100,000"
    ends = ["over 100,000" if end is None else f"{end:,}" for end in (needed.low, needed.high)]
    return f"{needed.replicates:,} ({ends[0]} to {ends[1]})"


def _is_better(comparison: Comparison, split: SplitResults) -> bool:
    """Return whether the difference goes the way the objective wants."""
    return comparison.shown > 0 if split.mode == "max" else comparison.shown < 0


def _names(comparisons: list[Comparison], but: Comparison) -> str:
    """Name all comparisons but one, with a verb."""
    others = [quoted(comparison.name) for comparison in comparisons if comparison is not but]
    return f"{listed(others)} {'does' if len(others) == 1 else 'do'}"


def _comparison_statement(comparison: Comparison, split: SplitResults) -> Statement:
    """Say what was decided on one arm, how large the difference is and whether it holds for other tracks."""
    text = f"{quoted(comparison.name)}: {figures(comparison, split)}"
    if comparison.pairing is None:
        return Statement(OPEN, f"{text} over query tracks, with one seed: what another seed would change is not known.")
    if not comparison.decided:
        needed = (
            f" A difference of this size needs {needed_text(comparison.needed)} replicates."
            if comparison.needed
            else ""
        )
        return Statement(OPEN, f"{text}: undecided{_waiting(comparison)}.{needed}")
    chance = number(comparison.improvement.value if comparison.improvement else 0.0, 2)
    text += f": decided{_at_look(comparison)}. A run of it beats a run of the reference with probability {chance}"
    if comparison.tracks is None:
        return Statement(GOOD, f"{text}.")
    if comparison.holds_for_tracks:
        return Statement(
            GOOD, f"{text}; with other query tracks it would hold too ({_span(comparison.tracks, split)})."
        )
    return Statement(WARN, f"{text}; with other query tracks it might not hold ({_span(comparison.tracks, split)}).")


def _waiting(comparison: Comparison) -> str:
    """Say what is still to come for an arm with planned looks; empty if it has none."""
    if comparison.decision is None:
        return ""
    if comparison.decision.wanted:
        return f" so far; the next look is at {comparison.decision.wanted} replicates"
    return ", and no look is left" if comparison.decision.exhausted else ""


def _at_look(comparison: Comparison) -> str:
    """Say at which look an arm was decided; empty if it has no looks."""
    if comparison.decision is None or comparison.decision.look is None:
        return ""
    return f" at look {comparison.decision.look + 1}, with {comparison.decision.replicates} replicates"


def _span(span: Interval, split: SplitResults) -> str:
    """Write the ends of an interval over seeds and tracks."""
    return f"{ends_text(span, split.metric.full)} over seeds and tracks"


def _effects(ablation: Ablation) -> list[Statement]:
    """Say which factorial effects were decided and which were not."""
    if ablation.design is None or not ablation.primary.effects:
        return []
    names = short_names(factor.name for factor in ablation.design.factors)
    metric = ablation.primary.metric.full
    parts: dict[bool, list[str]] = {True: [], False: []}
    for effect, judgement in ablation.primary.effects:
        text = f"{effect_name(effect, names)} {gap_text(effect.pairing.difference, metric)}"
        parts[judgement.decided].append(text if judgement.decided else effect_name(effect, names))
    texts = [f"decided: {'; '.join(parts[True])}"] if parts[True] else []
    texts += [f"undecided: {listed(parts[False])}"] if parts[False] else []
    kind = f"Effects of the {len(names)} factors and their interactions"
    return [Statement(GOOD if parts[True] else OPEN, f"{kind}: {'; '.join(texts)}.")]


def quoted(name: str) -> str:
    """Return an arm's name in quotation marks."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"


def effect_name(effect: Effect, names: dict[str, str]) -> str:
    """Return the name of the factor of a main effect, or the names of all factors of an interaction."""
    return " × ".join(names[factor] for factor in effect.factors)


def _agreement(ablation: Ablation) -> list[Statement]:
    """Say for which arms the other split gives another verdict."""
    if ablation.other is None:
        return []
    words = {comparison.name: verdict_word(comparison, ablation.other) for comparison in ablation.other.comparisons}
    differing = [
        f"{quoted(comparison.name)} ({verdict_word(comparison, ablation.primary)}; there {words[comparison.name]})"
        for comparison in ablation.primary.comparisons
        if words[comparison.name] != verdict_word(comparison, ablation.primary)
    ]
    if differing:
        return [Statement(WARN, f"On {ablation.other.metric.full} it comes out otherwise for {listed(differing)}.")]
    return [Statement(PLAIN, f"On {ablation.other.metric.full} every comparison comes out the same.")]


def _test(ablation: Ablation) -> list[Statement]:
    """Say by which test the comparisons were decided."""
    judgement = next(
        (comparison.judgement for comparison in ablation.primary.comparisons if comparison.judgement), None
    )
    if ablation.primary.sequential is not None:
        text = looks_text(ablation.primary.sequential, len(ablation.primary.comparisons), ablation.added_by.metric.full)
        return [Statement(PLAIN, text)]
    if judgement is None:
        return []
    family = plural(len(ablation.primary.comparisons), "comparison")
    if judgement.test == "sign flips":
        text = f"Decided by the exact sign-flip test over replicates, Holm over {family} at {100 * LEVEL:.0f} %."
        return [Statement(PLAIN, text)]
    text = (
        f"Decided by the paired t test, which assumes normal differences, Holm over {family} at {100 * LEVEL:.0f} %. "
        f"With {plural(ablation.replicates, 'replicate')} the exact sign-flip test gives no p below "
        f"{number(ablation.smallest, 4)}; from {ablation.fewest} replicates on it decides."
    )
    return [Statement(PLAIN, text)]


def looks_text(sequential: Sequential, comparisons: int, metric: str) -> str:
    """Say at which looks replicates were added, by the results of which metric, and which errors are controlled."""
    made = sorted({decision.look for decision in sequential.decisions.values() if decision.look is not None})
    return (
        f"Replicates were added until all was decided on {metric}: looks were planned at {listed(sequential.plan)} "
        f"replicates, and {plural(max(made, default=-1) + 1, 'look')} {'was' if made == [0] else 'were'} made. The "
        f"chance that any of {plural(comparisons, 'comparison')} without a difference is ever called decided, at any "
        f"look, is at most {100 * LEVEL:.0f} %. Intervals are repeated confidence intervals: they hold wherever an arm "
        "stopped; the estimates of decided arms are on average too far from zero."
    )


def side_of(comparison: Comparison, split: SplitResults) -> str:
    """Return ``better``, ``worse`` or ``open``, by which colours are chosen."""
    return "open" if not comparison.decided else "better" if _is_better(comparison, split) else "worse"


def ablation_caveats(run: RunData, ablation: Ablation) -> tuple[str, ...]:
    """Return every caveat that holds, gravest first."""
    return tuple(text for text in (_replicates(ablation), _missing(run, ablation), _nuisances(ablation)) if text)


def _replicates(ablation: Ablation) -> str:
    """Warn of few replicates; empty if there are `FEW_REPLICATES` or more."""
    if ablation.replicates < 2:
        return (
            "Arms were compared on one seed: the intervals cover the choice of query tracks, and a difference may be "
            "the seed's. Nothing is called decided."
        )
    if ablation.primary.sequential is not None:
        return _early(ablation)
    if ablation.replicates >= FEW_REPLICATES:
        return ""
    return (
        f"Few replicates: with {ablation.replicates} the smallest p that the exact test can give is "
        f"{number(ablation.smallest, 4)}. Intervals are widened for it and assume scatter that is not far from "
        f"symmetric.{_lacking(ablation)}"
    )


def _early(ablation: Ablation) -> str:
    """Name the arms that the paired t test decided at an early look; empty if there are none."""
    by_t = [
        f"{quoted(comparison.name)} ({comparison.decision.replicates})"
        for comparison in ablation.primary.comparisons
        if comparison.decision and comparison.decision.decided and comparison.decision.test == "paired t"
    ]
    if not by_t:
        return ""
    return (
        f"Few replicates: {listed(by_t)} {'was' if len(by_t) == 1 else 'were'} decided by the paired t test, which "
        "assumes normal differences; the exact test decides from later looks on."
    )


def _lacking(ablation: Ablation) -> str:
    """Say how many replicates a difference of `RELEVANT` takes; empty if there are as many."""
    all_needed = [
        comparison.needed_relevant for comparison in ablation.primary.comparisons if comparison.needed_relevant
    ]
    counts = [needed.replicates for needed in all_needed if needed.replicates is not None]
    if not counts or max(counts) <= ablation.replicates:
        return ""
    return (
        f" To see a difference of {100 * RELEVANT:.0f} % of the reference arm's level with {100 * POWER:.0f} % power "
        f"takes up to {max(counts):,} replicates."
    )


def _missing(run: RunData, ablation: Ablation) -> str:
    """Name the arms that lack replicates; empty if none does."""
    if ablation.primary.sequential is not None:
        return _looked(ablation)
    wanted, _ = replicates_of(run.space)
    short_of = [f"{quoted(arm.name)} ({arm.replicates})" for arm in ablation.primary.arms if arm.replicates < wanted]
    if not short_of:
        return ""
    return (
        f"Not every arm has all {wanted} replicates: {listed(short_of)}. Differences rest on the seeds that both arms "
        "have."
    )


def _looked(ablation: Ablation) -> str:
    """Say what unequal numbers of replicates mean for the levels and effects; empty if the numbers are equal."""
    counts = sorted({arm.replicates for arm in ablation.primary.arms})
    if len(counts) < 2:
        return ""
    effects = " Factorial effects rest on those of the first look." if ablation.primary.effects else ""
    return (
        f"Arms have {listed(counts)} replicates, as undecided ones were given more: levels of arms are means over "
        f"different seeds, differences are over shared ones.{effects}"
    )


def _at_edges(ablation: Ablation) -> str:
    """Name the arms whose chosen value is the smallest or the largest that was tried."""
    arms_at_edge: dict[str, list[str]] = {}
    for arm in dict.fromkeys(point.arm for point in ablation.tuned):
        points = [point for point in ablation.tuned if point.arm == arm]
        for name, value in next((point.params for point in points if point.chosen), {}).items():
            tried = sorted({point.params[name] for point in points if is_number(point.params.get(name))})
            # Of two values each is at an edge.
            if is_number(value) and len(tried) > 2 and value in (tried[0], tried[-1]):
                arms_at_edge.setdefault(name, []).append(f"{quoted(arm)} ({short(value)})")
    return "".join(
        f" The best {name} lies at the edge of what was tried for {listed(arms)}: a wider grid might favour "
        f"{'it' if len(arms) == 1 else 'them'}."
        for name, arms in arms_at_edge.items()
    )


def _nuisances(ablation: Ablation) -> str:
    """Say how nuisance parameters were tuned, and what this leaves open."""
    if ablation.tuned and ablation.nuisances_tuned:
        points = max(Counter(point.arm for point in ablation.tuned).values())
        seeds = max(len(point.values) for point in ablation.tuned)
        return (
            f"Nuisance parameters were tuned for every arm among {plural(points, 'point')} on "
            f"{plural(seeds, 'seed')} that no arm is judged by. So few seeds may choose a point by luck, and nothing "
            f"beyond the points tried is known.{_at_edges(ablation)}"
        )
    if ablation.tuned:
        return "Nuisance parameters were not tuned for every arm: those without would be judged too harshly."
    if ablation.nuisances_tuned:
        return (
            "Every arm was run at several values of the nuisance parameters, each a row of its own: picking the best "
            "row of an arm flatters it."
        )
    return (
        "Nuisance parameters (learning rate and the like) were not tuned again for each arm: an arm that would want "
        "others is judged too harshly."
    )

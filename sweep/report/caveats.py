"""Caveats: what a sceptic should hold against the results, computed from the run and never written beforehand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from adsw.fingerprint import fingerprint
from adsw.metrics import Metric, digits_of
from adsw.report.format import listed, number, plural, signed
from sweep.report.ablation.text import ablation_caveats
from sweep.report.data import RunData, excludes_zero, gap_text
from sweep.report.evaluation_sets import disagreeing
from sweep.report.findings import Findings
from sweep.report.held_out_results import BEST, DEFAULT, TestResults
from sweep.report.hyperparameters import Influence
from sweep.report.leaderboard import Leaderboard
from sweep.report.search_quality import Evidence
from sweep.run.records import TrialState
from sweep.space.configurations import base_recipe
from sweep.space.long_schedules import too_long
from sweep.stats.importance import TOP_TRIALS

FEW_TRIALS = 30
"""Below this many trials importances are said to be rough."""
FEW_FRESH = 5
"""Below this many fresh seeds the report says what so few cannot show."""
WEAK = 0.5
"""Below this rank correlation of an early epoch with the last, stopping by the early one is called unsound."""
TOLERANCE = 0.05
"""A share that differs by more than this from what was asked, in the mean over a trial's epochs, is told."""
_ASKED = ".asked"
_SHARE = "share."
SATURATED = 0.9
"""Above this mAP@10 there is little room left to tell hyperparameters apart."""


def caveats(
    run: RunData,
    board: Leaderboard,
    results: TestResults | None,
    influence: Influence,
    support: Evidence,
    more: Findings | None = None,
) -> tuple[str, ...]:
    """Return every caveat that holds for this run, gravest first."""
    more = more or Findings()
    ablation = more.ablation
    if ablation is not None:
        comparisons: tuple[str, ...] = ablation_caveats(run, ablation)
    else:
        comparisons = (
            within_noise(board, results, more),
            not_confirmed(board, more),
            _seeds(run, more),
            picked_front(more) if more.front is not None else _selection(board),
            "" if more.front is not None else _gap(board, results),
        )
    return tuple(
        text
        for text in (
            stopped_by(run),
            _unfinished(run),
            recordings_twice(run),
            *comparisons,
            *too_long(run.space, base_recipe(run.space)),
            _stopped(board),
            _early_ranks(support),
            weak_ranks(support),
            sets_disagree(more),
            saturated(board, results),
            test_opened(run),
            _importances(influence),
            "" if ablation is not None or more.front is not None else _tests(results),
            _failures(run, board),
            off_doses(run),
            short_swaps(run),
            _files(run, board),
            _code(run),
        )
        if text
    )


def stopped_by(run: RunData) -> str:
    """Say what ended the sweep before its time, if that was no request."""
    if not run.sweep.why or run.status == "running":
        return ""
    way = "failed" if run.status == "failed" else "was stopped"
    return f"The sweep {way}: {run.sweep.why} Its log is sweep.log; it goes on with: sweep resume {run.name}."


def _unfinished(run: RunData) -> str:
    planned = run.space.trials
    ended = len(run.records)
    if planned is None or ended >= planned or run.status == "done":
        return ""
    return f"Only {ended} of {planned} planned trials have ended."


def recordings_twice(run: RunData) -> str:
    """Say which recordings of the stores stand in several splits."""
    said = []
    for name, store in run.sweep.named_stores.items():
        duplicates = store.duplicates
        if duplicates is not None and (duplicates.recordings or duplicates.excerpts):
            said += [f"Store {name}: {text}" if name else text for text in duplicates.sentences()]
    return " ".join(said)


def _seeds(run: RunData, more: Findings) -> str:
    measured = [record for record in run.records if record.state is TrialState.COMPLETED]
    if not measured:
        return ""
    # One configuration with several seeds counts once: recipes are compared without their seed.
    runs = Counter(
        fingerprint({key: value for key, value in record.recipe.items() if key != "seed"}) for record in measured
    )
    if max(runs.values()) > 1:
        repeated = sum(count > 1 for count in runs.values())
        return f"{repeated} of {len(runs)} configurations were trained with several seeds, the others with one."
    seeds = sorted({record.seed for record in measured})
    shared = f", the same for all ({seeds[0]})" if len(seeds) == 1 else ""
    if more.confirmation is not None:
        return (
            f"But for the fresh seeds of winner and default, every configuration was trained with one seed{shared}: "
            "intervals of all other trials cover the choice of tracks and not of the seed."
        )
    return (
        f"Every configuration was trained once, with one seed{shared}. How much another seed would change is "
        "not known, and no interval on this page covers it."
    )


def _selection(board: Leaderboard) -> str:
    if len(board.ranked) < 2:
        return ""
    return (
        f"The winner is the best of {len(board.ranked)} by its own validation score, which is therefore "
        "optimistic; its test score is not."
    )


def _gap(board: Leaderboard, results: TestResults | None) -> str:
    """Say how validation and test levels differ, for the winner and for the default, which was not picked.

    The default's difference is what the queries of the two splits do; only the winner's holds luck of the pick too.
    """
    best, default = board.best, board.default
    if results is None or best is None or best.value is None or BEST not in results.objective.scores:
        return ""
    digits = digits_of(board.metric)
    name = Metric.parse(board.metric).name
    text = (
        f"The winner's {name} is {number(best.value, digits)} on validation and "
        f"{number(results.objective.scores[BEST].value, digits)} on test"
    )
    if default is not None and default.value is not None and DEFAULT in results.objective.scores:
        text += (
            f"; the default, which was not picked, goes from {number(default.value, digits)} to "
            f"{number(results.objective.scores[DEFAULT].value, digits)}"
        )
    return text + ". Levels of the two splits depend on their queries and pools: compare trials, not splits."


def _stopped(board: Leaderboard) -> str:
    stopped = [row for row in board.rows if row.state == TrialState.STOPPED]
    if not stopped:
        return ""
    epochs = sorted({row.epochs for row in stopped})
    at = f"at {'epoch' if len(epochs) == 1 else 'epochs'} {listed(epochs)}"
    return (
        f"{plural(len(stopped), 'trial')} stopped early ({at}): a slow starter that would have won later is "
        "not seen. Stopped trials are not ranked."
    )


def _early_ranks(support: Evidence) -> str:
    """Say at which rungs stopping would have lost the trial that was best in the end."""
    lost = [str(rung.epoch) for rung in support.rungs if not rung.keeps_best]
    if not lost:
        return ""
    what = "The order of trials changes late" if not support.censored else "Even among trials that were kept"
    rung = "a rung" if len(lost) == 1 else "rungs"
    at = f"{rung} at {'epoch' if len(lost) == 1 else 'epochs'} {listed(lost)}"
    kept = f"{100 * support.rungs[0].keeps:.0f} %"
    return f"{what}: {at} keeping {kept} would have dropped the trial that was best in the end."


def _importances(influence: Influence) -> str:
    if not influence.bases or not influence.parameters:
        return ""
    most = max(basis.trials for basis in influence.bases)
    if not any(basis.shares for basis in influence.bases):
        return f"Importances could not be computed: {plural(most, 'comparable trial')}, or all of one value."
    if most >= FEW_TRIALS:
        return ""
    return (
        f"Importances rest on {most} trials, about {TOP_TRIALS} of them counted as good: read their "
        "intervals and the mark of what shuffled results give. Suggestions by TPE gather where results were "
        "good, which shapes them too."
    )


def _tests(results: TestResults | None) -> str:
    if results is None or not results.by_source or results.objective.difference is None:
        return ""
    looked = len(results.by_source) + len(results.by_metric)
    return (
        f"The winner is compared with the default on {looked} metrics and kinds of query, each interval at "
        f"95 % on its own. The one to judge by was fixed beforehand: {results.objective.metric.full}."
    )


def _failures(run: RunData, board: Leaderboard) -> str:
    if not board.failed:
        return ""
    return f"{board.failed} of {len(run.records)} trials failed: the configurations they tried are not judged."


def _files(run: RunData, board: Leaderboard) -> str:
    lacking = [str(row.number) for row in board.rows if row.interval is None and row.value is not None]
    parts = []
    if lacking:
        noun = "trial" if len(lacking) == 1 else "trials"
        parts.append(f"Per-query results of {noun} {listed(lacking)} are missing: no interval there.")
    if run.unreadable:
        parts.append(f"Could not be read: {listed(run.unreadable)}.")
    return " ".join(parts)


def _code(run: RunData) -> str:
    if run.sweep.code.dirty:
        return "The code had changes that were not committed when the sweep ran: its revision does not fix it."
    return ""


def within_noise(board: Leaderboard, results: TestResults | None, more: Findings) -> str:
    """Say that the winner's lead over the default may be none, on test where both were measured there."""
    best = board.best
    if best is None or best.is_default or more.front is not None:
        return ""
    tested = results.objective.difference if results is not None else None
    gap, metric = (best.to_default, board.metric)
    if tested is not None and results is not None:
        gap, metric = tested, results.objective.metric.full
    if gap is None or excludes_zero(gap):
        return ""
    return f"The winner is within noise of the default: on {metric} the difference is {gap_text(gap, metric)}."


def not_confirmed(board: Leaderboard, more: Findings) -> str:
    """Say that the winner was not trained again, or on few seeds only."""
    best, confirmation = board.best, more.confirmation
    if best is None or best.is_default or len(board.ranked) < 2 or more.front is not None:
        return ""
    if confirmation is None:
        return (
            "The winner was not trained again on fresh seeds: how much of its lead is luck of the seed is not known. "
            'To know, put "confirm: 3" into the space.'
        )
    parts = []
    if len(confirmation.values) < FEW_FRESH:
        seeds = plural(len(confirmation.values), "fresh seed")
        parts.append(f"The winner was trained again on {seeds} only: its interval over seeds assumes normal scatter.")
    if confirmation.failed:
        parts.append(f"{plural(confirmation.failed, 'trial')} on fresh seeds did not complete.")
    return " ".join(parts)


def picked_front(more: Findings) -> str:
    """Say that a front is picked by the same values that it is drawn at."""
    front = more.front
    if front is None or len(front.trials) < 2:
        return ""
    return (
        f"The front is the best of {len(front.trials)} trials by their own scores, which are therefore optimistic: the "
        "more trials, the further out a front of equal trials lies. The shares of resamples do not mend that."
    )


def weak_ranks(support: Evidence) -> str:
    """Name the rungs at which the order of trials says little about the last epoch."""
    weak = [rung for rung in support.rungs if rung.agreement.rho.value < WEAK]
    if not weak:
        return ""
    correlations = listed(f"{signed(rung.agreement.rho.value, 2)} at epoch {rung.epoch}" for rung in weak)
    stopped = (
        "Stopping trials early is unsound here" if support.censored else "Stopping trials early would be unsound here"
    )
    among = ", among trials that were kept" if support.censored else ""
    return f"{stopped}: the rank correlation with the last epoch is only {correlations}{among}."


def sets_disagree(more: Findings) -> str:
    """Name the evaluation sets that put trials in another order than the objective's set."""
    pairs = disagreeing(more.sets)
    if not pairs or more.sets is None:
        return ""
    objective_set = more.sets.own
    others = [pair.other if pair.one == objective_set else pair.one for pair in pairs]
    return (
        f"Evaluation sets disagree: {listed(others)} {'does' if len(others) == 1 else 'do'} not order trials as "
        f"{objective_set} does. What won here need not win elsewhere."
    )


def saturated(board: Leaderboard, results: TestResults | None) -> str:
    """Say that the task is nearly solved, so that little room is left to tell trials apart."""
    metric = Metric.parse(board.metric).named("mAP@10")
    level = board.best.metrics.get(metric.full) if board.best else None
    if results is not None:
        row = results.of("mAP@10")
        key = BEST if BEST in row.scores else DEFAULT
        if key in row.scores:
            metric, level = row.metric, row.scores[key].value
    if level is None or level <= SATURATED:
        return ""
    return (
        f"The task is saturated: {metric.full} is {number(level, 3)}. Hyperparameters can hardly be told apart on it; "
        "take a larger pool, harder queries or a stricter metric."
    )


def test_opened(run: RunData) -> str:
    """Say how many trials the test split was opened for, where it was more than one."""
    opened = len(run.test)
    if opened < 2:
        return ""
    fresh = sum(record.number in run.test for record in run.confirming)
    also = f", {fresh} of them on fresh seeds" if fresh else ""
    return (
        f"The test split was opened for {plural(opened, 'trial')}{also}, once each and after the last choice. None was "
        "picked by it; picking among them by their test scores would spoil them."
    )


def off_doses(run: RunData) -> str:
    """Say which shares were not what was asked for, with the worst trial of each; empty if all were."""
    worst: dict[str, tuple[float, float, float, int]] = {}
    trials: set[int] = set()
    for record in run.records:
        for name, shown, asked in _shares(record.curve):
            if abs(shown - asked) > TOLERANCE:
                trials.add(record.number)
                worst[name] = max(
                    worst.get(name, (0.0, 0.0, 0.0, 0)), (abs(shown - asked), shown, asked, record.number)
                )
    if not worst:
        return ""
    parts = [
        f"{name} {shown:.0%} of the visits where {asked:.0%} were asked for (trial {number})"
        for name, (_, shown, asked, number) in sorted(worst.items())
    ]
    return (
        f"{plural(len(trials), 'trial')} were not shown what their recipes ask for, by more than {TOLERANCE:.0%}; the "
        f"furthest off: {listed(parts)}."
    ).replace("1 trial were", "1 trial was")


def short_swaps(run: RunData) -> str:
    """Say how many hard negatives replaced another number of terms than was drawn, as the bank held none of it."""
    epochs = {
        record.number: fmean(point.get("swap_terms_short", 0.0) for point in record.curve)
        for record in run.records
        if record.curve
    }
    short = {number: visits for number, visits in epochs.items() if visits > 0}
    if not short:
        return ""
    most = max(short, key=lambda number: short[number])
    return (
        f"In {plural(len(short), 'trial')} hard negatives replaced fewer terms than were drawn, as the bank held none "
        f"of so many: up to {short[most]:.0f} visits an epoch (trial {most})."
    )


def _shares(curve: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, float, float]]:
    """Yield each share of which it is known what was asked for: its name, what was shown and asked in the mean."""
    pairs = {"hard negatives": ("swap_share", "swap_asked")}
    for point in curve[:1]:
        for name in point:
            if name.startswith(_SHARE) and name.endswith(_ASKED):
                shown = name.removesuffix(_ASKED)
                pairs[shown.removeprefix(_SHARE).replace("dataset.", "data set ")] = (shown, name)
    for name, (shown, asked) in pairs.items():
        both = [(point[shown], point[asked]) for point in curve if shown in point and asked in point]
        # Curves of earlier versions have no such fields.
        if both:
            yield name, fmean(first for first, _ in both), fmean(second for _, second in both)

"""The verdict in plain words, computed: what won, by how much, how sure, and what was not decided."""

from __future__ import annotations

from dataclasses import dataclass

from adsw.metrics import Metric, digits_of
from adsw.report.format import gap_number, kept_digits, listed, metric_number, number, plural, short_names, signed, span
from adsw.report.statement import GOOD, OPEN, PLAIN, WARN, Statement
from adsw.stats.interval import Interval
from sweep.report.ablation.text import headline as ablation_headline
from sweep.report.ablation.text import statements as ablation_statements
from sweep.report.captions import statements as captioner_statements
from sweep.report.caveats import SATURATED
from sweep.report.confirmation import Confirmation
from sweep.report.confirmation import clause as confirmation_clause
from sweep.report.confirmation import statements as confirmation_statements
from sweep.report.data import RunData, excludes_zero, is_gain
from sweep.report.evaluation_sets import statements as set_statements
from sweep.report.findings import Findings
from sweep.report.front_text import headline as front_headline
from sweep.report.front_text import statements as front_statements
from sweep.report.held_out_results import BEST, DEFAULT, UNTRAINED, TestResults
from sweep.report.hyperparameters import Influence
from sweep.report.leaderboard import Leaderboard

HOPELESS = 2.0
"""R@10 over chance below which a winner has hardly learnt the task."""
MOST_NAMED = 8
"""Most trials named in a sentence, which says if there are more."""
RUNNING_NOTE = "The sweep is still running: what follows is how it stands now."
INTERRUPTED_NOTE = "The sweep was interrupted: what follows rests on the trials that had ended."


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer on top of the page."""

    headline: str
    tone: str
    statements: tuple[Statement, ...]

    def lines(self) -> list[str]:
        """Return headline and statements as plain text, a line each."""
        return [self.headline, *(f"- {statement.text}" for statement in self.statements)]


def build_verdict(
    run: RunData,
    board: Leaderboard,
    results: TestResults | None,
    influence: Influence,
    more: Findings | None = None,
) -> Verdict:
    """State what the sweep shows, every sentence computed from the run.

    The verdict on an ablation is about its arms, that on several objectives about their front.
    """
    more = more or Findings()
    if more.ablation is not None:
        head = ablation_headline(more.ablation)
        sentences = [*ablation_statements(more.ablation), *captioner_statements(more.captioners)]
        # The ablation's own statements already set test against validation.
        sentences += [*set_statements(more.sets, but="test"), *_task(results)]
        return Verdict(head.text, head.tone, (*_status(run), *sentences))
    if more.front is not None:
        head = front_headline(more.front)
        sentences = [*front_statements(more.front), *_task(results), *_parameters(influence)]
        return Verdict(head.text, head.tone, (*_status(run), *sentences))
    head = _confirmed(_headline(board, results), more.confirmation, board)
    statements = [
        *_status(run),
        *confirmation_statements(more.confirmation, board),
        *_certainty(board, results),
        *_by_source(board, results),
        *_attribution(run, board),
        *_ties(influence),
        *set_statements(more.sets),
        *_task(results),
        *_spread(board, influence),
        *_parameters(influence),
    ]
    return Verdict(head.text, head.tone, tuple(statements))


def _confirmed(head: Statement, confirmation: Confirmation | None, board: Leaderboard) -> Statement:
    """Add the outcome on fresh seeds to the headline, and lower its tone where they do not confirm it."""
    gap = confirmation.primary if confirmation is not None else None
    if gap is None:
        return head
    tone = head.tone
    if gap.turned(board.mode):
        tone = WARN
    elif tone == GOOD and not gap.holds(board.mode):
        tone = OPEN
    return Statement(tone, head.text + confirmation_clause(confirmation, board))


def _headline(board: Leaderboard, results: TestResults | None) -> Statement:
    best, default = board.best, board.default
    if best is None:
        ended = len(board.rows) + board.failed + board.duplicates
        what = f"{plural(ended, 'trial')} ended and none completed" if ended else "No trial has ended"
        return Statement(WARN, f"{what}, so nothing is ranked.")
    value = metric_number(board.metric, best.value)
    if best.is_default:
        others = len(board.ranked) - 1
        than = f"none of the {plural(others, 'other completed trial')} did better" if others else "it is alone"
        return Statement(PLAIN, f"The default configuration leads with {board.metric} {value}; {than}.")
    if results is None or results.system(BEST) is None:
        text = f"Trial {best.number} leads with {board.metric} {value}; it was not measured on test."
        return Statement(OPEN, text)
    if default is None or results.system(DEFAULT) is None:
        why = "the sweep held no default" if default is None else "the default was not measured on test"
        return Statement(OPEN, f"Trial {best.number} won with {_tested(results, BEST)}; {why}.")
    gap = results.objective.difference
    if gap is None:
        text = f"Trial {best.number} and the default were measured on different queries: no comparison."
        return Statement(WARN, text)
    return _compared(best.number, gap, results, board.mode)


def _compared(number_of_best: int, gap: Interval, results: TestResults, mode: str) -> Statement:
    figures = f"{_tested(results, BEST)} against {_score(results, DEFAULT)}, a difference of {_gap(results, gap)}"
    if is_gain(gap, mode):
        return Statement(GOOD, f"Trial {number_of_best} beats the default: {figures}.")
    if excludes_zero(gap):
        text = f"The default is better on test than trial {number_of_best}, which led on validation: {figures}."
        return Statement(WARN, text)
    text = f"The best trial ({number_of_best}) is not distinguishable from the default here: {figures}."
    return Statement(OPEN, text)


def _tested(results: TestResults, key: str) -> str:
    return f"{results.objective.metric.full} {_score(results, key)}"


def _score(results: TestResults, key: str) -> str:
    score = results.objective.scores[key]
    return number(score.value, kept_digits(score, digits_of(results.objective.metric.full)))


def _gap(results: TestResults, gap: Interval) -> str:
    digits = kept_digits(gap, digits_of(results.objective.metric.full))
    return f"{signed(gap.value, digits)}, 95 % interval {span(gap, digits, gap_number)}"


def _status(run: RunData) -> list[Statement]:
    if run.status == "running":
        return [Statement(WARN, RUNNING_NOTE)]
    if run.status in ("interrupted", "failed"):
        left = f" {plural(len(run.unfinished), 'trial')} had begun and not ended." if run.unfinished else ""
        note = INTERRUPTED_NOTE if run.status == "interrupted" else "The sweep failed before its end."
        return [Statement(WARN, note + left)]
    return []


def _certainty(board: Leaderboard, results: TestResults | None) -> list[Statement]:
    """Say what the interval of the difference means, and give the lead on validation beside it."""
    if results is None:
        if board.best is None:
            return []
        return [Statement(WARN, "There are no test results: what leads was picked on the queries it is judged by.")]
    gap, best = results.objective.difference, board.best
    if gap is None or best is None:
        return []
    level = results.objective.scores[DEFAULT].value
    share = f" ({signed(100 * gap.value / level, 0)} % of the default's level)" if level else ""
    if is_gain(gap, board.mode):
        text = f"The interval of the difference{share} lies wholly on the better side."
        tone = GOOD
    elif excludes_zero(gap):
        text, tone = f"The interval of the difference{share} lies wholly on the worse side.", WARN
    else:
        text, tone = (
            f"The interval of the difference{share} contains zero: either may be the better one.",
            OPEN,
        )
    text += (
        f" It is paired over {results.objective.queries:,} queries of "
        f"{plural(results.objective.tracks, 'track')} and covers the choice of tracks, not of the seed."
    )
    if best.to_default is not None:
        lead = signed(best.to_default.value, kept_digits(best.to_default, digits_of(board.metric)))
        text += f" On validation, where the winner was picked, the lead was {lead}."
    return [Statement(tone, text)]


def _by_source(board: Leaderboard, results: TestResults | None) -> list[Statement]:
    if results is None or results.objective.difference is None or len(results.by_source) < 2:
        return []
    better: list[str] = []
    worse: list[str] = []
    undecided: list[str] = []
    for label, gap in [(row.label, row.difference) for row in results.by_source if row.difference]:
        side = undecided
        if excludes_zero(gap):
            side = better if is_gain(gap, board.mode) else worse
        side.append(label)
    parts = [
        f"{word} on {listed(labels)}"
        for word, labels in (("better", better), ("worse", worse), ("undecided", undecided))
        if labels
    ]
    text = f"By kind of query, the winner against the default: {'; '.join(parts)} (each interval on its own)."
    return [Statement(PLAIN if better or worse else OPEN, text)]


def _attribution(run: RunData, board: Leaderboard) -> list[Statement]:
    """Warn of a winner that changed several parameters at once: the difference belongs to all of them together."""
    best, default = board.best, board.default
    if best is None or default is None or best == default:
        return []
    names = short_names(board.parameters)
    changed = [name for name in board.parameters if best.params.get(name) != default.params.get(name)]
    nuisances = [names[name] for name in changed if run.space.space[name].role == "nuisance"]
    if len(changed) < 2 and not nuisances:
        return []
    also = f", {listed(nuisances)} among them, which was only to be tuned along" if nuisances else ""
    text = (
        f"The winner differs from the default in {plural(len(changed), 'searched parameter')} at once{also}: "
        "a difference between the two belongs to the whole configuration, not to one part of it."
    )
    return [Statement(WARN, text)]


def _ties(influence: Influence) -> list[Statement]:
    compared, tied = influence.judged_against_best, influence.tied_with_best
    if not compared:
        return []
    if not tied:
        return [Statement(GOOD, f"On validation the best is told from all {compared} other completed trials.")]
    names = listed(tied) if len(tied) <= MOST_NAMED else f"{', '.join(map(str, tied[:MOST_NAMED]))} and more"
    text = (
        f"On validation {len(tied)} of {compared} other completed trials cannot be told from the best "
        f"(paired 95 % intervals contain zero): {'trial' if len(tied) == 1 else 'trials'} {names}."
    )
    return [Statement(OPEN, text)]


def _task(results: TestResults | None) -> list[Statement]:
    """Say whether the task can be learnt at all, and whether there is room left to do better."""
    key = next((s.key for s in results.systems if s.key in (BEST, DEFAULT)), None) if results else None
    if results is None or key is None:
        return []
    recall, precision = results.of("R@10"), results.of("mAP@10")
    times = recall.scores[key].value / recall.chance
    level = precision.scores[key].value
    facts = (
        f"R@10 is {_kept(recall.scores[key])}, {times:.1f} times chance "
        f"({number(recall.chance, 3)}) on a pool of {results.pool:,}; mAP@10 is {_kept(precision.scores[key])}"
    )
    if times < HOPELESS:
        verdict, tone = "The task is close to hopeless as it stands", WARN
    elif level > SATURATED:
        verdict, tone = "The task is saturated", WARN
    else:
        verdict, tone = "The task is neither hopeless nor saturated", GOOD
    statement = Statement(tone, f"{verdict}: {facts}.{_floor(results)}")
    return [statement]


def _floor(results: TestResults) -> str:
    recall = results.of("R@10")
    guess = recall.scores.get(UNTRAINED)
    if guess is None:
        return " Untrained heads were not measured."
    inside = guess.low <= recall.chance <= guess.high
    where = "at chance" if inside else "off chance, which should be looked into"
    return f" Untrained heads are {where}: {_kept(guess)} ({span(guess, kept_digits(guess))})."


def _kept(score: Interval) -> str:
    return number(score.value, kept_digits(score))


def _spread(board: Leaderboard, influence: Influence) -> list[Statement]:
    digits = digits_of(board.metric)
    parts = []
    tone = PLAIN
    if influence.held_out is not None:
        spread = influence.held_out
        kept = kept_digits(Interval(spread.value, spread.low, spread.high), digits)
        tone = GOOD if spread.low > 0 else OPEN
        word = "differ plainly" if spread.low > 0 else "cannot be told apart for certain"
        parts.append(
            f"Best and worst of {influence.compared} completed trials {word}: {number(spread.value, kept)} "
            f"apart ({number(spread.low, kept)} to {number(spread.high, kept)}) when picked on half of "
            "the validation tracks and measured on the other half."
        )
    if influence.all_trials is not None:
        ends = influence.all_trials
        name = Metric.parse(board.metric).name
        parts.append(
            f"At epoch {ends.epoch}, which all {ends.trials} trials saw, {name} ran from "
            f"{number(ends.lowest, digits)} to {number(ends.highest, digits)}, median "
            f"{number(ends.median, digits)}."
        )
    return [Statement(tone, " ".join(parts))] if parts else []


def _parameters(influence: Influence) -> list[Statement]:
    usable = [basis for basis in influence.bases if basis.shares]
    if not usable:
        return []
    most = max(usable, key=lambda basis: basis.trials)
    names = short_names(row.name for row in influence.parameters)
    out = influence.standing_out
    if out:
        text = f"What mattered most was {listed(names[name] for name in out)}"
        rest = "; no other parameter stands out of what shuffled results give" if len(out) < len(names) else ""
        return [Statement(GOOD, f"{text}{rest} ({most.label}: {most.trials} trials).")]
    text = "No parameter's importance stands out of what shuffled results give"
    return [Statement(OPEN, f"{text} ({most.label}: {most.trials} trials).")]

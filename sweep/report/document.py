"""The report as a document of sections, from which page, Markdown, LaTeX and CSV are written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from adsw.files import publish_json, publish_text
from adsw.metrics import digits_of
from adsw.report.csv import csv_files
from adsw.report.format import kept_digits, listed, metric_number, number, plural, signed
from adsw.report.markdown import document_markdown
from adsw.report.page import render_document
from adsw.report.plots import Shades
from adsw.report.section import Document, Notes, Paragraph, Section, Tile, every_table, printed_tables
from adsw.report.statement import GOOD, Statement
from adsw.report.table import TableModel, figure
from sweep.report.ablation.results import Ablation
from sweep.report.ablation.section import ablation_section
from sweep.report.ablation.tables import difference_cell
from sweep.report.ablation.text import verdict_word
from sweep.report.captions import captions_section
from sweep.report.confirmation import Confirmation
from sweep.report.curves import curves_section
from sweep.report.data import ends_text, gap_cell, read_run
from sweep.report.evaluation_sets_section import sets_section
from sweep.report.front import Front
from sweep.report.front_text import front_section, share_text
from sweep.report.held_out_results import DEFAULT, UNTRAINED, TestResults, no_results_section, results_section
from sweep.report.hyperparameter_section import hyperparameter_section
from sweep.report.leaderboard import Leaderboard, document
from sweep.report.leaderboard_table import leaderboard_section
from sweep.report.opening.winner import winner_section
from sweep.report.provenance import cost_section, failures_section, provenance_section
from sweep.report.report import Report, build_report
from sweep.report.schedules import schedules_section
from sweep.report.search_quality import search_section
from sweep.report.statistics_document import statistics_document
from sweep.run.folder import RunFolder
from sweep.run.records import TrialState
from sweep.stats.importance import RESAMPLES

_TITLE = "How it was measured"

_INTERVALS = (
    "Intervals: 95 %, percentile bootstrap over queries, resampled by track. Differences are paired: both systems on "
    "the same resampled queries."
)

_ARMS = (
    "Over seeds: expanded percentile bootstrap (Hesterberg, 2015), which holds its 95 % down to three seeds where "
    "differences are about normal. Over seeds and tracks: pigeonhole bootstrap (Owen, 2007), both resampled, the same "
    "for both arms.",
    "Tests: exact sign flips of the paired differences where there are seeds enough, else the paired t test; Holm "
    "(1979) over the comparisons of a table, and over the factorial effects.",
)

_LOOKS = (
    "Looks: the 5 % is spent over looks by the square of the replicates' share (Lan and DeMets, 1983; Kim and DeMets, "
    "1987); sequential p-values (Liu and Anderson, 2008) by sign flips over all looks at once (min-P: Westfall and "
    "Young, 1993), Holm over arms; repeated confidence intervals (Jennison and Turnbull, 1989)."
)

_EFFECTS = (
    "Effect size: mean over scatter of the paired differences with Hedges' correction, interval by the noncentral t. "
    "P(better): the share of all pairs of runs (Agarwal et al., 2021), interval by Newcombe (2006).",
    "Replicates needed: paired t test by the noncentral t, 80 % power.",
)

_IMPORTANCES = (
    "Importances: PED-ANOVA (Watanabe, Bansal and Hutter, 2023) as Optuna computes it, over the trials named in the "
    "table, with bootstrap over trials and two nulls: shuffled results, and columns of random values."
)

_SHARES = " Shares of variance: fANOVA (Hutter, Hoos and Leyton-Brown, 2014)."

_BUDGET = "Expected best: without replacement, unbiased (Tang et al., 2020); with replacement (Dodge et al., 2019)."

_SURFACES = (
    "Surfaces: Gaussian process regression (Rasmussen and Williams, 2006) with a squared-exponential kernel, length "
    "scales and noise by marginal likelihood; what it foretells by leave-one-out, against 19 shuffles of the results."
)

_FRONT = (
    "Front: non-dominated completed trials; hypervolume (Zitzler and Thiele, 1998), exact, with the default as "
    "reference point. Shares and intervals: 1,000 resamples of tracks, the same for all trials; different sets are "
    "resampled each on its own."
)

_FRESH = (
    "Fresh seeds: winner and default trained with seeds that no choice rests on, compared as pairs of the same seed; "
    "drop as Cawley and Talbot (2010) mean it: picked value minus fresh mean."
)

_SETS = "Agreement of sets: Kendall's tau-b and Spearman's rho, percentile bootstrap over trials."


def method_section(report: Report) -> Section:
    """Return the section: a note for each method that figures of the report were computed by."""
    if not report.conventions:
        return Section("method", _TITLE, (Paragraph("There is no evaluation to describe yet."),), label="Method")
    notes = [*report.conventions, _INTERVALS]
    if report.ablation is not None:
        notes += [*_ARMS, *([_LOOKS] if report.ablation.primary.sequential else []), *_EFFECTS]
    else:
        notes += [_IMPORTANCES + (_SHARES if report.evidence.shares else "")]
        notes += [_BUDGET] if report.evidence.budget else []
        notes += [_SURFACES] if report.contours else []
        notes += [_FRONT] if report.front else []
        notes += [_FRESH] if report.confirmation else []
    notes += [_SETS] if report.sets else []
    return Section("method", _TITLE, (Notes(tuple(notes)),), label="Method")


MOST_ROWS = 200
"""Rows of the leaderboard on the page; the CSV file beside it holds all."""

TOP = 10
"""Rows of the leaderboard in print."""

MOST_TILES = 4

_GROUPS = {"Doubts": ("caveats", "failures"), "Provenance": ("cost", "method", "provenance")}
_OPEN = ("ablation", "front", "use", "test", "leaderboard", "caveats")


def report_document(report: Report, most: int | None = None) -> Document:
    """Return the whole report.

    Args:
        report: what was computed.
        most: rows of the leaderboard, beside the default's; by default those of the page.
    """
    return Document(
        sort="Sweep report",
        title=report.board.name,
        meta=_meta(report),
        sections=report_sections(report, MOST_ROWS if most is None else most),
        lead=report.run.space.description,
        opening=report.opening,
        verdict=(Statement(report.verdict.tone, report.verdict.headline), *report.verdict.statements),
        tiles=tuple(tiles_of(report)),
    )


def report_tables(report: Report, most: int = TOP) -> tuple[TableModel, ...]:
    """Return every table that is printed, in the order of the page."""
    return printed_tables(report_document(report, most).sections)


def csv_tables(report: Report) -> dict[str, str]:
    """Return every table as CSV with full precision, by the name of its file without the ending."""
    return csv_files(every_table(report_document(report).sections))


def markdown(report: Report) -> str:
    """Return the report as Markdown, for pull requests and papers."""
    return document_markdown(report_document(report, TOP))


def report_sections(report: Report, most: int) -> tuple[Section, ...]:
    """Return a section for each subject that the run has something about: evidence, doubts, provenance."""
    board, name = report.board, report.board.name
    shades = Shades.of([trace.objective for trace in report.curves], board.mode)
    searched = report.ablation is None or report.influence.parameters
    sections = (
        ablation_section(report.ablation, name, board.metric) if report.ablation else None,
        front_section(report.front, name) if report.front else None,
        winner_section(report.run, report.board, report.opening.sentence.tone == GOOD),
        _test(report, report.results) if report.results else no_results_section(_untested(report)),
        leaderboard_section(board, report.front, most, bool(report.run.aside), report.influence.order),
        curves_section(report.run, board.metric, report.curves, report.influence.all_trials),
        hyperparameter_section(report.influence, report.slices, report.contours, report.evidence.shares, board, shades)
        if searched
        else None,
        search_section(report.evidence, report.confirmation, board),
        sets_section(report.sets, name) if report.sets else None,
        captions_section(report.captioners, name) if report.captioners else None,
        schedules_section(report.schedules, board, shades),
        _caveats(report),
        failures_section(report.failures),
        cost_section(report.cost),
        method_section(report),
        provenance_section(report.provenance, report.space),
    )
    return tuple(_placed(section) for section in sections if section is not None)


def _placed(section: Section) -> Section:
    """Return the section under its heading, folded away unless it is among the first to be read."""
    group = next((name for name, keys in _GROUPS.items() if section.key in keys), "Evidence")
    return replace(section, group=group, folded=section.key not in _OPEN)


def _test(report: Report, results: TestResults) -> Section:
    """Return the section on test results, which names the systems that the test split was opened for."""
    beside = [
        words
        for key, words in ((DEFAULT, "the default"), (UNTRAINED, "untrained heads"))
        if results.system(key) is not None
    ]
    if report.ablation is not None and report.ablation.other is not None:
        with_these = f", beside {listed(beside)}" if beside else ""
        opened = f"every replicate of every arm; shown here is the one that led on validation{with_these}"
    else:
        opened = listed(["the winner", *beside])
    if report.front is not None:
        opened += " (and for the trials of the front, shown there)"
    elif report.confirmation is not None:
        opened += " (and for winner and default on fresh seeds, shown there)"
    return results_section(results, report.board.name, opened)


def _untested(report: Report) -> str:
    if report.board.best is None:
        return "no trial completed"
    if report.run.status == "done":
        return "no trial was evaluated on the test split"
    return f"the test split is opened when the sweep is done, and this one is {report.run.status}"


def _caveats(report: Report) -> Section:
    nothing = Paragraph("Nothing can be said before a trial has ended.")
    blocks = (Notes(report.caveats),) if report.caveats else (nothing,)
    return Section("caveats", "What to hold against these results", blocks, label="Caveats")


def _meta(report: Report) -> tuple[tuple[str, ...], ...]:
    """Return status, objectives, counts of trials and the time, each in plain and emphasised pieces by turns."""
    run, board = report.run, report.board
    stopped = sum(row.state == TrialState.STOPPED for row in board.rows)
    counts = {"completed": len(board.ranked), "stopped": stopped, "failed": board.failed}
    counts |= {"to tune nuisances": len(run.tuning), "on fresh seeds": len(run.confirming)}
    counts |= {"repeated another": board.duplicates, "unfinished": board.unfinished}
    counted = [piece for what, count in counts.items() if count for piece in (str(count), f" {what}, ")]
    trials = ("trials: ", *counted[:-1], counted[-1].removesuffix(", ")) if counted else ("trials: none ended",)
    objectives = (
        ("objective ", objective.metric, f", {'higher' if objective.mode == 'max' else 'lower'} is better")
        for objective in run.objectives
    )
    return (("status ", run.status), *objectives, trials, ("made ", f"{report.made:%Y-%m-%d %H:%M} UTC"))


def tiles_of(report: Report) -> list[Tile]:
    """Return the tiles of a search, of an ablation or of several objectives."""
    board, results = report.board, report.results
    if report.ablation is not None:
        return _of_arms(report.ablation)
    if report.front is not None:
        return _of_front(report.front)
    if results is not None:
        return [*_of_test(results, board), *_of_confirmation(report.confirmation, board)]
    if board.best is None:
        return []
    value = metric_number(board.metric, board.best.value)
    best = Tile(f"best on validation, {board.metric}", value, f"trial {board.best.number}")
    return [best, *_of_confirmation(report.confirmation, board)]


def _of_test(results: TestResults, board: Leaderboard) -> list[Tile]:
    name = results.objective.metric.full
    tiles = [_score(results, system.key, system.label) for system in results.systems[:2]]
    if results.objective.difference is not None:
        gap = gap_cell(results.objective.difference, name, board.mode)
        tiles.append(Tile(f"difference to the {DEFAULT}", gap.text, gap.span, gap.side))
    recall = results.of("R@10")
    leader = results.systems[0].key
    times = recall.scores[leader].value / recall.chance
    below = f"R@10 {number(recall.scores[leader].value, 3)}, chance {number(recall.chance, 3)}"
    tiles.append(Tile("R@10 against chance", f"{times:.1f} ×", below))
    return tiles


def _of_confirmation(confirmation: Confirmation | None, board: Leaderboard) -> list[Tile]:
    """Return the tile with what is left of the lead on fresh seeds; none if the winner was not trained again."""
    gap = confirmation.primary if confirmation is not None else None
    if gap is None:
        return []
    name = gap.metric.full
    side = "better" if gap.holds(board.mode) else "worse" if gap.turned(board.mode) else "open"
    span = gap.pairing.difference if gap.pairing else None
    below = ends_text(span, name) if span else "one seed"
    label = f"difference on {plural(len(gap.seeds), 'fresh seed')}"
    return [Tile(label, signed(gap.value, kept_digits(span, digits_of(name))), f"{name}, {below}", side)]


def _of_arms(ablation: Ablation) -> list[Tile]:
    """Return tiles of the reference arm's level and of how far each of the first other arms is from it."""
    metric = ablation.primary.metric.full
    level = next(score for score in ablation.primary.arms if score.name == ablation.reference)
    below = f"{metric}, mean of {plural(level.replicates, 'seed')}"
    tiles = [Tile(f"{ablation.reference}, the reference", metric_number(metric, level.value), below, "default")]
    for comparison in ablation.primary.comparisons[: MOST_TILES - 1]:
        gap, verdict = difference_cell(comparison, ablation.primary), verdict_word(comparison, ablation.primary)
        tiles.append(Tile(f"{comparison.name} against it", gap.text, f"{gap.span}, {verdict}", gap.side))
    return tiles


def _of_front(front: Front) -> list[Tile]:
    """Return tiles of how many trials are on the front, of the best on each objective and of the volume."""
    sure = sum((trial.share or 0.0) >= 0.95 for trial in front.front)
    tiles = [
        Tile("trials on the front", f"{len(front.front)} of {len(front.trials)}", f"{sure} of them for sure", "best")
    ]
    for k, objective in enumerate(front.objectives[: MOST_TILES - 2]):
        pick = (max if objective.mode == "max" else min)(front.front, key=lambda trial: trial.values[k])
        below = f"trial {pick.number}, on the front in {share_text(pick.share)}"
        value = metric_number(objective.metric, pick.values[k])
        tiles.append(Tile(f"best {objective.metric}", value, below, "default" if pick.is_default else ""))
    if front.volume is not None:
        span = front.volume_interval
        ends = f"95 % {span.low:.3g} to {span.high:.3g}" if span else ""
        tiles.append(Tile("hypervolume over the default", f"{front.volume:.3g}", ends))
    return tiles


def _score(results: TestResults, key: str, label: str) -> Tile:
    name = results.objective.metric.full
    score = results.objective.scores[key]
    cell = figure(name, score.value, score)
    return Tile(label, cell.text, f"{name}, 95 % {cell.span}", key)


STATISTICS = "statistics.json"
"""Beside leaderboard.json in the run folder."""


def write_report(run: Path, out: Path | None = None, resamples: int = RESAMPLES) -> Report:
    """Write leaderboard.json, statistics.json and report.html of a run folder anew, from the results it has.

    Args:
        run: the run folder.
        out: file of the page; `report.html` in the run folder by default.
        resamples: bootstrap samples for the importances' intervals.

    Raises:
        InputError: this is no run folder, or it cannot be read.
    """
    report = build_report(read_run(run), resamples)
    folder = RunFolder(run)
    publish_json(folder.leaderboard, document(report.board))
    publish_json(run / STATISTICS, statistics_document(report))
    publish_text(out or folder.report, render(report))
    return report


def render(report: Report) -> str:
    """Return the whole page as HTML."""
    return render_document(report_document(report))

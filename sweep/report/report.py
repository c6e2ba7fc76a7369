"""The report as plain data: everything the page shows, computed from a run folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from adsw.report.opening import Opening
from sweep.report.ablation.results import Ablation, ablation_of
from sweep.report.captions import Captioners, captioners_of
from sweep.report.caveats import caveats
from sweep.report.confirmation import Confirmation, confirmation_of
from sweep.report.curves import curves
from sweep.report.data import RunData
from sweep.report.evaluation_sets import AgreementOfSets, agreement_of_sets
from sweep.report.findings import Findings
from sweep.report.front import Front, front_of
from sweep.report.held_out_results import TestResults, held_out_results
from sweep.report.hyperparameters import Influence, Slice, influence, slices
from sweep.report.leaderboard import Leaderboard, Trace, build_leaderboard
from sweep.report.opening.answer import opening_of
from sweep.report.provenance import Cost, Failure, NamedValues, cost, failures, provenance, space_yaml
from sweep.report.schedules import SchedulePanel, schedules
from sweep.report.search_quality import Evidence, evidence
from sweep.report.surfaces import Contours, contours
from sweep.report.verdict import Verdict, build_verdict
from sweep.stats.fanova import RESAMPLES as FANOVA_RESAMPLES
from sweep.stats.importance import RESAMPLES


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the page shows."""

    run: RunData
    board: Leaderboard
    verdict: Verdict
    opening: Opening
    """What is said first."""
    results: TestResults | None
    influence: Influence
    ablation: Ablation | None
    evidence: Evidence
    front: Front | None
    """None for one objective."""
    sets: AgreementOfSets | None
    captioners: Captioners | None
    confirmation: Confirmation | None
    contours: Contours | None
    curves: tuple[Trace, ...]
    schedules: tuple[SchedulePanel, ...]
    slices: tuple[Slice, ...]
    failures: tuple[Failure, ...]
    cost: Cost
    provenance: NamedValues
    space: str
    """The resolved space as YAML."""
    caveats: tuple[str, ...]
    conventions: tuple[str, ...]
    """How the figures were counted; empty without an evaluation."""
    made: datetime


def build_report(run: RunData, resamples: int = RESAMPLES) -> Report:
    """Compute the whole report; `resamples` is for the importances' intervals, the slowest part."""
    board = build_leaderboard(run)
    results = held_out_results(run, board)
    effects = influence(run, board, resamples)
    ablation = ablation_of(run)
    support = evidence(run, board, min(resamples, FANOVA_RESAMPLES))
    more = Findings(
        ablation=ablation,
        front=front_of(run),
        sets=agreement_of_sets(run, board),
        captioners=captioners_of(run, ablation),
        confirmation=confirmation_of(run, board),
    )
    return Report(
        run=run,
        board=board,
        verdict=build_verdict(run, board, results, effects, more),
        opening=opening_of(run, board, results, effects, more),
        results=results,
        influence=effects,
        ablation=ablation,
        evidence=support,
        front=more.front,
        sets=more.sets,
        captioners=more.captioners,
        confirmation=more.confirmation,
        contours=contours(run, board, effects) if ablation is None else None,  # Arms search no ranges.
        curves=curves(run, board),
        schedules=schedules(run, board),
        slices=slices(run, board),
        failures=failures(run),
        cost=cost(run),
        provenance=provenance(run),
        space=space_yaml(run),
        caveats=caveats(run, board, results, effects, support, more),
        conventions=_conventions(run, results),
        made=datetime.now(UTC),
    )


def _conventions(run: RunData, results: TestResults | None) -> tuple[str, ...]:
    """Return how the figures were counted, from the test results or else from any validation results."""
    if results is not None:
        return results.conventions
    measured = next(iter(run.valid.values()), None)
    return measured.conventions if measured else ()

"""Every table of the report as CSV, with full precision; curves, by far the longest, to seven digits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adsw.report.csv_text import ENDS, ends_of, table, three_of
from sweep.view.ablation.results import Ablation, SplitResults
from sweep.view.ablation.text import verdict_word
from sweep.view.csv_more import further_tables
from sweep.view.held_out import Comparison
from sweep.view.leaderboard import as_csv
from sweep.view.report import Report


def csv_tables(report: Report) -> dict[str, str]:
    """The tables that have a row, by the name of their file without its ending."""
    tables = {
        "test-results": _test_results(report),
        "curves": _curves(report),
        "importances": _importances(report),
        "variance-shares": _variance_shares(report),
        "expected-best": _expected_best(report),
        "rank-agreement": _rank_agreement(report),
        "parameters": _parameters(report),
        "schedules": _schedules(report),
        "validation-minus-test": table(("trial", "validation minus test", *ENDS), _gaps(report)),
        "cost": table(("trial", "state", "epochs", "seconds"), report.cost.per_trial),
        "failures": table(("trial", "epochs", "why"), [(f.number, f.epochs, f.why) for f in report.failures]),
        **ablation_tables(report),
        **further_tables(report),
    }
    found = {name: text for name, text in tables.items() if text.count("\n") > 1}
    return {"leaderboard": as_csv(report.board), **found} if report.board.rows else found


def ablation_tables(report: Report) -> dict[str, str]:
    """The tables of an ablation; none for another run."""
    if report.ablation is None:
        return {}
    splits = [split for split in (report.ablation.primary, report.ablation.other) if split is not None]
    return {
        "ablation-arms": _arms(splits),
        "ablation-replicates": _replicates(splits),
        "ablation-comparisons": _comparisons(splits),
        "ablation-effects": _effects(splits),
        "ablation-steps": _steps(report.ablation),
    }


def _test_results(report: Report) -> str:
    """One line per metric or kind of query, and system."""
    if report.results is None:
        return ""

    def lines(row: Comparison) -> list[tuple[Any, ...]]:
        return [
            (row.label, row.metric.full, row.queries, row.chance, system, *three_of(score))
            for system, score in [*row.scores.items(), ("best minus default", row.difference)]
            if score is not None
        ]

    rows = [line for row in (*report.results.by_source, *report.results.by_metric) for line in lines(row)]
    return table(("what", "metric", "queries", "chance", "system", "value", *ENDS), rows)


def _curves(report: Report) -> str:
    rows = [
        (trace.number, trace.part, int(epoch), float(f"{value:.7g}"))
        for trace in report.curves
        for epoch, value in zip(trace.epochs, trace.values, strict=True)
    ]
    return table(("trial", "state", "epoch", report.board.metric), rows)


def _parameters(report: Report) -> str:
    rows = [
        (row.name, row.role, row.values, row.best, row.default, row.correlation) for row in report.influence.parameters
    ]
    return table(("parameter", "role", "searched", "best", "default", "rank correlation"), rows)


def _schedules(report: Report) -> str:
    rows = [
        (panel.name, trace.number, trace.part, trace.words, trace.objective)
        for panel in report.schedules
        for trace in panel.traces
    ]
    return table(("quantity", "trial", "state", "schedule", report.board.metric), rows)


def _gaps(report: Report) -> list[tuple[Any, ...]]:
    return [(label, *three_of(gap)) for label, gap in report.evidence.gaps]


def _importances(report: Report) -> str:
    rows = [
        (basis.label, row.name, row.share, row.low, row.high, row.noise, row.above_noise, basis.found.dummy)
        for basis in report.influence.bases
        if basis.found
        for row in basis.found.rows
    ]
    return table(("over", "parameter", "share", *ENDS, "shuffled", "above shuffled", "dummy"), rows)


def _variance_shares(report: Report) -> str:
    found = report.evidence.shares
    rows = [(row.name, row.share, row.low, row.high, found.dummy) for row in found.rows] if found else []
    return table(("parameter", "share", *ENDS, "dummy"), rows)


def _expected_best(report: Report) -> str:
    found = report.evidence.budget
    pairs = zip(found.without, found.replaced, strict=True) if found else ()
    rows = [(count, *pair) for count, pair in enumerate(pairs, start=1)]
    return table(("random trials", "unbiased", "with replacement"), rows)


def _rank_agreement(report: Report) -> str:
    rows = [
        (
            *(rung.epoch, rung.agreement.trials, rung.agreement.tau, *three_of(rung.agreement.rho)),
            *(rung.agreement.place_of_best, rung.keeps, rung.keeps_best),
        )
        for rung in report.evidence.rungs
    ]
    head = ("epoch", "trials", "kendall tau-b", "spearman", *ENDS, "place of best", "rung keeps", "keeps best")
    return table(head, rows)


def _arms(splits: Sequence[SplitResults]) -> str:
    rows = [
        (split.metric.full, arm.name, arm.replicates, arm.value, *ends_of(arm.mean), arm.middle, *ends_of(arm.iqm))
        for split in splits
        for arm in split.arms
    ]
    head = ("metric", "arm", "replicates", "mean", "mean low95", "mean high95")
    return table((*head, "iqm", "iqm low95", "iqm high95"), rows)


def _replicates(splits: Sequence[SplitResults]) -> str:
    rows = [
        (split.metric.full, arm.name, seed, value)
        for split in splits
        for arm in split.arms
        for seed, value in zip(arm.seeds, arm.values, strict=True)
    ]
    return table(("metric", "arm", "seed", "value"), rows)


def _comparisons(splits: Sequence[SplitResults]) -> str:
    rows = []
    for split in splits:
        for one in split.comparisons:
            pairing, judgement = one.pairing, one.judgement
            rows.append(
                (split.metric.full, one.name, len(one.seeds), one.value)
                + ends_of(pairing.difference if pairing else None)
                + ends_of(one.tracks)
                + ((pairing.flips.p, pairing.flips.smallest, pairing.t_p) if pairing else (None, None, None))
                + ((judgement.test, judgement.p, judgement.adjusted) if judgement else (None, None, None))
                + three_of(pairing.effect if pairing else None)
                + three_of(one.improvement)
                + (verdict_word(one, split),)
                + (one.needed.replicates if one.needed else None,)
                + (one.needed_relevant.replicates if one.needed_relevant else None,)
            )
    head = ("metric", "arm", "seeds", "difference", "seeds low95", "seeds high95", "tracks low95", "tracks high95")
    tests = ("sign-flip p", "smallest p", "t p", "test", "p", "holm p", "effect", "effect low95", "effect high95")
    rest = ("improvement", "improvement low95", "improvement high95", "verdict", "needed seen", "needed 5 %")
    return table((*head, *tests, *rest), rows)


def _steps(found: Ablation) -> str:
    rows = [
        (found.primary.metric.full, one.name, len(one.seeds), one.value)
        + ends_of(one.pairing.difference if one.pairing else None)
        + ends_of(one.tracks)
        + ((one.judgement.test, one.judgement.p, one.judgement.adjusted) if one.judgement else (None, None, None))
        + (verdict_word(one, found.primary),)
        for one in found.steps
    ]
    head = ("metric", "step", "seeds", "difference", "seeds low95", "seeds high95", "tracks low95", "tracks high95")
    return table((*head, "test", "p", "holm p", "verdict"), rows)


def _effects(splits: Sequence[SplitResults]) -> str:
    rows = [
        (
            *(split.metric.full, " x ".join(effect.factors), *three_of(effect.pairing.difference)),
            *(judgement.test, judgement.p, judgement.adjusted, judgement.decided),
        )
        for split in splits
        for effect, judgement in split.effects
    ]
    return table(("metric", "effect", "value", *ENDS, "test", "p", "holm p", "decided"), rows)

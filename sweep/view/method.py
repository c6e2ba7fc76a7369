"""The section on how it was measured: the conventions of the evaluation, and the methods of what the report holds."""

from __future__ import annotations

from adsw.report.section import Notes, Paragraph, Section
from sweep.view.report import Report

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

"""Parts of a report that not every run has."""

from __future__ import annotations

from dataclasses import dataclass

from sweep.report.ablation.results import Ablation
from sweep.report.captions import Captioners
from sweep.report.confirmation import Confirmation
from sweep.report.evaluation_sets import AgreementOfSets
from sweep.report.front import Front


@dataclass(frozen=True, slots=True)
class Findings:
    """What a run has beside its leaderboard, for verdict and caveats; None for each that it lacks."""

    ablation: Ablation | None = None
    front: Front | None = None
    sets: AgreementOfSets | None = None
    captioners: Captioners | None = None
    confirmation: Confirmation | None = None

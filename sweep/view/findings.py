"""What a run may hold beside its leaderboard, each None where it does not."""

from __future__ import annotations

from dataclasses import dataclass

from sweep.view.ablation.results import Ablation
from sweep.view.captions import Captioners
from sweep.view.confirmation import Confirmation
from sweep.view.evaluation_sets import AgreementOfSets
from sweep.view.front import Front


@dataclass(frozen=True, slots=True)
class Findings:
    """Verdict and caveats speak of what is there."""

    ablation: Ablation | None = None
    front: Front | None = None
    sets: AgreementOfSets | None = None
    captioners: Captioners | None = None
    confirmation: Confirmation | None = None

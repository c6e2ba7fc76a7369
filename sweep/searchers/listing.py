"""Grids and ablations: a list of trials, each run once, in order."""

from __future__ import annotations

from sweep.known_results import KnownResults
from sweep.run_folder import RunFolder
from sweep.searchers.ablation import known_list
from sweep.searchers.protocol import Proposal, Wait
from sweep.searchers.search import Search
from sweep.space.model import Space
from sweep.space.trial_spec import TrialSpec
from sweep.state import TrialRecord


class GridSearch(Search):
    """Search through the list of `sweep.searchers.ablation.known_list`; a trial's number is its place there."""

    def __init__(self, space: Space, folder: RunFolder, known: KnownResults | None = None) -> None:
        self._list: list[TrialSpec] = []
        super().__init__(space, folder, known)

    def _draw(self, number: int) -> Proposal | Wait | None:
        if self._over_budget():
            return None
        under_way = bool(self._open or self._waiting)
        # The list grows once all that is on it has ended; of a sweep that is resumed it is not known yet.
        if number >= len(self._list) and not (self._list and under_way):
            self._list = known_list(self.space, self._ended)
        if number < len(self._list):
            return Proposal(number, self._list[number])
        return Wait() if under_way else None

    def _learn(self, proposal: Proposal, record: TrialRecord) -> None:
        """Do nothing: the list is made from the records."""

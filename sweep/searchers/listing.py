"""Grids and ablations: a list of configurations, each tried once, in order."""

from __future__ import annotations

from functools import cached_property

from sweep.run_folder import RunFolder
from sweep.searchers.protocol import Proposal
from sweep.searchers.search import Candidate, Search
from sweep.space.compile import Configuration, included, listed
from sweep.space.model import Space
from sweep.state import TrialRecord


class GridSearch(Search):
    """Included configurations, then arms x grid points x replicates; a trial's number is its place there."""

    def __init__(self, space: Space, folder: RunFolder) -> None:
        self._list: list[Configuration] = [*included(space), *listed(space)]
        super().__init__(space, folder)

    @cached_property
    def total(self) -> int:
        """See `Searcher.total`."""
        return len(self._list)

    def _draw(self, number: int) -> Candidate:
        item = self._list[number]
        return Candidate(params=item.params, recipe=item.recipe, origin=item.origin, arm=item.arm)

    def _learn(self, proposal: Proposal, record: TrialRecord) -> None:
        """A list learns nothing."""

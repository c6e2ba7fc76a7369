"""What all searchers share: numbering, resuming, duplicates, and results known from other runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord, TrialState
from sweep.search.protocol import Proposal, Wait
from sweep.search.reuse import KnownResults
from sweep.space.model import Space
from sweep.space.trial_spec import TrialSpec


class Search(ABC):
    """A searcher over a run folder; subclasses draw the trials (`_draw`) and learn of results (`_learn`).

    Numbers are the lowest unused ones, so that a crash leaves no gap. Two trials never train the same resolved recipe
    (seed included) on the same store: the later one becomes a `duplicate`, recorded with the known result at once, or
    when the trial it repeats ends. Results that another run of the same code has already are taken over.

    Args:
        space: what is searched.
        folder: the run folder, new or of a sweep to resume.
        known: results of other runs; None to train everything.
    """

    def __init__(self, space: Space, folder: RunFolder, known: KnownResults | None = None) -> None:
        self.space = space
        self.folder = folder
        self._known = known
        self._ended: dict[int, TrialRecord] = {}
        self._trained_epochs = 0  # of what `budget.trial_epochs` counts
        for record in folder.trials():
            self._end(record)
        self._open: dict[int, Proposal] = {}  # handed out, not ended
        self._resumable = [Proposal.restored(number, document) for number, document in self._unfinished()]
        self._first: dict[tuple[str, str], int] = {}  # `TrialSpec.training` -> the number that trains it
        self._waiting: dict[int, list[Proposal]] = {}  # trial under way -> its duplicates
        self._settled: list[TrialRecord] = []
        self._taken = {*self._ended, *(proposal.number for proposal in self._resumable)}
        self._free = 0  # no number below it is free
        begun: list[TrialRecord | TrialSpec] = [*self._ended.values(), *(proposal.spec for proposal in self._resumable)]
        self._searched = sum(not trial.purpose for trial in begun)  # trials of the search itself
        for record in self._ended.values():
            if record.state is not TrialState.DUPLICATE:
                self._first.setdefault(record.spec().training, record.number)
        for proposal in self._resumable:
            self._first[proposal.spec.training] = proposal.number
        self._restore_duplicates()

    @abstractmethod
    def _draw(self, number: int) -> Proposal | Wait | None:
        """Return the trial of a number, not begun; `Wait` if it depends on trials under way, None if there is none."""

    @abstractmethod
    def _learn(self, proposal: Proposal, record: TrialRecord) -> None:
        """Take in how a trial ended; for a duplicate, `record` is that of the trial it repeats."""

    def ask(self) -> Proposal | Wait | None:
        """See `Searcher.ask`."""
        if self._resumable:
            unfinished = self._resumable.pop(0)
            self._open[unfinished.number] = unfinished
            return unfinished
        while True:
            number = self._next_number()
            proposal = self._draw(number)
            if not isinstance(proposal, Proposal):
                return proposal
            self._taken.add(number)
            self._searched += not proposal.spec.purpose
            first = self._first.setdefault(proposal.spec.training, number)
            if first != number:
                self._repeat(proposal, first)
                continue
            # Published even if its result is known: by this file a new driver finds the study's trial of a record.
            self.folder.start_trial(number, proposal.document())
            known = self._known.find(number, proposal.spec) if self._known else None
            if known is None:
                self._open[number] = proposal
                return proposal
            self._record(proposal, known)

    def settled(self) -> list[TrialRecord]:
        """See `Searcher.settled`."""
        settled, self._settled = self._settled, []
        return settled

    def tell(self, record: TrialRecord) -> None:
        """See `Searcher.tell`."""
        proposal = self._open.pop(record.number, None)
        if proposal is None:
            raise ValueError(f"trial {record.number} is not under way")
        self._end(record)
        self._learn(proposal, record)
        for duplicate in self._waiting.pop(record.number, []):
            self._record_duplicate(duplicate, record)

    def _over_budget(self) -> bool:
        """Return whether the epochs of `budget.trial_epochs` are used up. Trials that tune or confirm do not count."""
        epochs = self.space.budget.trial_epochs
        return epochs is not None and self._trained_epochs >= epochs

    def _next_number(self) -> int:
        while self._free in self._taken:
            self._free += 1
        return self._free

    def _end(self, record: TrialRecord) -> None:
        self._ended[record.number] = record
        if record.state is not TrialState.DUPLICATE and not record.purpose:
            self._trained_epochs += record.epochs

    def _repeat(self, proposal: Proposal, first: int) -> None:
        """Record a duplicate of trial `first` now, or once that one has ended."""
        if first in self._ended:
            self._record_duplicate(proposal, self._ended[first])
        else:
            self._waiting.setdefault(first, []).append(proposal)

    def _restore_duplicates(self) -> None:
        """Let the duplicates of failed trials that are trained again wait for them."""
        begun = {proposal.number for proposal in self._resumable}
        for record in self.folder.superseded_trials():
            if record.number not in begun:
                spec = record.spec()
                self._taken.add(record.number)
                self._searched += not spec.purpose
                self._repeat(Proposal(record.number, spec), self._first[spec.training])

    def _record_duplicate(self, proposal: Proposal, known: TrialRecord) -> None:
        record = TrialRecord.of(
            proposal.spec,
            proposal.number,
            TrialState.DUPLICATE,
            epochs=known.epochs,
            metrics=known.metrics,
            best_epoch=known.best_epoch,
            last_metrics=known.last_metrics,
            curve=known.curve,
            why=f"the same recipe as trial {known.number}, which {_PAST[known.state]}",
        )
        self._record(proposal, record, known)

    def _record(self, proposal: Proposal, record: TrialRecord, learnt: TrialRecord | None = None) -> None:
        """Append the record of a trial that was never handed out; the sampler learns from `learnt`, if given."""
        self.folder.append_trial(record)
        self._end(record)
        self._settled.append(record)
        self._learn(proposal, learnt or record)

    def _unfinished(self) -> list[tuple[int, dict[str, Any]]]:
        started = self.folder.started_trials()
        return [(number, started[number]) for number in sorted(started) if number not in self._ended]


_PAST = {
    TrialState.COMPLETED: "completed",
    TrialState.STOPPED: "was stopped",
    TrialState.FAILED: "failed",
}

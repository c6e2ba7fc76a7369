"""The part that all searchers share: numbers, what to resume, duplicates, and results known from other runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from adsw.align.recipe import Recipe, identity, resolve
from sweep.known_results import KnownResults
from sweep.run_folder import RunFolder
from sweep.searchers.protocol import Proposal, Wait
from sweep.space.compile import Configuration
from sweep.space.model import Space
from sweep.state import Purpose, TrialRecord, TrialState


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a source proposes for a number."""

    params: dict[str, Any]
    recipe: Recipe
    origin: str
    arm: str | None = None
    optuna_number: int | None = None
    purpose: Purpose = ""
    store: str = ""

    @classmethod
    def of(cls, item: Configuration) -> Candidate:
        """A configuration that was listed."""
        return cls(item.params, item.recipe, item.origin, item.arm, None, item.purpose, item.store)

    def numbered(self, number: int) -> Proposal:
        """As a proposal."""
        return Proposal(
            number=number,
            arm=self.arm,
            params=self.params,
            recipe=self.recipe,
            seed=self.recipe.seed,
            origin=self.origin,
            optuna_number=self.optuna_number,
            purpose=self.purpose,
            store=self.store,
        )


class Search(ABC):
    """A searcher over a run folder; subclasses say where candidates come from and who learns of results.

    Numbers are the lowest unused ones, so that a crash leaves no gap. Two trials never train the same resolved recipe
    (seed included) on the same store: the later one becomes a `duplicate`, recorded with the known result at once, or
    when the trial it repeats ends. What another run of the same code has trained already is taken from there.

    Args:
        space: what is searched.
        folder: the run folder, new or of a sweep to go on with.
        known: results of other runs.
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
        self._resumable = [_restored(number, document) for number, document in self._unfinished()]
        self._first: dict[tuple[str, str], int] = {}  # store and identity -> the number that trains it
        self._waiting: dict[int, list[Proposal]] = {}  # trial under way -> its duplicates
        self._settled: list[TrialRecord] = []
        self._taken = {*self._ended, *(proposal.number for proposal in self._resumable)}
        self._free = 0  # no number below it is free
        begun: list[TrialRecord | Proposal] = [*self._ended.values(), *self._resumable]
        self._searched = sum(not trial.purpose for trial in begun)  # trials of the search itself
        for record in self._ended.values():
            if record.state is not TrialState.DUPLICATE:
                self._first.setdefault((record.store, identity(resolve(record.recipe))), record.number)
        for proposal in self._resumable:
            self._first[_key(proposal)] = proposal.number

    @property
    @abstractmethod
    def total(self) -> int | None:
        """See `Searcher.total`."""

    @abstractmethod
    def _draw(self, number: int) -> Candidate | Wait | None:
        """The candidate for a number; `Wait` where it depends on trials under way, None once there is none."""

    @abstractmethod
    def _learn(self, proposal: Proposal, record: TrialRecord) -> None:
        """Hear of the end of a trial or duplicate."""

    def ask(self) -> Proposal | Wait | None:
        """See `Searcher.ask`."""
        if self._resumable:
            proposal = self._resumable.pop(0)
            self._open[proposal.number] = proposal
            return proposal
        while True:
            number = self._next_number()
            candidate = self._draw(number)
            if not isinstance(candidate, Candidate):
                return candidate
            proposal = candidate.numbered(number)
            self._taken.add(number)
            self._searched += not proposal.purpose
            first = self._first.setdefault(_key(proposal), number)
            if first != number:
                self._repeat(proposal, first)
                continue
            self.folder.start_trial(number, proposal.document())
            found = self._known.find(proposal) if self._known else None
            if found is None:
                self._open[number] = proposal
                return proposal
            self._record(proposal, found)

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
        """Whether the epochs of `budget.trial_epochs` are used up. Trials with a purpose of their own do not count."""
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
        if first in self._ended:
            self._record_duplicate(proposal, self._ended[first])
        else:
            self._waiting.setdefault(first, []).append(proposal)

    def _record_duplicate(self, proposal: Proposal, known: TrialRecord) -> None:
        record = TrialRecord(
            number=proposal.number,
            arm=proposal.arm,
            params=proposal.params,
            recipe=proposal.recipe.model_dump(mode="json"),
            seed=proposal.seed,
            state=TrialState.DUPLICATE,
            epochs=known.epochs,
            metrics=known.metrics,
            curve=known.curve,
            purpose=proposal.purpose,
            store=proposal.store,
            why=f"the same recipe as trial {known.number}, which {_PAST[known.state]}",
        )
        self._record(proposal, record, known)

    def _record(self, proposal: Proposal, record: TrialRecord, learnt: TrialRecord | None = None) -> None:
        """Write down the end of a trial that was never handed out."""
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


def _restored(number: int, document: dict[str, Any]) -> Proposal:
    """A proposal as it was started."""
    return Proposal(
        number=number,
        arm=document["arm"],
        params=document["params"],
        recipe=resolve(document["recipe"]),
        seed=document["seed"],
        origin=document["origin"],
        optuna_number=document["optuna_number"],
        resumed=True,
        purpose=document["purpose"],
        store=document["store"],
    )


def _key(proposal: Proposal) -> tuple[str, str]:
    return proposal.store, identity(proposal.recipe)

"""The part that all searchers share: numbers, budgets, what to resume, and duplicates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from adsw.align.recipe import Recipe, identity, resolve
from sweep.run_folder import RunFolder
from sweep.searchers.protocol import Proposal
from sweep.space.model import Space
from sweep.state import TrialRecord, TrialState


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a source proposes for a number."""

    params: dict[str, Any]
    recipe: Recipe
    origin: str
    arm: str | None = None
    optuna_number: int | None = None


class Search(ABC):
    """A searcher over a run folder; subclasses say where candidates come from and who learns of results.

    Numbers are the lowest unused ones, so that a crash leaves no gap. Two trials never train the same
    resolved recipe (seed included): the later one becomes a `duplicate`, recorded with the known result at
    once, or when the trial it repeats ends.
    """

    def __init__(self, space: Space, folder: RunFolder) -> None:
        self.space = space
        self.folder = folder
        self._ended = {record.number: record for record in folder.trials()}
        self._open: dict[int, Proposal] = {}  # handed out, not ended
        self._resumable = [_restored(number, document) for number, document in self._unfinished()]
        self._first: dict[str, int] = {}  # identity -> the number that trains it
        self._waiting: dict[int, list[Proposal]] = {}  # trial under way -> its duplicates
        for record in self._ended.values():
            if record.state is not TrialState.DUPLICATE:
                self._first.setdefault(identity(resolve(record.recipe)), record.number)
        for proposal in self._resumable:
            self._first[identity(proposal.recipe)] = proposal.number

    @property
    @abstractmethod
    def total(self) -> int | None:
        """See `Searcher.total`."""

    @abstractmethod
    def _draw(self, number: int) -> Candidate:
        """The candidate for a number below the total."""

    @abstractmethod
    def _learn(self, proposal: Proposal, record: TrialRecord) -> None:
        """Hear of the end of a trial or duplicate."""

    def ask(self) -> Proposal | None:
        """See `Searcher.ask`."""
        if self._resumable:
            proposal = self._resumable.pop(0)
            self._open[proposal.number] = proposal
            return proposal
        while not self._spent():
            number = self._next_number()
            candidate = self._draw(number)
            proposal = Proposal(
                number=number,
                arm=candidate.arm,
                params=candidate.params,
                recipe=candidate.recipe,
                seed=candidate.recipe.seed,
                origin=candidate.origin,
                optuna_number=candidate.optuna_number,
            )
            first = self._first.setdefault(identity(proposal.recipe), number)
            if first == number:
                self.folder.start_trial(number, proposal.document())
                self._open[number] = proposal
                return proposal
            self._repeat(proposal, first)
        return None

    def tell(self, record: TrialRecord) -> None:
        """See `Searcher.tell`."""
        proposal = self._open.pop(record.number, None)
        if proposal is None:
            raise ValueError(f"trial {record.number} is not under way")
        self._ended[record.number] = record
        self._learn(proposal, record)
        for duplicate in self._waiting.pop(record.number, []):
            self._record_duplicate(duplicate, record)

    def _spent(self) -> bool:
        """Whether the budget allows no further trial."""
        if self.total is not None and self._next_number() >= self.total:
            return True
        epochs = self.space.budget.trial_epochs
        used = sum(record.epochs for record in self._ended.values() if record.state is not TrialState.DUPLICATE)
        return epochs is not None and used >= epochs

    def _next_number(self) -> int:
        taken = {*self._ended, *self._open, *(p.number for p in self._resumable)}
        taken |= {duplicate.number for waiting in self._waiting.values() for duplicate in waiting}
        return next(number for number in range(len(taken) + 1) if number not in taken)

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
            why=f"the same recipe as trial {known.number}, which {_PAST[known.state]}",
        )
        self.folder.append_trial(record)
        self._ended[record.number] = record
        self._learn(proposal, known)

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
    )

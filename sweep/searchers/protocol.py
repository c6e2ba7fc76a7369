"""What a searcher is: it proposes trials and learns how they ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sweep.space.trial_spec import TrialSpec
from sweep.state import TrialRecord


@dataclass(frozen=True, slots=True)
class Proposal:
    """A trial to train, under its number in the sweep."""

    number: int
    """0-based, unique in the sweep whatever is resumed."""
    spec: TrialSpec
    optuna_number: int | None = None
    """Its number in the study; None where it is not part of one."""

    def document(self) -> dict[str, Any]:
        """What ``started/NNNN.json`` keeps of it."""
        return {**self.spec.document(), "optuna_number": self.optuna_number}

    @classmethod
    def restored(cls, number: int, document: Mapping[str, Any]) -> Proposal:
        """A proposal as it was started, from `document`.

        Raises:
            InputError: its recipe is none of this version.
        """
        return cls(number, TrialSpec.from_document(document), document.get("optuna_number"))


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing can be begun now: what comes next depends on trials that are under way."""


class Searcher(Protocol):
    """Proposes the trials of one sweep, one after another, and is told of their ends.

    The order of work: `ask`, train, append the record to the run folder, `tell`. Whatever is cut off in
    between is set right when the searcher is opened again on the folder.
    """

    def ask(self) -> Proposal | Wait | None:
        """The next trial, already published as started; None once nothing is left to begin.

        Trials that were started before and have not ended come first, each once. A proposal whose result is
        known already is not handed out: it is recorded at once.
        """
        ...

    def settled(self) -> list[TrialRecord]:
        """Trials that ended without being handed out, since this was asked last: duplicates, known results."""
        ...

    def tell(self, record: TrialRecord) -> None:
        """A trial that was handed out has ended, and its record is in the run folder.

        Raises:
            ValueError: it was never handed out, or has been told before.
        """
        ...

"""What a searcher is: it proposes trials and learns how they ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sweep.run.records import TrialRecord
from sweep.space.trial_spec import TrialSpec


@dataclass(frozen=True, slots=True)
class Proposal:
    """A trial to train, under its number in the sweep."""

    number: int
    """0-based, unique in the sweep whatever is resumed."""
    spec: TrialSpec
    optuna_number: int | None = None
    """Its number in the Optuna study; None if it is not part of one."""

    def document(self) -> dict[str, Any]:
        """Return the proposal as plain data, the content of ``started/NNNN.json``."""
        return {**self.spec.document(), "optuna_number": self.optuna_number}

    @classmethod
    def restored(cls, number: int, document: Mapping[str, Any]) -> Proposal:
        """Read a proposal back from the plain data of `document`.

        Raises:
            InputError: this version does not take its recipe.
        """
        return cls(number, TrialSpec.from_document(document), document.get("optuna_number"))


@dataclass(frozen=True, slots=True)
class Wait:
    """The answer that no trial can begin now, because the next one depends on trials that are under way."""


class Searcher(Protocol):
    """The source of a sweep's trials: it proposes them one after another and learns how they ended.

    The order of work: `ask`, train, append the record to the run folder, `tell`. If the driver
    dies in between, opening the searcher on the folder again repairs what is missing.
    """

    def ask(self) -> Proposal | Wait | None:
        """Return the next trial, already published as started, or None if nothing is left to begin.

        Trials that were started before and have not ended come first, each once. A proposal whose result is
        known already is not returned: it is recorded at once, and the next one is drawn.
        """
        ...

    def settled(self) -> list[TrialRecord]:
        """Return the trials recorded without being handed out since the last call: duplicates and known results."""
        ...

    def tell(self, record: TrialRecord) -> None:
        """Learn that a trial that was handed out has ended; its record is in the run folder already.

        Raises:
            ValueError: the trial was never handed out, or its end was told before.
        """
        ...

"""The broker decides which cell trains which trial for how long. A pure state machine; an actor wraps it.

Rules:

* A trial trains only up to the epoch it was *granted*, so that a scheduler's decision is never overtaken.
* A trial stays with its cell; one that waits for a decision leaves its slot to another, and an idle cell may take it
  over: states are on disk before an epoch is reported.
* Messages of an old incarnation (a cell that was replaced, a client that was restarted) are ignored.
* A broker that was started again knows nobody: clients submit and cells attach again, and bring what was counted.
* An epoch counts once: a report is taken only for the epoch that comes next.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sweep.cell.messages import (
    CellEntry,
    CellView,
    Job,
    Progress,
    RefusedHost,
    Served,
    Snapshot,
    TrialEntry,
    TrialRequest,
    TrialView,
    Work,
)


class Broker:
    """Assigns trials to the slots of cells, epoch by epoch."""

    def __init__(self) -> None:
        self._entries: dict[int, TrialEntry] = {}
        self._cells: dict[str, CellEntry] = {}
        self._refused: list[RefusedHost] = []
        self._life = uuid.uuid4().hex
        self._closed = False

    # Trials ---------------------------------------------------------------------------------------------------------

    def submit(self, request: TrialRequest) -> None:
        """Register a trial, or a new client of a known one. A repeated call changes nothing."""
        entry = self._entries.get(request.number)
        if entry is None:
            self._entries[request.number] = TrialEntry(request, request.epoch, list(request.curve))
        else:
            # The epochs already reported count, whatever the new client knows of; its token replaces the old one's.
            entry.request = request

    def knows(self, number: int, token: str) -> bool:
        """Return whether `token` names the registered incarnation of the trial."""
        entry = self._entries.get(number)
        return entry is not None and entry.request.token == token

    def grant(self, number: int, token: str, until: int) -> None:
        """Allow a trial to train up to `until` epochs in all."""
        if self.knows(number, token):
            entry = self._entries[number]
            # A grant is never taken back: the epochs may be under way.
            entry.granted = max(entry.granted, min(until, entry.request.epochs))

    def progress(self, number: int) -> Progress | None:
        """Return how far a trial has come, or None if it is not registered."""
        entry = self._entries.get(number)
        return None if entry is None else Progress(entry.epoch, tuple(entry.curve), entry.why, entry.over)

    def release(self, number: int) -> None:
        """Forget a trial that has ended."""
        entry = self._entries.pop(number, None)
        if entry is not None and entry.cell in self._cells:
            self._cells[entry.cell].forget.append(number)

    # Cells ----------------------------------------------------------------------------------------------------------

    def attach(self, cell: str, capacity: int, served: Served | None = None) -> int:
        """Register that a cell's loop starts, for the first time or after a death, or goes on with a new broker.

        Trials of a cell that died go to any cell and resume from their saved states.

        Args:
            cell: name of the cell.
            capacity: its slots.
            served: what a loop that goes on has counted; None for one that starts.

        Returns:
            The incarnation to sign all further messages with.
        """
        record = self._cells.setdefault(cell, CellEntry(cell))
        if served is None:
            record.incarnation += 1
        elif served.incarnation > record.incarnation:
            record.incarnation = served.incarnation
            record.epochs, record.busy_s = max(record.epochs, served.epochs), max(record.busy_s, served.busy_s)
        else:  # it goes on already, or another has taken its place
            return served.incarnation
        record.capacity = capacity
        # The new incarnation holds no states that it could forget.
        record.forget.clear()
        self.detach(cell)
        return record.incarnation

    def detach(self, cell: str) -> None:
        """Give the trials of a cell that is gone to any other."""
        for entry in self._entries.values():
            if entry.cell == cell:
                entry.cell, entry.training = None, False

    def refuse(self, refused: RefusedHost) -> None:
        """Register that a cell cannot train where it is, before it attaches or later."""
        if refused not in self._refused:
            self._refused.append(refused)
        self.detach(refused.cell)

    def next(self, cell: str, incarnation: int) -> Work | None:
        """Return what the cell trains now, at most `capacity` trials, or None if there is nothing at the moment."""
        if self._closed:
            return Work(close=True)
        if self._served_before(cell, incarnation):
            return Work(attach=True)
        record = self._cells[cell]
        if record.incarnation > incarnation:
            return Work(close=True)
        chosen = self._choose(record)
        for entry in self._entries.values():
            if entry.cell == cell:
                entry.training = False
        for entry in chosen:
            # The cell that held a trial before must drop its state, which is stale from the next epoch on.
            if entry.cell is not None and entry.cell != cell:
                self._cells[entry.cell].forget.append(entry.request.number)
            entry.cell, entry.incarnation, entry.training = cell, incarnation, True
        forget, record.forget = tuple(record.forget), []
        if not chosen and not forget:
            return None
        return Work(tuple(_job(entry) for entry in chosen), forget)

    def report(self, cell: str, incarnation: int, number: int, epoch: int, metrics: Mapping[str, float]) -> bool:
        """Take in the metrics of a finished epoch, and return whether it counted."""
        if self._served_before(cell, incarnation):
            return self._late_report(number, epoch, metrics)
        entry = self._entry_of(cell, incarnation, number)
        if entry is None or epoch != entry.epoch + 1:
            return False
        entry.epoch = epoch
        entry.curve.append(dict(metrics))
        self._cells[cell].epochs += 1
        self._cells[cell].busy_s += metrics.get("seconds", 0.0)
        return True

    def fail(self, cell: str, incarnation: int, number: int, why: str) -> None:
        """Record why a trial cannot go on; no cell trains it any more."""
        entry = self._entry_of(cell, incarnation, number)
        if entry is not None:
            entry.why = why
            entry.training = False

    def close(self) -> None:
        """End all work: every cell's next request is answered with `close`."""
        self._closed = True

    def snapshot(self) -> Snapshot:
        """Return the whole state at this moment, for display."""
        entries = sorted(self._entries.values(), key=lambda entry: entry.request.number)
        return Snapshot(
            cells=tuple(
                CellView(
                    record.cell,
                    record.incarnation,
                    tuple(e.request.number for e in entries if e.cell == record.cell and e.training),
                    record.epochs,
                    record.busy_s,
                )
                for record in sorted(self._cells.values(), key=lambda record: record.cell)
            ),
            trials=tuple(
                TrialView(e.request.number, e.epoch, e.request.epochs, e.cell if e.training else None, tuple(e.curve))
                for e in entries
            ),
            refused=tuple(self._refused),
            life=self._life,
        )

    # Inside ---------------------------------------------------------------------------------------------------------

    def _served_before(self, cell: str, incarnation: int) -> bool:
        """Return whether a cell attached to the broker before this one, and not yet to this one."""
        record = self._cells.get(cell)
        return record is None or record.incarnation < incarnation

    def _late_report(self, number: int, epoch: int, metrics: Mapping[str, float]) -> bool:
        """Take in an epoch from a cell of the broker before this one, and return whether it counted.

        The cell counts it, and tells when it attaches. Its state is on disk already, so a client that has not submitted
        the trial yet will bring it, and one that has may have brought it.
        """
        entry = self._entries.get(number)
        if entry is None or entry.request.epoch >= epoch:
            return True
        if entry.cell is not None or epoch != entry.epoch + 1:
            return False
        entry.epoch = epoch
        entry.curve.append(dict(metrics))
        return True

    def _entry_of(self, cell: str, incarnation: int, number: int) -> TrialEntry | None:
        """Return a trial's record, or None unless this incarnation of the cell holds the trial."""
        record, entry = self._cells.get(cell), self._entries.get(number)
        if record is None or entry is None or record.incarnation != incarnation:
            return None
        return entry if entry.cell == cell and entry.incarnation == incarnation else None

    def _choose(self, record: CellEntry) -> list[TrialEntry]:
        """Choose trials for a cell's slots: those in them, its waiting ones, new ones, other cells' waiting ones."""

        def rank(entry: TrialEntry) -> tuple[int, int]:
            """Return the sort key: the less a trial's state has to be moved, the earlier; then by number."""
            if entry.cell == record.cell:
                return (0 if entry.training else 1, entry.request.number)
            return (2 if entry.cell is None else 3, entry.request.number)

        ready = [
            entry
            for entry in self._entries.values()
            if entry.why is None
            and entry.epoch < entry.granted
            and (entry.cell == record.cell or not entry.training)
            and not entry.over
        ]
        return sorted(ready, key=rank)[: record.capacity]


def _job(entry: TrialEntry) -> Job:
    """Return the job of a trial's next epoch."""
    request = entry.request
    return Job(request.number, request.trial, entry.epoch, request.epochs, tuple(entry.curve))

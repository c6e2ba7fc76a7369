"""What the driver keeps of the broker's snapshots, for the time after the broker's restart."""

from __future__ import annotations

from dataclasses import replace

from sweep.cell.messages import CellView, Snapshot, TrialView


class SnapshotMemory:
    """Fills in what a broker that was started again does not know yet, until clients and cells have told it."""

    def __init__(self) -> None:
        self._last = Snapshot()
        self._trials: dict[int, TrialView] = {}
        """Trials of an earlier broker that have neither ended nor been submitted again."""
        self._cells: dict[str, CellView] = {}
        """Cells as an earlier broker counted them."""

    def complete(self, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot with what is missing."""
        if self._last.life not in ("", snapshot.life):
            self._trials = {trial.number: replace(trial, cell=None) for trial in self._last.trials}
            self._cells = {cell.cell: replace(cell, trials=()) for cell in self._last.cells}
        for trial in snapshot.trials:
            self._trials.pop(trial.number, None)
        cells = {**self._cells, **{cell.cell: _at_least(cell, self._cells.get(cell.cell)) for cell in snapshot.cells}}
        trials = (*snapshot.trials, *self._trials.values())
        self._last = replace(
            snapshot,
            cells=tuple(cells[name] for name in sorted(cells)),
            trials=tuple(sorted(trials, key=lambda trial: trial.number)),
        )
        return self._last

    def forget(self, number: int) -> None:
        """Forget a trial that has ended."""
        self._trials.pop(number, None)
        self._last = replace(self._last, trials=tuple(t for t in self._last.trials if t.number != number))


def _at_least(cell: CellView, before: CellView | None) -> CellView:
    """Return a cell with no less counted than before."""
    if before is None:
        return cell
    return replace(
        cell,
        incarnation=max(cell.incarnation, before.incarnation),
        epochs=max(cell.epochs, before.epochs),
        busy_s=max(cell.busy_s, before.busy_s),
    )

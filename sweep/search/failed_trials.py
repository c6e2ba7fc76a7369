"""Failed trials that are trained again: which of a sweep's may be, and what is opened with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord, TrialState
from sweep.search.grid_search import known_list
from sweep.space.model import Space


@dataclass(frozen=True, slots=True)
class Reopened:
    """Numbers of failed trials."""

    again: tuple[int, ...]
    """Those that are trained again."""
    kept: tuple[int, ...]
    """Those that stay as they are, because later trials were chosen knowing of their failure."""


def reopen_failed(folder: RunFolder, space: Space) -> Reopened:
    """Open the failed trials of a sweep again, and the duplicates that repeat them, within `RunFolder.driving`."""
    records = {record.number: record for record in folder.trials()}
    begun = max([*records, *folder.started_trials()], default=-1)
    first = _first_of_last_stage(space, records, begun)
    failed = sorted(number for number, record in records.items() if record.state is TrialState.FAILED)
    again = tuple(number for number in failed if number >= first)
    trainings = {records[number].spec().training for number in again}
    duplicates = [
        number
        for number, record in records.items()
        if record.state is TrialState.DUPLICATE and trainings and record.spec().training in trainings
    ]
    if again:
        folder.reopen_trials([*again, *duplicates])
    return Reopened(again, tuple(number for number in failed if number < first))


def _first_of_last_stage(space: Space, records: Mapping[int, TrialRecord], begun: int) -> int:
    """Return the number of the first trial on which no later one depends.

    In an ablation in stages, what is tuned or which replicates are added follows from how the trials before ended;
    another end of one of them would change what the numbers after it mean.

    Args:
        space: what is searched.
        records: of the ended trials by number.
        begun: highest number that has begun.
    """
    if space.method != "grid" or (space.tune is None and space.until_decided is None):
        return 0
    first, ended = 0, dict[int, TrialRecord]()
    while (length := len(known_list(space, ended))) <= begun and length > first:
        first, ended = length, {number: records[number] for number in range(length) if number in records}
    return first

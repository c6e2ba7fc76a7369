"""The sweeps of a comparison, each with what its own report would compute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from adsw.align.recipe import identity, resolve
from adsw.errors import Fault, Faults, InputError, together
from sweep.run_folder import RunFolder
from sweep.state import TrialRecord
from sweep.view.ablation.design import Arm, arms_of
from sweep.view.leaderboard import Leaderboard, build_leaderboard
from sweep.view.run_data import RunData, read_run

TITLE = "The sweeps cannot be compared"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the compared sweeps."""

    run: RunData
    board: Leaderboard
    arms: tuple[Arm, ...]
    """Of an ablation; empty for a search."""

    @property
    def name(self) -> str:
        """What it is called here: the name of its folder."""
        return self.run.name

    @property
    def completed(self) -> list[TrialRecord]:
        """The trials that are ranked."""
        ranked = {row.number for row in self.board.ranked}
        return [record for record in self.run.records if record.number in ranked]

    @property
    def store(self) -> str:
        """Fingerprint of the store it trained on."""
        return str((self.run.sweep.get("store") or {}).get("fingerprint") or "")

    @property
    def revision(self) -> str:
        """Revision of the code, as people read it."""
        code = self.run.sweep.get("code") or {}
        if not code.get("revision"):
            return "an unknown revision"
        return f"{str(code['revision'])[:10]}{' with changes not committed' if code.get('dirty') else ''}"


def open_sides(runs: Path, names: Sequence[str]) -> tuple[Side, ...]:
    """Read the named runs.

    Args:
        runs: the folder of all runs.
        names: of at least two runs.

    Raises:
        InputError: a name is given twice, a run is missing or cannot be read, or their objectives differ.
    """
    faults = Faults(TITLE)
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            faults.add(name, "is given twice", None, "Name every sweep once.")
    faults.raise_if_any()
    found = together(*(_opener(runs, name) for name in names), title=TITLE)
    return sides_of(found)


def sides_of(runs: Sequence[RunData]) -> tuple[Side, ...]:
    """The sides of runs that were read.

    Raises:
        InputError: their objectives differ.
    """
    first = runs[0]
    other = [run for run in runs[1:] if run.objective != first.objective]
    if other:
        raise InputError(TITLE, [_foreign(run, first) for run in other])
    return tuple(Side(run, build_leaderboard(run), arms_of(run) if run.space.is_ablation else ()) for run in runs)


def identity_of(record: TrialRecord) -> str:
    """What a trial trained, seed included, with today's defaults filled in."""
    try:
        return identity(resolve(record.recipe))
    except InputError:
        # A recipe of another version, which this one cannot read: it is itself all the same.
        return repr(sorted(record.recipe.items(), key=lambda item: item[0]))


def _opener(runs: Path, name: str) -> Callable[[], RunData]:
    """A sweep goes by its folder's name here: copies keep the name they were made with."""
    return lambda: replace(read_run(RunFolder.named(runs, name).path), name=name)


def _foreign(run: RunData, first: RunData) -> Fault:
    mine, theirs = ((one.objective.metric, one.objective.mode) for one in (run, first))
    given: Any = f"{mine[0]}, {mine[1]}"
    rule = f"is judged otherwise than {first.name} ({theirs[0]}, {theirs[1]})"
    return Fault(run.name, rule, given, "Compare sweeps of one objective: figures of two metrics have no difference.")

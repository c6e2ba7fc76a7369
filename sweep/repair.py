"""Mends what a crash of the machine left half-written in a run folder, before a sweep is resumed, and says what it did.

Files are published whole, but a machine that loses its power may lose the contents of the last ones. Whatever is lost
here is trained again: trials are deterministic.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from adsw.json_text import parse_json
from sweep.cell.saved_states import SavedStates
from sweep.run.folder import RunFolder
from sweep.search.journal import mend_journal
from sweep.space.trial_spec import TrialSpec


def mend(folder: RunFolder) -> list[str]:
    """Mend a run folder that no driver runs, and return a sentence for each thing mended.

    The order matters: `trials.jsonl` says which trials have ended, and `started` which saved states count.

    Raises:
        InputError: a file is broken in a way that no crash explains; the fault names it and the way out.
    """
    said = []
    if folder.mend_trials():
        said.append("trials.jsonl: the last line was cut off and is dropped; its trial goes on from its saved state.")
    said += _mend_started(folder)
    said += _mend_states(folder)
    if mended := mend_journal(folder.journal):
        said.append(mended)
    return said


def _mend_started(folder: RunFolder) -> Iterator[str]:
    """Drop documents of started trials that are cut off or empty, with the saved states of those not ended."""
    ended = {record.number for record in folder.trials()}
    torn = [path for path in sorted(folder.started.glob("*.json")) if not _is_json(path)]
    begun = [path for path in torn if not (path.stem.isdigit() and int(path.stem) in ended)]
    for path in torn:
        path.unlink()
    for path in begun:
        shutil.rmtree(folder.states / path.stem, ignore_errors=True)
    if torn:
        again = f"; {_trials(begun)} under way and begins anew" if begun else ""
        yield f"started: {_names(torn)} cut off and dropped{again}."


def _mend_states(folder: RunFolder) -> Iterator[str]:
    """Let unfinished trials go on from the last of their saved states that is whole."""
    states = SavedStates(folder.states)
    try:
        started = folder.started_trials()
        for number in folder.unfinished():
            before, after = states.mend(number, TrialSpec.from_document(started[number]).epochs)
            if before != after:
                whence = f"epoch {after}, the last whole one" if after else "the beginning"
                yield f"state: that of trial {number} was cut off; it goes on from {whence}."
    finally:
        states.close()


def _is_json(path: Path) -> bool:
    """Check whether a file is whole as JSON, whatever it says."""
    try:
        parse_json(path.read_bytes())
    except ValueError:
        return False
    return True


def _names(paths: list[Path]) -> str:
    """Return the names of files with their verb, at most five of them."""
    names = ", ".join(path.name for path in paths[:5])
    more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
    return f"{names}{more} {'was' if len(paths) == 1 else 'were'}"


def _trials(paths: list[Path]) -> str:
    """Return how many trials files stand for, with the verb."""
    return "1 trial was" if len(paths) == 1 else f"{len(paths)} trials were"

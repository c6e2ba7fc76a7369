"""The end of a trial costs the same, however many have ended before: counted in work, and not in time."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from adsw.judging import Judging
from benchmarks.trial_end import EPOCHS, METRIC, Screen, curve_of, filled
from sweep.cell.messages import Progress, Snapshot
from sweep.live.live_file import LiveFile
from sweep.on_ray.driver import Settings
from sweep.on_ray.search_adapter import record_of
from sweep.run.folder import RunFolder, StartedTrials
from sweep.run.records import TrialRecord
from sweep.runner import make_driver
from sweep.trackers.tracking import Tracking

SWEEP = str(Path(sys.modules["sweep"].__file__ or "").parent)


@dataclass
class Work:
    """What was done."""

    bytes_read: int = 0
    records_parsed: int = 0
    steps: int = 0
    """Of the interpreter, in the sweep's own code."""
    published: int = 0
    """Bytes of live.json."""


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """Count what happens in the block."""
    work, opened, parsed = Work(), Path.open, TrialRecord.model_validate

    class Spy(io.FileIO):
        def readinto(self, buffer: Any) -> int:
            count = super().readinto(buffer) or 0
            work.bytes_read += count
            return count

        def readall(self) -> bytes:
            found = super().readall()
            work.bytes_read += len(found)
            return found

        def read(self, size: int = -1) -> Any:
            found = super().read(size)
            work.bytes_read += len(found or b"")
            return found

    def spied(path: Path, mode: str = "r", *words: Any, **named: Any) -> Any:
        if path.name != "trials.jsonl":
            return opened(path, mode, *words, **named)
        raw = Spy(path, mode.replace("b", ""))
        return io.BufferedRandom(raw) if "+" in mode else raw  # type: ignore[type-var]

    def parse(*words: Any, **named: Any) -> TrialRecord:
        work.records_parsed += 1
        return parsed(*words, **named)

    def step(frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.startswith(SWEEP):
            return None
        frame.f_trace_opcodes = True
        work.steps += event == "opcode"
        return step

    monkeypatch.setattr(Path, "open", spied)
    monkeypatch.setattr(TrialRecord, "model_validate", parse)
    before = sys.gettrace()
    sys.settrace(step)
    try:
        yield work
    finally:
        sys.settrace(before)
        monkeypatch.undo()


@pytest.fixture
def end_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Work]:
    """The work of a trial's end after so many."""

    def end(ended: int) -> Work:
        folder, space = filled(tmp_path, ended, more=2)
        screen, live = Screen(), LiveFile(folder.path)
        tracking = Tracking({}, StartedTrials(folder.started), screen.event)
        driver = make_driver(folder, space, {}, Settings(cells=1), screen, tracking)

        def one() -> None:
            proposal = driver.searcher.ask()
            record = record_of(proposal, Progress(EPOCHS, curve_of(proposal.number)), Judging(METRIC))
            folder.append_trial(record)
            driver.searcher.tell(record)
            driver.on_record(record)
            driver.on_tick(Snapshot(), 1.0)
            live.write(screen.state, [], 0.0, 0.0)

        one()  # the first one reads the file, once
        with counted(monkeypatch) as work:
            one()
        assert screen.state.counts["completed"] == ended + 2
        work.published = live.path.stat().st_size
        return work

    return end


def test_the_end_of_a_trial_costs_the_same_after_few_and_after_many(end_of: Callable[[int], Work]) -> None:
    few, many = end_of(400), end_of(2000)
    assert (few.bytes_read, few.records_parsed) == (0, 0)
    assert (many.bytes_read, many.records_parsed) == (0, 0)
    assert 1000 < many.steps < 1.1 * few.steps
    assert many.published < 1.1 * few.published


def test_what_others_append_is_read_once_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, _ = filled(tmp_path, 50, more=4)
    folder.append_trial(TrialRecord(number=50, state="completed"))
    before = folder.trials_file.stat().st_size
    RunFolder(folder.path).append_trial(TrialRecord(number=51, state="completed"))
    theirs = folder.trials_file.stat().st_size - before
    with counted(monkeypatch) as work:
        with pytest.raises(ValueError, match="trial 51 has ended before"):
            folder.append_trial(TrialRecord(number=51, state="completed"))
        folder.append_trial(TrialRecord(number=52, state="completed"))
    assert (work.bytes_read, work.records_parsed) == (theirs, 0)
    with counted(monkeypatch) as work:
        assert len(folder.trials()) == 53
    assert work.records_parsed == 53, "the spies see what there is to see"
    assert work.bytes_read >= folder.trials_file.stat().st_size

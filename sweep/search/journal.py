"""Optuna's journal as a file of the run folder; its writer may be killed at any time."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any, BinaryIO

from optuna.storages.journal import JournalFileBackend

from adsw.json_text import parse_json


class KernelLock:
    """A lock that the kernel frees when its holder dies; Optuna's lock files outlive a killed process by 30 s.

    It has the methods that `JournalFileBackend` needs of its `lock_obj`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def acquire(self) -> bool:
        """Wait for the lock, and return True."""
        file = self._path.open("a+b")
        fcntl.flock(file, fcntl.LOCK_EX)
        self._file = file
        return True

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Release the lock.

        Raises:
            RuntimeError: it is not held.
        """
        if self._file is None:
            raise RuntimeError("the journal's lock is not held")
        self._file.close()  # which frees the flock
        self._file = None


class GroupedJournal(JournalFileBackend):  # type: ignore[misc]
    """A journal whose lines are on the disk after `sync`; Optuna's waits for the disk at every line.

    A trial writes about forty lines, and one wait for all of them is some nine times as fast. Lines of a killed process
    are not lost: only a crash of the machine can take those written since the last `sync`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # Not NAME.lock: that is the lock file of Optuna's own tools, which would wait for ours to be taken away.
        self._file_lock = KernelLock(path.with_name(path.name + ".flock"))
        with self._file_lock:
            _cut_torn_line(path)
        super().__init__(str(path), lock_obj=self._file_lock)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append logs to the file, a line each, without waiting for the disk."""
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        with self._file_lock, self._path.open("ab") as file:
            file.write(lines.encode())

    def sync(self) -> None:
        """Wait until all lines written so far are on the disk."""
        with self._path.open("ab") as file:
            os.fsync(file.fileno())


def mend_journal(path: Path) -> str:
    """Mend a journal that nobody uses, and return a sentence about it, empty if it is whole or there is none.

    What it loses, `OptunaSearch` puts back into the study from the run folder.
    """
    if not path.exists():
        return ""
    cut = _cut_torn_line(path)
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not _is_operation(line):
            aside = path.with_name(path.name + ".broken")
            path.replace(aside)
            return f"{path.name}: line {number} is no operation of Optuna's; it is set aside as {aside.name}. {_ANEW}"
    if not path.stat().st_size:
        return f"{path.name} was empty. {_ANEW}"
    return f"{path.name}: the last line was cut off and is dropped." if cut else ""


_ANEW = "The study is made anew from started and trials.jsonl."


def _is_operation(line: bytes) -> bool:
    """Check whether a line can be one of a journal."""
    try:
        return "op_code" in parse_json(line)
    except (ValueError, TypeError):
        return False


def _cut_torn_line(path: Path) -> bool:
    """Cut off a last line that a crash left without its end, and return whether there was one."""
    data = path.read_bytes() if path.exists() else b""
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        # The next line would be appended to it, and Optuna could read neither.
        with path.open("r+b") as file:
            file.truncate(whole)
    return whole < len(data)

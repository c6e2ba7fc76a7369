"""Optuna's journal as a file of the run folder, safe against the death of its writer."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any, BinaryIO

from optuna.storages.journal import JournalFileBackend


class KernelLock:
    """A lock that dies with its holder (Optuna's own lock files outlive a killed process by half a minute).

    It is what `JournalFileBackend` takes as `lock_obj`: something to acquire and release.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def acquire(self) -> bool:
        """Wait for the lock."""
        file = self._path.open("a+b")
        fcntl.flock(file, fcntl.LOCK_EX)
        self._file = file
        return True

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Give the lock back.

        Raises:
            RuntimeError: it is not held.
        """
        if self._file is None:
            raise RuntimeError("the journal's lock is not held")
        self._file.close()
        self._file = None


class GroupedJournal(JournalFileBackend):  # type: ignore[misc]
    """A journal whose lines are on the disk after `sync`; Optuna's own waits for the disk at every line.

    A trial writes some forty lines. What a killed process has written is not lost either way.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # Not NAME.lock: that is the lock file of Optuna's own tools, which would wait for ours to be taken away.
        self._own_lock = KernelLock(path.with_name(path.name + ".flock"))
        with self._own_lock:
            _cut_torn_line(path)
        super().__init__(str(path), lock_obj=self._own_lock)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Write lines."""
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        with self._own_lock, self._path.open("ab") as file:
            file.write(lines.encode())

    def sync(self) -> None:
        """Wait until all that was written is on the disk."""
        with self._path.open("ab") as file:
            os.fsync(file.fileno())


def _cut_torn_line(path: Path) -> None:
    """Cut off a line torn by a crash: whatever came after it would be unreadable."""
    data = path.read_bytes() if path.exists() else b""
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        with path.open("r+b") as file:
            file.truncate(whole)

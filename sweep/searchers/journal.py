"""Optuna's journal as a file of the run folder, safe against the death of its writer."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import BinaryIO

from optuna.storages import JournalStorage
from optuna.storages.journal import BaseJournalFileLock, JournalFileBackend


class KernelLock(BaseJournalFileLock):  # type: ignore[misc]
    """A lock that dies with its holder. Optuna's own lock files outlive a killed process by half a minute."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def acquire(self) -> bool:
        """Wait for the lock."""
        file = self._path.open("a+b")
        fcntl.flock(file, fcntl.LOCK_EX)
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back.

        Raises:
            RuntimeError: it is not held.
        """
        if self._file is None:
            raise RuntimeError("the journal's lock is not held")
        self._file.close()
        self._file = None


def open_journal(path: Path) -> JournalStorage:
    """The journal, made if need be. A line torn by a crash is cut off, or what follows is unreadable."""
    lock = KernelLock(path.with_name(path.name + ".lock"))
    if path.exists():
        lock.acquire()
        try:
            data = path.read_bytes()
            whole = data.rfind(b"\n") + 1
            if whole < len(data):
                with path.open("r+b") as file:
                    file.truncate(whole)
        finally:
            lock.release()
    return JournalStorage(JournalFileBackend(str(path), lock_obj=lock))

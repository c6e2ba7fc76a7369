"""`trials.jsonl`: one line per ended trial, appended under a lock, readable after any crash."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from adsw.errors import InputError, faults_of
from sweep.state import TrialRecord


class TrialLog:
    """The file of ended trials; each trial has one line.

    Appending costs the same however long the file is: the numbers of the lines read so far are kept, and only what
    other processes have appended since is read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = 0
        """Bytes of the file, in whole lines, whose numbers are known."""
        self._numbers: set[bytes] = set()

    def read(self) -> list[TrialRecord]:
        """Read the ended trials, in the order of their end.

        A line cut off by a crash, which can only be the last, is ignored.

        Raises:
            InputError: another line is no record of a trial.
        """
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        last = len(lines)
        return [
            self._record(line, number)
            for number, line in enumerate(lines, start=1)
            if line and (number < last or _is_whole(line))
        ]

    def append(self, record: TrialRecord) -> None:
        """Append the line of a trial, and flush it to disk before returning.

        Raises:
            ValueError: this trial has ended before.
        """
        line = json.dumps(record.model_dump(mode="json"), ensure_ascii=False, allow_nan=False).encode() + b"\n"
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._catch_up(file)
            if _number_part(line) in self._numbers:
                raise ValueError(f"trial {record.number} has ended before")
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
            self._seen += len(line)
            self._numbers.add(_number_part(line))

    def _catch_up(self, file: BinaryIO) -> None:
        """Read the numbers of lines appended since the last call, and repair a last line that a crash cut off."""
        size = file.seek(0, os.SEEK_END)
        if size < self._seen:  # the file is not the one that was seen
            self._seen, self._numbers = 0, set()
        if size == self._seen:
            return
        file.seek(self._seen)
        *lines, tail = file.read().split(b"\n")
        if tail and _is_whole(tail):  # only its line end was lost
            file.write(b"\n")
            lines.append(tail)
        elif tail:
            file.truncate(size - len(tail))
        self._seen += sum(len(line) + 1 for line in lines)
        self._numbers.update(_number_part(line) for line in lines)

    def _record(self, line: bytes, number: int) -> TrialRecord:
        """Return the record of a line, or raise an InputError that names the line."""
        try:
            return TrialRecord.model_validate_json(line)
        except ValidationError as error:
            faults = faults_of(error, TrialRecord, f"{self.path} line {number}")
            raise InputError("The run cannot be read", faults) from None


def _number_part(line: bytes) -> bytes:
    """Return the start of a line, ``{"number": 7``, which identifies the trial without parsing the record."""
    return line.partition(b",")[0]


def _is_whole(line: bytes) -> bool:
    """Check whether a last line without its line end is a whole record."""
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False

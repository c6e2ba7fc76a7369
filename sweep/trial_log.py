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
    """The file of ended trials. A trial ends once.

    To append costs the same, however long the file is: what was seen of it is remembered, and only what others have
    appended since is read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = 0
        """Bytes of the file whose trials are known: whole lines."""
        self._numbers: set[bytes] = set()

    def read(self) -> list[TrialRecord]:
        """The ended trials, in the order of their end.

        A line torn by a crash, which can only be the last, is ignored.

        Raises:
            InputError: another line is not one of ours.
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
        """Add a line; it is on the disk when this returns.

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
        """Note what was appended since the last time, and mend a tail that a crash tore."""
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
        try:
            return TrialRecord.model_validate_json(line)
        except ValidationError as error:
            faults = faults_of(error, TrialRecord, f"{self.path} line {number}")
            raise InputError("The run cannot be read", faults) from None


def _number_part(line: bytes) -> bytes:
    """``{"number": 7``, which every line begins with: cheaper than reading the record."""
    return line.partition(b",")[0]


def _is_whole(line: bytes) -> bool:
    """Whether a last line without its line end is a whole record: only the line end was lost."""
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False

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
    """The file of ended trials. A trial ends once."""

    def __init__(self, path: Path) -> None:
        self.path = path

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
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            _mend_tail(file)
            line = json.dumps(record.model_dump(mode="json"), ensure_ascii=False, allow_nan=False).encode()
            file.seek(0)
            if any(_number_part(line) == _number_part(earlier) for earlier in file):
                raise ValueError(f"trial {record.number} has ended before")
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())

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


def _mend_tail(file: BinaryIO) -> None:
    """After a crash: cut a torn last line off, or end one that lacks its line end only."""
    file.seek(0)
    data = file.read()
    tail = data[data.rfind(b"\n") + 1 :]
    if tail and _is_whole(tail):
        file.write(b"\n")
    elif tail:
        file.truncate(len(data) - len(tail))

"""TensorBoard's event files: records of a length, its checksum, an event and its checksum."""

from __future__ import annotations

import os
import socket
import struct
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PREFIX = "events.out.tfevents."
_HEAD, _FOOT = 12, 4
"""Bytes around an event: length (8) and its checksum (4) before it, its own checksum (4) after it."""


def read_events(folder: Path) -> Iterator[Any]:
    """Yield every whole event of a folder's files, the oldest file first; records that a crash cut off are skipped."""
    from tensorboardX.proto.event_pb2 import Event

    for path in sorted(folder.glob(f"{PREFIX}*")):
        for data in _records(path.read_bytes()):
            yield Event.FromString(data)


def _records(data: bytes) -> Iterator[bytes]:
    """Yield the whole records of a file's bytes, up to the first that is cut off or damaged."""
    from tensorboardX.record_writer import masked_crc32c

    place = 0
    while place + _HEAD <= len(data):
        length, checksum = struct.unpack_from("<QI", data, place)
        begin, end = place + _HEAD, place + _HEAD + length
        if checksum != masked_crc32c(data[place : place + 8]) or end + _FOOT > len(data):
            return
        yield data[begin:end]
        place = end + _FOOT


class EventFile:
    """A new file of events in a folder. TensorBoard reads all files of a folder as one run."""

    def __init__(self, folder: Path) -> None:
        from tensorboardX.record_writer import RecordWriter

        folder.mkdir(parents=True, exist_ok=True)
        # TensorBoard reads files in the order of their names, and leaves one for good when it begins the next.
        name = f"{PREFIX}{time.time_ns() // 1000:017d}.{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}"
        self._writer = RecordWriter(str(folder / name))
        self._write(file_version="brain.Event:2")

    def write(self, summary: Any, step: int = 0) -> None:
        """Add an event and flush it to the file."""
        self._write(summary=summary, step=step)

    def _write(self, **fields: Any) -> None:
        """Add an event of these fields, with the time, and flush it."""
        from tensorboardX.proto.event_pb2 import Event

        self._writer.write(Event(wall_time=time.time(), **fields).SerializeToString())
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        self._writer.close()

"""Reads the tensors of a TensorFlow checkpoint without TensorFlow.

A checkpoint is a *tensor bundle*: ``.data-00000-of-00001`` holds the values, raw and little-endian, and ``.index`` says
where each tensor is. The index is a table of LevelDB: blocks of entries sorted by key, each key written as what it
shares with the one before and what it adds; at the end of the file a footer that says where the block of blocks is.
A value is a protocol-buffer message `BundleEntryProto`. Formats: LevelDB's ``table_format.md``, TensorFlow's
``tensor_bundle.proto``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from adsw.arrays import Float32s

_FOOTER = 48
_MAGIC = 0xDB4775248B80FB57
_TRAILER = 5
"""Bytes after a block: its kind of compression and its checksum."""
_FLOAT32 = 1
"""TensorFlow's number of the type."""

Message = dict[int, list[int | bytes]]
"""Field number -> its values, in order."""


def read_tensors(index: Path, data: Path) -> dict[str, Float32s]:
    """Read every float32 tensor of a bundle of one data file, by name.

    Args:
        index: the file ``.index``.
        data: the file ``.data-00000-of-00001``.

    Raises:
        ValueError: the index is no uncompressed table, or names places beyond the data.
    """
    values = data.read_bytes()
    tensors = {}
    for name, entry in _entries(index.read_bytes()):
        message = _message(entry)
        # The empty key holds the bundle's header. Fields of an entry: 1 type, 2 shape, 4 offset, 5 size.
        if name and _number(message, 1) == _FLOAT32:
            offset, size = _number(message, 4), _number(message, 5)
            if offset + size > len(values):
                raise ValueError(f"{data} ends at byte {len(values)}, and {name} is at {offset} to {offset + size}")
            shape = _shape(message)
            tensors[name] = np.frombuffer(values, "<f4", size // 4, offset).reshape(shape)
    return tensors


def _entries(table: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the keys and values of a table, in order of the keys."""
    if len(table) < _FOOTER or int.from_bytes(table[-8:], "little") != _MAGIC:
        raise ValueError("the index is no LevelDB table")
    footer = table[-_FOOTER:]
    _, place = _handle(footer, 0)
    blocks, _ = _handle(footer, place)
    for _, where in _block(table, blocks):
        for key, value in _block(table, _handle(where, 0)[0]):
            yield key.decode(), value


def _block(table: bytes, where: tuple[int, int]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys and values of the block at an offset, of a size."""
    offset, size = where
    block = table[offset : offset + size]
    if len(block) < size or table[offset + size : offset + size + _TRAILER][:1] != b"\0":
        raise ValueError("the index is cut off, or compressed")
    # A block ends with its restart points, which only a search needs, and their number.
    end = size - 4 * (1 + int.from_bytes(block[-4:], "little"))
    place, key = 0, b""
    while place < end:
        shared, place = _varint(block, place)
        added, place = _varint(block, place)
        length, place = _varint(block, place)
        key = key[:shared] + block[place : place + added]
        place += added
        yield key, block[place : place + length]
        place += length


def _handle(data: bytes, place: int) -> tuple[tuple[int, int], int]:
    """Read a block's offset and size; return them and where reading ended."""
    offset, place = _varint(data, place)
    size, place = _varint(data, place)
    return (offset, size), place


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Read a number of seven bits a byte, the lowest first; return it and where reading ended."""
    number = shift = 0
    while True:
        if place >= len(data):
            raise ValueError("the index is cut off")
        byte = data[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, place
        shift += 7


def _message(data: bytes) -> Message:
    """Read a protocol-buffer message without its description."""
    fields: Message = {}
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        kind = tag & 7
        value: int | bytes
        if kind == 0:
            value, place = _varint(data, place)
        else:
            size = {1: 8, 5: 4}.get(kind)
            if size is None:
                size, place = _varint(data, place)
            value = data[place : place + size]
            place += size
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def _number(message: Message, field: int) -> int:
    """Return a number of a message, 0 where it is left out."""
    value = message.get(field, [0])[-1]
    return value if isinstance(value, int) else 0


def _shape(message: Message) -> tuple[int, ...]:
    """Return the shape of a tensor: field 2 holds its dimensions as messages of their own."""
    shapes = message.get(2, [])
    dimensions = _message(shapes[0]).get(2, []) if shapes and isinstance(shapes[0], bytes) else []
    return tuple(_number(_message(size), 1) for size in dimensions if isinstance(size, bytes))

"""The reader of TensorFlow checkpoints on bundles written by hand, whole and damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsw.encoders.audio.tensor_bundle import read_tensors


def varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def entry(shape: tuple[int, ...], offset: int, size: int, kind: int = 1) -> bytes:
    """A `BundleEntryProto`."""
    sizes = [b"\x12" + varint(len(body)) + body for body in (b"\x08" + varint(length) for length in shape)]
    packed = b"".join(sizes)
    return (
        b"\x08"
        + varint(kind)
        + b"\x12"
        + varint(len(packed))
        + packed
        + b"\x20"
        + varint(offset)
        + b"\x28"
        + varint(size)
    )


def block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """A block whose keys share what they can with the one before."""
    out, before = b"", b""
    for key, value in entries:
        shared = 0
        while shared < min(len(key), len(before)) and key[shared] == before[shared]:
            shared += 1
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return out + (0).to_bytes(4, "little") + (1).to_bytes(4, "little")


def written(folder: Path, tensors: dict[str, np.ndarray], compressed: bool = False) -> tuple[Path, Path]:
    """A bundle as TensorFlow writes it: a header under the empty key, then the tensors by name."""
    data, entries = b"", [(b"", b"\x08\x01")]
    for name in sorted(tensors):
        raw = tensors[name].astype("<f4").tobytes()
        entries.append((name.encode(), entry(tensors[name].shape, len(data), len(raw))))
        data += raw
    body = block(entries)
    trailer = (b"\1" if compressed else b"\0") + bytes(4)
    places = varint(0) + varint(len(body))
    index = block([(b"~", places)])
    start = len(body) + len(trailer)
    footer = (varint(0) + varint(0) + varint(start) + varint(len(index))).ljust(40, b"\0")
    (folder / ".index").write_bytes(
        body + trailer + index + b"\0" + bytes(4) + footer + 0xDB4775248B80FB57.to_bytes(8, "little")
    )
    (folder / ".data").write_bytes(data)
    return folder / ".index", folder / ".data"


names = st.dictionaries(st.text("abc/_1", min_size=1, max_size=12), st.lists(st.integers(1, 4), max_size=3), max_size=6)


@given(names)
def test_every_tensor_is_read(tmp_path_factory: pytest.TempPathFactory, shapes: dict[str, list[int]]) -> None:
    rng = np.random.default_rng(0)
    tensors = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    tensors = {name: np.asarray(value) for name, value in tensors.items()}
    read = read_tensors(*written(tmp_path_factory.mktemp("bundle"), tensors))
    assert read.keys() == tensors.keys()
    for name, value in tensors.items():
        np.testing.assert_array_equal(read[name], value)


def test_other_types_are_left_out(tmp_path: Path) -> None:
    index, data = written(tmp_path, {"a": np.ones(2)})
    content = index.read_bytes().replace(entry((2,), 0, 8), entry((2,), 0, 8, kind=9))
    index.write_bytes(content)
    assert read_tensors(index, data) == {}


def test_data_that_ends_early_is_refused(tmp_path: Path) -> None:
    index, data = written(tmp_path, {"a": np.ones(8)})
    data.write_bytes(data.read_bytes()[:-1])
    with pytest.raises(ValueError, match="ends at byte 31, and a is at 0 to 32"):
        read_tensors(index, data)


def test_compressed_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cut off, or compressed"):
        read_tensors(*written(tmp_path, {"a": np.ones(2)}, compressed=True))


@pytest.mark.parametrize("kept", [0, 40, 90])
def test_index_that_is_no_table_is_refused(tmp_path: Path, kept: int) -> None:
    index, data = written(tmp_path, {"a": np.ones(2)})
    index.write_bytes(index.read_bytes()[:kept])
    with pytest.raises(ValueError, match="no LevelDB table"):
        read_tensors(index, data)

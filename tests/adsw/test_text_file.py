"""Text files: what is no plain file or no UTF-8 is told, and nothing waits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adsw.text_file import NoTextError, read_text


def test_marks_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"\xef\xbb\xbfa\r\n\xe2\x80\xa8")
    assert read_text(file) == "a\r\n\u2028"
    file.write_bytes("ä".encode("utf-16"))
    assert read_text(file, utf_16=True) == "ä"


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        ("ä".encode("latin-1"), "is no text in UTF-8: byte 1 is wrong"),
        ("ä".encode("utf-16"), "is in UTF-16, must be in UTF-8"),
        (b"a\nb\0", "is no text: line 2 has a NUL character"),
        (b"\x1f\x8b\x08a", "is packed by gzip, must be plain text"),
        (b"PK\x03\x04a", "is packed by zip, must be plain text"),
    ],
)
def test_other_bytes_are_told(tmp_path: Path, data: bytes, rule: str) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(NoTextError) as caught:
        read_text(tmp_path / "a")
    assert str(caught.value) == rule


def test_folders_and_pipes_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe", Path("/dev/zero"), tmp_path / "none"):
        with pytest.raises(OSError, match=r"directory|pipe or a device|No such file"):
            read_text(place)

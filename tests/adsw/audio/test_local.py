"""Paths that are no file to read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adsw.audio.bad_audio import KINDS, BadAudioError
from adsw.audio.fetch import local_path


def kind_of(audio: str) -> str:
    with pytest.raises(BadAudioError) as caught:
        local_path(audio)
    assert caught.value.detail
    assert caught.value.meaning == KINDS[caught.value.kind]
    return caught.value.kind


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ä b%20c.wav"
    path.write_bytes(b"x")
    (tmp_path / "link").symlink_to(path)
    assert local_path(str(path)) == path
    assert local_path(str(tmp_path / "link")) == tmp_path / "link"


def test_file_addresses(tmp_path: Path) -> None:
    path = tmp_path / "ä b%20c#1?.wav"
    path.write_bytes(b"x")
    assert local_path(path.as_uri()) == path
    assert "%2520" in path.as_uri()
    assert local_path(path.as_uri().replace("file://", "FILE://localhost")) == path
    assert kind_of("file://elsewhere/a.wav") == "missing"
    assert kind_of((tmp_path / "nowhere.wav").as_uri()) == "missing"


def test_what_is_not_there_or_no_file(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    kinds = {
        "nowhere.wav": "missing",
        "file/below.wav": "missing",
        "dangling": "missing",
        "x" * 300: "missing",
        "null\0character": "missing",
        ".": "folder",
        "pipe": "folder",  # and it is not waited for
        "loop": "loop",
        "empty.wav": "empty",
    }
    assert {name: kind_of(str(tmp_path / name)) for name in kinds} == kinds


@pytest.mark.parametrize(("number", "kind"), [(13, "denied"), (1, "denied"), (5, "damaged")])
def test_what_the_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: str) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"x")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", refuse)
    assert kind_of(str(path)) == kind


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"x")
    path.chmod(0)
    user = os.geteuid()
    if user == 0:  # who may read everything
        os.seteuid(65_534)
    try:
        assert kind_of(str(path)) == "denied"
    finally:
        os.seteuid(user)


def test_a_kind_is_one_of_those_that_are_explained() -> None:
    with pytest.raises(KeyError):
        BadAudioError("odd", "no such kind")

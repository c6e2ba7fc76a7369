"""Files of several recordings end to end: all of them heard, or refused with the reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from adsw.audio.bad_audio import BadAudioError
from adsw.audio.decode import Excerpt, read_wave, sound_of
from adsw.audio.fetch import FetchedFile
from adsw.audio.open import JoinedFiles, opened
from tests.adsw.audio.files import write, write_by_ffmpeg

RATE = 48_000
PITCHES = (300, 500, 800)
SECONDS = 1
OPUS = {"format": "OGG", "subtype": "OPUS"}


def tone(hertz: float, rate: int = RATE) -> np.ndarray:
    return (0.4 * np.sin(2 * np.pi * hertz * np.arange(SECONDS * rate) / rate)).astype(np.float32)


def joined(path: Path, codec: str = "", **how: object) -> Path:
    """Three recordings of a second each, each with its own pitch."""
    part = path.with_name(f"part{path.suffix}")
    whole = b""
    for hertz in PITCHES:
        if codec:
            write_by_ffmpeg(part, tone(hertz), codec, RATE)
        else:
            write(part, tone(hertz), RATE, **how)
        whole += part.read_bytes()
    path.write_bytes(whole)
    return path


def pitches(samples: np.ndarray, rate: int = RATE) -> list[int]:
    """The pitch of the middle half of every second."""
    middles = [samples[at + rate // 4 : at + rate * 3 // 4] for at in range(0, len(samples) - rate // 2, rate)]
    return [round(float(np.abs(np.fft.rfft(one)).argmax()) * 2, -1) for one in middles]


@pytest.mark.parametrize("name", ["a.ogg", "a.opus", "a.flac", "a.mp3", "a.wav", "a.aiff", "a.caf", "a.w64", "a.au"])
def test_all_of_joined_files_is_heard(tmp_path: Path, name: str) -> None:
    path = joined(tmp_path / name, **(OPUS if name == "a.opus" else {}))
    with opened(path) as file:
        assert isinstance(file, JoinedFiles)
        assert (file.recordings, file.frames) == (3, 3 * RATE)
        samples = file.read(0, file.frames)
        # Across a border, and from within a later one.
        assert np.allclose(file.read(RATE - 500, 1000), samples[RATE - 500 : RATE + 500], atol=1e-3)
        assert np.allclose(file.read(2 * RATE + 100, 50), samples[2 * RATE + 100 : 2 * RATE + 150], atol=1e-3)
    assert pitches(samples[:, 0]) == list(PITCHES)
    assert len(read_wave(path, Excerpt(), 16_000, None)) == 3 * 16_000
    assert pitches(read_wave(path, Excerpt(1.0, 1.0), RATE, None)) == [500]


@pytest.mark.parametrize(("name", "codec"), [("a.m4a", "aac"), ("a.mka", "aac")])
def test_all_of_joined_files_is_heard_by_ffmpeg(tmp_path: Path, name: str, codec: str) -> None:
    with opened(joined(tmp_path / name, codec)) as file:
        assert file.frames == pytest.approx(3 * RATE, abs=3 * 2048)
        assert pitches(file.read(0, file.frames)[:, 0]) == list(PITCHES)


def test_that_there_are_several_is_said(tmp_path: Path) -> None:
    fetched = FetchedFile("", joined(tmp_path / "a.flac"))
    for window, chunks in ((None, False), (0.5, False), (0.5, True)):
        remarks = sound_of(fetched, Excerpt(), RATE, window, chunks).remarks
        assert dict(remarks) == {"joined": "3 recordings end to end in one file, 3.0 s in all"}
    assert len(list(sound_of(fetched, Excerpt(), RATE, 0.5, True).waves())) == 6
    write(tmp_path / "b.flac", tone(300), RATE)
    assert not sound_of(FetchedFile("", tmp_path / "b.flac"), Excerpt(), RATE, None, False).remarks


TAG = b"ID3\x04\x00\x00\x00\x00\x01\x00" + bytes(128)
END_TAG = b"TAG" + bytes(125)


@pytest.mark.parametrize("mode", ["VARIABLE", "CONSTANT"])
def test_mp3s_with_and_without_headers_and_tags(tmp_path: Path, mode: str) -> None:
    # It begins softly, so that a varying bit rate varies.
    wave = np.concatenate([tone(300) * 1e-2, tone(300)])
    whole = write(tmp_path / "a.mp3", wave, RATE, bitrate_mode=mode).read_bytes()
    bare = whole[whole.find(whole[:2], 1) :]
    path = tmp_path / "joined.mp3"
    for parts in (
        (whole, whole),
        (TAG, whole, END_TAG, TAG, whole, END_TAG),
        (whole, bare),
        (bare, whole),
        (bare, bare),
        (bare, TAG, bare),
        (whole, END_TAG, bare),
    ):
        path.write_bytes(b"".join(parts))
        with opened(path) as file:
            # A bare one has the encoder's pause of a frame or three.
            assert file.frames == pytest.approx(4 * RATE, abs=6 * 1152), parts
            assert len(file.read(0, file.frames)) == file.frames


def test_what_differs_is_refused_but_mono_is_spread(tmp_path: Path) -> None:
    mono = write(tmp_path / "m.ogg", tone(300), RATE).read_bytes()
    slow = write(tmp_path / "r.ogg", tone(300, 22_050), 22_050).read_bytes()
    stereo = write(tmp_path / "s.ogg", np.stack([tone(500), tone(800)], axis=1), RATE).read_bytes()
    (tmp_path / "rates.ogg").write_bytes(mono + slow)
    with pytest.raises(BadAudioError, match="48,000 Hz in 1, 22,050 Hz in 1") as caught, opened(tmp_path / "rates.ogg"):
        pass
    assert caught.value.kind == "joined"
    (tmp_path / "channels.ogg").write_bytes(mono + stereo)
    with opened(tmp_path / "channels.ogg") as file:
        samples = file.read(0, file.frames)
    assert samples.shape == (2 * RATE, 2)
    assert [pitches(channel) for channel in samples.T] == [[300, 500], [300, 800]]


def test_a_broken_part_is_found(tmp_path: Path) -> None:
    data = write(tmp_path / "a.flac", tone(300), RATE).read_bytes()
    (tmp_path / "b.flac").write_bytes(data[: len(data) // 2] + data)
    with pytest.raises(BadAudioError, match="truncated"), opened(tmp_path / "b.flac"):
        pass


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.aiff"])
@pytest.mark.parametrize("rest", [bytes(9000), END_TAG, b"APETAGEX" + bytes(24), b"\x07" * 50])
def test_what_ends_a_file_is_no_recording(tmp_path: Path, name: str, rest: bytes) -> None:
    path = write(tmp_path / name, tone(300), RATE)
    path.write_bytes(path.read_bytes() + rest)
    with opened(path) as file:
        assert not isinstance(file, JoinedFiles)
        assert len(file.read(0, file.frames)) == RATE


def test_samples_after_the_end_that_a_wav_declares(tmp_path: Path) -> None:
    data = bytearray(write(tmp_path / "a.wav", tone(300), RATE).read_bytes())
    place = data.find(b"data") + 4
    data[place : place + 4] = (RATE // 2).to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(BadAudioError, match=r"for 7[12],[0-9]{3} bytes") as caught, opened(tmp_path / "a.wav"):
        pass
    assert caught.value.kind == "overlong"


def test_chunks_of_odd_length_with_and_without_padding(tmp_path: Path) -> None:
    data = write(tmp_path / "a.wav", np.linspace(-0.5, 0.5, 999), RATE, subtype="PCM_U8").read_bytes()
    note = b"LIST" + (8000).to_bytes(4, "little") + b"INFO" + bytes(range(1, 251)) * 32
    end = data.find(b"data") + 8 + 999
    for padding in (b"", b"\0"):
        (tmp_path / "b.wav").write_bytes(data[:end] + padding + note[:8008])
        with opened(tmp_path / "b.wav") as file:
            assert file.frames == 999

"""Formats, whatever a file is called; files that are no audio, and files that break off."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from adsw.audio import ffmpeg
from adsw.audio.bad_audio import BadAudioError
from adsw.audio.open import opened
from tests.adsw.audio.files import RATE, chirp, cut, ramp, write, write_by_ffmpeg

SOUND_FILES = ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.aiff", "a.caf", "a.w64", "a.au"]


def samples_of(path: Path) -> tuple[np.ndarray, int]:
    with opened(path) as file:
        return file.read(0, file.frames), file.rate


def kind_of(path: Path) -> str:
    with pytest.raises(BadAudioError) as caught, opened(path) as file:
        file.read(0, file.frames)
    assert caught.value.detail
    return caught.value.kind


@pytest.mark.parametrize("name", SOUND_FILES)
@pytest.mark.parametrize("called", [None, "track.raw", "ünï cødé 音楽 %d.txt"])
def test_formats_of_libsndfile_under_any_name(tmp_path: Path, name: str, called: str | None) -> None:
    path = write(tmp_path / name, chirp(1.5))
    samples, rate = samples_of(path.rename(tmp_path / called) if called else path)
    assert rate == RATE
    assert samples.shape == (len(chirp(1.5)), 1)
    assert np.corrcoef(samples[:, 0], chirp(1.5))[0, 1] > 0.98


def test_opus(tmp_path: Path) -> None:
    samples, rate = samples_of(write(tmp_path / "a.opus", chirp(1, 48_000), 48_000, format="OGG", subtype="OPUS"))
    assert rate == 48_000
    assert np.corrcoef(samples[:, 0], chirp(1, 48_000))[0, 1] > 0.9


CODECS = [("a.m4a", "aac"), ("lossless.m4a", "alac"), ("a.aac", "aac"), ("a.mka", "aac"), ("a.ac3", "ac3")]


@pytest.mark.parametrize(("name", "codec"), CODECS)
def test_formats_of_ffmpeg(tmp_path: Path, name: str, codec: str) -> None:
    wave = chirp(4, 44_100)
    path = write_by_ffmpeg(tmp_path / name, wave, codec, 44_100).rename(tmp_path / "a song.mp3")
    with opened(path) as file:
        assert isinstance(file, ffmpeg.FFmpegFile)
        samples = file.read(0, file.frames)
        assert file.frames == pytest.approx(len(wave), abs=4096)
        again = [file.read(at, min(30_000, file.frames - at)) for at in range(0, file.frames, 30_000)]
        part = file.read(120_000, 5_000)
    assert np.array_equal(np.concatenate(again), samples)
    # Codecs begin with a pause of their own.
    alike = [np.corrcoef(samples[60_000 + lag : 61_000 + lag, 0], wave[60_000:61_000])[0, 1] for lag in range(2_500)]
    assert max(alike) > 0.98
    if name != "a.mka":  # Its times are thousandths of a second.
        assert np.allclose(part, samples[120_000:125_000], atol=1e-4)


def test_many_channels_by_ffmpeg_stay_apart(tmp_path: Path) -> None:
    path = write_by_ffmpeg(tmp_path / "a.m4a", chirp(0.5, 44_100), "aac", 44_100)
    with opened(path) as file:
        assert file.read(0, 100).shape == (100, 1)
        assert len(file.read(file.frames - 10, 100)) >= 10


def test_without_pyav_its_formats_are_unsupported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_by_ffmpeg(tmp_path / "a.m4a", chirp(0.2, 44_100), "aac", 44_100)
    text = tmp_path / "a.mp3"
    text.write_text("not music")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(BadAudioError, match=r"pip install 'adsw\[av\]'") as caught, opened(path):
        pass
    assert caught.value.kind == "unsupported"
    assert kind_of(text) == "not-audio"


def test_files_that_are_no_audio(tmp_path: Path) -> None:
    contents = {
        "text.mp3": b"not music",
        "page.wav": b"<html><body>404 Not Found</body></html>" * 20,
        "picture.flac": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "list.m4a": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n",
        "noise.ogg": np.random.default_rng(0).bytes(4000),
        "one": b"x",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        assert kind_of(tmp_path / name) == "not-audio", name


@pytest.mark.parametrize("name", [*SOUND_FILES, "a.opus"])
@pytest.mark.parametrize("share", [0.5, 0.93])
def test_files_that_break_off(tmp_path: Path, name: str, share: float) -> None:
    how = {"format": "OGG", "subtype": "OPUS"} if name == "a.opus" else {}
    noise = np.random.default_rng(1).normal(scale=0.2, size=96_000)
    path = write(tmp_path / name, noise, 48_000, **how)
    # A CAF that breaks off is not even opened.
    assert kind_of(cut(path, share)) == ("damaged" if name == "a.caf" else "truncated")


@pytest.mark.parametrize(("name", "codec"), [("a.m4a", "aac"), ("a.mka", "aac")])
def test_files_of_ffmpeg_that_break_off(tmp_path: Path, name: str, codec: str) -> None:
    options = {"movflags": "faststart"} if name == "a.m4a" else {}
    noise = np.random.default_rng(1).normal(scale=0.2, size=96_000).astype(np.float32)
    path = write_by_ffmpeg(tmp_path / name, noise, codec, 48_000, **options)
    assert kind_of(cut(path, 0.6)) == "truncated"


def test_an_index_that_is_cut_off(tmp_path: Path) -> None:
    path = write_by_ffmpeg(tmp_path / "a.m4a", chirp(1, 44_100), "aac", 44_100)
    assert kind_of(cut(path, 0.9)) == "damaged"


def test_a_file_cut_off_in_its_header(tmp_path: Path) -> None:
    assert kind_of(cut(write(tmp_path / "a.flac", ramp(1)), 0.001)) == "damaged"


def test_damage_in_the_middle_of_a_flac(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", np.random.default_rng(0).normal(scale=0.2, size=60_000))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 9_000] = bytes(9_000)
    path.write_bytes(data)
    with opened(path) as file:
        try:
            short = len(file.read(0, file.frames)) < file.frames
        except BadAudioError as bad:
            short = bad.kind == "damaged"
    assert short


def test_an_ogg_without_its_last_page(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ogg", np.random.default_rng(0).normal(scale=0.2, size=90_000))
    data = path.read_bytes()
    path.write_bytes(data[: data.rfind(b"OggS")])
    with pytest.raises(BadAudioError, match="not marked as the last"), opened(path):
        pass


def test_a_wav_of_unknown_length_is_whole(tmp_path: Path) -> None:
    """As programs write it into a pipe."""
    path = write(tmp_path / "a.wav", ramp(1))
    data = bytearray(path.read_bytes())
    place = data.find(b"data") + 4
    data[4:8] = data[place : place + 4] = b"\xff" * 4
    path.write_bytes(data)
    assert len(samples_of(path)[0]) == RATE


def test_a_flac_of_unknown_length_goes_to_ffmpeg(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", chirp(1))
    data = bytearray(path.read_bytes())
    # STREAMINFO: the last four bits of byte 13 and the four bytes after them count the samples.
    at = 8 + 13
    data[at] &= 0xF0
    data[at + 1 : at + 5] = bytes(4)
    path.write_bytes(data)
    assert len(samples_of(path)[0]) == RATE


def frames_of_mp3(tmp_path: Path, mode: str) -> tuple[bytes, int]:
    """An MP3 that begins quietly, and where its first frame of sound begins."""
    noise = np.random.default_rng(1).normal(size=4 * 44_100)
    noise[:44_100] *= 1e-3
    path = write(tmp_path / f"{mode}.mp3", 0.2 * noise, 44_100, bitrate_mode=mode, compression_level=0.5)
    data = path.read_bytes()
    return data, data.find(data[:2], 1)


def test_a_varying_bit_rate_without_a_header_is_not_cut_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, start = frames_of_mp3(tmp_path, "VARIABLE")
    path = tmp_path / "bare.mp3"
    path.write_bytes(data[start:])
    assert len(samples_of(path)[0]) == pytest.approx(4 * 44_100, abs=4 * 1152)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert kind_of(path) == "unsupported"


def test_a_constant_bit_rate_without_a_header_is_counted(tmp_path: Path) -> None:
    data, start = frames_of_mp3(tmp_path, "CONSTANT")
    path = tmp_path / "bare.mp3"
    path.write_bytes(data[start:-50] + b"TAG" + bytes(125))
    samples, _ = samples_of(path)
    with opened(path) as file:
        assert len(samples) == file.frames
    assert len(samples) == pytest.approx(4 * 44_100, abs=4 * 1152)


def test_a_tag_before_an_mp3(tmp_path: Path) -> None:
    data, _ = frames_of_mp3(tmp_path, "VARIABLE")
    tag = b"ID3\x04\x00\x00" + struct.pack(">I", 0x0201) + bytes(0x101)
    path = tmp_path / "a.mp3"
    path.write_bytes(tag + data)
    assert len(samples_of(path)[0]) == 4 * 44_100
    path.write_bytes(tag + data[: len(data) * 9 // 10])
    assert kind_of(path) == "truncated"


@pytest.mark.parametrize("mode", ["VARIABLE", "CONSTANT"])
def test_places_in_an_mp3_are_exact(tmp_path: Path, mode: str) -> None:
    data, _ = frames_of_mp3(tmp_path, mode)
    path = tmp_path / "a.mp3"
    path.write_bytes(data)
    samples, _ = samples_of(path)
    with opened(path) as file:
        late, early = file.read(100_000, 5_000), file.read(50_000, 5_000)
    assert np.allclose(late, samples[100_000:105_000], atol=1e-6)
    assert np.allclose(early, samples[50_000:55_000], atol=1e-6)


def test_places_are_exact_although_the_bit_rate_varies_much(tmp_path: Path) -> None:
    wave = np.concatenate([chirp(1) * 1e-3, chirp(1), np.zeros(RATE), np.random.default_rng(0).normal(0, 0.2, RATE)])
    path = write(tmp_path / "a.mp3", wave, bitrate_mode="VARIABLE")
    samples, _ = samples_of(path)
    with opened(path) as file:
        file.read(0, file.frames)
        for start in (RATE * 7 // 2, RATE // 2, RATE * 3 // 2, len(samples) - 100):
            assert np.allclose(file.read(start, 100), samples[start : start + 100], atol=1e-6)
            assert np.allclose(file.read(start + 100, 100), samples[start + 100 : start + 200], atol=1e-6)


def test_a_disk_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.wav", ramp(0.1))

    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("mmap.mmap", fail)
    with pytest.raises(BadAudioError, match="input/output error"), opened(path):
        pass

"""From files of all kinds to a wave, or to the reason why not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from adsw.encode.audio import decode
from adsw.encode.audio.decode import BadAudioError, local_file, read_wave

RATE = 22_050


def write(path: Path, samples: np.ndarray, rate: int = RATE, subtype: str | None = None) -> Path:
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def ramp(seconds: float, rate: int = RATE) -> np.ndarray:
    return np.linspace(0.1, 0.9, int(seconds * rate), dtype=np.float32)


def kind_of(path: Path) -> str:
    with pytest.raises(BadAudioError) as caught:
        read_wave(path, None, None, RATE, None)
    assert caught.value.detail
    return caught.value.kind


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "FLOAT", "DOUBLE"])
def test_sample_formats(tmp_path: Path, subtype: str) -> None:
    wave = read_wave(write(tmp_path / "a.wav", ramp(0.5), subtype=subtype), None, None, RATE, None)
    assert wave.dtype == np.float32
    assert np.allclose(wave, ramp(0.5), atol=1e-2)


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "a.mp3", "a.aiff"])
def test_file_formats(tmp_path: Path, name: str) -> None:
    times = np.arange(RATE) / RATE
    wave = read_wave(write(tmp_path / name, 0.5 * np.sin(2760 * times)), None, None, RATE, None)
    assert len(wave) == pytest.approx(RATE, rel=0.1)
    assert np.abs(wave).max() == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("rate", [4_000, 44_100, 48_000, 192_000])
def test_other_rates_are_resampled(tmp_path: Path, rate: int) -> None:
    times = np.arange(rate) / rate
    path = write(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 440 * times), rate)
    wave = read_wave(path, None, None, RATE, None)
    assert len(wave) == pytest.approx(RATE, abs=1)
    spectrum = np.abs(np.fft.rfft(wave))
    assert spectrum.argmax() == pytest.approx(440, abs=1)


def test_channels_are_averaged(tmp_path: Path) -> None:
    six = np.stack([ramp(0.2) * weight for weight in (1, 0, 0, 0, 0, 0.5)], axis=1)
    wave = read_wave(write(tmp_path / "a.wav", six, subtype="FLOAT"), None, None, RATE, None)
    assert np.allclose(wave, ramp(0.2) * 0.25, atol=1e-6)


def test_start_and_duration(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", ramp(4), subtype="FLOAT")
    assert np.array_equal(read_wave(path, 1.0, 0.5, RATE, None), ramp(4)[RATE : RATE + RATE // 2])
    assert len(read_wave(path, 3.0, 60.0, RATE, None)) == RATE


def test_only_the_middle_window_is_decoded(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", ramp(4), subtype="FLOAT")
    assert np.array_equal(read_wave(path, None, None, RATE, 2.0), ramp(4)[RATE : 3 * RATE])
    assert np.array_equal(read_wave(path, 2.0, 2.0, RATE, 1.0), ramp(4)[RATE * 5 // 2 : RATE * 7 // 2])
    assert len(read_wave(path, None, None, RATE, 9.0)) == 4 * RATE


def test_empty_files(tmp_path: Path) -> None:
    assert kind_of(write(tmp_path / "a.wav", np.zeros(0))) == "empty"
    with pytest.raises(BadAudioError, match="empty"):
        read_wave(write(tmp_path / "b.wav", ramp(1)), 2.0, None, RATE, None)


def test_files_that_are_no_audio(tmp_path: Path) -> None:
    (tmp_path / "zero.wav").write_bytes(b"")
    (tmp_path / "text.mp3").write_text("not music")
    assert kind_of(tmp_path / "zero.wav") == "unreadable"
    assert kind_of(tmp_path / "text.mp3") == "unreadable"


def test_a_file_cut_off_in_its_header(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", ramp(1))
    path.write_bytes(path.read_bytes()[:30])
    assert kind_of(path) == "unreadable"


def test_a_wrong_extension_does_not_matter(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", ramp(1)).rename(tmp_path / "a.mp3")
    assert len(read_wave(path, None, None, RATE, None)) == RATE


def test_silence_and_what_is_not_finite(tmp_path: Path) -> None:
    assert kind_of(write(tmp_path / "a.wav", np.full(RATE, 5e-5), subtype="FLOAT")) == "silent"
    broken = ramp(1)
    broken[7] = np.nan
    assert kind_of(write(tmp_path / "b.wav", broken, subtype="FLOAT")) == "non-finite"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("s3://bucket/a.wav", "remote"), ("nowhere.wav", "missing"), (".", "unreadable"), ("loop", "unreadable")],
)
def test_addresses_that_are_no_file(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(BadAudioError) as caught:
        local_file(name if "://" in name else str(tmp_path / name))
    # A link in a circle cannot be followed: some systems call it missing.
    assert caught.value.kind == kind or (name == "loop" and caught.value.kind == "missing")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.wav", ramp(1))

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(BadAudioError, match="Permission denied"):
        local_file(str(path))


def test_silence_is_measured_after_mixing(tmp_path: Path) -> None:
    opposite = np.stack([ramp(0.2), -ramp(0.2)], axis=1)
    assert kind_of(write(tmp_path / "a.wav", opposite, subtype="FLOAT")) == "silent"
    assert decode.SILENCE == 1e-4

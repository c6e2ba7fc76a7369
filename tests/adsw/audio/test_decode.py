"""From files of all kinds to the waves that are heard, or to the reason why not."""

from __future__ import annotations

from pathlib import Path

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.audio import decode
from adsw.audio.bad_audio import BadAudioError
from adsw.audio.decode import Excerpt, read_wave, sound_of
from adsw.audio.fetch import FetchedFile
from tests.adsw.audio.files import RATE, chirp, ramp, write

ALL = Excerpt()


def kind_of(path: Path, excerpt: Excerpt = ALL) -> str:
    with pytest.raises(BadAudioError) as caught:
        read_wave(path, excerpt, RATE, None)
    assert caught.value.detail
    return caught.value.kind


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "FLOAT", "DOUBLE", "ALAW"])
def test_sample_formats(tmp_path: Path, subtype: str) -> None:
    wave = read_wave(write(tmp_path / "a.wav", ramp(0.5), subtype=subtype), ALL, RATE, None)
    assert wave.dtype == np.float32
    assert np.allclose(wave, ramp(0.5), atol=3e-2 if subtype == "ALAW" else 1e-2)


@pytest.mark.parametrize("rate", [4_000, 44_100, 48_000, 192_000])
def test_other_rates_are_resampled(tmp_path: Path, rate: int) -> None:
    times = np.arange(rate) / rate
    path = write(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 440 * times), rate)
    wave = read_wave(path, ALL, RATE, None)
    assert len(wave) == pytest.approx(RATE, abs=1)
    assert np.abs(np.fft.rfft(wave)).argmax() == pytest.approx(440, abs=1)


def test_channels_are_averaged(tmp_path: Path) -> None:
    six = np.stack([ramp(0.2) * weight for weight in (1, 0, 0, 0, 0, 0.5)], axis=1)
    wave = read_wave(write(tmp_path / "a.wav", six, subtype="FLOAT"), ALL, RATE, None)
    assert np.allclose(wave, ramp(0.2) * 0.25, atol=1e-6)


def test_start_and_duration(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", ramp(4), subtype="FLOAT")
    assert np.array_equal(read_wave(path, Excerpt(1.0, 0.5), RATE, None), ramp(4)[RATE : RATE + RATE // 2])
    # Longer than the file: what there is.
    assert len(read_wave(path, Excerpt(3.0, 60.0), RATE, None)) == RATE
    assert len(read_wave(path, Excerpt(0.0, 1e-9), RATE, None)) == 1


@pytest.mark.parametrize("start", [4.0, 4.1, 1e9])
def test_a_track_that_begins_after_the_end(tmp_path: Path, start: float) -> None:
    assert kind_of(write(tmp_path / "a.wav", ramp(4)), Excerpt(start)) == "outside"


def test_only_the_middle_window_is_heard(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", ramp(4), subtype="FLOAT")
    assert np.array_equal(read_wave(path, ALL, RATE, 2.0), ramp(4)[RATE : 3 * RATE])
    middle = read_wave(path, Excerpt(2.0, 2.0), RATE, 1.0)
    assert np.array_equal(middle, ramp(4)[RATE * 5 // 2 : RATE * 7 // 2])
    assert len(read_wave(path, ALL, RATE, 9.0)) == 4 * RATE


def test_a_file_without_samples(tmp_path: Path) -> None:
    assert kind_of(write(tmp_path / "a.wav", np.zeros(0))) == "no-samples"
    (tmp_path / "b.wav").touch()
    assert kind_of(tmp_path / "b.wav") == "empty"


def test_silence_is_measured_after_mixing(tmp_path: Path) -> None:
    assert kind_of(write(tmp_path / "a.wav", np.full(RATE, 5e-5), subtype="FLOAT")) == "silent"
    # Four quiet channels are one quiet sound; what opposite channels do, `test_mono` says.
    assert kind_of(write(tmp_path / "b.wav", np.full((RATE, 4), 9e-5), subtype="FLOAT")) == "silent"
    assert decode.SILENCE == 1e-4


@pytest.mark.parametrize("value", [np.nan, np.inf, 3e38])
def test_samples_that_are_not_finite(tmp_path: Path, value: float) -> None:
    stereo = np.stack([ramp(0.1), ramp(0.1)], axis=1)
    stereo[7] = value
    assert kind_of(write(tmp_path / "b.wav", stereo, subtype="FLOAT")) == "non-finite"


def heard(path: Path, excerpt: Excerpt, rate: int, window_s: float | None, chunks: bool = True) -> list[np.ndarray]:
    return list(sound_of(FetchedFile("", path), excerpt, rate, window_s, chunks).waves())


@pytest.mark.parametrize("excerpt", [ALL, Excerpt(0.3), Excerpt(0.25, 2.1), Excerpt(0.5, 99.0)])
def test_chunks_are_what_the_windows_would_be_one_by_one(tmp_path: Path, excerpt: Excerpt) -> None:
    path = write(tmp_path / "a.flac", chirp(3.3, 16_000), 16_000)
    start, end = excerpt.start_s or 0.0, min(3.3, (excerpt.start_s or 0.0) + (excerpt.duration_s or 3.3))
    waves = heard(path, excerpt, RATE, 0.5)
    for number, wave in enumerate(waves):
        begin = start + 0.5 * number
        alone = read_wave(path, Excerpt(begin, min(0.5, end - begin)), RATE, None)
        assert np.array_equal(wave, alone)
    assert len(waves) == int(np.ceil(round((end - start) / 0.5, 6)))
    # Each call gives them anew.
    sound = sound_of(FetchedFile("", path), excerpt, RATE, 0.5, True)
    assert [len(wave) for wave in sound.waves()] == [len(wave) for wave in sound.waves()] == [len(w) for w in waves]


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(1, 4_000), st.integers(1, 1_500))
def test_chunks_cover_every_sample_once(tmp_path_factory: pytest.TempPathFactory, samples: int, window: int) -> None:
    wave = np.linspace(0.2, 0.9, samples, dtype=np.float32)
    path = write(tmp_path_factory.getbasetemp() / "chunks.wav", wave, 1000, subtype="FLOAT")
    waves = heard(path, ALL, 1000, window / 1000)
    assert np.array_equal(np.concatenate(waves), wave)
    assert all(len(one) == window for one in waves[:-1])


def test_the_middle_or_all_where_chunks_are_not_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", ramp(4), subtype="FLOAT")
    assert [len(wave) for wave in heard(path, ALL, RATE, 1.0, chunks=False)] == [RATE]
    assert [len(wave) for wave in heard(path, ALL, RATE, None)] == [4 * RATE]
    assert [len(wave) for wave in heard(path, ALL, RATE, 4.0)] == [4 * RATE]


def test_what_is_wrong_in_any_chunk_is_found_before_it_is_heard(tmp_path: Path) -> None:
    broken = ramp(3)
    broken[-1] = np.nan
    path = write(tmp_path / "a.wav", broken, subtype="FLOAT")
    with pytest.raises(BadAudioError, match="non-finite"):
        sound_of(FetchedFile("", path), ALL, RATE, 1.0, True)
    quiet = write(tmp_path / "b.wav", np.zeros(3 * RATE))
    with pytest.raises(BadAudioError, match="silent"):
        sound_of(FetchedFile("", quiet), ALL, RATE, 1.0, True)
    # A silent chunk among others is part of the music.
    half = np.concatenate([np.zeros(RATE, np.float32), ramp(1)])
    assert len(heard(write(tmp_path / "c.wav", half), ALL, RATE, 1.0)) == 2


def test_resampling_is_librosas(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", chirp(1, 44_100), 44_100, subtype="FLOAT")
    plain, _ = librosa.load(path, sr=RATE, res_type="soxr_hq")
    assert np.array_equal(read_wave(path, ALL, RATE, None), plain)

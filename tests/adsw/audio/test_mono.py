"""Channels mixed to one: the mean, and the loudest where they cancel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from adsw.audio.decode import Excerpt, read_wave, sound_of
from adsw.audio.fetch import FetchedFile
from adsw.audio.mono import LEFT, Mixdown
from tests.adsw.audio.files import RATE, chirp, write


def mixdown_of(samples: np.ndarray) -> Mixdown:
    mixdown = Mixdown()
    mixdown.see(samples.astype(np.float32))
    return mixdown


def correlated(correlation: float) -> np.ndarray:
    """Two channels of noise, equally loud."""
    one, other = np.linalg.qr(np.random.default_rng(0).normal(size=(4000, 2)))[0].T
    return np.stack([one, correlation * one + np.sqrt(1 - correlation**2) * other], axis=1)


@pytest.mark.parametrize("share", [0.9999, 0.99, 0.6])
def test_an_inverted_channel_is_not_silence(tmp_path: Path, share: float) -> None:
    wave = chirp(1)
    path = write(tmp_path / "a.wav", np.stack([-share * wave, wave], axis=1), subtype="FLOAT")
    assert np.array_equal(read_wave(path, Excerpt(), RATE, None), wave)
    for chunks in (False, True):
        sound = sound_of(FetchedFile("", path), Excerpt(), RATE, 0.25, chunks)
        assert list(sound.remarks) == ["cancelling"]
        assert "of 2 channels: channel 2 is heard alone" in sound.remarks["cancelling"]
    heard = np.concatenate(list(sound.waves()))
    assert np.array_equal(heard, wave)


def test_one_channel_is_chosen_for_the_whole_track(tmp_path: Path) -> None:
    # Each chunk alone would choose its own.
    wave = chirp(1)
    loud = np.where(np.arange(RATE) < RATE // 2, 0.7, 0.9).astype(np.float32)
    stereo = np.stack([wave * loud, -wave * (1.6 - loud)], axis=1)
    path = write(tmp_path / "a.wav", stereo, subtype="FLOAT")
    chosen = int((stereo**2).sum(axis=0).argmax())
    waves = list(sound_of(FetchedFile("", path), Excerpt(), RATE, 0.5, True).waves())
    assert np.array_equal(np.concatenate(waves), stereo[:, chosen])


@pytest.mark.parametrize("correlation", [1.0, 0.5, 0.0, -0.5, -0.79])
def test_the_mean_of_music_mixed_wide(correlation: float) -> None:
    mixdown = mixdown_of(correlated(correlation))
    assert (mixdown.channel, mixdown.remark) == (None, "")


@pytest.mark.parametrize("correlation", [-0.81, -0.95, -1.0])
def test_the_threshold_is_a_correlation_of_four_fifths(correlation: float) -> None:
    assert pytest.approx(0.2) == LEFT
    assert mixdown_of(correlated(correlation)).channel is not None


@pytest.mark.parametrize("channels", [1, 2, 6, 16])
def test_one_channel_of_many_is_no_cancellation(channels: int) -> None:
    samples = np.zeros((1000, channels))
    samples[:, -1] = chirp(1)[:1000]
    mixdown = mixdown_of(samples)
    assert mixdown.channel is None
    assert np.allclose(mixdown.mono(samples.astype(np.float32)), samples.mean(axis=1), atol=1e-7)


def test_an_inverted_pair_among_six() -> None:
    samples = np.zeros((1000, 6))
    samples[:, 1], samples[:, 4] = chirp(1)[:1000], -0.9 * chirp(1)[:1000]
    assert mixdown_of(samples).channel == 1


def test_silence_of_all_channels_stays_silence() -> None:
    mixdown = mixdown_of(np.zeros((100, 2)))
    assert (mixdown.channel, mixdown.peak, mixdown.remark) == (None, 0.0, "")


def test_how_much_is_lost_is_said() -> None:
    wave = chirp(1)
    near = mixdown_of(np.stack([wave, -0.99 * wave], axis=1))
    assert near.remark == "their mean loses 46 dB of 2 channels: channel 1 is heard alone"
    assert mixdown_of(np.stack([wave, -wave], axis=1)).remark.startswith("their mean loses all of 2 channels")

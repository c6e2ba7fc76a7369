"""Audio files made for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

RATE = 22_050


def write(path: Path, samples: NDArray[Any], rate: int = RATE, **how: Any) -> Path:
    """Write by libsndfile."""
    soundfile.write(path, samples, rate, **how)
    return path


def ramp(seconds: float, rate: int = RATE) -> NDArray[np.float32]:
    """Loudness that says where it is."""
    return np.linspace(0.1, 0.9, int(seconds * rate), dtype=np.float32)


def chirp(seconds: float, rate: int = RATE) -> NDArray[np.float32]:
    """A tone that rises by an octave every 2 s: no two places of the first seconds sound alike."""
    times = np.arange(int(seconds * rate)) / rate
    return (0.4 * np.sin(2 * np.pi * 110 * np.exp2(times / 2) * 2 / np.log(2))).astype(np.float32)


def write_by_ffmpeg(path: Path, wave: NDArray[np.float32], codec: str, rate: int, **options: str) -> Path:
    """Write a mono wave by FFmpeg; the suffix says in what container."""
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        context = stream.codec_context
        whole = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
        whole.sample_rate = rate
        fifo = av.AudioFifo()
        for frame in av.AudioResampler(format=context.format, layout="mono", rate=rate).resample(whole):
            fifo.write(frame)
        while (frame := fifo.read(context.frame_size or 1024, partial=True)) is not None:
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def cut(path: Path, share: float) -> Path:
    """Break a file off after a share of its bytes."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path

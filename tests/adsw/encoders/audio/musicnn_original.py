"""Writes `musicnn_golden.npz`: what the original graphs of musicnn give for three made-up clips.

Run where TensorFlow 2.15 and the package musicnn are installed, which is never the project's own environment:

    pip install tensorflow-cpu==2.15.1 'numpy<2' librosa==0.10.2 && pip install --no-deps musicnn==0.1.0
    python tests/adsw/encoders/audio/musicnn_original.py tests/adsw/encoders/audio/musicnn_golden.npz

The package's own extractor is not used: beyond one patch it repeats the first one's features.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

SAMPLE_RATE = 16_000
FRAMES = {"chord": 187, "beat": 187, "sweep": 400}
"""Clip -> frames; the last is longer than the patches that the models were trained on."""


def clips() -> dict[str, np.ndarray]:
    """Return three clips, float32: decaying harmonic tones, bursts of noise, a rising tone with vibrato."""
    rng = np.random.default_rng(0)
    made = {}
    for name, frames in FRAMES.items():
        time = np.arange(256 * (frames - 1)) / SAMPLE_RATE
        if name == "chord":
            wave = sum(
                np.sin(2 * np.pi * pitch * partial * time) * np.exp(-partial * (time % 1.0)) / partial
                for pitch in (220.0, 277.2, 329.6)
                for partial in range(1, 9)
            )
        elif name == "beat":
            wave = rng.standard_normal(len(time)) * np.exp(-30 * (time % 0.25)) + np.sin(2 * np.pi * 55 * time)
        else:
            wave = np.sin(2 * np.pi * (110 * time + 60 * time**2) + 3 * np.sin(2 * np.pi * 6 * time))
        made[name] = (0.5 * wave / np.abs(wave).max()).astype(np.float32)
    return made


def main(target: Path) -> None:
    """Run both graphs over the clips' log-mel spectrograms and write what they give."""
    import librosa
    import tensorflow as tf

    spec = __import__("importlib.util").util.find_spec("musicnn")
    folder = Path(spec.origin).parent
    from musicnn import models

    tf.compat.v1.disable_eager_execution()
    golden = {}
    for name, wave in clips().items():
        power = librosa.feature.melspectrogram(y=wave, sr=SAMPLE_RATE, n_fft=512, hop_length=256, n_mels=96).T
        mel = np.log10(10000 * power + 1)[None]  # float32: the original's float16 overflows on loud audio
        golden[f"{name}/mel"] = mel[0].mean(axis=0)
        for model in ("MTT_musicnn", "MSD_musicnn"):
            tf.compat.v1.reset_default_graph()
            with tf.name_scope("model"):
                x = tf.compat.v1.placeholder(tf.float32, [None, mel.shape[1], 96])
                training = tf.compat.v1.placeholder(tf.bool)
                y, _, _, *_, mean, _, last = models.define_model(x, training, model, 50)
            with tf.compat.v1.Session() as session:
                tf.compat.v1.train.Saver().restore(session, f"{folder}/{model}/")
                out = session.run([tf.nn.sigmoid(y), mean, last], {x: mel, training: False})
            for part, value in zip(("tags", "midend", "penultimate"), out, strict=True):
                golden[f"{name}/{model}/{part}"] = value[0].reshape(-1)
    np.savez_compressed(target, **golden)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The network of musicnn in PyTorch (Pons and Serra, ISMIR 2019 late-breaking demo; its front end: ISMIR 2018).

Shapes: B clips, F frames (256 samples of 16 kHz each), M = 96 mel bands, C channels.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import batch_norm, conv2d, linear, pad, relu

from adsw.arrays import Float32s

SAMPLE_RATE, HOP, N_FFT, MELS = 16_000, 256, 512, 96
PATCH = 187
"""Frames of 3 s, the length that the models were trained on."""
MIDEND, PENULTIMATE, TAGS = 753, 200, 50
_EPSILON = 1e-3
"""Of every batch normalisation: the default of the layer in TensorFlow."""


def log_mel(wave: Float32s) -> Float32s:
    """Compute the input of the network, log10(1 + 10000 mel power), float32 [F, M].

    The original rounds the power to float16 first, which overflows on loud audio; without it, tags differ by less than
    1e-4.
    """
    from librosa.feature import melspectrogram

    power = melspectrogram(y=wave, sr=SAMPLE_RATE, n_fft=N_FFT, hop_length=HOP, n_mels=MELS)
    mel: Float32s = np.log10(1 + 10_000 * power.T, dtype=np.float32)
    return mel


class Musicnn:
    """A trained network.

    Args:
        tensors: of the checkpoint, by TensorFlow's names.
    """

    def __init__(self, tensors: Mapping[str, Float32s]) -> None:
        self._tensors = {name: torch.from_numpy(_as_torch(value)) for name, value in tensors.items()}

    def midend(self, mel_BFM: Tensor) -> Tensor:
        """Compute the features of every frame, [B, F, 753]: the front end's 561 and three layers of 64."""
        x = self._normed(mel_BFM[:, None], "batch_normalization")
        # Padded in time only: the maximum over all bands that are left follows.
        wide = pad(x, (0, 0, 3, 3))
        front = [self._convolved(wide, 0).amax(dim=3), self._convolved(wide, 1).amax(dim=3)]
        for number in (2, 3, 4):
            # TensorFlow's *same* padding of an even length has the odd frame at the end.
            length = self._kernel(number).shape[2]
            same = pad(x, (0, 0, (length - 1) // 2, length // 2))
            front.append(self._convolved(same, number).amax(dim=3))
        features = [torch.cat(front, dim=1)]  # [B, 561, F]
        layer = self._convolved(_frames_down(features[0]), 5)[..., 0]
        features.append(layer)
        for number in (6, 7):
            layer = self._convolved(_frames_down(layer), number)[..., 0] + layer
            features.append(layer)
        return torch.cat(features, dim=1).transpose(1, 2)

    def penultimate(self, midend_BFC: Tensor) -> Tensor:
        """Compute the last hidden layer of whole clips from their frames' features, [B, 200]."""
        # The maximum and the mean of a feature lie side by side.
        pooled = torch.stack([midend_BFC.amax(dim=1), midend_BFC.mean(dim=1)], dim=2).flatten(1)
        normed = self._normed(pooled, "batch_normalization_9")
        hidden = relu(linear(normed, self._tensors["dense/kernel"].T, self._tensors["dense/bias"]))
        return self._normed(hidden, "batch_normalization_10")

    def tags(self, penultimate_BH: Tensor) -> Tensor:
        """Compute the probability of every tag, [B, 50]."""
        return linear(penultimate_BH, self._tensors["dense_1/kernel"].T, self._tensors["dense_1/bias"]).sigmoid()

    def _kernel(self, number: int) -> Tensor:
        return self._tensors[_layer("conv2d", number) + "/kernel"]

    def _convolved(self, x: Tensor, number: int) -> Tensor:
        """Apply a convolution, ReLU and batch normalisation, in this order as in the original."""
        bias = self._tensors[_layer("conv2d", number) + "/bias"]
        return self._normed(relu(conv2d(x, self._kernel(number), bias)), _layer("batch_normalization", number + 1))

    def _normed(self, x: Tensor, name: str) -> Tensor:
        mean, variance, scale, shift = (
            self._tensors[f"{name}/{part}"] for part in ("moving_mean", "moving_variance", "gamma", "beta")
        )
        return batch_norm(x, mean, variance, scale, shift, eps=_EPSILON)


def _layer(kind: str, number: int) -> str:
    """Return TensorFlow's name of the layer of a kind with a number."""
    return f"{kind}_{number}" if number else kind


def _frames_down(features_BCF: Tensor) -> Tensor:
    """Return features as an image of one channel, [B, 1, F + 6, C], padded in time."""
    return pad(features_BCF.transpose(1, 2)[:, None], (0, 0, 3, 3))


def _as_torch(value: Float32s) -> Float32s:
    """Return a tensor as PyTorch has it: kernels of images are height, width, in, out in TensorFlow."""
    # Copied: the values are read-only views of the file, which PyTorch warns of.
    return np.array(value.transpose(3, 2, 0, 1) if value.ndim == 4 else value, order="C")

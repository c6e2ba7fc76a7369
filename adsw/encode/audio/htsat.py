"""HTS-AT as LAION-CLAP trained it (Chen et al., *HTS-AT*, ICASSP 2022; Wu et al., *Large-scale contrastive
language-audio pretraining*, ICASSP 2023), by the package laion-clap's own code: the audio tower alone.

Its tokens: the last layer sees 32 frames of 10 s, each the mean over its frequency bands (laion-clap's
``fine_grained_embedding``, which holds each of them 32 times); they are pooled in time into `tokens` stretches. One
token is laion-clap's ``embedding``, the mean over all of it, before CLAP's projection.

Audio is prepared as in laion-clap's ``get_audio_embedding_from_data``: 48 kHz, quantised to 16 bits, audio shorter than
10 s repeated as often as it fits and followed by silence. Of audio beyond 10 s that takes a window at random; here a
wave is a window already (`AudioSettings.long`), and of a longer one the middle is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from pydantic import Field

from adsw.encode.audio.htsat_model import SAMPLE_RATE, HtsatCheckpoint
from adsw.encode.audio.laion_checkpoint import with_one_file
from adsw.encode.audio.spectral import fitted
from adsw.encode.inference import device, dtype_of, inferring, pooled_over_time
from adsw.encode.pretrained import encoder_info
from adsw.encode.protocol import AudioSettings, EncoderInfo, Float32Array, NeuralSettings, Parts

SECONDS = 10.0
FRAMES = 32
WAVES_AT_ONCE = {"cpu": 4, "cuda": 64}
"""More at once make a CPU slower: their activations leave its cache."""

_SAMPLES = int(SAMPLE_RATE * SECONDS)
_REPEATS = 32  # of each frame in fine_grained_embedding
_STEPS = np.float32(32_767)


class HtsatSettings(AudioSettings, NeuralSettings):
    """Settings of HTS-AT."""

    tokens: int = Field(16, ge=1, le=FRAMES)
    """T: stretches of time; 1 is the pooled vector."""


class Htsat:
    """LAION-CLAP's audio tower in any of its sizes, inferred from the weights. Precisions below fp32 also run on a CPU,
    but slower."""

    Settings = HtsatSettings

    def __init__(self, parts: Parts) -> None:
        """Check the checkpoint by the names and shapes in it; weights are read at the first use.

        Args:
            parts: name, weights and settings, of `HtsatSettings`.

        Raises:
            InputError: no checkpoint there, or not one of an HTS-AT without feature fusion, whole and undamaged.
        """
        self._parts, path = with_one_file(parts)
        self._settings = HtsatSettings.model_validate(parts.settings.model_dump())
        self._checkpoint = HtsatCheckpoint.open(path, parts.name)

    @cached_property
    def info(self) -> EncoderInfo:
        """See `AudioEncoder.info`."""
        parts = self._parts
        return encoder_info(
            parts,
            "1",
            kind="audio",
            tokens=self._settings.tokens,
            features=self._checkpoint.architecture.features,
            sample_rate=SAMPLE_RATE,
            seconds=SECONDS,
            parameters=self._checkpoint.parameters,
        )

    def encode(self, waves: Sequence[Float32Array]) -> Float32Array:
        """Encode waves, see `AudioEncoder.encode`. Of a wave beyond 10 s the middle is taken."""
        features = self._checkpoint.architecture.features
        out = np.empty((len(waves), self._settings.tokens, features), dtype=np.float32)
        at_once = WAVES_AT_ONCE[device().type]
        with inferring():
            for start in range(0, len(waves), at_once):
                batch = slice(start, start + at_once)
                out[batch] = self._embed(np.stack([_prepared(wave) for wave in waves[batch]]))
        return out

    def _embed(self, waves_BS: Float32Array) -> Float32Array:
        """Embed prepared waves [B, samples] as tokens [B, T, D]."""
        import torch

        heard = self._model({"waveform": torch.from_numpy(waves_BS)}, device=device())
        if self._settings.tokens == 1:
            tokens_BTD = heard["embedding"][:, None]
        else:
            # laion-clap repeats each of its 32 frames 32 times; one of each is enough.
            tokens_BTD = pooled_over_time(heard["fine_grained_embedding"][:, ::_REPEATS], self._settings.tokens)
        embedded: Float32Array = tokens_BTD.float().cpu().numpy()
        return embedded

    @cached_property
    def _model(self) -> Any:
        return self._checkpoint.load(dtype_of(self._settings.precision))


def _prepared(wave: Float32Array) -> Float32Array:
    """Prepare a wave as laion-clap does, float32 [samples]: in 16-bit steps, repeated up to 10 s, then silence."""
    steps = (np.clip(fitted(wave, min(len(wave), _SAMPLES)), -1, 1) * _STEPS).astype(np.int16)
    quantised = steps.astype(np.float32) / _STEPS
    return fitted(np.tile(quantised, _SAMPLES // len(quantised)), _SAMPLES)

"""The audio tower of CLAP (Wu et al., *Large-scale contrastive language-audio pretraining*, ICASSP 2023), as
transformers has it: an HTS-AT over log-mel spectrograms of 10 s at 48 kHz.

Its tokens: the network's last layer sees 32 frames, each the mean over its frequency bands; they are pooled in
time into `tokens` stretches. One token is CLAP's own pooled vector, the mean over all of it. With ``projected`` that
vector is taken through CLAP's projection and l2-normalised, as in its joint space with text.

transformers' own preparation has two random parts, which are made definite here:

- Of audio beyond 10 s it takes a window at random. Here a wave is a window already (`AudioSettings.long`), and of a
  longer one the middle is taken. So the fused model, too, hears windows of 10 s, never random crops of a whole file.
- The fused model is given a flag ``is_longer`` for each input, and if none has it, one of the batch gets it at random.
  Here every input has it, as if it were alone in its batch.

Shorter audio is repeated as often as it fits into 10 s, then followed by silence, as CLAP was trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from pydantic import Field, model_validator

from adsw.arrays import Float32s as Float32Array
from adsw.encoders.audio.spectral import fitted
from adsw.encoders.inference import device, dtype_of, inferring, pooled_over_time
from adsw.encoders.protocol import AudioSettings, EncoderInfo, NeuralSettings, Parts
from adsw.encoders.transformers_model import (
    ModelFolder,
    configured,
    encoder_info,
    load_model,
    model_folder,
    parameter_count,
)

PREPROCESSOR = "preprocessor_config.json"
WAVES_PER_BATCH = {"cpu": 1, "cuda": 32}
"""Batch size by device: one thread of a CPU is a tenth faster with one wave, whose activations stay in its cache."""
_TEXT_TOWER = ("text_model.", "text_projection.", "logit_scale")


class ClapSettings(AudioSettings, NeuralSettings):
    """Settings of CLAP's audio tower."""

    tokens: int = Field(default=16, ge=1, le=32)
    """T: stretches of time; 1 is the pooled vector."""
    projected: bool = False
    """Whether the pooled vector is taken into CLAP's joint space with text; for ``tokens=1``."""

    @model_validator(mode="after")
    def _projected_is_pooled(self) -> ClapSettings:
        if self.projected and self.tokens != 1:
            raise ValueError("projected=true gives one vector: set tokens=1 with it")
        return self


class Clap:
    """CLAP's audio tower, unfused or fused as its configuration says. On a CPU fp16 is slow, and bf16 fast
    where it has instructions for it."""

    Settings = ClapSettings

    def __init__(self, parts: Parts) -> None:
        """Check the folder; weights are read at the first use.

        Args:
            parts: name, weights and settings, of `ClapSettings`.

        Raises:
            InputError: files are missing, or describe something else than CLAP prepared as it was trained.
        """
        self._folder = model_folder(parts, ("clap", "clap_audio_model"), required=[PREPROCESSOR])
        self._settings = ClapSettings.model_validate(parts.settings.model_dump())
        self._config = _audio_config(self._folder)
        self._preparation = self._folder.json(PREPROCESSOR)
        _check_preparation(self._folder, self._preparation, self._config)
        self._parameters = _parameters(self._folder, self._config)

    @cached_property
    def info(self) -> EncoderInfo:
        """See `AudioEncoder.info`."""
        projected = self._settings.projected
        return encoder_info(
            self._folder.parts,
            "1",
            kind="audio",
            tokens=self._settings.tokens,
            features=self._config.projection_dim if projected else self._config.hidden_size,
            sample_rate=self._preparation["sampling_rate"],
            seconds=float(self._preparation["max_length_s"]),
            parameters=self._parameters,
        )

    def encode(self, waves: Sequence[Float32Array]) -> Float32Array:
        """Encode waves, see `AudioEncoder.encode`. Of a wave beyond 10 s the middle is taken."""
        out = np.empty((len(waves), self.info.tokens, self.info.features), dtype=np.float32)
        size = WAVES_PER_BATCH[device().type]
        with inferring():
            for start in range(0, len(waves), size):
                batch = slice(start, start + size)
                out[batch] = self._embed(np.stack([self._log_mel(wave) for wave in waves[batch]]))
        return out

    def _embed(self, mel_BTM: Float32Array) -> Float32Array:
        """Embed log-mel spectrograms [B, frames, bands] as tokens [B, T, D]."""
        import torch

        model, fused = self._model, self._config.enable_fusion
        mel = torch.from_numpy(mel_BTM)[:, None].to(model.device, dtype_of(self._settings.precision))
        longer = torch.ones(len(mel), 1, dtype=torch.bool, device=model.device)
        heard = model.audio_model(
            # The fused model takes four views of a long file: here all four are the one window.
            input_features=mel.expand(-1, 4, -1, -1) if fused else mel,
            is_longer=longer if fused else None,
        )
        if self._settings.projected:
            projected_BP = model.audio_projection(heard.pooler_output).float()
            tokens_BTD = torch.nn.functional.normalize(projected_BP, dim=-1)[:, None]
        elif self._settings.tokens == 1:
            tokens_BTD = heard.pooler_output[:, None]
        else:
            frames_BTD = heard.last_hidden_state.float().mean(dim=2).transpose(1, 2)
            tokens_BTD = pooled_over_time(frames_BTD, self._settings.tokens)
        embedded: Float32Array = tokens_BTD.float().cpu().numpy()
        return embedded

    def _log_mel(self, wave: Float32Array) -> Float32Array:
        """Compute the log-mel spectrogram of a wave, [frames, bands], in decibels, as transformers does."""
        from transformers.audio_utils import spectrogram, window_function

        extractor = self._extractor
        samples = int(extractor.nb_max_samples)
        repeats = max(1, samples // len(wave))
        mel_MT: Float32Array = spectrogram(
            fitted(np.tile(wave, repeats), samples),
            window_function(extractor.fft_window_size, "hann"),
            frame_length=extractor.fft_window_size,
            hop_length=extractor.hop_length,
            power=2.0,
            # The fused model was trained on torchaudio's filters, the others on librosa's.
            mel_filters=extractor.mel_filters if self._config.enable_fusion else extractor.mel_filters_slaney,
            log_mel="dB",
        )
        return np.ascontiguousarray(mel_MT.T)

    @cached_property
    def _extractor(self) -> Any:
        from transformers import ClapFeatureExtractor

        return ClapFeatureExtractor.from_dict(self._preparation)

    @cached_property
    def _model(self) -> Any:
        from transformers import ClapAudioModelWithProjection

        return load_model(
            self._folder, ClapAudioModelWithProjection, self._config, self._settings.precision, unread=_TEXT_TOWER
        )


def _audio_config(folder: ModelFolder) -> Any:
    """Return the audio tower's configuration, from the whole model's or its own."""
    from transformers import ClapAudioConfig, ClapConfig

    if folder.config["model_type"] == ClapAudioConfig.model_type:
        return configured(folder, ClapAudioConfig, folder.config)
    return configured(folder, ClapConfig, folder.config).audio_config


def _parameters(folder: ModelFolder, config: Any) -> int:
    """Count the parameters of the audio tower and its projection."""
    from transformers import ClapAudioModelWithProjection

    return parameter_count(folder, ClapAudioModelWithProjection, config)


def _check_preparation(folder: ModelFolder, preparation: dict[str, Any], config: Any) -> None:
    """Refuse a preparation of audio that is not the one of these models, naming all differences at once."""
    wanted = {
        "feature_extractor_type": "ClapFeatureExtractor",
        "truncation": "fusion" if config.enable_fusion else "rand_trunc",
        "padding": "repeatpad",
        "feature_size": config.num_mel_bins,
        "sampling_rate": 48_000,
        "max_length_s": 10,
    }
    differing = [f"{key}={value!r}" for key, value in wanted.items() if preparation.get(key) != value]
    if differing:
        given = {key: preparation.get(key) for key in wanted}
        raise folder.fault(f"must prepare audio with {', '.join(differing)}", given, file=PREPROCESSOR)

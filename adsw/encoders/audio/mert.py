"""MERT (Li et al., *MERT: Acoustic music understanding model with large-scale self-supervised training*, ICLR 2024).

The published models bring their own code; none of it runs here, because none is needed. MERT-v1-95M is HuBERT base and
MERT-v1-330M is HuBERT with layer norms before the blocks (``do_stable_layer_norm``), on 75 frames a second of 24 kHz
audio, and transformers has both as `HubertModel`. What MERT's code has beyond it the published configurations leave off
(``feature_extractor_cqt``, ``deepnorm``; refused here where they are on) or is the identity (``attention_relax``
subtracts a constant under a softmax, which keeps half precision in range and changes no result).

Tokens are hidden states pooled in time. One token is their mean over time, as MERT's authors pool it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Literal

import numpy as np
from pydantic import Field

from adsw.arrays import Float32s as Float32Array
from adsw.encoders.audio.spectral import fitted
from adsw.encoders.inference import device, dtype_of, equal_lengths, inferring, pooled_over_time
from adsw.encoders.protocol import AudioSettings, EncoderInfo, NeuralSettings, Parts
from adsw.encoders.transformers_model import (
    ModelFolder,
    configured,
    encoder_info,
    load_model,
    model_folder,
    parameter_count,
)
from adsw.errors import Fault, InputError

PREPROCESSOR = "preprocessor_config.json"
WINDOWS_PER_BATCH = {"cpu": 1, "cuda": 16}
"""Batch size by device. A window's first convolution alone fills 100 MB, and one thread gains nothing from more."""
_NOT_OURS = ("architectures", "auto_map", "model_type", "_name_or_path", "torch_dtype", "dtype")
_UNTRAINED = {"mask_time_prob": 0.0, "mask_feature_prob": 0.0, "layerdrop": 0.0}
"""Settings of training alone; without masks the model needs no vector for what is masked."""


class MertSettings(AudioSettings, NeuralSettings):
    """Settings of MERT."""

    tokens: int = Field(default=16, ge=1, le=750)
    """T: stretches of time; 1 is the mean over time."""
    layer: Literal["mean", "last"] | int = "mean"
    """Hidden states used: ``last``, ``mean`` over all, or a number: 0 is the input of the first block, 1 its output and
    so on. The mean by default, because the best layer differs from task to task (tempo and pitch lower, genre and mood
    higher), and a trained mixture of layers, as in the paper, would no longer be a frozen encoder."""
    seconds: float = Field(default=10.0, ge=1.0, le=60.0)
    """Length of audio seen at once; MERT was trained on 5 s."""


class Mert:
    """MERT through transformers' `HubertModel`. On a CPU fp16 is slow, and bf16 fast where it has
    instructions for it."""

    Settings = MertSettings

    def __init__(self, parts: Parts) -> None:
        """Check the folder; weights are read at the first use.

        Args:
            parts: name, weights and settings, of `MertSettings`.

        Raises:
            InputError: files are missing, the configuration needs what HuBERT has not, or the layer is none of its.
        """
        self._folder = model_folder(parts, ("mert_model", "hubert"), required=[PREPROCESSOR])
        self._settings = MertSettings.model_validate(parts.settings.model_dump())
        self._config = _hubert_config(self._folder)
        self._preparation = self._folder.json(PREPROCESSOR)
        _check_preparation(self._folder, self._preparation)
        self._parameters = _parameters(self._folder, self._config)
        blocks, layer = self._config.num_hidden_layers, self._settings.layer
        if isinstance(layer, int) and not 0 <= layer <= blocks:
            fault = Fault("--audio: layer", f"must be mean, last, or from 0 to {blocks}", layer)
            raise InputError(f"The audio encoder {parts.name!r} has no such layer", [fault])

    @cached_property
    def info(self) -> EncoderInfo:
        """See `AudioEncoder.info`."""
        return encoder_info(
            self._folder.parts,
            "1",
            kind="audio",
            tokens=self._settings.tokens,
            features=self._config.hidden_size,
            sample_rate=self._preparation["sampling_rate"],
            seconds=self._settings.seconds,
            parameters=self._parameters,
        )

    def encode(self, waves: Sequence[Float32Array]) -> Float32Array:
        """Encode waves, see `AudioEncoder.encode`.

        Of waves beyond the window the middle is taken; shorter ones keep their length, and silence follows only those
        too short for one frame (400 samples).
        """
        out = np.empty((len(waves), self.info.tokens, self.info.features), dtype=np.float32)
        heard = [self._prepared(wave) for wave in waves]
        budget = WINDOWS_PER_BATCH[device().type] * self._window
        with inferring():
            for batch in equal_lengths([len(wave) for wave in heard], budget):
                out[batch] = self._embed(np.stack([heard[index] for index in batch]))
        return out

    def _embed(self, waves_BN: Float32Array) -> Float32Array:
        """Embed waves of one length [B, samples] as tokens [B, T, D]."""
        import torch

        heard = torch.from_numpy(waves_BN).to(self._model.device, dtype_of(self._settings.precision))
        states_BFD = self._states(self._model(heard, output_hidden_states=True))
        embedded: Float32Array = pooled_over_time(states_BFD, self._settings.tokens).cpu().numpy()
        return embedded

    def _states(self, heard: Any) -> Any:
        """Return the hidden states asked for, [B, frames, D]."""
        import torch

        blocks, layer = self._config.num_hidden_layers, self._settings.layer
        # hidden_states[blocks] would be the same, but for pre-norm models (MERT-330M) without the model's last norm.
        if layer in ("last", blocks):
            return heard.last_hidden_state
        if layer != "mean":
            return heard.hidden_states[layer]
        states = (*heard.hidden_states[:blocks], heard.last_hidden_state)
        return torch.stack([state.float() for state in states]).mean(dim=0)

    def _prepared(self, wave: Float32Array) -> Float32Array:
        """Return a wave of at most the window and at least a frame, float32 [samples].

        It is normalised if the model's configuration says so, as by `Wav2Vec2FeatureExtractor`.
        """
        heard = fitted(wave, min(len(wave), self._window))
        if self._preparation["do_normalize"]:
            heard = (heard - heard.mean()) / np.sqrt(heard.var() + 1e-7)
        return fitted(heard, max(len(heard), samples_of_a_frame(self._config.conv_kernel, self._config.conv_stride)))

    @property
    def _window(self) -> int:
        rate: int = self._preparation["sampling_rate"]
        return round(self._settings.seconds * rate)

    @cached_property
    def _model(self) -> Any:
        from transformers import HubertModel

        precision = self._settings.precision
        return load_model(self._folder, HubertModel, self._config, precision, unread=("masked_spec_embed",))


def samples_of_a_frame(kernels: Sequence[int], strides: Sequence[int]) -> int:
    """Return the samples that convolutions of these kernels and strides, one after the other, need to give one frame.

    >>> samples_of_a_frame([10, 3, 3, 3, 3, 2, 2], [5, 2, 2, 2, 2, 2, 2])
    400
    """
    samples = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        samples = (samples - 1) * stride + kernel
    return samples


def _hubert_config(folder: ModelFolder) -> Any:
    """Return HuBERT's configuration made of MERT's.

    Raises:
        InputError: MERT's has features switched on that HuBERT has not.
    """
    from transformers import HubertConfig

    beyond = [key for key in ("feature_extractor_cqt", "deepnorm") if folder.config.get(key)]
    if beyond:
        rule = f"must leave off {' and '.join(beyond)}, which needs code from the Hub"
        raise folder.fault(rule, True, fix="MERT-v1-95M and MERT-v1-330M do: mert, mert-330m.")
    values = {key: value for key, value in folder.config.items() if key not in _NOT_OURS}
    return configured(folder, HubertConfig, values | _UNTRAINED)


def _parameters(folder: ModelFolder, config: Any) -> int:
    """Count the model's parameters."""
    from transformers import HubertModel

    return parameter_count(folder, HubertModel, config)


def _check_preparation(folder: ModelFolder, preparation: dict[str, Any]) -> None:
    """Refuse a preparation of audio other than normalised or plain waves at some rate."""
    rate, normalised = preparation.get("sampling_rate"), preparation.get("do_normalize")
    if not isinstance(rate, int) or rate < 1 or not isinstance(normalised, bool):
        given = {"sampling_rate": rate, "do_normalize": normalised}
        raise folder.fault("must give sampling_rate in hertz and do_normalize", given, file=PREPROCESSOR)

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

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from adsw.arrays import Float32s as Float32Array
from adsw.encoders.audio.laion_checkpoint import read_tower, unusable, with_one_file
from adsw.encoders.audio.spectral import fitted
from adsw.encoders.inference import device, dtype_of, inferring, pooled_over_time
from adsw.encoders.protocol import AudioSettings, EncoderInfo, NeuralSettings, Parts
from adsw.encoders.transformers_model import encoder_info
from adsw.errors import Faults

if TYPE_CHECKING:
    import torch

SAMPLE_RATE = 48_000

_HOP = 480

_MELS = 64

_HERTZ = (50, 14_000)

_SPECTROGRAM = 256

_PATCH = 4

_WINDOW = 8
"""These are the same in all of LAION-CLAP's sizes, and no weight's shape depends on them."""

_EMBEDDING = ("bn0.", "patch_embed.", "layers.", "norm.")
"""The layers that make the embedding. The others are fixed filters, and the classifier of LAION-CLAP's pretraining."""

_BLOCK = re.compile(r"layers\.(\d+)\.blocks\.(\d+)\.")

_SHOWN = 3  # names of layers in a fault

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Architecture:
    """Sizes in which HTS-ATs differ (Chen et al., *HTS-AT*, ICASSP 2022, section 2)."""

    width: int
    """Features of a patch: 96 in HTSAT-tiny, 128 in -base, 256 in -large."""
    depths: tuple[int, ...]
    """Blocks in each group of layers; from group to group time and frequency are halved and features doubled."""
    heads: tuple[int, ...]
    """Attention heads in each group."""
    classes: int
    """Classes of its pretraining."""
    fft: int
    """Samples in a frame of the spectrogram: 1024, or 1536 in some checkpoints of HTSAT-tiny."""

    @classmethod
    def of(cls, shapes: Shapes) -> Architecture:
        """Infer the architecture from the shapes of an audio tower's weights.

        Raises:
            LookupError: a layer that a size is read from is missing, or has another number of axes.
            ValueError: heads that do not divide the features.
        """
        blocks = {(int(match[1]), int(match[2])) for key in shapes if (match := _BLOCK.match(key))}
        groups = range(1 + max((group for group, _ in blocks), default=-1))
        width = shapes["patch_embed.proj.weight"][0]
        heads = tuple(shapes[f"layers.{group}.blocks.0.attn.relative_position_bias_table"][1] for group in groups)
        if any(width * 2**group % of for group, of in zip(groups, heads, strict=True)):
            raise ValueError(f"{heads} heads cannot share {width} features and their doubles")
        return cls(
            width=width,
            depths=tuple(sum(group == of for of, _ in blocks) for group in groups),
            heads=heads,
            classes=shapes["head.weight"][0],
            fft=shapes["spectrogram_extractor.stft.conv_real.weight"][2],
        )

    @property
    def features(self) -> int:
        """D of its output."""
        return int(self.width * 2 ** (len(self.depths) - 1))

    def unset(self) -> torch.nn.Module:
        """Build a model of this architecture with unset weights; see `adsw.encoders.audio.laion.unset_htsat`."""
        from adsw.encoders.audio.laion import unset_htsat

        fmin, fmax = _HERTZ
        config = SimpleNamespace(
            mel_bins=_MELS, sample_rate=SAMPLE_RATE, window_size=self.fft, hop_size=_HOP, fmin=fmin, fmax=fmax
        )
        return unset_htsat(
            spec_size=_SPECTROGRAM,
            patch_size=_PATCH,
            patch_stride=(_PATCH, _PATCH),
            window_size=_WINDOW,
            num_classes=self.classes,
            embed_dim=self.width,
            depths=list(self.depths),
            num_heads=list(self.heads),
            config=config,
        )


@dataclass(frozen=True)
class HtsatCheckpoint:
    """A checkpoint that was checked to hold every layer of an HTS-AT, in the right shape, and no other."""

    path: Path
    name: str
    """The encoder's name, for faults."""
    architecture: Architecture
    parameters: int
    """Number of parameters in the layers that make the embedding."""

    @classmethod
    def open(cls, path: Path, name: str) -> HtsatCheckpoint:
        """Check a file by the names and shapes in it; no weight is read.

        Raises:
            InputError: see `read_tower`; or layers that are missing, unknown or of another shape.
        """
        shapes = {key: tuple(tensor.shape) for key, tensor in read_tower(path, name).items()}
        try:
            architecture = Architecture.of(shapes)
            model = architecture.unset()
        except (LookupError, ValueError, ArithmeticError, AssertionError) as error:
            rule = f"describes no HTS-AT that can be built: {'no ' * isinstance(error, KeyError)}{error}"
            raise unusable(name, path, rule, fix="Name a checkpoint of laion-clap.") from error
        _check_layers(path, name, shapes, {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()})
        used = (tensor.numel() for key, tensor in model.named_parameters() if key.startswith(_EMBEDDING))
        return cls(path, name, architecture, sum(used))

    def load(self, dtype: torch.dtype) -> torch.nn.Module:
        """Load the model with its weights, in evaluation mode, on the device of this process.

        Raises:
            InputError: weights that are not finite.
        """
        tower = read_tower(self.path, self.name)
        broken = sorted(key for key, tensor in tower.items() if not tensor.isfinite().all())
        if broken:
            rule = f"holds NaN or infinite weights: {', '.join(broken[:_SHOWN])}"
            raise unusable(self.name, self.path, rule)
        model: Any = self.architecture.unset()
        model.load_state_dict(tower)
        # The spectrogram before them stays in float32, whatever their type: its power overflows float16.
        for layers in (model.patch_embed, model.layers, model.norm, model.tscam_conv):
            layers.to(dtype)
        model.patch_embed.register_forward_pre_hook(lambda _, inputs: (inputs[0].to(dtype), *inputs[1:]))
        model.eval().to(device())
        return model  # type: ignore[no-any-return]


def _check_layers(path: Path, name: str, shapes: Shapes, wanted: Shapes) -> None:
    """Refuse layers that are missing, unknown or of another shape, all of them at once."""
    both = shapes.keys() & wanted.keys()
    wrong = {
        "lacks layers": sorted(wanted.keys() - shapes.keys()),
        "has layers that HTS-AT has not": sorted(shapes.keys() - wanted.keys()),
        "has layers of another shape": [
            f"{k} {shapes[k]} for {wanted[k]}" for k in sorted(both) if shapes[k] != wanted[k]
        ],
    }
    faults = Faults(f"The weights of {name!r} cannot be used")
    for rule, keys in wrong.items():
        if keys:
            more = f" and {len(keys) - _SHOWN:,} more" if len(keys) > _SHOWN else ""
            faults.add(str(path), f"{rule}: {', '.join(keys[:_SHOWN])}{more}", None, "Fetch the weights again.")
    faults.raise_if_any()


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

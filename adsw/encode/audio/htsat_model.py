"""LAION-CLAP's HTS-AT out of a checkpoint: its size inferred from the weights, every layer checked, then loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from adsw.encode.audio.laion_checkpoint import read_tower, unusable
from adsw.encode.inference import device
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
        """Build a model of this architecture with unset weights; see `adsw.encode.audio.laion.unset_htsat`."""
        from adsw.encode.audio.laion import unset_htsat

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

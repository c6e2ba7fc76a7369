"""musicnn: a small convolutional network pretrained to tag music, out of a package: no hub, no TensorFlow.

Pons and Serra, *musicnn: pre-trained convolutional neural networks for music audio tagging*, ISMIR 2019 late-breaking
demo. Two models of 787,159 parameters: one of MagnaTagATune (``musicnn``), one of the Million Song Dataset
(``musicnn-msd``), each with 50 tags. The package `musicnn` carries their checkpoints. It asks for TensorFlow and an old
NumPy, so it is installed without what it asks for; only its data files are read, and they must be the original's.

Tokens are windows of 3 s, evenly spread over the clip, each as the network's last hidden layer: 16 of them did best in
a probe of retrieval, ahead of the features of every frame and of the other model (docs/log.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from adsw.arrays import Float32s
from adsw.encoders.audio.spectral import fitted
from adsw.encoders.inference import inferring, pooled_over_time
from adsw.encoders.protocol import AudioSettings, EncoderInfo, Parts
from adsw.packaged import check_digests, installed, package_folder

if TYPE_CHECKING:
    from torch import Tensor

PACKAGE = "musicnn"
INSTALL = "pip install --no-deps musicnn==0.1.0"
SECONDS = 10.0
INDEX, DATA = ".index", ".data-00000-of-00001"

SHA256: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "MTT_musicnn": {
            INDEX: "da2d7bb670b2b31e9bc441bb1bd75eca31b5b061f963cc1f9630c1aff3238f57",
            DATA: "041f3935e981a65cea739842d30c188d3a7d2adf4410955c8668eb3de4a5acab",
        },
        "MSD_musicnn": {
            INDEX: "87f3e0f3550c8d3bafc840374003e5c8af5eeb5ecf6add61af09a7822d3282c8",
            DATA: "8579734ee6388f799ed0def4bbd0d1fdcbeaf213ef2a9dc860917bd76a303de6",
        },
    }
)
"""Folder in the package -> file -> digest."""

FOLDERS: Mapping[str, str] = MappingProxyType({"musicnn": "MTT_musicnn", "musicnn-msd": "MSD_musicnn"})
"""Encoder -> folder in the package."""

TAGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "MTT_musicnn": (
            "guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast", "piano",
            "ambient", "beat", "violin", "vocal", "synth", "female", "indian", "opera", "male", "singing",
            "vocals", "no vocals", "harpsichord", "loud", "quiet", "flute", "woman", "male vocal", "no vocal", "pop",
            "soft", "sitar", "solo", "man", "classic", "choir", "voice", "new age", "dance", "male voice",
            "female vocal", "beats", "harp", "cello", "no voice", "weird", "country", "metal", "female voice", "choral",
        ),
        "MSD_musicnn": (
            "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s",
            "alternative rock", "jazz", "beautiful", "metal", "chillout", "male vocalists", "classic rock", "soul",
            "indie rock", "Mellow", "electronica", "80s", "folk", "90s", "chill", "instrumental",
            "punk", "oldies", "blues", "hard rock", "ambient", "acoustic", "experimental", "female vocalist",
            "guitar", "Hip-Hop", "70s", "party", "country", "easy listening", "sexy", "catchy",
            "funk", "electro", "heavy metal", "Progressive rock", "60s", "rnb", "indie pop", "sad", "House", "happy",
        ),
    }
)  # fmt: skip
"""Folder in the package -> the tags of the network's outputs, in their order."""


class MusicnnSettings(AudioSettings):
    """Settings of musicnn."""

    tokens: int = Field(default=16, ge=1, le=256)
    """T: windows of 3 s, or with ``midend`` equal stretches of time; 1 is the whole clip."""
    features: Literal["penultimate", "midend"] = "penultimate"
    """The last hidden layer of every window (200), or the mean of the frames' features (753)."""


class Musicnn:
    """musicnn in PyTorch, with the weights that the package carries."""

    Settings = MusicnnSettings

    def __init__(self, parts: Parts, package: Path | None = None) -> None:
        """Check the files; weights are read at the first use.

        Args:
            parts: its name and settings, of `MusicnnSettings`.
            package: folder of the package; by default the installed one's.

        Raises:
            InputError: files are missing or are not the original's.
        """
        self._parts = parts
        self._settings = MusicnnSettings.model_validate(parts.settings.model_dump())
        self._model_name = FOLDERS[parts.name]
        self._folder = (package or package_folder(PACKAGE, "audio encoder", parts.name, INSTALL)) / self._model_name
        missing = f"Install the package again: {INSTALL}"
        altered = f"This copy is cut off or altered. {missing} --force-reinstall"
        check_digests("musicnn", self._folder, SHA256[self._model_name], missing, altered)

    @property
    def info(self) -> EncoderInfo:
        """See `AudioEncoder.info`."""
        from adsw.encoders.audio.musicnn_model import MIDEND, PENULTIMATE, SAMPLE_RATE

        digest = SHA256[self._model_name][DATA][:12]
        return EncoderInfo(
            name=self._parts.name,
            revision=f"{self._parts.revision('1')}-{digest}",
            settings=self._parts.settings.model_dump(),
            kind="audio",
            tokens=self._settings.tokens,
            features=PENULTIMATE if self._settings.features == "penultimate" else MIDEND,
            sample_rate=SAMPLE_RATE,
            seconds=SECONDS,
            parameters=787_159,
            licence="ISC",
            source=f"{self._model_name}; Pons and Serra, ISMIR 2019; from the package musicnn 0.1.0",
            package=installed(PACKAGE),
            weights={f"{self._model_name}/{file}": sha256 for file, sha256 in SHA256[self._model_name].items()},
        )

    def encode(self, waves: Sequence[Float32s]) -> Float32s:
        """Encode waves, see `AudioEncoder.encode`: of longer ones the middle; silence follows those below 3 s."""
        info = self.info
        out = np.empty((len(waves), info.tokens, info.features), dtype=np.float32)
        with inferring():
            for index, wave in enumerate(waves):
                midend_FC = self._midend(wave)
                if self._settings.features == "midend":
                    tokens = pooled_over_time(midend_FC[None], info.tokens)[0]
                else:
                    tokens = self._windows(midend_FC, info.tokens)
                out[index] = tokens.numpy()
        return out

    def tag_scores(self, wave: Float32s) -> dict[str, float]:
        """Return the probability of every tag of the model for a wave, the mean over its windows; the best first."""
        with inferring():
            return self._named(self._windows(self._midend(wave), MusicnnSettings().tokens))

    def tags_of(self, tokens_TD: Float32s) -> dict[str, float] | None:
        """See `TaggingEncoder.tags_of`: the mean over the windows; None for the features of frames."""
        import torch

        if self._settings.features != "penultimate":
            return None
        with inferring():
            return self._named(torch.from_numpy(tokens_TD))

    def _named(self, windows: Tensor) -> dict[str, float]:
        """Return the mean probability of every tag over windows [T, 200], the best first."""
        scores = self._network.tags(windows).mean(dim=0).tolist()
        named = dict(zip(TAGS[self._model_name], scores, strict=True))
        return dict(sorted(named.items(), key=lambda item: -item[1]))

    def _midend(self, wave: Float32s) -> Tensor:
        """Compute the features of every frame of a wave, [F, 753], of at least one patch."""
        import torch

        from adsw.encoders.audio.musicnn_model import HOP, PATCH, SAMPLE_RATE, log_mel

        heard = fitted(wave, min(max(len(wave), HOP * (PATCH - 1)), int(SAMPLE_RATE * SECONDS)))
        midend: Tensor = self._network.midend(torch.from_numpy(log_mel(heard))[None])[0]
        return midend

    def _windows(self, midend_FC: Tensor, tokens: int) -> Tensor:
        """Compute the last hidden layer of evenly spread windows, [T, 200]; a single one spans the clip."""
        from adsw.encoders.audio.musicnn_model import PATCH

        length = PATCH if tokens > 1 else len(midend_FC)
        # The convolutions run once over the clip; only the pooling in time is per window.
        starts = np.linspace(0, len(midend_FC) - length, tokens).round().astype(int)
        windows = midend_FC.unfold(0, length, 1)[starts].transpose(1, 2)
        penultimate: Tensor = self._network.penultimate(windows)
        return penultimate

    @cached_property
    def _network(self) -> Any:
        from adsw.encoders.audio.musicnn_model import Musicnn as Network
        from adsw.encoders.audio.tensor_bundle import read_tensors

        return Network(read_tensors(self._folder / INDEX, self._folder / DATA))

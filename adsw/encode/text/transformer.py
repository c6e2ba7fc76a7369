"""Base of the text encoders of transformers: loading, batches of one length, pooling, info.

Shapes: B texts, T tokens, D features; L word pieces of a text, its special ones included.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from adsw.encode.inference import device, equal_lengths, inferring, pooled_over_time
from adsw.encode.pretrained import configured, encoder_info, load_model, model_folder, parameter_count
from adsw.encode.protocol import EncoderInfo, Float32Array, NeuralSettings, Parts
from adsw.encode.text.tokenizer import BESIDE, load_tokenizer, tokenizer_files

if TYPE_CHECKING:
    import torch

PIECES_PER_BATCH = {"cpu": 2048, "cuda": 32_768}
"""Word pieces in one batch, by the type of device."""


class TextSettings(NeuralSettings):
    """Settings of every neural text encoder."""

    tokens: int = Field(default=1, ge=1, le=512)
    """T: 1 is the family's own pooled vector; more are means over so many equal stretches of the word pieces' last
    states, special ones included."""


class TransformerText(ABC):
    """A text encoder of transformers. A family says which model, which tokenizer, how long a text may be, and how its
    states are pooled.

    Texts are cut at the limit, special word pieces included, as the model's own tokenizer cuts them; nothing is padded,
    since texts of one length share a batch.
    """

    Settings: ClassVar[type[TextSettings]] = TextSettings
    model_types: ClassVar[tuple[str, ...]]
    """Values that ``model_type`` in config.json may have."""
    config_class: ClassVar[str]
    model_class: ClassVar[str]
    tokenizer_class: ClassVar[str]
    """Names in transformers."""
    tokenizer_sets: ClassVar[Sequence[Sequence[str]]]
    """See `tokenizer_files`."""
    unread: ClassVar[tuple[str, ...]]
    """Beginnings of the names of layers that a checkpoint may hold and that do not run here."""
    arguments: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    """Further arguments of the model's class."""

    def __init__(self, parts: Parts) -> None:
        """Check the files; weights are read at the first use.

        Raises:
            InputError: files are missing, damaged or another architecture's.
        """
        self._files = tokenizer_files(parts.weights.path if parts.weights else None, self.tokenizer_sets)
        self._folder = model_folder(parts, self.model_types, self._files, BESIDE)
        self._settings: Any = parts.settings
        self._config = self._configured()
        self._tokenizer = self._load_tokenizer()

    @cached_property
    def info(self) -> EncoderInfo:
        """See `TextEncoder.info`."""
        parts = self._folder.parts
        return encoder_info(
            parts,
            "1",
            kind="text",
            tokens=self._settings.tokens,
            features=self._features,
            parameters=parameter_count(self._folder, self._model_type, self._config, **self.arguments),
        )

    def encode(self, texts: Sequence[str]) -> Float32Array:
        """Encode texts, see `TextEncoder.encode`. They are cut at the model's limit."""
        out = np.empty((len(texts), self._settings.tokens, self._features), dtype=np.float32)
        if not texts:
            return out
        pieces = self._tokenizer(list(texts), truncation=True, max_length=self._limit)["input_ids"]
        with inferring():
            for batch in equal_lengths([len(piece) for piece in pieces], PIECES_PER_BATCH[device().type]):
                out[batch] = self._embedded([pieces[index] for index in batch])
        return out

    def _embedded(self, pieces: list[list[int]]) -> Float32Array:
        """Embed texts of one length, given as word pieces [B, L], as tokens [B, T, D]."""
        import torch

        ids_BL = torch.tensor(pieces, device=device())
        output = self._model(input_ids=ids_BL, attention_mask=torch.ones_like(ids_BL))
        embedded: Float32Array = self._pooled(output).float().cpu().numpy()
        return embedded

    def _pooled(self, output: Any) -> torch.Tensor:
        """Pool the model's output to [B, T, D]: by means over the word pieces, unless a family overrides this."""
        return pooled_over_time(output.last_hidden_state, self._settings.tokens)

    @cached_property
    def _model(self) -> Any:
        return load_model(
            self._folder, self._model_type, self._config, self._settings.precision, self.unread, **self.arguments
        )

    def _configured(self) -> Any:
        """Return the configuration of the part that runs."""
        import transformers

        return configured(self._folder, getattr(transformers, self.config_class), self._folder.config)

    def _load_tokenizer(self) -> Any:
        """Load the tokenizer."""
        return load_tokenizer(self._folder, self._files, self.tokenizer_class, self._config.vocab_size)

    @property
    def _model_type(self) -> Any:
        """The class of the part that runs."""
        import transformers

        return getattr(transformers, self.model_class)

    @property
    def _features(self) -> int:
        """D."""
        return int(self._config.hidden_size)

    @property
    @abstractmethod
    def _limit(self) -> int:
        """Word pieces that a text may have, special ones included."""

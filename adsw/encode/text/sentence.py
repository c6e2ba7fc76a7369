"""Any model of sentence-transformers (Reimers and Gurevych, *Sentence-BERT*, EMNLP 2019), through the library itself.

Shapes: B texts, T tokens, D features; L word pieces of a text.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from adsw.encode.inference import device, dtype_of, equal_lengths, inferring, pooled_over_time
from adsw.encode.pretrained import configured, encoder_info, load_model, parameter_count
from adsw.encode.protocol import EncoderInfo, Float32Array, Parts
from adsw.encode.text.sentence_folder import refused, sentence_folder
from adsw.encode.text.transformer import PIECES_PER_BATCH, TextSettings
from adsw.quiet_transformers import quiet_transformers

if TYPE_CHECKING:
    import torch

_ENCODERS = {"t5": "T5EncoderModel", "mt5": "MT5EncoderModel"}
"""Class that the library takes for architectures that decode as well."""
_HEADS = ("",)  # whatever else the checkpoint holds, such as the head that it was trained with


class Sentence:
    """The library's own pooling, projection and normalisation, with the model's own default prompt where it has one.

    Texts are cut at the model's own length. Of several tokens each is a mean of the Transformer's states, and what
    follows pooling is left out.
    """

    Settings = TextSettings

    def __init__(self, parts: Parts) -> None:
        """Check the files; weights are read at the first use.

        Raises:
            InputError: files are missing or damaged, or the model is built of something that is not known.
        """
        self._settings: Any = parts.settings
        self._folder = sentence_folder(parts)
        self._transformer = self._folder.transformer
        self._config = self._configured()
        self._class = self._class_that_runs()

    @cached_property
    def info(self) -> EncoderInfo:
        """See `TextEncoder.info`."""
        parts = self._folder.parts
        inner = parameter_count(self._transformer, self._class, self._config, **self._arguments)
        return encoder_info(
            parts,
            "1",
            kind="text",
            tokens=self._settings.tokens,
            features=self._features,
            parameters=inner + sum(module.parameters for module in self._folder.modules),
        )

    def encode(self, texts: Sequence[str]) -> Float32Array:
        """Encode texts, see `TextEncoder.encode`. They are cut at the model's own length."""
        out = np.empty((len(texts), self._settings.tokens, self._features), dtype=np.float32)
        if not texts:
            return out
        with inferring():
            for batch in equal_lengths(self._lengths(texts), PIECES_PER_BATCH[device().type]):
                out[batch] = self._embedded([texts[index] for index in batch]).float().cpu().numpy()
        return out

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        """Return the number of word pieces of each text, without a default prompt, which adds as many to each."""
        limit = self._model.max_seq_length
        pieces = self._model.tokenizer(list(texts), truncation=limit is not None, max_length=limit)["input_ids"]
        return [len(piece) for piece in pieces]

    def _embedded(self, texts: list[str]) -> torch.Tensor:
        """Embed texts of one length as tokens, [B, T, D]."""
        import torch

        asked = {"batch_size": len(texts), "show_progress_bar": False}
        if self._settings.tokens == 1:
            vectors: torch.Tensor = self._model.encode(texts, convert_to_tensor=True, **asked)
            return vectors[:, None]
        states = self._model.encode(texts, output_value="token_embeddings", **asked)
        return torch.cat([pooled_over_time(states_LD[None], self._settings.tokens) for states_LD in states])

    @cached_property
    def _model(self) -> Any:
        """The library's model, loaded after a check that the file has all layers."""
        from sentence_transformers import SentenceTransformer

        # For the check alone: the library leaves missing layers random.
        load_model(self._transformer, self._class, self._config, "fp32", _HEADS, **self._arguments)
        root = self._folder.root
        try:
            with quiet_transformers():
                model = SentenceTransformer(
                    str(root), device=str(device()), local_files_only=True, trust_remote_code=False
                )
        except Exception as error:  # the library has no errors of its own, and what it loads is the user's
            why = " ".join(str(error).split())[:300]
            raise refused(self._folder.parts, root, f"cannot be loaded by sentence-transformers: {why}") from error
        return model.to(dtype_of(self._settings.precision)).eval()

    def _configured(self) -> Any:
        """Return the configuration of the model's Transformer."""
        from transformers import CONFIG_MAPPING

        kind = self._transformer.config["model_type"]
        if kind not in CONFIG_MAPPING:
            raise self._transformer.fault("names an architecture that transformers does not have", kind)
        return configured(self._transformer, CONFIG_MAPPING[kind], self._transformer.config)

    def _class_that_runs(self) -> Any:
        """Return the class of transformers that the library would choose."""
        import transformers

        kind = self._transformer.config["model_type"]
        if kind in _ENCODERS:
            return getattr(transformers, _ENCODERS[kind])
        if type(self._config) not in transformers.MODEL_MAPPING or not hasattr(self._config, "hidden_size"):
            raise self._transformer.fault("must name an architecture that encodes text", kind)
        return transformers.MODEL_MAPPING[type(self._config)]

    @property
    def _arguments(self) -> dict[str, Any]:
        """Further arguments of the model's class."""
        # Without the layer on top of the first token's state, which many checkpoints lack and nothing here uses.
        takes = inspect.signature(self._class.__init__).parameters
        return {"add_pooling_layer": False} if "add_pooling_layer" in takes else {}

    @property
    def _features(self) -> int:
        """D."""
        width = self._folder.width if self._settings.tokens == 1 else None
        return int(width or self._config.hidden_size)

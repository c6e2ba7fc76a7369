"""Base of the text encoders of transformers: loading, batches of one length, pooling, info.

Shapes: B texts, T tokens, D features; L word pieces of a text, its special ones included.
"""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from adsw.arrays import Float32s as Float32Array
from adsw.encoders.inference import device, equal_lengths, inferring, pooled_over_time
from adsw.encoders.protocol import EncoderInfo, NeuralSettings, Parts
from adsw.encoders.transformers_model import (
    ModelFolder,
    configured,
    encoder_info,
    load_model,
    model_folder,
    parameter_count,
)
from adsw.hub import quiet_transformers

if TYPE_CHECKING:
    import torch

JSON = "tokenizer.json"

SENTENCEPIECE = "spiece.model"

BYTE_PAIRS = ((JSON,), ("vocab.json", "merges.txt"))

UNIGRAMS = ((JSON,), (SENTENCEPIECE,))
"""Sets of files for one tokenizer, in transformers' order of preference."""

BESIDE = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
"""Files that are read beside any of them."""

_PROBE = "a slow waltz for the violin"


def is_uncased(tokenizer: Any) -> bool:
    """Return whether a tokenizer makes the same word pieces of a text in lower and in upper case."""
    lower, upper = tokenizer([_PROBE, _PROBE.upper()])["input_ids"]
    # One that knows no letters makes nothing but special pieces of either.
    return bool(lower == upper and set(lower) - set(tokenizer.all_special_ids))


def tokenizer_files(folder: Path | None, sets: Sequence[Sequence[str]]) -> Sequence[str]:
    """Return the first set of files that a folder holds completely; the first of all if it holds none."""
    if folder is None:
        return sets[0]
    return next((names for names in sets if all((folder / name).is_file() for name in names)), sets[0])


def load_tokenizer(folder: ModelFolder, files: Sequence[str], class_name: str, vocabulary: int) -> Any:
    """Load a tokenizer of transformers and check that it fits the model.

    Args:
        folder: of the model.
        files: those that it is read from, by `tokenizer_files`.
        class_name: its class in transformers.
        vocabulary: number of tokens that the model knows.

    Raises:
        InputError: the files are damaged, or another model's; or the package sentencepiece is needed and not installed.
    """
    import transformers

    if SENTENCEPIECE in files and importlib.util.find_spec("sentencepiece") is None:
        fix = "Run: pip install 'adsw[sentence]'"
        raise folder.fault("needs the package sentencepiece to be read", file=SENTENCEPIECE, fix=fix)
    try:
        with quiet_transformers():
            tokenizer = getattr(transformers, class_name).from_pretrained(str(folder.path), local_files_only=True)
    except Exception as error:  # tokenizers raises nothing more precise
        why = " ".join(str(error).split())[:300]
        raise folder.fault(f"cannot be read: {why}", file=files[0]) from error
    highest = max(tokenizer.get_vocab().values())
    if highest >= vocabulary:
        raise folder.fault(f"must have no token beyond the model's {vocabulary:,}", highest, file=files[0])
    # Out of an empty folder transformers makes an empty tokenizer without a word.
    if not set(tokenizer(_PROBE)["input_ids"]) - set(tokenizer.all_special_ids):
        raise folder.fault("must know letters; it makes nothing but special tokens of a text", file=files[0])
    return tokenizer


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
            uncased=is_uncased(self._tokenizer),
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


_WRONG_END = 2  # the end's number in older configurations, where the model takes the highest token instead


class ClipSettings(TextSettings):
    """Settings of CLIP's text tower."""

    projected: bool = False
    """Whether the linear projection into the space shared with images follows. A head that is trained on top can learn
    it itself."""


class Clip(TransformerText):
    """The state at the end-of-text token after the last layer norm. Texts are cut at 77 word pieces, special ones
    included.

    Attention is causal: of several tokens, an early one knows nothing of what follows in the text.
    """

    Settings = ClipSettings
    model_types = ("clip", "clip_text_model")
    config_class = "CLIPTextConfig"
    tokenizer_class = "CLIPTokenizer"
    tokenizer_sets = BYTE_PAIRS
    unread = ("vision_model.", "visual_projection.", "logit_scale", "text_projection.")

    def _configured(self) -> Any:
        """Return the configuration of the text tower, from the whole model's or its own."""
        from transformers import CLIPConfig

        if self._folder.config["model_type"] != "clip":
            return super()._configured()
        both = configured(self._folder, CLIPConfig, self._folder.config)
        # Older configurations give the tower a default here; the model of both towers goes by the outer figure.
        both.text_config.projection_dim = both.projection_dim
        return both.text_config

    def _load_tokenizer(self) -> Any:
        """Load the tokenizer and check that texts end with the token by which the model finds the end."""
        # If no token had that number, the model would silently take the first token's state.
        tokenizer = super()._load_tokenizer()
        end = self._config.eos_token_id
        if end == _WRONG_END:
            end = max(tokenizer.get_vocab().values())
        if tokenizer.eos_token_id != end:
            rule = f"must end texts with token {end}, by which the model finds the end"
            raise self._folder.fault(rule, tokenizer.eos_token_id, file=self._files[0])
        return tokenizer

    @property
    def _model_type(self) -> Any:
        from transformers import CLIPTextModel, CLIPTextModelWithProjection

        return CLIPTextModelWithProjection if self._settings.projected else CLIPTextModel

    @property
    def _limit(self) -> int:
        return int(self._config.max_position_embeddings)

    @property
    def _features(self) -> int:
        return int(self._config.projection_dim if self._settings.projected else self._config.hidden_size)

    def _pooled(self, output: Any) -> torch.Tensor:
        is_projected, tokens = self._settings.projected, self._settings.tokens
        if tokens == 1:
            pooled: torch.Tensor = output.text_embeds if is_projected else output.pooler_output
            return pooled[:, None]
        states_BLD = output.last_hidden_state
        return pooled_over_time(self._model.text_projection(states_BLD) if is_projected else states_BLD, tokens)


class Roberta(TransformerText):
    """The mean of the last layer's states over the word pieces, both special ones included: the first one's state alone
    was not trained to represent a text. Texts are cut at 512 word pieces."""

    model_types = ("roberta",)
    config_class = "RobertaConfig"
    model_class = "RobertaModel"
    tokenizer_class = "RobertaTokenizer"
    tokenizer_sets = BYTE_PAIRS
    unread = ("lm_head.", "pooler.")
    arguments = MappingProxyType({"add_pooling_layer": False})

    @property
    def _limit(self) -> int:
        # Positions are counted from the padding token's number upwards.
        return int(self._config.max_position_embeddings - self._config.pad_token_id - 1)


class T5Settings(TextSettings):
    """Settings of T5 and mT5."""

    precision: Literal["fp32", "bf16"] = "fp32"
    """Type of weights and activations."""

    @field_validator("precision", mode="before")
    @classmethod
    def _no_fp16(cls, value: object) -> object:
        if value == "fp16":
            raise ValueError("must be fp32 or bf16: activations of T5 and mT5 exceed what fp16 can hold")
        return value


class T5(TransformerText):
    """The mean of the encoder's states over the word pieces, the end-of-text token included. Texts are cut at 512 word
    pieces, the length it was trained on; no prefix is put before them."""

    Settings = T5Settings
    model_types = ("t5",)
    config_class = "T5Config"
    model_class = "T5EncoderModel"
    tokenizer_class = "T5Tokenizer"
    tokenizer_sets = UNIGRAMS
    unread = ("decoder.", "lm_head.")
    _limit = 512


class MT5(T5):
    """As `T5`; texts are cut at 1024 word pieces, the length it was trained on.

    transformers' tokenizer has one unknown token for signs that the vocabulary of 250,000 lacks, where the original
    spells them in bytes.
    """

    model_types = ("mt5",)
    config_class = "MT5Config"
    model_class = "MT5EncoderModel"
    _limit = 1024

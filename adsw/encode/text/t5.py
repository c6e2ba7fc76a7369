"""The encoders of T5 and mT5, by transformers.

T5: Raffel et al., *Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer*, JMLR 2020. mT5:
Xue et al., *mT5: A Massively Multilingual Pre-trained Text-to-Text Transformer*, NAACL 2021.
"""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from adsw.encode.text.tokenizer import UNIGRAMS
from adsw.encode.text.transformer import TextSettings, TransformerText


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

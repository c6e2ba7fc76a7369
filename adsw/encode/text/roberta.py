"""RoBERTa (Liu et al., *RoBERTa: A Robustly Optimized BERT Pretraining Approach*, 2019), by transformers."""

from __future__ import annotations

from types import MappingProxyType

from adsw.encode.text.tokenizer import BYTE_PAIRS
from adsw.encode.text.transformer import TransformerText


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

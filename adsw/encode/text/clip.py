"""The text tower of CLIP (Radford et al., *Learning Transferable Visual Models From Natural Language Supervision*, ICML
2021, section 2.4), by transformers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adsw.encode.inference import pooled_over_time
from adsw.encode.pretrained import configured
from adsw.encode.text.tokenizer import BYTE_PAIRS
from adsw.encode.text.transformer import TextSettings, TransformerText

if TYPE_CHECKING:
    import torch

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

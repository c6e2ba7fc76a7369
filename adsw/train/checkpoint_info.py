"""The content of a checkpoint's `recipe.json`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from adsw.augment.captions.protocol import CaptionModel
from adsw.encoders.protocol import EncoderInfo
from adsw.store.schema import Dimensions
from adsw.train.recipe import Recipe

FORMAT = 1


class Sizes(BaseModel):
    """Numbers of parameters: of the heads, and with the frozen encoders."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    trainable: int
    total: int


class CheckpointInfo(BaseModel):
    """`recipe.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["adsw-checkpoint"] = "adsw-checkpoint"
    format: int = FORMAT
    recipe: Recipe
    dimensions: Dimensions
    audio_encoder: EncoderInfo
    text_encoder: EncoderInfo
    store_fingerprint: str
    tracks: dict[str, int] = {}
    """Tracks of every split of that store: the pools of `metrics`. Empty in checkpoints that did not record it."""
    captioner: str
    caption_model: CaptionModel | None = None
    """The language model of that store's captions; null for the template, or if the store did not record it."""
    metrics: dict[str, float]
    best_epoch: int | None = None
    """After which the heads were taken, chosen as the best on validation; None where they are the last epoch's."""
    parameters: Sizes
    model_sha256: str
    versions: dict[str, str]

"""Settings of the projection heads."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class HeadConfig(BaseModel):
    """One pre-norm Transformer per modality (the projection module of arXiv 2409.11498: two layers, two heads).

    The paper's text does not give width, output size, pooling or dropout: they are parameters here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    width: Annotated[int, Field(ge=2, le=4096)] = 256
    """Features of a token inside the head."""
    layers: Annotated[int, Field(ge=1, le=24)] = 2
    heads: Annotated[int, Field(ge=1, le=64)] = 2
    """Attention heads; they divide the width."""
    expansion: Annotated[int, Field(ge=1, le=8)] = 2
    """Width of the feed-forward part, as a multiple of `width`: 2 did as well as 4 in 0.7 of the time."""
    out: Annotated[int, Field(ge=2, le=4096)] = 256
    """Features of an embedding, P."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Share of features zeroed after each attention and each feed-forward part."""
    pool: Literal["mean", "cls", "attention"] = "mean"
    """From tokens to one vector: their mean, a learned token's output, or a mean weighted by a learned query."""

    @model_validator(mode="after")
    def _heads_divide_width(self) -> HeadConfig:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} must be a multiple of heads {self.heads}")
        return self

"""Settings of the loss."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

COLDEST, WARMEST = 0.01, 1.0
"""A learned temperature is held between these; CLIP holds its logit scale below 100 likewise."""


class LossConfig(BaseModel):
    """Symmetric InfoNCE. The paper does not give its temperature: 0.07, learned, is CLIP's."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    temperature: Annotated[float, Field(ge=COLDEST, le=WARMEST)] = 0.07
    """Cosines are divided by it; the initial value if it is learned."""
    learn_temperature: bool = True
    mask: Literal["tags", "string"] = "tags"
    """Which texts are no negatives of a track: by `tags` all that are known to be true of it, by `string` only those
    that are the same as its own text, as is usual. Texts of which it is not known what they say are masked by string.
    """

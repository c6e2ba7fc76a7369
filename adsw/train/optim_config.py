"""Settings of the optimiser."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from adsw.train.schedules import Constant, Rate


class OptimConfig(BaseModel):
    """AdamW. The paper does not give these: the defaults suit small heads on cached embeddings."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    lr: Rate = Constant(value=3e-4)
    """Learning rate: a number, or a schedule of its absolute value, read at every step's fractional epoch."""
    weight_decay: Annotated[float, Field(ge=0, le=10)] = 0.01
    """On matrices; never on biases, norms, learned tokens or the temperature."""
    warmup_epochs: Annotated[float, Field(ge=0)] = 1.0
    """The learning rate is multiplied by a straight ramp from 0 to 1 over these."""
    clip: Annotated[float, Field(gt=0)] | None = 1.0
    """Largest l2 norm of a trial's gradient; null for none."""

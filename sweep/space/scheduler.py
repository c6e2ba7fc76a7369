"""The space's settings of the scheduler, which stops trials early."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

OFFERED = ("none", "asha")


class NoScheduler(BaseModel):
    """Every trial runs to its last epoch."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["none"] = "none"

    def expected_epochs(self, epochs: int) -> float:
        """Return the epochs of a trial on average: all of them."""
        return float(epochs)


class Asha(BaseModel):
    """Asynchronous successive halving.

    Source: Li et al., *A System for Massively Parallel Hyperparameter Tuning*, MLSys 2020.

    At grace_epochs, and at each reduction_factor times that, a trial goes on if it is among the best
    1 / reduction_factor of those that got there before it. Included configurations are never stopped.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    kind: Literal["asha"]
    grace_epochs: Annotated[int, Field(ge=1)] = 1
    """No trial is stopped before this epoch."""
    reduction_factor: Annotated[float, Field(gt=1, allow_inf_nan=False)] = 3.0

    def expected_epochs(self, epochs: int) -> float:
        """Return the epochs of a trial on average, if a share of 1 / reduction_factor passes each rung."""
        total, share, reached = 0.0, 1.0, 0.0
        rung = float(self.grace_epochs)
        while rung < epochs:
            # Trials report whole epochs, so a rung between two is judged at the later one.
            total += share * (math.ceil(rung) - reached)
            reached, share, rung = (
                math.ceil(rung),
                share / self.reduction_factor,
                rung * self.reduction_factor,
            )
        return total + share * (epochs - reached)


Scheduler = Annotated[NoScheduler | Asha, Field(discriminator="kind")]

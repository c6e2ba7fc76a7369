"""What trials are compared by."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from adsw.errors import nearest
from adsw.metric_names import lower_is_better, validation_metrics


def natural_mode(metric: str) -> Literal["min", "max"]:
    """Which way a metric is better."""
    return "min" if lower_is_better(metric) else "max"


class Objective(BaseModel):
    """One metric, and whether more or less of it is better. Ranks are better low, all else high."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    metric: str
    mode: Literal["min", "max"]

    @model_validator(mode="before")
    @classmethod
    def _known(cls, value: Any) -> Any:
        if isinstance(value, list):
            raise ValueError("several objectives are not offered yet: give one {metric, mode}")
        if not isinstance(value, dict) or not isinstance(value.get("metric"), str):
            raise ValueError("must be {metric: name, mode: max or min}")
        metric, natural = value["metric"], natural_mode(value["metric"])
        mode = value.get("mode", natural)
        if metric in validation_metrics() and mode in ("min", "max") and mode != natural:
            raise ValueError(f"{metric} is better the other way: use mode {natural}")
        return value | {"mode": mode}

    @field_validator("metric")
    @classmethod
    def _is_measured(cls, metric: str) -> str:
        if metric.startswith("test/"):
            raise ValueError(f"{metric} is of the test split, which is opened once at the end: use valid/")
        if metric not in validation_metrics():
            near = nearest(metric, validation_metrics())
            hint = f"did you mean {near!r}?" if near else f"known: {', '.join(validation_metrics())}"
            raise ValueError(f"unknown metric {metric!r}; {hint}")
        return metric

    def better(self, one: float, other: float) -> bool:
        """Whether one value beats another."""
        return one > other if self.mode == "max" else one < other

"""The objective: the metric that trials are compared by."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from adsw.errors import nearest
from adsw.metrics import is_metric, mode_of, names_on, set_of


class Objective(BaseModel):
    """One metric, and whether more or less of it is better. Ranks are better low, all else high."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    metric: str
    """``SET/DIRECTION/MEASURE``; `sweep.space.rules` checks that the space has the set."""
    mode: Literal["min", "max"]

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        if isinstance(value, Objective):
            return value
        if not isinstance(value, dict) or not isinstance(value.get("metric"), str):
            raise ValueError("must be {metric: name, mode: max or min}")
        metric, natural = value["metric"], mode_of(value["metric"])
        mode = value.get("mode", natural)
        if is_metric(metric) and mode in ("min", "max") and mode != natural:
            raise ValueError(f"{metric} is better the other way: use mode {natural}")
        return value | {"mode": mode}

    @field_validator("metric")
    @classmethod
    def _known(cls, metric: str) -> str:
        if metric.startswith("test/"):
            raise ValueError(f"{metric} is of the test split, which is opened once at the end: use valid/")
        if not is_metric(metric):
            known = names_on(set_of(metric) or "valid")
            near = nearest(metric, known)
            hint = f"did you mean {near!r}?" if near else f"known: {', '.join(known)}"
            raise ValueError(f"unknown metric {metric!r}; {hint}")
        return metric

    @property
    def evaluation_set(self) -> str:
        """The set it is measured on."""
        return set_of(self.metric)

    @property
    def sign(self) -> float:
        """Factor that makes more of the metric better: 1, or -1 if less of it is."""
        return 1.0 if self.mode == "max" else -1.0

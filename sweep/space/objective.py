"""What trials are compared by."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from adsw.errors import nearest

MEASURES = ("R@1", "R@5", "R@10", "mAP@10", "MedR", "meanR")
"""Names of `adsw.evaluate.retrieval.METRICS`, kept here too because that module costs an import of torch."""
LOWER_IS_BETTER = ("MedR", "meanR")
DIRECTIONS = ("t2m", "m2t")


def objective_names() -> list[str]:
    """Every metric of an epoch: text to music and music to text, on the validation split."""
    return [f"valid/{direction}/{measure}" for direction in DIRECTIONS for measure in MEASURES]


def natural_mode(metric: str) -> Literal["min", "max"]:
    """Which way a metric is better."""
    return "min" if metric.rpartition("/")[2] in LOWER_IS_BETTER else "max"


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
        if metric in objective_names() and mode in ("min", "max") and mode != natural:
            raise ValueError(f"{metric} is better the other way: use mode {natural}")
        return value | {"mode": mode}

    @field_validator("metric")
    @classmethod
    def _is_measured(cls, metric: str) -> str:
        if metric.startswith("test/"):
            raise ValueError(f"{metric} is of the test split, which is opened once at the end: use valid/")
        if metric not in objective_names():
            near = nearest(metric, objective_names())
            hint = f"did you mean {near!r}?" if near else f"known: {', '.join(objective_names())}"
            raise ValueError(f"unknown metric {metric!r}; {hint}")
        return metric

    def better(self, one: float, other: float) -> bool:
        """Whether one value beats another."""
        return one > other if self.mode == "max" else one < other

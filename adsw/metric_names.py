"""Names of the retrieval metrics, where they can be read without loading what computes them."""

from __future__ import annotations

MEASURES = ("R@1", "R@5", "R@10", "mAP@10", "MedR", "meanR")
"""Those of `adsw.evaluate.retrieval.METRICS`."""
LOWER_IS_BETTER = frozenset({"MedR", "meanR"})
DIRECTIONS = ("t2m", "m2t")


def validation_metrics() -> list[str]:
    """Every metric of an epoch: text to music and music to text, on the validation split."""
    return [f"valid/{direction}/{measure}" for direction in DIRECTIONS for measure in MEASURES]


def lower_is_better(metric: str) -> bool:
    """Whether a metric is a rank, better when low; all others are better when high.

    >>> lower_is_better("valid/t2m/MedR"), lower_is_better("valid/t2m/R@10")
    (True, False)
    """
    return metric.rpartition("/")[2] in LOWER_IS_BETTER

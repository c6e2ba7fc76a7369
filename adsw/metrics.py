"""The retrieval metrics: their names, which way each is better, what statistic each is, how each is printed.

A metric's full name has three parts, ``set/direction/name``, as in ``valid/t2m/R@10``. Every function here takes the
last part alone as well. Nothing here loads what computes the metrics (`adsw.retrieval.ranking`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

DIRECTIONS = {"t2m": "text to music", "m2t": "music to text"}
METRICS = ("R@1", "R@5", "R@10", "mAP@10", "MedR", "meanR")
BY_TAGS = ("R@1.tags", "R@5.tags", "R@10.tags", "mAP@10.tags")
"""The same with truth by tags (`adsw.retrieval.by_tags`), measured where a store knows what its texts claim."""
SWAP, SWAP_ACCURACY = "swap", "accuracy"
"""``SET/swap/accuracy``: how often audio is nearer to its own text than to a swap of it, where a store holds swaps."""
RANKS = {"MedR": "median rank", "meanR": "mean rank"}
"""Ranks, from 1, are better when low; all other metrics are fractions, better when high."""
_MEDIANS = frozenset({"MedR"})


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's full name in its parts."""

    dataset: str
    way: str
    name: str
    source: str = ""
    """Only queries from this source of texts (``tags``, ``caption``, ``human``), against the whole pool; all queries
    if empty."""

    @classmethod
    def parse(cls, text: str) -> Metric:
        """Split a full name.

        Raises:
            ValueError: the text has not three parts.

        >>> Metric.parse("valid/t2m/R@10").on("test").full
        'test/t2m/R@10'
        """
        parts = text.rsplit("/", 2)
        if len(parts) != 3:
            raise ValueError(f"a metric's name has three parts, as in valid/t2m/R@10, not {text!r}")
        return cls(*parts)

    @property
    def full(self) -> str:
        """The full name: ``test/t2m/R@10``, of one source's queries ``test:tags/t2m/R@10``."""
        return f"{self.dataset}{':' if self.source else ''}{self.source}/{self.way}/{self.name}"

    @property
    def short(self) -> str:
        """Direction and metric in words: ``text to music mAP@10``."""
        return f"{DIRECTIONS.get(self.way, self.way)} {self.name}"  # of swaps: ``swap accuracy``

    @property
    def statistic(self) -> Literal["mean", "median"]:
        """Whether the metric is the mean or the median of its per-query values."""
        return statistic_of(self.name)

    def on(self, dataset: str) -> Metric:
        """Return the same metric on another set."""
        return replace(self, dataset=dataset)

    def named(self, name: str) -> Metric:
        """Return another metric of the same set and direction."""
        return replace(self, name=name)


def names_on(evaluation_set: str) -> list[str]:
    """Return the full name of every metric that an evaluation set can have, text to music first."""
    ranked = [f"{evaluation_set}/{way}/{name}" for way in DIRECTIONS for name in (*METRICS, *BY_TAGS)]
    return [*ranked, f"{evaluation_set}/{SWAP}/{SWAP_ACCURACY}"]


def validation_metrics() -> list[str]:
    """Return the full name of every metric that each epoch has, whatever the store: those on the validation split."""
    return [name for name in names_on("valid") if not is_by_tags(name) and Metric.parse(name).way != SWAP]


def set_of(text: str) -> str:
    """Return the set that a full name begins with; an empty text if it has not three parts."""
    return text.rpartition("/")[0].rpartition("/")[0]


def is_metric(text: str) -> bool:
    """Return whether a text is the full name of a metric of some set.

    >>> is_metric("works/m2t/MedR"), is_metric("train/loss"), is_metric("valid/t2m/R@11")
    (True, False, False)
    """
    return bool(set_of(text)) and text in names_on(set_of(text))


def is_by_tags(metric: str) -> bool:
    """Return whether a metric counts truth by tags.

    >>> is_by_tags("valid/t2m/mAP@10.tags"), is_by_tags("mAP@10")
    (True, False)
    """
    return metric.rpartition("/")[2] in BY_TAGS


def is_rank(metric: str) -> bool:
    """Return whether a metric is a rank and not a fraction.

    >>> is_rank("valid/t2m/MedR"), is_rank("R@10")
    (True, False)
    """
    return metric.rpartition("/")[2] in RANKS


def mode_of(metric: str) -> Literal["min", "max"]:
    """Return which way a metric is better: ranks when low, all else when high."""
    return "min" if is_rank(metric) else "max"


def sign_of(mode: str) -> float:
    """Return what makes more of a value better: 1 for ``max``, -1 for ``min``.

    >>> sign_of("max"), sign_of("min")
    (1.0, -1.0)
    """
    return 1.0 if mode == "max" else -1.0


def digits_of(metric: str, fraction: int = 4) -> int:
    """Return the digits that a metric is printed with: one for ranks, `fraction` for fractions."""
    return 1 if is_rank(metric) else fraction


def statistic_of(metric: str) -> Literal["mean", "median"]:
    """Return whether a metric is the mean or the median of its per-query values."""
    return "median" if metric.rpartition("/")[2] in _MEDIANS else "mean"

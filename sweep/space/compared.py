"""What an ablation compares: which trials are replicates of one configuration, its name, and the reference."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from adsw.report.format import short, short_names
from sweep.space.model import DEFAULT

Compared = TypeVar("Compared")
Key = tuple[str, str]
"""An arm's name, empty for a trial without one, and its searched values as JSON."""


def replicate_key(arm: str | None, params: Mapping[str, Any]) -> Key:
    """Return the key that the replicates of one configuration share: arm and params, without the seed.

    >>> replicate_key("wide", {"optim.lr": 0.001})
    ('wide', '{"optim.lr": 0.001}')
    """
    return arm or "", json.dumps(dict(params), sort_keys=True, default=str)


def reference_of(compared: Sequence[Compared], arm: Callable[[Compared], str | None]) -> Compared:
    """Return the reference of a comparison: the arm called ``default``, or else the first.

    Args:
        compared: one or more, in the order of the space.
        arm: returns the arm's name of one of them.

    >>> reference_of(["wide", "default"], lambda name: name), reference_of(["wide", "deep"], lambda name: name)
    ('default', 'wide')
    """
    return next((candidate for candidate in compared if arm(candidate) == DEFAULT), compared[0])


def paired_differences(values: Mapping[int, float], others: Mapping[int, float]) -> list[float]:
    """Return the differences of values and others on every seed that both have, in the order of seeds.

    Replicates of one seed share their draws, so such a difference scatters less than that of two means.

    >>> paired_differences({1: 0.5, 0: 0.25, 7: 0.1}, {0: 0.125, 1: 0.25})
    [0.125, 0.25]
    """
    return [values[seed] - others[seed] for seed in sorted(values.keys() & others.keys())]


def telling_names(compared: Sequence[tuple[str | None, Mapping[str, Any]]]) -> list[str]:
    """Return names that tell configurations apart: the arm's, with the searched values where arms share a name.

    Args:
        compared: arm and searched values of each.

    >>> telling_names([("wide", {"optim.lr": 0.1}), ("wide", {"optim.lr": 0.2}), ("default", {}), (None, {})])
    ['wide: optim.lr 0.1', 'wide: optim.lr 0.2', 'default', 'all as fixed']
    """
    words = short_names(name for _, params in compared for name in params)
    shared = Counter(arm for arm, _ in compared)
    names = []
    for arm, params in compared:
        values = ", ".join(f"{words[name]} {short(value)}" for name, value in params.items())
        suffix = values if arm is None or shared[arm] > 1 else ""
        names.append(": ".join(part for part in (arm, suffix) if part) or "all as fixed")
    return names

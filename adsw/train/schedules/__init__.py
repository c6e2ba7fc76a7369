"""Schedules: how a quantity changes over the epochs, as plain data.

Epochs are counted from 0. Rules of sampling take the value at the whole epoch; the learning rate takes it at
the fractional epoch of every step. Ramps hold their start before `delay` and their end after
`delay + epochs`, exactly, and stay between the two. A plain number means `constant`. An `adaptive` schedule is no
function of the epoch: it follows the training from its start to its end (`adsw.train.adaptation`).
"""

from __future__ import annotations

from adsw.train.schedules.adaptive import Adaptive, AdaptiveState, OnAccuracy, OnPlateau, Signals
from adsw.train.schedules.fixed import Constant, Cosine, Exponential, Linear, Piecewise, Ramp, Step
from adsw.train.schedules.kinds import (
    FIELDS,
    KINDS,
    MODELS,
    AnySchedule,
    Probability,
    Rate,
    Schedule,
    Weight,
    called,
    is_tag,
    kinds_with,
    zero_together,
)

__all__ = [
    "FIELDS",
    "KINDS",
    "MODELS",
    "Adaptive",
    "AdaptiveState",
    "AnySchedule",
    "Constant",
    "Cosine",
    "Exponential",
    "Linear",
    "OnAccuracy",
    "OnPlateau",
    "Piecewise",
    "Probability",
    "Ramp",
    "Rate",
    "Schedule",
    "Signals",
    "Step",
    "Weight",
    "called",
    "is_tag",
    "kinds_with",
    "zero_together",
]

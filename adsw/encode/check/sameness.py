"""Checks that an embedding does not depend on the time, the instance or the other inputs of the batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adsw.encode.check.figures import difference
from adsw.encode.check.findings import Finding, judged
from adsw.encode.check.inputs import unequal
from adsw.encode.check.subject import Subject
from adsw.encode.protocol import Float32Array

_FEW = 3
"""Number of inputs that are encoded one by one."""


def twice(subject: Subject) -> Finding:
    """Check that one instance gives the same embeddings twice."""
    apart = difference(subject.out, subject.again)
    return judged(
        "twice",
        apart,
        subject.repeatable,
        "the same inputs give the same embeddings again",
        "the same inputs give other embeddings when they are encoded again",
        "refused",
    )


def fresh_instance(subject: Subject) -> Finding:
    """Check that another instance gives the same embeddings."""
    # Layers that are not in the weights, and so random, show here.
    apart = difference(subject.out, subject.make().encode(subject.given))
    return judged(
        "fresh instance",
        apart,
        subject.repeatable,
        "loaded anew, it gives the same embeddings",
        "loaded anew, it gives other embeddings: part of it may not be in its weights",
        "refused",
    )


def batch_size(subject: Subject) -> Finding:
    """Check that inputs of like lengths give the same alone and in a batch."""
    apart = difference(subject.out[:_FEW], _alone(subject.encoder, subject.given[:_FEW]))
    return judged(
        "batch size",
        apart,
        subject.tolerance,
        "inputs give the same alone and in a batch",
        "inputs depend on how many are encoded together",
        "weak",
    )


def padding(subject: Subject) -> Finding:
    """Check that inputs give the same alone and beside inputs of other lengths."""
    apart = difference(_alone(subject.encoder, list(unequal(subject.info).values())), subject.mixed)
    return judged(
        "padding",
        apart,
        subject.tolerance,
        "beside longer inputs, short ones give the same as alone",
        "short inputs depend on the longer ones beside them: padding is not masked",
        "weak",
    )


def order(subject: Subject) -> Finding:
    """Check that inputs give the same in reverse order."""
    backwards = list(unequal(subject.info).values())[::-1]
    apart = difference(subject.mixed, subject.encoder.encode(backwards)[::-1])
    return judged(
        "order",
        apart,
        subject.tolerance,
        "the order of the inputs does not matter",
        "embeddings depend on the order of the inputs",
        "weak",
    )


def _alone(encoder: Any, given: Sequence[Any]) -> Float32Array:
    """Encode each input by itself, [B, T, D]."""
    return np.concatenate([encoder.encode([item]) for item in given])

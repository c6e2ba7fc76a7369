"""Figures of embeddings: how much they differ between inputs, and how much between two encodings of one input.

Shapes: B inputs, T tokens, D features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Float32s as Float32Array
from adsw.encoders.check.findings import ALIKE, CONSTANT, LEAST_RANK, SAME, Finding, Subject, Verdict, judged
from adsw.encoders.check.inputs import Inputs, odd, unequal
from adsw.encoders.protocol import EncoderInfo

_LEAST = 1e-30
"""Keeps a division by the length of a zero vector finite."""

_ROUNDING = 1e-7
"""Differences below this share of the embeddings are those of float32's rounding."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How different the embeddings of different inputs are."""

    mean_cosine: float
    """Mean over all pairs; 1 if all are alike."""
    max_cosine: float
    """Cosine of the pair most alike."""
    closest: tuple[int, int]
    """Indices of that pair."""
    effective_rank: float
    """Number of directions in which they differ, from 1 to B - 1; 0 if they do not."""


def spread_of(embeddings_BTD: Float32Array) -> Spread:
    """Compute the spread of at least two embeddings, each taken as one vector of T x D.

    The effective rank is the exponential of the entropy of the singular values of the centred vectors, as shares of
    their sum (Roy and Vetterli, *The effective rank*, EUSIPCO 2007).

    Raises:
        ValueError: fewer than two embeddings, or values that are not finite.
    """
    flat = embeddings_BTD.reshape(len(embeddings_BTD), -1).astype(np.float64)
    if len(flat) < 2 or not np.isfinite(flat).all():
        raise ValueError("the spread is of two and more finite embeddings")
    unit = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), _LEAST)
    first, second = np.triu_indices(len(flat), 1)
    cosines = (unit @ unit.T)[first, second]
    nearest = int(cosines.argmax())
    return Spread(
        float(cosines.mean()),
        float(cosines[nearest]),
        (int(first[nearest]), int(second[nearest])),
        _effective_rank(flat),
    )


def difference(first_BTD: Float32Array, second_BTD: Float32Array) -> float:
    """Return the largest distance between an input's two embeddings, as a share of the first one's length.

    It is not finite if either holds values that are not.
    """
    first, second = (x.reshape(len(x), -1).astype(np.float64) for x in (first_BTD, second_BTD))
    apart = np.linalg.norm(first - second, axis=1) / np.maximum(np.linalg.norm(first, axis=1), _LEAST)
    return float(apart.max())


def _effective_rank(flat: NDArray[np.float64]) -> float:
    """Return the effective rank of vectors [B, T x D], 0 if they are equal up to rounding."""
    values = np.linalg.svd(flat - flat.mean(axis=0), compute_uv=False)
    if values.sum() <= _ROUNDING * np.linalg.norm(flat):
        return 0.0
    shares = values / values.sum()
    shares = shares[shares > 0]
    return float(np.exp(-(shares * np.log(shares)).sum()))


_LARGEST = float(np.finfo(np.float16).max)
"""Stores hold 16 bits."""


def shape(info: EncoderInfo, out_BTD: Any, count: int) -> Finding:
    """Check shape and type of the outputs for so many inputs."""
    wanted = (count, info.tokens, info.features)
    actual, kind = getattr(out_BTD, "shape", None), str(getattr(out_BTD, "dtype", type(out_BTD).__name__))
    fine = actual == wanted and kind == "float32"
    said = f"{count} inputs gave {kind} {list(actual or ())}"
    return Finding(
        name="shape",
        verdict="ok" if fine else "refused",
        said=said if fine else f"{said}, where float32 {list(wanted)} is promised",
    )


def finite(out_BTD: Float32Array) -> Finding:
    """Check that every value is finite, also in 16 bits."""
    share = 1 - float((np.abs(out_BTD) <= _LARGEST).mean())
    return judged(
        "finite",
        share,
        0.0,
        f"no NaN, nothing beyond 16 bits; largest value {np.abs(out_BTD).max():.3g}",
        f"{share:.2%} of the values are NaN, infinite or beyond what 16 bits hold",
        "refused",
    )


def unaltered(inputs: Inputs, given: Sequence[Any]) -> Finding:
    """Check that the encoder left its inputs unchanged, by comparing them with copies."""
    fine = all(np.array_equal(item, kept) for item, kept in zip(given, inputs.values(), strict=True))
    said = "inputs are left as they were" if fine else "the encoder writes into the inputs that it is given"
    return Finding(name="inputs", verdict="ok" if fine else "weak", said=said)


def odd_inputs(subject: Subject) -> Finding:
    """Check that odd inputs are encoded, each by itself, so that one that fails is named."""
    failed, inputs = [], {"nothing at all": None, **odd(subject.info)}
    for name, item in inputs.items():
        given = [] if item is None else [item]
        try:
            out_BTD = subject.encoder.encode(given)
        except Exception as error:  # whatever an encoder raises is what it does with such an input
            failed.append(f"{name}: {type(error).__name__}: {' '.join(str(error).split())[:120]}")
            continue
        if shape(subject.info, out_BTD, len(given)).verdict != "ok":
            failed.append(f"{name}: wrong shape")
        elif not (np.abs(out_BTD) <= _LARGEST).all():
            failed.append(f"{name}: not finite")
    verdict: Verdict = "refused" if failed else "ok"
    return Finding(name="odd inputs", verdict=verdict, said="; ".join(failed) or "works: " + ", ".join(inputs))


def spread(subject: Subject) -> Finding:
    """Check that embeddings of different inputs differ; near-constant encoders are refused."""
    mean = spread_of(subject.out).mean_cosine
    known: dict[str, Any] = {"name": "spread", "figure": mean}
    if mean > CONSTANT:
        said = "different inputs give almost the same embedding: nothing can be learnt from them"
        return Finding(verdict="refused", limit=CONSTANT, said=f"mean cosine; {said}", **known)
    if mean > ALIKE:
        return Finding(verdict="weak", limit=ALIKE, said="mean cosine; different inputs lie close together", **known)
    return Finding(verdict="ok", limit=ALIKE, said="mean cosine between different inputs", **known)


def closest_pair(subject: Subject) -> Finding:
    """Check that the two inputs most alike still have different embeddings."""
    measured, names = spread_of(subject.out), list(subject.inputs)
    pair = " and ".join(names[index] for index in measured.closest)
    return judged(
        "closest pair",
        measured.max_cosine,
        SAME,
        f"cosine between {pair}",
        f"cosine between {pair}: these two are told apart by nothing",
        "weak",
    )


def directions(subject: Subject) -> Finding:
    """Check in how many directions the outputs differ."""
    rank, count = spread_of(subject.out).effective_rank, len(subject.inputs)
    fine = rank >= LEAST_RANK
    said = f"effective rank, of {count - 1} at most for {count} inputs"
    return Finding(
        name="directions",
        verdict="ok" if fine else "weak",
        figure=rank,
        limit=LEAST_RANK,
        bound="least",
        said=said if fine else f"{said}: they differ along one line",
    )


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

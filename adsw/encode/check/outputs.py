"""Checks of the outputs: their shape, their values, how they differ from one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adsw.encode.check.figures import spread_of
from adsw.encode.check.findings import ALIKE, CONSTANT, LEAST_RANK, SAME, Finding, Verdict, judged
from adsw.encode.check.inputs import Inputs, odd
from adsw.encode.check.subject import Subject
from adsw.encode.protocol import EncoderInfo, Float32Array

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

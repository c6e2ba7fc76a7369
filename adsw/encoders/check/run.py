"""The check of one encoder: known inputs are encoded several times, under changes that must not matter."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from adsw.arrays import Float32s as Float32Array
from adsw.encoders.check import measures as outputs
from adsw.encoders.check import measures as sameness
from adsw.encoders.check.findings import TOLERANCE, CheckReport, Encoder, Finding, Subject
from adsw.encoders.check.inputs import Inputs, copies, distinct, unequal
from adsw.encoders.protocol import EncoderInfo

Tell = Callable[[int, int], None]
"""Called with how many steps are done and how many there are."""

STEPS: tuple[Callable[[Subject], Finding], ...] = (
    sameness.twice,
    sameness.fresh_instance,
    sameness.batch_size,
    sameness.padding,
    sameness.order,
    outputs.odd_inputs,
    outputs.spread,
    outputs.closest_pair,
    outputs.directions,
)
_BEFORE = 3
"""Steps before these: loading, and encoding twice."""


def _nobody(done: int, total: int) -> None:
    """Ignore progress."""
    del done, total


def check_encoder(make: Callable[[], Encoder], device: str, tell: Tell = _nobody) -> CheckReport:
    """Check an encoder.

    Args:
        make: builds it, anew at each call.
        device: name of its device; on ``cpu...`` it must repeat itself bit by bit.
        tell: called with the progress.

    Returns:
        The report; it ends with the shape or the finite values if these are wrong.

    Raises:
        InputError: as `make` does.
    """
    total = _BEFORE + len(STEPS)
    tell(0, total)
    encoder, load_seconds = _loaded(make)
    tell(1, total)
    info: EncoderInfo = encoder.info
    inputs = distinct(info)
    given = copies(inputs)
    out_BTD, seconds = _timed(encoder, given)
    tell(2, total)
    findings = [outputs.shape(info, out_BTD, len(given))]
    if findings[0].verdict == "ok":
        findings.append(outputs.finite(out_BTD))
    if all(finding.verdict == "ok" for finding in findings):
        again_BTD, more = _timed(encoder, copies(inputs))
        seconds = min(seconds, more)
        findings.append(outputs.unaltered(inputs, given))
        subject = _subject(make, encoder, inputs, out_BTD, again_BTD, device)
        findings.extend(_steps(subject, tell, total))
    tell(total, total)
    return CheckReport(
        encoder=info,
        device=device,
        load_seconds=round(load_seconds, 3),
        inputs_per_second=round(len(given) / seconds, 3),
        seconds_per_input=len(given[0]) / info.sample_rate if info.sample_rate else None,
        findings=tuple(findings),
    )


def _steps(subject: Subject, tell: Tell, total: int) -> Iterator[Finding]:
    """Yield the findings of all steps."""
    for done, step in enumerate(STEPS, _BEFORE):
        tell(done, total)
        yield step(subject)


def device_name(accelerated: bool) -> str:
    """Return the device that an encoder runs on: the GPU's name if it uses one and there is one; else ``cpu``."""
    if not accelerated:
        return "cpu"
    import torch

    from adsw.encoders.inference import device

    chosen = device()
    return str(chosen.type) if chosen.type == "cpu" else f"{chosen.type} ({torch.cuda.get_device_name(chosen)})"


def _loaded(make: Callable[[], Encoder]) -> tuple[Any, float]:
    """Build the encoder and encode one short input; return the encoder and the seconds that took."""
    began = time.perf_counter()
    encoder: Any = make()
    encoder.encode(list(unequal(encoder.info).values())[:1])
    return encoder, time.perf_counter() - began


def _timed(encoder: Any, given: Sequence[Any]) -> tuple[Float32Array, float]:
    """Encode inputs; return the embeddings and the seconds they took."""
    began = time.perf_counter()
    out_BTD = encoder.encode(given)
    return out_BTD, max(time.perf_counter() - began, 1e-9)


def _subject(
    make: Callable[[], Encoder],
    encoder: Any,
    inputs: Inputs,
    out_BTD: Float32Array,
    again_BTD: Float32Array,
    device: str,
) -> Subject:
    """Encode the inputs of unequal lengths and return the subject of the steps."""
    info = encoder.info
    tolerance = TOLERANCE[str(info.settings.get("precision", "fp32"))]
    # Kernels of a GPU may add in another order each time; a CPU's, on one thread, may not.
    repeatable = 0.0 if device.startswith("cpu") else tolerance
    mixed_BTD = encoder.encode(copies(unequal(info)))
    return Subject(make, encoder, info, inputs, out_BTD, again_BTD, mixed_BTD, repeatable, tolerance)

"""The check finds what is wrong with an encoder, and nothing wrong with one that is right."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adsw.encoders.check.run import STEPS, check_encoder, device_name
from tests.adsw.encoders.check.misbehaving import WRONG, Constant, Nan, Sane, SaneText, Unlike


@pytest.mark.parametrize("make", [Sane, SaneText])
def test_nothing_is_wrong_with_a_sane_encoder(make: Any) -> None:
    report = check_encoder(make, "cpu")
    assert {finding.name: finding.said for finding in report.findings if finding.verdict != "ok"} == {}
    assert report.verdict == "ok"
    assert report.inputs_per_second > 0
    assert report.load_seconds >= 0
    assert report.seconds_per_input == (1.0 if make is Sane else None)


@pytest.mark.parametrize("make", WRONG)
def test_what_is_wrong_is_found(make: Any) -> None:
    name, verdict = WRONG[make]
    report = check_encoder(make, "cpu")
    found = {finding.name: finding for finding in report.findings}
    assert found[name].verdict == verdict, found
    assert report.verdict == verdict
    json.dumps(report.model_dump(mode="json"), allow_nan=False)


def test_after_nan_no_more_is_said() -> None:
    assert [finding.name for finding in check_encoder(Nan, "cpu").findings] == ["shape", "finite"]


def test_an_edge_that_fails_is_named() -> None:
    [odd] = [
        f
        for f in check_encoder(next(m for m, w in WRONG.items() if w[0] == "odd inputs"), "cpu").findings
        if f.name == "odd inputs"
    ]
    assert "one sample: ValueError: kernel size larger than input" in odd.said
    assert "silence: not finite" in odd.said
    assert "31 s" not in odd.said


def test_on_a_gpu_rounding_is_allowed_and_no_more() -> None:
    class Rounding(Sane):
        """Adds in another order each time."""

        def encode(self, inputs: Any) -> Any:
            return super().encode(inputs) * (1 + 1e-6 * (self.calls % 2))

    verdicts = [check_encoder(Rounding, device).verdict for device in ("cpu", "cuda (a GPU)")]
    assert verdicts == ["refused", "ok"]
    assert check_encoder(Unlike, "cuda (a GPU)").verdict == "refused"


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    check_encoder(Constant, "cpu", lambda done, total: told.append((done, total)))
    total = 3 + len(STEPS)
    assert told == [*((done, total) for done in range(3)), *((done, total) for done in range(3, total)), (total, total)]


def test_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    assert device_name(accelerated=False) == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device_name(accelerated=True) == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "a GPU")
    assert device_name(accelerated=True) == "cuda (a GPU)"

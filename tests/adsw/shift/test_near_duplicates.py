"""Tracks that sound nearly alike are found by hand-made embeddings, and only they."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adsw.shift import near_duplicates as module
from adsw.shift.near_duplicates import NEAR, near_duplicates
from adsw.shift.sample import Sample, sample_of
from adsw.store.store import Store

Make = Callable[..., Any]
TOKENS, FEATURES = 3, 4


def sample(tmp_path: Path, make_store: Make, make_usual_row: Make, name: str, audio: np.ndarray) -> Sample:
    rows = [make_usual_row(f"{name}{n}", ["x"]) | {"audio": one.tobytes()} for n, one in enumerate(audio)]
    return sample_of(Store.open(make_store(tmp_path / name, {"test": rows})), ("test",), name)


@pytest.fixture
def two(tmp_path: Path, make_store: Make, make_usual_row: Make) -> tuple[Sample, Sample]:
    """30 tracks each, far from the origin; of the second 2 is the first's 5, and 3 its 7 with a little noise."""
    random = np.random.default_rng(0)
    audio = 20 + random.standard_normal((60, TOKENS, FEATURES))
    audio[32] = audio[5]
    audio[33] = audio[7] + 0.1 * random.standard_normal((TOKENS, FEATURES))
    first, second = audio.astype(np.float16)[:30], audio.astype(np.float16)[30:]
    return (
        sample(tmp_path, make_store, make_usual_row, "a", first),
        sample(tmp_path, make_store, make_usual_row, "b", second),
    )


@pytest.mark.parametrize("rows", [2048, 7])
def test_copies_are_found_whatever_the_mean(
    two: tuple[Sample, Sample], monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(module, "_ROWS", rows)
    found = near_duplicates(*two)
    assert (found.pairs, found.tracks, found.compared) == (2, (2, 2), (30, 30))
    assert [pair[:2] for pair in found.examples] == [("a5", "b2"), ("a7", "b3")]
    assert found.examples[0][2] == 1.0
    assert NEAR <= found.examples[1][2] < 1
    assert found.remark("a", "b").startswith("2 pairs of tracks sound nearly alike (cosine at least 0.95): 2 of the 30")


def test_large_sets_are_drawn(two: tuple[Sample, Sample], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 10)
    assert near_duplicates(*two).compared == (10, 10)


def test_the_command_tells(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path, make_store: Make, make_usual_row: Make
) -> None:
    rows = [make_usual_row(f"t{n}", ["x", "y"]) for n in range(16)]
    others = [make_usual_row(f"u{n}", ["x", "y"]) for n in range(16)]
    others[4]["audio"] = rows[9]["audio"]
    store = make_store(tmp_path / "s", {"train": rows, "test": others})
    words = ("shift", "--store", f"{store}:train", "--against", f"{store}:test")
    status, out, _ = run(*words, "--json")
    assert status == 0
    near = json.loads(out)["comparisons"][0]["near_duplicates"]
    assert (near["threshold"], near["pairs"]) == (0.95, 1)
    assert near["examples"] == [{"first": "t9", "second": "u4", "cosine": 1.0}]
    _, out, _ = run(*words)
    assert "1 pair of tracks sounds nearly alike" in " ".join(out.split())
    # Given embeddings of another shape under the same name are no longer compared, nor crash.
    wide = make_store(tmp_path / "w", {"test": others}, audio_encoder=_wider(store))
    status, out, _ = run("shift", "--store", f"{store}:test", "--against", wide, "--json")
    comparison = json.loads(out)["comparisons"][0]
    assert comparison["near_duplicates"] is None
    assert any(
        "Audio is not compared: its encoders are ear@1 [3, 4] and ear@1 [6, 2]" in r for r in comparison["remarks"]
    )


def _wider(store: Path) -> Any:
    return Store.open(store).info.audio_encoder.model_copy(update={"tokens": 6, "features": 2})

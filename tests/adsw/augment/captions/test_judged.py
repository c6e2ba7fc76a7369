"""The judge against people's labels of a small model's answers; the rule of labelling is beside the data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adsw.augment.captions.backend import Answer
from adsw.augment.captions.checks import Judge
from adsw.augment.captions.prompt import prompt_named
from adsw.augment.captions.protocol import CaptionOptions
from adsw.augment.vocabulary import builtin

LABELLED = Path(__file__).with_name("judged") / "smollm2.jsonl"


@pytest.fixture(scope="module")
def labelled() -> list[dict[str, Any]]:
    return [json.loads(line) for line in LABELLED.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def judge(labelled: list[dict[str, Any]]) -> Judge:
    tags: dict[str, dict[str, None]] = {}
    for category, given in (pair for row in labelled for pair in row["view"].items()):
        tags.setdefault(category, {}).update(dict.fromkeys(given))
    return Judge(prompt_named("small"), CaptionOptions(), builtin().extended(tags))


@pytest.mark.parametrize(
    ("part", "size", "precision", "recall"),
    [("first", 100, 0.95, 0.95), ("second", 100, 0.95, 0.9), ("third", 150, 0.8, 0.95), ("held out", 110, 0.9, 0.9)],
)
def test_the_judge_agrees_with_readers(
    labelled: list[dict[str, Any]], judge: Judge, part: str, size: int, precision: float, recall: float
) -> None:
    rows = [row for row in labelled if row["part"] == part]
    assert len(rows) == size
    taken = [
        row["good"]
        for row in rows
        if judge.judge(
            {category: tuple(tags) for category, tags in row["view"].items()}, Answer(row["answer"], row["finished"])
        ).reason
        is None
    ]
    assert sum(taken) / len(taken) >= precision
    assert sum(taken) / sum(row["good"] for row in rows) >= recall

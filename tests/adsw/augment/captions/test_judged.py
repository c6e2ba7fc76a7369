"""The judge against people's labels of a small model's answers; the rule of labelling is beside the data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adsw.augment.captions.backend import Answer
from adsw.augment.captions.checks import Judge
from adsw.augment.captions.prompt import prompt_named
from adsw.augment.captions.protocol import CaptionOptions
from adsw.augment.vocabulary import builtin

LABELLED = Path(__file__).with_name("judged") / "smollm2.jsonl"


@pytest.mark.parametrize(("part", "precision", "recall"), [("tuned on", 0.7, 0.95), ("held out", 0.6, 0.8)])
def test_the_judge_agrees_with_readers(part: str, precision: float, recall: float) -> None:
    judge = Judge(prompt_named("small"), CaptionOptions(), builtin())
    rows = [row for row in map(json.loads, LABELLED.read_text().splitlines()) if row["part"] == part]
    assert len(rows) == 100
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

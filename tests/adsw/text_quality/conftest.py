"""Rows and a store whose quality can be reckoned by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from adsw.store.store import Store

Make = Callable[..., Any]
ASKED = "local:model@1"
STAND_IN = "template@1"


@pytest.fixture
def track_row(make_row: Make, make_text: Make) -> Make:
    """A track: its tags, captions as (words, tags of the view, fields), human captions as (words, fields).

    Every text but a human caption of its own has a swap, which nothing here may count.
    """

    def making(
        track_id: str,
        tags: dict[str, list[str]],
        captions: Sequence[tuple[str, list[str], dict[str, Any]]] = (),
        humans: Sequence[tuple[str, dict[str, Any]]] = (),
    ) -> dict[str, Any]:
        texts = []
        for view, (words, kept, fields) in enumerate(captions):
            texts.append(make_text(", ".join(kept), "tags", len(kept), view))
            asked = {"captioner": ASKED, "attempts": 1, "coverage": 1.0, "added": 0}
            texts.append(make_text(words, "caption", len(kept), view, **(asked | fields)))
        texts += [make_text(words, "human", 0, -1, **fields) for words, fields in humans]
        if texts:
            texts.append(make_text("Something else.", texts[0]["source"], 1, 0, swap_of=0, swap_terms=1))
        return {**make_row(track_id, texts), "tags": json.dumps(tags)}

    return making


@pytest.fixture
def rows(track_row: Make) -> dict[str, list[dict[str, Any]]]:
    """Twelve tracks of jazz and a further tag each; one caption each of a view of one tag and of two."""
    moods = ["calm", "sad", "happy", "dark", "dreamy", "tense"]
    made = []
    for number in range(12):
        mood = moods[number % 6]
        wrong = number == 3
        full = f"Some jazz, {mood} and with a sitar." if wrong else f"A {mood} jazz tune, number {number}."
        fields: dict[str, Any] = {"added": 1, "coverage": 1.0} if wrong else {}
        if number == 5:
            fields = {"captioner": STAND_IN, "attempts": 3}
        captions = [("A jazz tune.", ["jazz"], {}), (full, ["jazz", mood], fields)]
        humans = [
            (f"I hear jazz, {mood}.", {"coverage": 1.0, "added": 0}),
            ("Nice.", {"coverage": 0.0, "added": 0}),
        ]
        made.append(track_row(f"t{number:02d}", {"genre": ["jazz"], "mood": [mood]}, captions, humans))
    return {"train": made[:8], "test": made[8:]}


@pytest.fixture
def store_path(tmp_path: Path, make_store: Make, rows: dict[str, Any]) -> Path:
    path: Path = make_store(tmp_path / "store", rows, captioner=ASKED)
    return path


@pytest.fixture
def store(store_path: Path) -> Store:
    return Store.open(store_path)

"""Parts of a shard's texts: of bounded size where tracks have many tags."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from adsw.corpus.track import Track
from adsw.store.stages import Stage
from adsw.store.store import StoreInfo
from adsw.store.text_stage import PART_TEXTS

from ..tiny_encoders import InterruptedWorkError, contents

Build = Callable[..., StoreInfo]


def test_a_part_ends_early_where_tracks_have_many_texts(
    build: Build, tones: list[Track], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that tracks of hundreds of tags are not written in silence, and an interruption costs one of them at most."""
    many = {"theme": tuple(f"theme {number}" for number in range(64))}
    tracks = [replace(one, tags=many, split="train") if place < 3 else one for place, one in enumerate(tones[:12])]
    with monkeypatch.context() as patch:  # as before parts were cut
        patch.setattr("adsw.store.text_stage.PART_TEXTS", 10**9)
        before = build(tmp_path / "before", tracks=tracks)
        told: list[int] = []

        def tell(stage: Stage, done: int, _: int) -> None:
            if stage is Stage.TEXTS:
                told.append(done)
            if len(told) == 2:
                raise InterruptedWorkError

        with pytest.raises(InterruptedWorkError):  # the work folder of an earlier version
            build(tmp_path / "older", tracks=tracks, on_progress=tell)
    assert build(tmp_path / "older", tracks=tracks, resume=True) == before
    assert contents(tmp_path / "older") == contents(tmp_path / "before")

    store = tmp_path / "store"
    seen: list[list[int]] = []
    for _ in range(40):
        told = []
        try:
            info = build(store, tracks=tracks, resume=bool(seen), on_progress=tell)
        except InterruptedWorkError:
            seen.append(told)
        else:
            break
    # Every run wrote one part more, and began with all that those before it wrote.
    parts = [end - begin for begin, end in seen]
    assert [begin for begin, _ in seen[1:]] == [end for _, end in seen[:-1]]
    assert sum(part > 500 for part in parts) == 3
    assert max(parts) <= max(PART_TEXTS, max(split.texts for split in info.splits.values()) // 3)
    assert info == before
    assert contents(store) == contents(tmp_path / "before")

"""Tracks come back from disk as they were."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.corpus.track import Track
from adsw.store.plan import TrackFiles, audio_file

from ..tiny_encoders import track

TEXT = st.text(st.characters(codec=None), max_size=5)
NUMBER = st.none() | st.floats(0, 1e6)
TRACKS = st.builds(
    Track,
    track_id=TEXT,
    audio=st.none() | TEXT,
    start_s=NUMBER,
    duration_s=NUMBER,
    tags=st.dictionaries(TEXT, st.lists(TEXT, max_size=2).map(tuple), max_size=2),
    captions=st.lists(TEXT, max_size=2).map(tuple),
    split=st.sampled_from(["train", "test"]),
    group=TEXT,
    dataset=TEXT,
)


@given(tracks=st.lists(TRACKS, max_size=4))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_whatever_they_hold(tmp_path_factory: pytest.TempPathFactory, tracks: list[Track]) -> None:
    files = TrackFiles(tmp_path_factory.mktemp("work"))
    files.write("train-00000", tracks)
    assert files.all("train-00000") == tracks


def test_what_is_there_stays(tmp_path: Path) -> None:
    files = TrackFiles(tmp_path)
    files.write("a", [track(1, "a.wav")])
    files.write("a", [track(2, "a.wav")])
    assert files.all("a") == [track(1, "a.wav")]


def test_usable_are_those_without_a_kind(tmp_path: Path) -> None:
    files = TrackFiles(tmp_path)
    tracks = [track(n, "a.wav") for n in range(3)]
    files.write("a", tracks)
    file = audio_file(tmp_path / "audio", "a")
    file.parent.mkdir()
    kinds = pa.array([None, "silent", None], pa.string())
    pq.write_table(pa.table({"track_id": [one.track_id for one in tracks], "kind": kinds}), file)
    assert files.usable("a") == [tracks[0], tracks[2]]
    pq.write_table(pa.table({"track_id": ["x", "y", "z"], "kind": kinds}), file)
    with pytest.raises(RuntimeError, match="belongs to other tracks"):
        files.usable("a")

"""The page holds its sound, or links to it, and nothing in the data can break it."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from adsw.search.library import Found, Hit, Library, named_tags
from adsw.search.nearest import Recall
from adsw.search.page import RATE, Clips, mp3, render
from adsw.search.query import Query

QUERY = Query(texts=("a slow <b>air</b> & more",), unwanted=("harp",))
RECALL = Recall(recall=0.987, queries=200, lists=10, probes=2, exact_ms=1, approximate_ms=1)


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """14 s of a tone that is louder in its middle 10 s, in stereo, at a rate that MP3 does not have."""
    time = np.arange(14 * 11_000) / 11_000
    wave = np.sin(2 * np.pi * 440 * time) * np.where(abs(time - 7) < 5, 0.5, 0.05)
    path = tmp_path / "audio" / "a tone #1.wav"
    path.parent.mkdir()
    soundfile.write(path, np.stack([wave, wave], axis=1), 11_000)
    return path


def hit(rank: int, audio: Path | str | None, score: float = 0.5) -> Hit:
    tags = {"form": ["slow air"], "instrument": ["harp", "<i>lute</i>"], "none": []}
    return Hit(rank, score, f"track <{rank}>", "test", "set", tags, None if audio is None else str(audio))


def found(*hits: Hit, query: Query = QUERY) -> Found:
    return Found(query, hits, 12, ("test",), None)


def test_a_clip_is_the_middle_of_the_file(tone: Path) -> None:
    wave, rate = soundfile.read(io.BytesIO(mp3(tone)))
    assert rate == RATE
    assert len(wave) / rate == pytest.approx(10, abs=0.1)
    assert np.sqrt((wave**2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.03)


def test_clips_are_inside_the_page(tone: Path, library: Library, tmp_path: Path) -> None:
    page = render(found(hit(1, tone), hit(2, None), hit(3, tmp_path / "gone.wav")), library, tmp_path / "page.html")
    (source,) = re.findall(r'src="([^"]*)"', page)
    kind, _, data = source.partition(",")
    assert kind == "data:audio/mpeg;base64"
    assert soundfile.info(io.BytesIO(base64.b64decode(data))).duration == pytest.approx(10, abs=0.1)
    assert "no audio file is known" in page
    assert "missing: no such file" in page
    assert "inside this page" in page


def test_a_clip_is_of_the_track_not_of_the_file(tmp_path: Path) -> None:
    # Silence but for a tone from 20 s to 22 s: the track.
    wave = np.zeros(40 * 8000, np.float32)
    wave[20 * 8000 : 22 * 8000] = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16000) / 8000)
    file = tmp_path / "long.wav"
    soundfile.write(file, wave, 8000)
    heard, rate = soundfile.read(io.BytesIO(mp3(file, 20.0, 2.0)))
    assert len(heard) / rate == pytest.approx(2.0, abs=0.1)
    assert np.sqrt(np.mean(heard**2)) > 0.3
    clips = Clips(tmp_path / "page.html", "link")
    assert clips.of(str(file), 20.0, 2.0).source == "long.wav#t=20,22"
    assert clips.of(str(file), 20.0).source == "long.wav#t=20"
    assert clips.of(str(file)).source == "long.wav"


def test_what_lies_elsewhere_is_linked_where_a_browser_can_play_it(tmp_path: Path) -> None:
    clips = Clips(tmp_path / "page.html", "embed")
    assert clips.of("https://host/a%20b.mp3", 2.0, 3.0).source == "https://host/a%20b.mp3#t=2,5"
    assert clips.of("https://host/a.mp3").source == "https://host/a.mp3"
    assert clips.of("s3://bucket/a.mp3").why == "a page cannot play s3:// addresses"


def test_clips_beyond_the_budget_are_linked(tone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = len("data:audio/mpeg;base64,") + len(base64.b64encode(mp3(tone)))
    monkeypatch.setattr("adsw.search.page.BUDGET", size)
    clips = Clips(tmp_path / "page.html", "embed")
    assert [clips.of(str(tone)).embedded for _ in range(3)] == [True, False, False]


def test_links_are_relative_to_the_page(tone: Path, library: Library, tmp_path: Path) -> None:
    page = render(found(hit(1, tone)), library, tmp_path / "pages" / "page.html", play="link")
    assert 'src="../audio/a%20tone%20%231.wav"' in page
    assert "plays where the files lie in the same place" in page
    assert "<audio" not in render(found(hit(1, tone)), library, tmp_path / "page.html", play="none")


def test_nothing_in_the_data_can_break_the_page(library: Library, tmp_path: Path) -> None:
    page = render(found(hit(1, None), hit(2, None, -0.1)), library, tmp_path / "page.html", play="none")
    assert "<b>air</b>" not in page
    assert "&lt;b&gt;air" in page
    assert "&lt;i&gt;lute" in page
    assert "track &lt;1&gt;" in page
    assert '<span class="wanted">slow air</span>' in page
    assert '<span class="unwanted">harp</span>' in page
    assert "<dt>none</dt>" not in page
    assert "--share:100" in page
    assert "--share:0" in page
    assert re.findall(r'(?:src|href)="', page) == []
    assert library.checkpoint.info.model_sha256[:12] in page


def test_the_page_says_how_the_search_was_made(library: Library, tmp_path: Path) -> None:
    def words(query: Query, recall: Recall | None = None) -> str:
        return " ".join(render(replace(found(query=query), recall=recall), library, tmp_path / "p.html").split())

    assert "less 0.5 times that to what is not" in words(QUERY)
    assert "cosine of the track and what is looked for" in words(Query(texts=("a",)))
    mixed = words(Query(texts=("a",), like=("t1",), audio=("dir/hum.wav",)))
    assert "the mean cosine to all that is wanted" in mixed
    assert "like <b>t1</b>" in mixed
    assert "like the file <b>dir/hum.wav</b>" in mixed
    assert "<h1>like t1</h1>" in words(Query(like=("t1",)))
    assert "Every track was compared" in words(QUERY)
    assert "found 98.7 % of the exact first 10" in words(QUERY, RECALL)


def test_tags_are_named_as_the_query_names_them() -> None:
    found = named_tags({"form": ["slow air", "jig"], "instrument": ["harp"], "none": []}, QUERY)
    assert {name: [(tag.text, tag.sort) for tag in tags] for name, tags in found.items()} == {
        "form": [("slow air", "wanted"), ("jig", "")],
        "instrument": [("harp", "unwanted")],
    }

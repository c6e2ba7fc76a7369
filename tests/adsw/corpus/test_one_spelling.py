"""Spellings in manifests: one text, one tag, one group, whatever a file writes."""

from __future__ import annotations

import tempfile
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.corpus.manifest import read_manifest
from adsw.corpus.track import Track
from adsw.errors import InputError
from adsw.retrieval.queries import QuerySet
from adsw.spelling import folded
from tests.adsw.corpus.manifest_files import write

from ..small_stores import DIMENSIONS, row, table_of, text

NFD = unicodedata.normalize("NFD", "Beyoncé")


def read(folder: Path, *rows: dict[str, Any], suffix: str = "jsonl") -> tuple[list[Track], list[str]]:
    remarks: list[str] = []
    full = [{"track_id": f"t{number}", **row} for number, row in enumerate(rows)]
    return read_manifest(write(folder, full, suffix), remarks=remarks), remarks


def faults(folder: Path, *rows: dict[str, Any]) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(folder, *rows)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_a_tag_has_one_spelling_in_the_corpus(tmp_path: Path, suffix: str) -> None:
    given = [["genre---Jazz", "genre---jazz"], ["genre---jazz", "mood---slow\u00a0burn"], ["Genre---JAZZ"]]
    tracks, remarks = read(tmp_path, *({"tags": tags} for tags in given), suffix=suffix)
    assert [track.tags for track in tracks] == [
        {"genre": ("jazz",)},
        {"genre": ("jazz",), "mood": ("slow burn",)},
        {"genre": ("jazz",)},
    ]
    assert remarks == [
        "2 tags with other spellings, read as one: 'jazz' for 'JAZZ', 'Jazz'; 'slow burn' for 'slow\\xa0burn'.",
        "1 category with other spellings, read as one: 'genre' for 'Genre'.",
    ]


def test_the_commonest_spelling_is_shown_even_if_it_has_capitals(tmp_path: Path) -> None:
    tracks, _ = read(tmp_path, *({"tags": {"form": [tag]}} for tag in ("Lied", "Lied", "lied")))
    assert {track.tags["form"] for track in tracks} == {("Lied",)}


def test_captions_are_clean_and_counted(tmp_path: Path) -> None:
    tracks, remarks = read(tmp_path, {"captions": ["A  slow\u00a0tune.", f"By {NFD}."]}, {"captions": ["Clean."]})
    assert tracks[0].captions == ("A slow tune.", "By Beyoncé.")
    assert remarks == ["2 captions: Unicode form and blanks made plain (NFC, single spaces)."]


def test_a_clean_manifest_is_read_without_a_remark(tmp_path: Path) -> None:
    clean = {"tags": {"genre": ["Jazz"]}, "captions": ["A Tune."], "group": "The Band", "dataset": "Mine"}
    (track,), remarks = read(tmp_path, clean)
    assert remarks == []
    assert (track.tags, track.captions, track.group, track.dataset) == (
        {"genre": ("Jazz",)}, ("A Tune.",), "The Band", "Mine",
    )  # fmt: skip


def test_data_sets_and_splits_are_read_whatever_their_case(tmp_path: Path) -> None:
    tracks, remarks = read(
        tmp_path, {"dataset": "Songs", "split": " Train "}, {"dataset": "songs"}, {"dataset": "songs", "split": "TEST"}
    )
    assert {track.dataset for track in tracks} == {"songs"}
    assert (tracks[0].split, tracks[2].split) == ("train", "test")
    assert remarks == [
        "2 splits were read without regard to case and blanks.",
        "1 data set with other spellings, read as one: 'songs' for 'Songs'.",
    ]


@pytest.mark.parametrize("other", ["the beatles", "The\u00a0Beatles", "THE  BEATLES\u200b"])
def test_a_group_may_not_leak_under_another_spelling(tmp_path: Path, other: str) -> None:
    rows = [{"group": "The Beatles", "split": "train"}, {"group": other, "split": "test"}]
    (fault,) = faults(tmp_path, *rows)
    spelled = f"spelled 'The Beatles' there and {other.strip()!a} here"
    assert fault.startswith(f"row 2 group: is in 'test' here and in 'train' in row 1, {spelled}; a group must stay")


def test_a_group_without_a_split_joins_its_other_spellings(tmp_path: Path) -> None:
    for split in ("train", "valid", "test"):
        tracks, _ = read(tmp_path, {"group": "Beyoncé", "split": split}, {"group": NFD}, {"group": "BEYONCÉ"})
        assert {track.split for track in tracks} == {split}
    groups = ["The Beatles", "the beatles", "the\u00a0Beatles"]
    assert len({read(tmp_path, {"group": group})[0][0].split for group in groups}) == 1


def test_ids_that_differ_in_spelling_only_are_told_with_both_rows(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, {"track_id": "Beyoncé"}, {"track_id": "other"}, {"track_id": NFD})
    spelled = r"spelled 'Beyonc\xe9' there and 'Beyonce\u0301' here"
    assert fault == f"row 3 track_id: must be unique; row 1 has it too, {spelled} (given: {NFD!r})"


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u200b", "\u2060\ufeff"])
def test_what_cannot_be_seen_is_no_id_no_group_and_no_tag(tmp_path: Path, blank: str) -> None:
    assert faults(tmp_path, {"track_id": blank}) == ["row 1 track_id: is required and must not be empty"]
    assert "must hold text only" in faults(tmp_path, {"tags": {"genre": [blank]}})[0]
    assert "must hold text only" in faults(tmp_path, {"captions": [blank]})[0]
    assert read(tmp_path, {"group": blank})[0][0].group == "t0"


SPELLINGS = [
    str,
    str.upper,
    str.lower,
    str.title,
    lambda words: unicodedata.normalize("NFD", words),
    lambda words: words.replace(" ", "\u00a0"),
    lambda words: f" {words.replace(' ', '   ')}\u200b",
]
WORDS = ["a café tune", "é à ü", "slow jig", "The Band"]
Choices = st.lists(
    st.tuples(*[st.sampled_from(range(len(WORDS)))] * 3, *[st.sampled_from(SPELLINGS)] * 3), min_size=1, max_size=8
)


def corpus(chosen: list[Any]) -> tuple[list[Track], QuerySet]:
    rows = [
        {"tags": {"x": [tag(WORDS[a])]}, "captions": [caption(WORDS[b])], "group": group(WORDS[c])}
        for a, b, c, tag, caption, group in chosen
    ]
    with tempfile.TemporaryDirectory() as folder:
        tracks, _ = read(Path(folder), *rows)
    texts = [[text(track.tags["x"][0], "tags", 1, 0), text(track.captions[0], "human", 0, -1)] for track in tracks]
    table = table_of([row(track.track_id, its) for track, its in zip(tracks, texts, strict=True)])
    return tracks, QuerySet.from_table(table, DIMENSIONS.model_copy(update={"uncased": True}))


@settings(deadline=None, max_examples=40)
@given(Choices)
def test_spellings_make_the_corpus_that_identical_bytes_make(chosen: list[Any]) -> None:
    spelled, queries = corpus(chosen)
    same, wanted = corpus([(a, b, c, str, str, str) for a, b, c, *_ in chosen])
    assert [track.split for track in spelled] == [track.split for track in same]
    assert len({track.tags["x"] for track in spelled}) == len({track.tags["x"] for track in same})
    assert list(map(folded, queries.texts)) == list(map(folded, wanted.texts))
    assert queries.targets.starts.tolist() == wanted.targets.starts.tolist()
    assert queries.targets.items.tolist() == wanted.targets.items.tolist()
    assert queries.sources.tolist() == wanted.sources.tolist()

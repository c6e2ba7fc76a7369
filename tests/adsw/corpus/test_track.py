"""Splits by hash: stable, whole groups, about the wanted shares."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.corpus.track import SMALL, Track, assign_splits, balanced_splits, split_of

BARE = Track("", None, None, None, {}, (), "", "", "d")
GROUPS = st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=40)


def tracks_of(groups: list[str]) -> list[Track]:
    return [replace(BARE, track_id=str(index), group=group) for index, group in enumerate(groups)]


@given(GROUPS, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_no_group_crosses_and_order_does_not_matter(groups: list[str], random: object) -> None:
    tracks = assign_splits(tracks_of(groups))
    by_group: dict[str, set[str]] = {}
    for track in tracks:
        by_group.setdefault(track.group, set()).add(track.split)
    assert all(len(splits) == 1 for splits in by_group.values())
    shuffled = tracks_of(groups)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert {t.track_id: t.split for t in assign_splits(shuffled)} == {t.track_id: t.split for t in tracks}


@given(GROUPS, st.sampled_from(["train", "valid", "test"]))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_a_group_with_a_split_keeps_it(groups: list[str], split: str) -> None:
    first, *others = tracks_of(groups)
    assigned = assign_splits([replace(first, split=split), *others])
    assert assigned[0].split == split
    assert {track.split for track in assigned if track.group == first.group} == {split}


def test_a_track_has_the_same_split_in_any_corpus() -> None:
    alone = {group: assign_splits(tracks_of([group]))[0].split for group in "abcdefgh"}
    assert {track.group: track.split for track in assign_splits(tracks_of(list("abcdefgh")))} == alone


def test_the_shares_come_out_about_right() -> None:
    counts = Counter(split_of(str(number)) for number in range(6000))
    assert counts["train"] == pytest.approx(3600, rel=0.05)
    assert counts["valid"] == pytest.approx(1200, rel=0.08)
    assert counts["test"] == pytest.approx(1200, rel=0.08)


def test_a_split_without_a_share_gets_nothing() -> None:
    assert {split_of(str(number), {"train": 0.5, "test": 0.5}) for number in range(200)} == {"train", "test"}
    assert split_of("a", {"test": 1.0}) == "test"


@pytest.mark.parametrize("fractions", [{"train": 0.5}, {"train": 0.5, "dev": 0.5}, {"train": 1.5, "test": -0.5}, {}])
def test_fractions_must_be_shares(fractions: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        assign_splits([], fractions)


def test_small_corpora_are_counted_into_splits() -> None:
    tracks = tracks_of([f"album {number % 8}" for number in range(41)])
    divided = balanced_splits(tracks)
    groups = {split: {t.group for t in divided if t.split == split} for split in ("train", "valid", "test")}
    assert {split: len(names) for split, names in groups.items()} == {"train": 4, "valid": 2, "test": 2}
    assert [t.split for t in balanced_splits(tracks[::-1])][::-1] == [t.split for t in divided]
    large = tracks_of([str(number) for number in range(SMALL)])
    assert balanced_splits(large) == assign_splits(large)
    assert balanced_splits([replace(tracks[0], split="test"), *tracks[1:]])[8].split == "test"

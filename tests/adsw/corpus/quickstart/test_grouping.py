"""What must not cross a split."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.corpus.quickstart.selection import Candidate, groups_of, keys_of, melody_keys, split_groups, title_keys

TUNE = [67, 69, 71, 72, 74, 71, 67, 64, 66, 67, 69, 62, 67, 66, 64, 62, 60, 67, 71, 74, 72]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The White Cockade", "WHITE COCKADE, THE"),
        ("ST. PATRICK'S DAY IN THE MORNING -- JIG", "St Patricks Day in the Morning"),
        ("Old Saybrooke (reel)", "Saybrooke"),
        ("Chevy Chase 1", "Chevy Chase 2"),
        ("Witjungfräulein (2-19) S. 63", "witjungfraulein"),
        ("Lady Haddo's Strathspey.", "Lady Haddos Reel"),
    ],
)
def test_titles_of_one_tune_agree(one: str, other: str) -> None:
    assert title_keys(one) & title_keys(other)


@pytest.mark.parametrize(
    "title", ["Jig", "Quick Step 32d. Regt.", "The Second Part", "March", "First Section", "Air.", "Kyrie"]
)
def test_titles_that_say_nothing_join_nothing(title: str) -> None:
    assert title_keys(title) == set()


@given(shift=st.integers(-12, 12), quarters=st.sampled_from([0.5, 1.0, 2.0]))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_a_tune_is_itself_in_any_key_and_rhythm(make_piece, shift: int, quarters: float) -> None:  # type: ignore[no-untyped-def]
    tune = make_piece([(pitch, 1.0) for pitch in TUNE])
    other = make_piece([(pitch + shift, quarters) for pitch in TUNE for _ in range(2)])  # every note twice
    assert melody_keys(tune) & melody_keys(other)


def test_upbeats_hide_no_tune_and_later_runs_count_when_long(make_piece) -> None:  # type: ignore[no-untyped-def]
    tune = make_piece([(pitch, 1.0) for pitch in TUNE])
    after_upbeat = make_piece([(62, 0.5), (64, 0.5)] + [(pitch, 1.0) for pitch in TUNE[:14]])
    assert melody_keys(tune) & melody_keys(after_upbeat)
    late = make_piece([(60 + step % 5 * 3, 1.0) for step in range(14)] + [(pitch, 1.0) for pitch in TUNE])
    assert melody_keys(tune) & melody_keys(late)


def test_scales_are_no_tune(make_piece) -> None:  # type: ignore[no-untyped-def]
    assert (
        melody_keys(make_piece([(60 + step, 1.0) for step in (0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2, 0)]))
        == set()
    )
    assert melody_keys(make_piece([(60, 1.0), (62, 1.0)])) == set()


def keys(make_piece, path: str, collection: str, number: str | None = None, **headers: tuple[str, ...]) -> set[str]:  # type: ignore[no-untyped-def]
    piece = replace(make_piece([(60, 1.0)] * 8), headers=headers)
    return set(keys_of(Candidate("t", path, number, collection), piece))


def test_works_and_sources_join(make_piece) -> None:  # type: ignore[no-untyped-def]
    essen = [
        keys(make_piece, "essenFolksong/erk5.abc", "german-folk", note=(f"L0031{v}",), title=(t,))
        for v, t in ("Aa", "Bb")
    ]
    assert essen[0] & essen[1] == {"essen L0031"}
    masses = [
        keys(make_piece, f"palestrina/{name}.krn", "palestrina", work=("Missa Te Deum laudamus",)) for name in "ab"
    ]
    assert masses[0] & masses[1] == {"mass te deum laudamus"}
    kyries = [keys(make_piece, f"trecento/PMFC_23_15{v}-Kyrie.xml", "trecento", title=("Kyrie",)) for v in "ab"]
    assert kyries[0] == kyries[1] == {"pmfc 23 15"}
    assert keys(make_piece, "trecento/Fava_Dicant.xml", "trecento") == {"trecento/Fava_Dicant.xml"}
    assert keys(make_piece, "monteverdi/madrigal.3.8.mxl", "monteverdi") == {"monteverdi/madrigal.3"}
    assert keys(make_piece, "haydn/opus1no1/movement2.mxl", "quartets") == {"haydn/opus1no1"}


@pytest.mark.corpus
def test_settings_of_a_chorale_and_movements_of_a_cantata_join(make_piece) -> None:  # type: ignore[no-untyped-def]
    passion = [keys(make_piece, f"bach/bwv244.{number}.mxl", "bach-chorales") for number in (15, 17, 54)]
    assert all("bwv 244" in found for found in passion)
    hymn = [keys(make_piece, path, "bach-chorales") for path in ("bach/bwv269.mxl", "bach/bwv347.mxl")]
    assert not hymn[0] & hymn[1]
    same = [keys(make_piece, path, "bach-chorales") for path in ("bach/bwv244.15.mxl", "bach/bwv135.6.mxl")]
    assert any(key.startswith("hymn") for key in passion[0])
    assert groups_of({str(n): found for n, found in enumerate([*passion, *same])})["0"] == "0"


@given(st.dictionaries(st.text(max_size=2), st.sets(st.integers(0, 12).map(str), max_size=3), min_size=1, max_size=20))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_groups_are_what_shared_keys_connect(keys: dict[str, set[str]]) -> None:
    groups = groups_of(keys)
    for one in keys:
        for other in keys:
            if keys[one] & keys[other]:
                assert groups[one] == groups[other]
    for name in set(groups.values()):
        members = [track for track in keys if groups[track] == name]
        assert name == min(members)
        reached, rest = {members[0]}, set(members[1:])
        while rest:
            near = {track for track in rest if any(keys[track] & keys[there] for there in reached)}
            assert near, "a member without a path to the others"
            reached |= near
            rest -= near


@given(sizes=st.lists(st.integers(1, 25), min_size=12, max_size=60))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_splits_take_whole_groups_and_come_out_as_wanted(sizes: list[int]) -> None:
    groups = {f"{group}/{member}": str(group) for group, size in enumerate(sizes) for member in range(size)}
    shares = {"train": 0.56, "valid": 0.22, "test": 0.22}
    order = {str(group): -group for group in range(len(sizes))}
    splits = split_groups(groups, shares, order)
    assert set(splits) == set(groups)
    for group in order:
        assert len({splits[track] for track in groups if groups[track] == group}) == 1
    for split, share in shares.items():
        assert abs(list(splits.values()).count(split) - share * len(groups)) <= 25

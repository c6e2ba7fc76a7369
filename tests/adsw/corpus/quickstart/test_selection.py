"""Which scores are tried, and in what order."""

from __future__ import annotations

from collections import Counter

import pytest

from adsw.corpus.quickstart.selection import (
    COLLECTIONS,
    DATASET_OF,
    ScoreMetadata,
    candidates,
    collection_of,
    read_catalogue,
)


def entry(path: str, number: str | None = None, locale: str = "", notes: int = 100, parts: int = 1) -> ScoreMetadata:
    return ScoreMetadata(path, number, locale, notes, parts)


@pytest.mark.parametrize(
    ("found", "collection"),
    [
        (entry("essenFolksong/erk10.abc", "1", "Europa, Mitteleuropa, Deutschland, Hessen"), "german-folk"),
        (entry("essenFolksong/ballad10.abc", "1", "Mitteleuropa, Deutschland (BRD)"), "german-folk"),
        (entry("essenFolksong/ballad10.abc", "1", "Mitteleuropa, Deutschland / Polen, Schlesien"), "european-folk"),
        (entry("essenFolksong/erk10.abc", "1", "Europa, Mitteleuropa, Schweiz"), "european-folk"),
        (entry("essenFolksong/han1.abc", "1", "China, Yunnan"), "chinese-folk"),
        (entry("essenFolksong/lot.abc", "1", "Lothringen"), "lorraine"),
        (entry("essenFolksong/lux.abc", "1", "Luxemburg"), "luxembourg"),
        (entry("essenFolksong/irl.abc", "1", "Irland"), "irish-airs"),
        (entry("essenFolksong/folkHaydn.abc", "1", "Europa, Mitteleuropa, Deutschland"), None),
        (entry("essenFolksong/test0.abc", "1"), None),
        (entry("oneills1850/0626-0700.abc", "700"), "irish-airs"),
        (entry("oneills1850/0701-0720.abc", "701"), "irish-dances"),
        (entry("miscFolk/americanfifeopus.abc", "13"), "fife"),
        (entry("miscFolk/americanfifeopus.abc", "113"), None),  # its uncorrected copy
        (entry("miscFolk/northumbrianminstrelsyopus.abc", "113"), "northumbrian"),
        (entry("bach/bwv66.6.mxl", parts=4), "bach-chorales"),
        (entry("bach/bwv277.krn", parts=4), None),
        (entry("bach/bwv846.mxl", parts=2), None),
        (entry("bach/choraleAnalyses/riemenschneider001.rntxt"), None),
        (entry("monteverdi/madrigal.3.1_old.mxl", parts=5), None),
        (entry("mozart/k545/movement1_exposition.mxl", parts=2), None),
        (entry("mozart/k155/movement1.mxl", parts=4, notes=2000), "quartets"),
        (entry("beethoven/opus132.mxl", parts=4, notes=19329), None),  # too long
        (entry("bach/bwv190.7-inst.mxl", parts=5), None),
        (entry("palestrina/Agnus.krn", parts=9), None),  # too many voices
        (entry("airdsAirs/book1.abc", "1", notes=9), None),  # a fragment
        (entry("demos/two-parts.xml"), None),
    ],
)
def test_collections_by_path_and_place(found: ScoreMetadata, collection: str | None) -> None:
    assert collection_of(found) == collection
    assert collection is None or collection in COLLECTIONS


def test_the_order_takes_one_of_each_in_turn_and_does_not_depend_on_the_listing() -> None:
    entries = [entry("airdsAirs/book1.abc", str(number)) for number in range(20)]
    entries += [entry(f"palestrina/Agnus_{number}.krn", parts=4) for number in range(5)]
    order = candidates(entries)
    assert order == candidates(entries[::-1])
    assert len(order) == len({found.track_id for found in order}) == 25
    assert Counter(found.collection for found in order[:10]) == {"aird": 5, "palestrina": 5}
    assert [found.number for found in order if found.number] != [str(number) for number in range(20)]


def test_a_score_listed_twice_is_tried_once() -> None:
    assert len(candidates([entry("airdsAirs/book1.abc", "1")] * 2)) == 1


def test_track_ids_name_file_and_number() -> None:
    (one,) = candidates([entry("trecento/PMFC_06_8-In Verde Prato.xml", parts=3)])
    (two,) = candidates([entry("airdsAirs/book1.abc", "17")])
    assert (one.track_id, two.track_id) == ("trecento-pmfc-06-8-in-verde-prato", "airdsairs-book1-17")


@pytest.mark.corpus
def test_the_corpus_has_enough_of_all() -> None:
    order = candidates(read_catalogue())
    assert len(order) > 14000
    first = Counter(found.collection for found in order[:1500])
    assert set(first) == set(COLLECTIONS) == set(DATASET_OF)
    assert max(first.values()) <= 110

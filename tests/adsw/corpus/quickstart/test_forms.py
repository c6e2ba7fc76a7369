"""What sources say of pieces: a table by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adsw.corpus.quickstart.catalogue import Candidate
from adsw.corpus.quickstart.forms import kind_of


@pytest.mark.parametrize(
    ("collection", "path", "number", "headers", "metre", "expected"),
    [
        ("ryan", "ryansMammoth/A.abc", None, {"rhythm": ("reel",)}, "2/4", {"form": "reel", "collection": "Ryan's Mammoth Collection"}),
        ("ryan", "ryansMammoth/A.abc", None, {"title": ("SWALLOW-TAIL -- JIG",)}, "6/8", {"form": "jig", "collection": "Ryan's Mammoth Collection"}),
        ("ryan", "ryansMammoth/A.abc", None, {"rhythm": ("jig",)}, "2/4", {"collection": "Ryan's Mammoth Collection"}),
        ("aird", "airdsAirs/book1.abc", "3", {"title": ("Miss Reel's Minuet",)}, "3/4", {"form": "minuet", "collection": "Aird's Airs", "era": "18th century"}),
        ("aird", "airdsAirs/book6.abc", "3", {"title": ("Her answer",)}, "3/4", {"collection": "Aird's Airs"}),
        ("fife", "miscFolk/americanfifeopus.abc", "29", {"title": ("Wrecker's Daughter Quickstep",)}, "2/4", {"form": "quickstep", "collection": "American Fife Music"}),
        ("irish-dances", "oneills1850/1376-1475.abc", "1402", {"title": ("The Highway",)}, "2/2", {"form": "reel", "region": "Irish"}),
        ("irish-dances", "oneills1850/1376-1475.abc", "1402", {"title": ("The Highway",)}, "6/8", {"region": "Irish"}),
        ("irish-dances", "oneills1850/0811-0899.abc", "811", {}, "6/8", {"form": "jig", "region": "Irish"}),
        ("irish-dances", "oneills1850/1136-1175.abc", "1140", {}, "9/8", {"form": "slip jig", "region": "Irish"}),
        ("irish-dances", "oneills1850/1801-1850.abc", "1801", {"title": ("Brian Boru's March",)}, "6/8", {"form": "march", "region": "Irish"}),
        ("irish-dances", "oneills1850/1801-1850.abc", "1830", {"title": ("Limerick",)}, "6/8", {"region": "Irish"}),
        ("irish-airs", "oneills1850/0001-0050.abc", "2", {"title": ("Fare You Well",)}, "2/4", {"form": "air", "region": "Irish"}),
        ("irish-airs", "oneills1850/0626-0700.abc", "640", {"composer": ("O'Carolan",)}, "6/8", {"form": "air", "region": "Irish", "composer": "O'Carolan"}),
        ("northumbrian", "miscFolk/northumbrianminstrelsyopus.abc", "12", {}, "4/4", {"form": "folk song", "region": "Northumbrian"}),
        ("northumbrian", "miscFolk/northumbrianminstrelsyopus.abc", "90", {}, "4/4", {"region": "Northumbrian"}),
        ("german-folk", "essenFolksong/erk10.abc", "1", {"rhythm": ("Kinder -, Wiegen - Lied",)}, "2/4", {"form": "lullaby", "region": "German"}),
        ("german-folk", "essenFolksong/erk10.abc", "1", {"rhythm": ("Romanze, Ballade, Lied",)}, "2/4", {"form": "ballad", "region": "German"}),
        ("german-folk", "essenFolksong/erk10.abc", "1", {"rhythm": ("Liebes - Lied",)}, None, {"form": "folk song", "region": "German"}),
        ("chinese-folk", "essenFolksong/han1.abc", "1", {"rhythm": ("Shan'ge",)}, "2/4", {"form": "mountain song", "region": "Chinese"}),
        ("european-folk", "essenFolksong/erk10.abc", "1", {"origin": ("Europa, Mitteleuropa, Schweiz, Bern",)}, "2/4", {"form": "folk song", "region": "Swiss"}),
        ("european-folk", "essenFolksong/erk10.abc", "1", {"origin": ("Mitteleuropa, Deutschland / Niederlande",)}, "2/4", {"form": "folk song"}),
        ("european-folk", "essenFolksong/erk10.abc", "1", {"origin": ("Osteuropa, Ungarn",)}, "2/4", {"form": "folk song"}),
        ("lorraine", "essenFolksong/lot.abc", "1", {"rhythm": ("geistliche, religiöse Lieder",)}, None, {"form": "sacred song", "region": "Lorraine"}),
        ("luxembourg", "essenFolksong/lux.abc", "1", {}, None, {"form": "folk song", "region": "Luxembourgish"}),
        ("bach-chorales", "bach/bwv66.6.mxl", None, {}, "4/4", {"form": "chorale", "era": "baroque", "composer": "Bach"}),
        ("palestrina", "palestrina/Agnus_II_03.krn", None, {}, "4/2", {"form": "Agnus Dei", "era": "Renaissance", "composer": "Palestrina"}),
        ("palestrina", "palestrina/Other_03.krn", None, {}, "4/2", {"form": "mass movement", "era": "Renaissance", "composer": "Palestrina"}),
        ("monteverdi", "monteverdi/madrigal.3.8.mxl", None, {}, "4/4", {"form": "madrigal", "era": "Renaissance", "composer": "Monteverdi"}),
        ("trecento", "trecento/PMFC_12_3-Gloria Gherardello.xml", None, {"composer": ("Gherardello F-Pn 568",)}, "3/2", {"form": "Gloria", "region": "Italian", "era": "medieval", "composer": "Gherardello"}),
        ("trecento", "trecento/PMFC_06-Jacopo-02-Con-Gran-Furor.xml", None, {"work": ("Con Gran Furor - Madrigal",), "composer": ("Jacopo da Bologna",)}, "2/4", {"form": "madrigal", "region": "Italian", "era": "medieval", "composer": "Jacopo da Bologna"}),
        ("trecento", "trecento/PMFC_01-Rex quem metrorum.xml", None, {}, "3/4", {"form": "motet", "era": "medieval", "composer": "Vitry"}),
        ("trecento", "trecento/PMFC_24_16-Albane misse celitus.xml", None, {"title": ("Gloria",), "composer": ("Johannes Ciconia",)}, "2/2", {"form": "motet", "era": "medieval", "composer": "Ciconia"}),
        ("trecento", "trecento/PMFC_04-Cara mi donna.xml", None, {"composer": ("Francesco Landini",)}, "3/4", {"form": "polyphonic song", "region": "Italian", "era": "medieval", "composer": "Landini"}),
        ("trecento", "trecento/PMFC_12_24-Benedicamus.xml", None, {}, "6/8", {"region": "Italian", "era": "medieval"}),
        ("quartets", "haydn/opus1no1/movement2.mxl", None, {"words": ("Menuetto",)}, "3/4", {"form": "minuet", "era": "classical era", "composer": "Haydn", "ensemble": "string quartet"}),
        ("quartets", "mozart/k458/movement1.mxl", None, {"words": ("Allegro Vivace Assai",)}, "6/8", {"era": "classical era", "composer": "Mozart", "ensemble": "string quartet"}),
    ],
)  # fmt: skip
def test_kinds(make_piece, collection, path, number, headers, metre, expected) -> None:  # type: ignore[no-untyped-def]
    piece = replace(make_piece([(60, 1.0)] * 8), headers=headers)
    kind = kind_of(Candidate("t", path, number, collection), piece, metre)
    assert {category: terms[0] for category, terms in kind.tags.items()} == expected
    assert all(len(terms) == 1 for terms in kind.tags.values())
    assert 40 <= kind.tempo[0] < kind.tempo[1] <= 180
    assert kind.ensemble == expected.get("ensemble")


def test_tempi_suit_the_kind(make_piece) -> None:  # type: ignore[no-untyped-def]
    def tempo(rhythm: str, metre: str) -> tuple[float, float]:
        piece = replace(make_piece([(60, 1.0)] * 8), headers={"rhythm": (rhythm,)})
        return kind_of(Candidate("t", "ryansMammoth/A.abc", None, "ryan"), piece, metre).tempo

    assert tempo("waltz", "3/4")[0] > tempo("clog", "4/4")[0]
    lullaby = replace(make_piece([(60, 1.0)] * 8), headers={"rhythm": ("Wiegen - Lied",)})
    assert kind_of(Candidate("t", "essenFolksong/kinder0.abc", "1", "german-folk"), lullaby, "2/4").tempo[1] < 90

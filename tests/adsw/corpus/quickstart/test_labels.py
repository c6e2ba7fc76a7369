"""What sources say of pieces: a table by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adsw.corpus.quickstart.labels import kind_of
from adsw.corpus.quickstart.selection import Candidate

# collection | path | number | what the score says | metre | tags
TABLE = """
ryan | ryansMammoth/A.abc | | rhythm: reel | 2/4 | form: reel; collection: Ryan's Mammoth Collection
ryan | ryansMammoth/A.abc | | title: SWALLOW-TAIL -- JIG | 6/8 | form: jig; collection: Ryan's Mammoth Collection
ryan | ryansMammoth/A.abc | | rhythm: jig | 2/4 | collection: Ryan's Mammoth Collection
aird | airdsAirs/book1.abc | 3 | title: Miss Reel's Minuet | 3/4 \
 | form: minuet; collection: Aird's Airs; era: 18th century
aird | airdsAirs/book6.abc | 3 | title: Her answer | 3/4 | collection: Aird's Airs
fife | miscFolk/a.abc | 29 | title: Wrecker's Quickstep | 2/4 | form: quickstep; collection: American Fife Music
irish-dances | oneills1850/a.abc | 1402 | title: The Highway | 2/2 | form: reel; region: Irish
irish-dances | oneills1850/a.abc | 1402 | title: The Highway | 6/8 | region: Irish
irish-dances | oneills1850/a.abc | 811 | | 6/8 | form: jig; region: Irish
irish-dances | oneills1850/a.abc | 1140 | | 9/8 | form: slip jig; region: Irish
irish-dances | oneills1850/a.abc | 1700 | | 4/4 | form: hornpipe; region: Irish
irish-dances | oneills1850/a.abc | 1801 | title: Brian Boru's March | 6/8 | form: march; region: Irish
irish-dances | oneills1850/a.abc | 1830 | title: Limerick | 6/8 | region: Irish
irish-airs | oneills1850/a.abc | 2 | title: Fare You Well | 2/4 | form: air; region: Irish
irish-airs | oneills1850/a.abc | 640 | composer: O'Carolan | 6/8 | form: air; region: Irish; composer: O'Carolan
northumbrian | miscFolk/b.abc | 12 | | 4/4 | form: folk song; region: Northumbrian
northumbrian | miscFolk/b.abc | 90 | | 4/4 | region: Northumbrian
german-folk | essenFolksong/a.abc | 1 | rhythm: Kinder -, Wiegen - Lied | 2/4 | form: lullaby; region: German
german-folk | essenFolksong/a.abc | 1 | rhythm: Romanze, Ballade, Lied | 2/4 | form: ballad; region: German
german-folk | essenFolksong/a.abc | 1 | rhythm: Liebes - Lied | | form: folk song; region: German
chinese-folk | essenFolksong/a.abc | 1 | rhythm: Shan'ge | 2/4 | form: mountain song; region: Chinese
european-folk | essenFolksong/a.abc | 1 | origin: Europa, Mitteleuropa, Schweiz | 2/4 | form: folk song; region: Swiss
european-folk | essenFolksong/a.abc | 1 | origin: Mitteleuropa, Deutschland / Niederlande | 2/4 | form: folk song
european-folk | essenFolksong/a.abc | 1 | origin: Osteuropa, Ungarn | 2/4 | form: folk song
lorraine | essenFolksong/a.abc | 1 | rhythm: geistliche, religiöse Lieder | | form: sacred song; region: Lorraine
luxembourg | essenFolksong/a.abc | 1 | | | form: folk song; region: Luxembourgish
bach-chorales | bach/bwv66.6.mxl | | | 4/4 | form: chorale; era: baroque; composer: Bach
palestrina | palestrina/Agnus_II_03.krn | | | 4/2 | form: Agnus Dei; era: Renaissance; composer: Palestrina
palestrina | palestrina/Other_03.krn | | | 4/2 | form: mass movement; era: Renaissance; composer: Palestrina
monteverdi | monteverdi/madrigal.3.8.mxl | | | 4/4 | form: madrigal; era: Renaissance; composer: Monteverdi
trecento | trecento/PMFC_12_3-Gloria.xml | | composer: Gherardello F-Pn 568 | 3/2 \
 | form: Gloria; region: Italian; era: medieval; composer: Gherardello
trecento | trecento/PMFC_06-Jacopo-02.xml | | work: Con Gran Furor - Madrigal | 2/4 \
 | form: madrigal; region: Italian; era: medieval; composer: Jacopo da Bologna
trecento | trecento/PMFC_01-Rex quem metrorum.xml | | | 3/4 | form: motet; era: medieval; composer: Vitry
trecento | trecento/PMFC_24_16-Albane.xml | | composer: Johannes Ciconia | 2/2 \
 | form: motet; era: medieval; composer: Ciconia
trecento | trecento/PMFC_04-Cara mi donna.xml | | composer: Francesco Landini | 3/4 \
 | form: polyphonic song; region: Italian; era: medieval; composer: Landini
trecento | trecento/PMFC_12_24-Benedicamus.xml | | | 6/8 | region: Italian; era: medieval
quartets | haydn/opus1no1/movement2.mxl | | words: Menuetto | 3/4 \
 | form: minuet; era: classical era; composer: Haydn; ensemble: string quartet
quartets | mozart/k458/movement1.mxl | | words: Allegro Vivace Assai | 6/8 \
 | era: classical era; composer: Mozart; ensemble: string quartet
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]


def pairs(cell: str) -> dict[str, str]:
    return dict(pair.split(": ", 1) for pair in cell.split("; ") if pair)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[1]} {row[3]} {row[4]}")
def test_kinds(make_piece, row: list[str]) -> None:  # type: ignore[no-untyped-def]
    collection, path, number, says, metre, expected = row
    headers = {name: (value,) for name, value in pairs(says).items()}
    piece = replace(make_piece([(60, 1.0)] * 8), headers=headers)
    kind = kind_of(Candidate("t", path, number or None, collection), piece, metre or None)
    assert kind.tags == {category: (term,) for category, term in pairs(expected).items()}
    assert 40 <= kind.tempo[0] < kind.tempo[1] <= 180
    assert kind.ensemble == pairs(expected).get("ensemble")


def test_tempi_suit_the_kind(make_piece) -> None:  # type: ignore[no-untyped-def]
    def tempo(collection: str, path: str, rhythm: str, metre: str) -> tuple[float, float]:
        piece = replace(make_piece([(60, 1.0)] * 8), headers={"rhythm": (rhythm,)})
        return kind_of(Candidate("t", path, "1", collection), piece, metre).tempo

    waltz, clog = (tempo("ryan", "ryansMammoth/A.abc", *dance) for dance in (("waltz", "3/4"), ("clog", "4/4")))
    assert waltz[0] > clog[0]
    assert tempo("german-folk", "essenFolksong/kinder0.abc", "Wiegen - Lied", "2/4")[1] < 90

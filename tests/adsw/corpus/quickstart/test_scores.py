"""Scores as notes: small ones by hand, in each format, read by music21."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adsw.corpus.quickstart.scores import Piece, UnreadableScoreError, read_piece

pytestmark = pytest.mark.corpus

ABC = """X: 7
T: The Test
T: Another Name
R: jig]
M: 6/8
L: 1/8
K: Gm
D|"Gm"G2A {c}B2c|d3- dcB|^FGF [DA]2z|G3-G2|]
"""
MUSICXML = """<?xml version="1.0"?>
<score-partwise><movement-title>Test</movement-title>
<part-list>
<score-part id="P1"><part-name>a</part-name></score-part>
<score-part id="P2"><part-name>b</part-name></score-part>
</part-list>
<part id="P1"><measure number="1">
<attributes><divisions>2</divisions><key><fifths>-1</fifths></key>
<time><beats>2</beats><beat-type>4</beat-type></time>{transpose}</attributes>
<note><pitch><step>A</step><octave>4</octave></pitch><duration>2</duration></note>
<note><rest/><duration>2</duration></note>
</measure>{more}</part>
<part id="P2"><measure number="1">
<attributes><divisions>2</divisions></attributes>
<note><pitch><step>F</step><octave>3</octave></pitch><duration>4</duration></note>
</measure>{more}</part></score-partwise>
"""
BAR = """<measure number="2">
<note><pitch><step>G</step><octave>3</octave></pitch><duration>4</duration></note>
</measure>"""
HUMDRUM = "!!!OTL: Test\n!!!OPR: Missa X\n**kern\t**kern\n*D:dor\t*D:dor\n*M4/2\t*M4/2\n=1\t=1\n0d\t1f\n.\t1a\n*-\t*-\n"


def read(folder: Path, name: str, text: str | bytes, number: str | None = None) -> Piece:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_piece(folder, name, number)


def notes(piece: Piece) -> list[tuple[float, float, int, int]]:
    return [(note.start, note.duration, note.pitch, note.part) for note in piece.notes]


def test_abc(tmp_path: Path) -> None:
    piece = read(tmp_path, "a.abc", ABC, "7")
    assert notes(piece) == [
        (0.0, 0.5, 62, 0), (0.5, 1.0, 67, 0), (1.5, 0.5, 69, 0), (2.0, 1.0, 70, 0), (3.0, 0.5, 72, 0),
        (3.5, 2.0, 74, 0), (5.5, 0.5, 72, 0), (6.0, 0.5, 70, 0), (6.5, 0.5, 66, 0), (7.0, 0.5, 67, 0),
        (7.5, 0.5, 66, 0),  # the sharp holds to the end of the bar
        (8.0, 1.0, 62, 0), (8.0, 1.0, 69, 0), (9.5, 2.5, 67, 0),
    ]  # fmt: skip
    assert (piece.length, piece.complete, piece.tonics, piece.final) == (12.0, True, {7}, 7)
    assert piece.bars[:3] == (0.0, 0.5, 3.5)
    assert piece.headers["title"] == ("The Test", "Another Name")
    assert (piece.headers["rhythm"], piece.headers["metre"]) == (("jig",), ("6/8",))


def test_musicxml(tmp_path: Path) -> None:
    piece = read(tmp_path, "a.xml", MUSICXML.format(transpose="", more=""))
    assert notes(piece) == [(0.0, 1.0, 69, 0), (0.0, 2.0, 53, 1)]
    assert (piece.tonics, piece.final, piece.metres) == ({5, 2}, 5, ((0.0, "2/4"),))
    assert piece.headers["title"] == ("Test",)
    assert piece.complete


def test_musicxml_in_another_encoding_and_for_transposing_instruments(tmp_path: Path) -> None:
    transpose = "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"
    text = MUSICXML.format(transpose=transpose, more="").replace("?>", ' encoding="UTF-16"?>', 1)
    assert notes(read(tmp_path, "a.xml", text.encode("utf-16"))) == [(0.0, 1.0, 67, 0), (0.0, 2.0, 53, 1)]


def test_only_the_beginning_of_a_long_score_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(MUSICXML.format(transpose="", more=BAR * 200))
    piece = read_piece(tmp_path, "a.xml", None, quarters=20.0)
    assert (piece.length, piece.complete) == (24.0, False)
    assert piece.final == 7  # of the whole score


def test_humdrum(tmp_path: Path) -> None:
    piece = read(tmp_path, "a.krn", HUMDRUM)
    assert sorted(pitch for _, _, pitch, _ in notes(piece)) == [62, 65, 69]
    assert (piece.tonics, piece.final, piece.complete) == ({2}, 2, True)
    assert (piece.headers["work"], piece.headers["title"]) == (("Missa X",), ("Test",))


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.abc", ABC, "no tune 9"),
        ("a.xml", "<score-partwise><part", "ParseError"),
        ("a.mxl", "no archive", "BadZipFile"),
        ("a.krn", "**kern\n*-\n", r"\w"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, name: str, text: str, reason: str) -> None:
    with pytest.raises(UnreadableScoreError, match=reason):
        read(tmp_path, name, text, "9")


def test_a_score_of_rests_has_no_notes(tmp_path: Path) -> None:
    silent = re.sub(r"<pitch>.*?</pitch>", "<rest/>", MUSICXML.format(transpose="", more=""))
    with pytest.raises(UnreadableScoreError, match="no notes"):
        read(tmp_path, "a.xml", silent)
    with pytest.raises(UnreadableScoreError, match="no notes"):
        read(tmp_path, "a.abc", "X:1\nM:4/4\nL:1/4\nK:C\nz4|z4|\n", "1")

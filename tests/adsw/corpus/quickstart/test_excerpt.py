"""Beginnings of scores, cut so that they are still scores."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from adsw.corpus.quickstart.scores import abc_tune, decoded, file_bytes, humdrum_excerpt, musicxml_excerpt

ABC = "% a book\nX: 1\nT: One\nK: G\nGABc|\nX:0002\nT: Two\nK: D\nd4|\n\nX:12\nT: Twelve\nK: C\nc4|\n"
HUMDRUM = (
    "**kern\t**kern\n*M2/4\t*M2/4\n" + "".join(f"={bar}\t={bar}\n4c\t4e\n4d\t4f\n" for bar in range(1, 40)) + "*-\t*-\n"
)


@pytest.mark.parametrize(("number", "title"), [("1", "One"), ("2", "Two"), ("12", "Twelve"), (None, "One")])
def test_tunes_by_number(number: str | None, title: str) -> None:
    tune = abc_tune(ABC, number)
    assert f"T: {title}\n" in tune
    assert tune.count("T:") == 1


def test_tunes_that_are_not_there() -> None:
    with pytest.raises(KeyError, match="no tune 3"):
        abc_tune(ABC, "3")


def test_humdrum_is_cut_at_a_bar_and_its_spines_are_ended() -> None:
    lines = humdrum_excerpt(HUMDRUM, 10.0).splitlines()
    assert sum(line.startswith("=") for line in lines) == 7  # 10 quarters of 2 and two bars more
    assert lines[-1] == "*-\t*-"
    assert humdrum_excerpt(HUMDRUM, 500.0) == HUMDRUM


def test_split_spines_are_all_ended() -> None:
    split = HUMDRUM.replace("=3\t=3\n", "*\t*^\n=3\t=3\t=3\n").replace("=5\t=5\n", "=5\t=5\t=5\n")
    assert humdrum_excerpt(split, 4.0).splitlines()[-1] == "*-\t*-\t*-"


def test_musicxml_keeps_the_first_bars_of_every_part() -> None:
    bars = "".join(f'<measure number="{bar}"/>' for bar in range(2, 40))
    first = (
        '<measure number="1"><attributes><time><beats>3</beats><beat-type>4</beat-type></time></attributes></measure>'
    )
    root = ElementTree.fromstring(f"<score><part>{first}{bars}</part><part>{first}{bars}</part></score>")
    cut = ElementTree.fromstring(musicxml_excerpt(root, 12.0))
    assert [len(part) for part in cut.iter("part")] == [6, 6]


def test_files_are_unpacked_and_decoded(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.mxl", "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
        archive.writestr("a.xml", "<score/>")
    (tmp_path / "a.abc").write_bytes(b"X:1\n")
    assert file_bytes(tmp_path / "a.mxl") == b"<score/>"
    assert file_bytes(tmp_path / "a.abc") == b"X:1\n"
    assert decoded("Jäger".encode()) == decoded(b"J\x84ger") == "Jäger"

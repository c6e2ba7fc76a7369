"""Cuts the beginning out of a score's text, so that reading ten seconds of a string quartet does not cost its hour.

A cut score is still a valid score of its format; music21 reads it.
"""

from __future__ import annotations

import io
import re
import zipfile
from math import ceil
from pathlib import Path
from xml.etree import ElementTree


def file_bytes(path: Path) -> bytes:
    """A score file's contents; compressed MusicXML is unpacked."""
    data = path.read_bytes()
    if path.suffix != ".mxl":
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        inside = [name for name in archive.namelist() if not name.startswith("META-INF")]
        return archive.read(next(name for name in inside if name.endswith((".xml", ".musicxml"))))


def decoded(data: bytes) -> str:
    """Text in UTF-8, or in the DOS encoding that the older song files are in."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp437")


def abc_tune(text: str, number: str | None) -> str:
    """One tune of an ABC file, by its reference number (the first tune where no number is given).

    Raises:
        KeyError: the file holds no tune of that number.
    """
    tunes = re.split(r"(?m)^(?=X:)", text)[1:]
    for tune in tunes:
        if number is None or tune.split("\n", 1)[0][2:].strip().lstrip("0") == number.lstrip("0"):
            return tune
    raise KeyError(f"no tune {number}")


def humdrum_excerpt(text: str, quarters: float) -> str:
    """The first bars of a Humdrum score, its spines ended properly."""
    kept: list[str] = []
    bars, most = 0, _bars_needed(re.search(r"(?m)^\*M(\d+)/(\d+)", text), quarters)
    for line in text.splitlines():
        if line.startswith("="):
            bars += 1
            if bars > most:
                spines = line.count("\t") + 1
                return "\n".join([*kept, "\t".join(["*-"] * spines), ""])
        kept.append(line)
    return text


def musicxml_excerpt(root: ElementTree.Element, quarters: float) -> bytes:
    """The first bars of every part of a MusicXML score (`root` is changed)."""
    beats, unit = root.findtext(".//time/beats"), root.findtext(".//time/beat-type")
    most = _bars_needed(re.match(r"(\d+)/(\d+)", f"{beats}/{unit}"), quarters)
    for part in root.iter("part"):
        for bar in part.findall("measure")[most:]:
            part.remove(bar)
    return ElementTree.tostring(root)


def _bars_needed(metre: re.Match[str] | None, quarters: float) -> int:
    in_a_bar = 4 * int(metre[1]) / int(metre[2]) if metre else 4.0
    return ceil(quarters / in_a_bar) + 2

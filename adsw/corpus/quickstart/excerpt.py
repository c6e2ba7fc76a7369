"""Cutting of a score's text to its beginning, so that ten seconds of a long score are quick to parse.

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
    """Return a score file's contents; compressed MusicXML is unpacked."""
    data = path.read_bytes()
    if path.suffix != ".mxl":
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        inside = [name for name in archive.namelist() if not name.startswith("META-INF")]
        return archive.read(next(name for name in inside if name.endswith((".xml", ".musicxml"))))


def decoded(data: bytes) -> str:
    """Decode text in UTF-8, or in the DOS encoding (code page 437) of the older song files."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp437")


def abc_tune(text: str, number: str | None) -> str:
    """Return one tune of an ABC file by its reference number, or the first tune if no number is given.

    Raises:
        KeyError: the file holds no tune of that number.
    """
    tunes = re.split(r"(?m)^(?=X:)", text)[1:]  # every tune begins with its reference number; a file's header does not
    for tune in tunes:
        if number is None or tune.split("\n", 1)[0][2:].strip().lstrip("0") == number.lstrip("0"):
            return tune
    raise KeyError(f"no tune {number}")


def humdrum_excerpt(text: str, quarters: float) -> str:
    """Return the first bars of a Humdrum score, its spines ended properly."""
    kept: list[str] = []
    bars, most = 0, _bars_needed(re.search(r"(?m)^\*M(\d+)/(\d+)", text), quarters)
    for line in text.splitlines():
        if line.startswith("="):
            bars += 1
            if bars > most:
                spines = line.count("\t") + 1  # every voice and comment column has to be ended
                return "\n".join([*kept, "\t".join(["*-"] * spines), ""])
        kept.append(line)
    return text


def musicxml_excerpt(root: ElementTree.Element, quarters: float) -> bytes:
    """Return the first bars of every part of a MusicXML score (`root` is changed)."""
    beats, unit = root.findtext(".//time/beats"), root.findtext(".//time/beat-type")
    most = _bars_needed(re.match(r"(\d+)/(\d+)", f"{beats}/{unit}"), quarters)
    for part in root.iter("part"):
        for bar in part.findall("measure")[most:]:
            part.remove(bar)
    return ElementTree.tostring(root)


def _bars_needed(metre: re.Match[str] | None, quarters: float) -> int:
    """Return the number of bars that hold so many quarter notes, and two spare ones for an upbeat."""
    in_a_bar = 4 * int(metre[1]) / int(metre[2]) if metre else 4.0
    return ceil(quarters / in_a_bar) + 2

"""Hostile files of public sets, see `hostile_files`, and all cases in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from tests.adsw.corpus.hostile_files import (
    LINE_ENDS,
    WRONG_NUMBERS,
    Case,
    as_file,
    csv_manifest,
    csv_of,
    jsonl_manifest,
    kinds_in,
    packed,
    parquet_manifest,
)

PUBLISHED: dict[str, tuple[list[str], Callable[[int], list[str]]]] = {
    "musiccaps": (
        kinds_in("ytid start_s end_s aspect_list caption is_balanced_subset is_audioset_eval"),
        lambda at: [f"yt{at}", "30", "40", "['sad', 'piano']", f"Caption {at}.", "False", str(at % 2 == 0)],
    ),
    "song-describer": (
        ["caption_id", "track_id", "caption", "is_valid_subset", "artist_id", "path", "duration"],
        lambda at: [str(at), f"10{at}", f"Caption {at}.", "True", f"{at}", f"34/10{at}.mp3", "200.5"],
    ),
    "yt8m-mtc": (
        ["video_id", "start", "end", "text"],
        lambda at: [f"yt{at}", "30", "40", f"Caption {at}."],
    ),
    "mtg-jamendo": (
        ["TRACK_ID", "ARTIST_ID", "ALBUM_ID", "PATH", "DURATION", "TAGS"],
        lambda at: [f"track_{at}", f"artist_{at}", "album_1", f"1/{at}.mp3", "99.5", "genre---rock", "mood---calm"],
    ),
}
"""Public set -> columns, and the cells of its rows."""
CAPTIONS = {"musiccaps": 4, "song-describer": 2, "yt8m-mtc": 3}
NUMERIC = {"musiccaps": 1, "song-describer": 6, "yt8m-mtc": 1, "mtg-jamendo": 4}


def published(name: str, folder: Path, random: Random) -> Case:
    """Return a hostile file of a public set; `meant` holds the cells of its rows under ``cells``."""
    columns, row = PUBLISHED[name]
    tsv = name == "mtg-jamendo"
    path = folder / f"set-train.{'tsv' if tsv else 'csv'}"
    lines = [list(columns), *(row(at) for at in range(random.randint(2, 5)))]
    number = random.randrange(1, len(lines))
    cells, at = lines[number], f"{path.name} line {number + 1}"

    def text() -> str:
        return "".join("\t".join(line) + "\n" for line in lines) if tsv else csv_of(lines)

    kinds = ["short", "long", "twice", "blanks", "mark", "bytes", "wrong", "ends", "line", "header"]
    kind = random.choice([*kinds, "quote", "huge", "case"] if not tsv else [*kinds, "open"])
    named: tuple[str, ...] = ()
    content = ""
    if kind == "short":
        del cells[random.randint(1, len(columns) - 1 - tsv) :]
        named = (f"{at}: has {len(cells)} cells",)
    elif kind == "long" and not tsv:
        cells.insert(random.randrange(len(cells)), "more")
        named = (f"{at}: has {len(cells)} cells",)
    elif kind in ("twice", "case"):
        column, place = random.choice(columns[:-1]), random.randint(0, len(columns) - 1)
        for line in lines:
            line.insert(place, "other")
        lines[0][place] = column if kind == "twice" else column.swapcase()
        named = ("stands twice",)
    elif kind == "blanks":
        place = random.randrange(len(columns))
        lines[0][place] = f" {columns[place]}"
        named = (f"column ' {columns[place]}': has blanks",)
    elif kind == "mark":
        content = "\ufeff" + text()
    elif kind == "bytes":
        made = packed(text(), path, random, [{"cells": line} for line in lines[1:]])
        if made.kind not in ("folder", "pipe"):
            made.path = made.path.rename(made.path.with_name(path.name))
            made.named = made.named and (path.name,)
        return made
    elif kind == "wrong":
        cells[NUMERIC[name]] = random.choice(WRONG_NUMBERS)
        named = (f"{at} {columns[NUMERIC[name]]}",)
    elif kind == "ends" and not tsv:
        cells[CAPTIONS[name]] = f"a{random.choice(LINE_ENDS)}b"
    elif kind == "line":
        content = text().replace("\n", random.choice(["\r\n", "\r", "\n\n"]))
    elif kind == "header":
        del lines[1:]
        named = (path.name,)
    elif kind == "quote":
        cells[-1] = "MARK"
        content = text().replace("MARK", '"open')
        named = (f"{at}: cannot be read on",)
    elif kind == "huge":
        cells[CAPTIONS[name]] = "x" * 200_000
    elif kind == "open":
        cells += [f"mood---m{at}" for at in range(random.randint(0, 40))] + [""] * random.randint(0, 2)
    return Case(kind, as_file(path, content or text()), named, [{"cells": line} for line in lines[1:]])


def cases(folder: Path, count: int, seed: int) -> Iterator[tuple[str, Case]]:
    """Yield cases with the names of their readers, in turn."""
    random = Random(seed)
    makers: dict[str, Callable[[Path, Random], Case]] = {
        "csv": csv_manifest,
        "jsonl": jsonl_manifest,
        "parquet": parquet_manifest,
    }
    readers = [*makers, *PUBLISHED]
    for number in range(count):
        name = readers[number % len(readers)]
        if name in makers:
            yield name, makers[name](folder, random)
        else:
            yield name, published(name, folder, random)

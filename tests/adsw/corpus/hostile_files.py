"""A generator of manifests and published files as they come from broken programs, cut downloads and hasty hands.

A case is one kind of damage at a random place, with what must become of it: a fault that names the place, or the values
that were meant.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

NAMES = ("track_id", "audio", "start_s", "duration_s", "tags", "captions", "split", "group", "dataset", "note")
"""Columns of a manifest, and one of the user's own."""
LINE_ENDS = ("\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e")
"""Where `str.splitlines` ends a line and no file format does."""
WRONG_NUMBERS = ("1_000", "1e999", "-1e999", "9" * 400, "9" * 5000, "0x10", "0o17", "1:30", "nan", "inf", "1,5", "ten")
NUMBERS = {"010": 10.0, "1e1": 10.0, "+.5": 0.5, "5.": 5.0, " 7 ": 7.0, "1E+2": 100.0, "00.25": 0.25}

Row = dict[str, Any]


@dataclass
class Case:
    """A file to read, and what must become of it."""

    kind: str
    path: Path
    named: tuple[str, ...] = ()
    """Parts of which one must be in the faults; nothing: the values are right."""
    meant: list[Row] = field(default_factory=list)
    """The rows, where they can be read."""


def kinds_in(names: str) -> list[str]:
    """Return the kinds in a text."""
    return names.split()


def rows_of(random: Random) -> list[Row]:
    """Return the rows of a small manifest."""
    return [
        {
            "track_id": f"t{number}-{random.choice(['a', 'é', '音', 'x y'])}",
            "audio": f"/music/{number}.wav",
            "start_s": random.choice([0.0, 1.5]),
            "duration_s": random.choice([10.0, 29.25]),
            "tags": {"genre": random.sample(["jazz", "rock", "folk"], 2), "mood": ["calm"]},
            "captions": [f"Sentence {number}, with a comma.", 'And "quotes"\nover lines.'][: random.randint(1, 2)],
            "split": random.choice(["train", "valid", "test"]),
            "group": f"g{number}",
            "dataset": "d",
            "note": random.choice(["", "n"]),
        }
        for number in range(random.randint(2, 5))
    ]


def cells_of(row: Row) -> list[str]:
    """Return the cells of a row."""
    return [json.dumps(value) if isinstance(value, dict | list) else str(value) for value in row.values()]


def csv_of(lines: list[list[str]]) -> str:
    """Return lines of cells as a CSV."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(lines)
    return stream.getvalue()


def jsonl_of(rows: list[Row]) -> list[str]:
    """Return rows as lines of JSON."""
    return [json.dumps(row, ensure_ascii=False) for row in rows]


def packed(text: str, path: Path, random: Random, meant: list[Row] | None = None) -> Case:
    """Return a case of bytes that are no UTF-8 text; with `meant`, UTF-16 is read."""
    kind = random.choice(kinds_in("utf-16 utf-16-le utf-32 latin-1 gzip NUL zip empty folder pipe"))
    path = path.with_name(f"{random.getrandbits(48):x}-{path.name}")
    named = (path.name,)
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "empty":
        path.write_bytes(random.choice([b"", b"\n\n", b"\xef\xbb\xbf", b" "]))
        named = (path.name, "rows: there are none")
    elif kind == "gzip":
        path.write_bytes(gzip.compress(text.encode()))
    elif kind == "zip":
        path.write_bytes(b"PK\x03\x04" + text.encode())
    elif kind == "NUL":
        data, place = text.encode(), random.randint(1, len(text) - 1)
        path.write_bytes(data[:place] + b"\0" + data[place:])
    elif kind == "latin-1":
        path.write_bytes((text + "é").encode("latin-1", "replace"))
    else:
        path.write_bytes(text.encode(kind))
        if kind == "utf-16" and meant is not None:
            return Case(kind, path, (), meant)
    return Case(kind, path, named)


def csv_manifest(folder: Path, random: Random) -> Case:
    """Return a hostile CSV."""
    rows, path = rows_of(random), folder / "m.csv"
    number = random.randrange(len(rows))
    row, at = rows[number], f"row {number + 1}"
    lines = [list(NAMES), *map(cells_of, rows)]
    named: tuple[str, ...] = ()
    text: Callable[[], str] = lambda: csv_of(lines)  # noqa: E731
    kind = random.choice(
        [
            "short",
            "long",
            "twice",
            "blanks",
            "mark",
            "bytes",
            "number",
            "wrong",
            "huge",
            "ends",
            "cell",
            "line",
            "quote",
            "header",
            "unnamed",
        ]
    )
    cells = lines[number + 1]
    if kind == "short":
        del cells[random.randint(1, len(cells) - 1) :]
        named = (f"{at} (line",)
    elif kind == "long":
        cells[random.randrange(len(cells)) :] += [""] * random.randint(1, 3)
        named = (f"{at} (line",)
    elif kind == "twice":
        name, place = random.choice(NAMES), random.randint(0, len(NAMES))
        for line in lines:
            line.insert(place, "other")
        lines[0][place] = name
        named = (f"column '{name}': stands twice",)
    elif kind == "blanks":
        place = random.randrange(len(NAMES))
        lines[0][place] = random.choice([" {}", "{} ", "\t{}", "\u00a0{}", "\ufeff{}", "{}\u2003"]).format(NAMES[place])
        if place == 0 and lines[0][0].startswith("\ufeff"):  # the mark of the encoding
            return _written(path, csv_of(lines), rows, kind)
        named = ("has blanks around its name",)
    elif kind == "mark":
        return _written(path, "\ufeff" + csv_of(lines), rows, kind)
    elif kind == "bytes":
        return packed(csv_of(lines), path, random)
    elif kind == "number":
        column = random.choice(["start_s", "duration_s"])
        cells[NAMES.index(column)], row[column] = random.choice(list(NUMBERS.items()))
    elif kind == "wrong":
        column = random.choice(["start_s", "duration_s"])
        cells[NAMES.index(column)] = random.choice(WRONG_NUMBERS)
        named = (f"{at} {column}",)
    elif kind == "huge":
        row["captions"] = ["x" * random.randint(131_000, 400_000)]
        lines[number + 1] = cells_of(row)
    elif kind == "ends":
        row["track_id"] = f"a{random.choice(LINE_ENDS)}b{number}"
        lines[number + 1] = cells_of(row)
    elif kind == "cell":
        column, cell, told = _hostile_json(random)
        cells[NAMES.index(column)] = cell
        named = (f"{at} {column}: {told}",)
    elif kind == "line":
        ending = random.choice(["\r\n", "\r", "\n\n", "\n \n"])
        for each in rows:
            each["captions"] = each["captions"][:1]
        lines = [list(NAMES), *map(cells_of, rows)]
        return _written(path, csv_of(lines).replace("\n", ending), rows, kind)
    elif kind == "quote":
        lines[number + 1][1] = "MARK"
        return Case(kind, as_file(path, csv_of(lines).replace("MARK", '"open')), (f"{path.name} line",))
    elif kind == "header":
        del lines[1:]
        named = ("there are none",)
    else:
        for line in lines:
            line += ["", ""]
    return Case(kind, as_file(path, text()), named, rows)


def _hostile_json(random: Random) -> tuple[str, str, str]:
    """Return a column, a cell of JSON in it, and what is told of it."""
    deep = random.choice([65, 500, 50_000])
    return random.choice(
        [
            ("tags", '{"genre": ["a"], "mood": ["b"], "genre": ["c"]}', "has the key 'genre' twice"),
            ("captions", '[{"a": {"b": 1, "b": 2}}]', "has the key 'b' twice"),
            ("captions", "[NaN]", "holds NaN"),
            ("captions", "[-Infinity]", "holds -Infinity"),
            ("captions", "[1e999]", "holds the number '1e999'"),
            ("captions", f"[{'7' * 5000}]", "holds a number of 5,000 digits"),
            ("captions", f"[-{'7' * 400}]", "holds a number of 400 digits"),
            ("tags", "[" * deep + "]" * deep, f"is nested deeper than {64}"),
            ("tags", '{"a":' * deep + "[]" + "}" * deep, f"is nested deeper than {64}"),
            ("captions", '["a\\ud800"]', "has half a surrogate pair"),
            ("captions", '["a\\u0000"]', "has a NUL character"),
            ("captions", '["a"', "is no JSON"),
            ("tags", '["a"] ["b"]', "is no JSON"),
        ]
    )


def jsonl_manifest(folder: Path, random: Random) -> Case:
    """Return a hostile JSONL."""
    rows, path = rows_of(random), folder / "m.jsonl"
    number = random.randrange(len(rows))
    at = f"row {number + 1}"
    lines = jsonl_of(rows)
    kind = random.choice(kinds_in("twice deep-twice json bytes cut ends array blanks escape note huge"))
    named: tuple[str, ...] = ()
    if kind == "twice":
        name = random.choice(NAMES)
        lines[number] = lines[number][:-1] + f', "{name}": "other"}}'
        named = (f"{at}: has the key '{name}' twice",)
    elif kind == "deep-twice":
        lines[number] = lines[number].replace('"mood": ["calm"]', '"genre": ["other"]')
        named = (f"{at}: has the key 'genre' twice",)
    elif kind in ("json", "note"):
        column, cell, told = _hostile_json(random)
        column = column if kind == "json" else "note"
        lines[number] = json.dumps({**rows[number], column: 0}).replace(f'"{column}": 0', f'"{column}": {cell}')
        strings = told.startswith(("has half", "has a NUL"))
        named = () if strings and kind == "note" else (f"{at} {column}: {told}" if strings else f"{at}: {told}",)
    elif kind == "bytes":
        return packed("\n".join(lines), path, random)
    elif kind == "cut":
        lines[-1] = lines[-1][: random.randint(1, len(lines[-1]) - 1)]
        named = (f"row {len(rows)}: is no JSON",)
    elif kind == "ends":
        rows[number]["track_id"] = f"a{random.choice(LINE_ENDS[:3])}b{number}"
        rows[number]["captions"] = [f"a{random.choice(LINE_ENDS[:3])}b"]
        lines = jsonl_of(rows)
    elif kind == "array":
        lines[number] = random.choice(["[1]", "3", '"text"', "null", "true"])
        named = (f"{at}: must be a JSON object",)
    elif kind == "blanks":
        name = random.choice(NAMES)
        lines[number] = lines[number].replace(f'"{name}":', f'" {name}":')
        named = (f"column ' {name}': has blanks",)
    elif kind == "escape":
        rows[number]["group"] = "a🎻b"
        lines = [json.dumps(row) for row in rows]  # a whole surrogate pair, escaped
    else:
        rows[number]["captions"] = ["x" * 300_000]
        lines = jsonl_of(rows)
    return Case(kind, as_file(path, "\n".join(lines) + "\n"), named, rows)


def parquet_manifest(folder: Path, random: Random) -> Case:
    """Return a hostile Parquet file."""
    rows, path = rows_of(random), folder / "m.parquet"
    number = random.randrange(len(rows))
    columns = {name: [row[name] for row in rows] for name in NAMES}
    tag_type = pa.map_(pa.string(), pa.list_(pa.string()))
    pairs = [list(tags.items()) for tags in columns["tags"]]
    kind = random.choice(
        [
            "twice",
            "map",
            "late",
            "asked",
            "folder",
            "cut",
            "text",
            "deep",
            "blanks",
            "NUL",
            "utf",
            "ends",
            "place",
            "struct",
        ]
    )
    named: tuple[str, ...] = ()
    extra: dict[str, pa.Array] = {}
    late = pa.array([253_402_300_800_000] * len(rows), pa.timestamp("ms"))
    if kind == "map":
        pairs[number].append(("genre", ["other"]))
        named = (f"row {number + 1} tags: has a category twice",)
    elif kind == "late":
        extra["when"] = late
    elif kind == "asked":
        extra[random.choice(["track_id", "group", "start_s"])] = late
        named = ("row 1 ",)
    elif kind == "deep":
        name, depth = random.choice(["tags", "captions", "note"]), random.choice([66, 90])
        of: pa.DataType = pa.string()
        for _ in range(depth):
            of = pa.list_(of)
        extra[name] = pa.nulls(len(rows), of)
        named = () if name == "note" else (f"column '{name}'",)
    elif kind == "NUL":
        columns["audio"][number] = "a\0b"
        named = (f"row {number + 1} audio: has a NUL",)
    elif kind == "utf":
        column = [None if at != number else b"\xff\xfe" for at in range(len(rows))]
        extra["group"] = pa.array(column, pa.binary()).view(pa.string())
        named = (f"row {number + 1} group",)
    elif kind == "ends":
        rows[number]["track_id"] = columns["track_id"][number] = f"a{random.choice(LINE_ENDS)}b{number}"
    made = {name: pa.array(pairs, tag_type) if name == "tags" else pa.array(columns[name]) for name in NAMES} | extra
    names = list(made)
    arrays = list(made.values())
    if kind == "twice":
        name = random.choice(NAMES)
        names.insert(random.randint(0, len(names)), name)
        arrays.insert(random.randint(0, len(arrays)), made[name])
        named = (f"column '{name}': stands twice",)
        arrays = [made[each] for each in names]
    elif kind == "blanks":
        place = random.randrange(len(NAMES))
        names[place] = random.choice([" {}", "{} ", "\ufeff{}"]).format(names[place])
        named = ("has blanks around its name",)
    elif kind == "struct":
        inner = pa.array([["a"]] * len(rows))
        arrays[names.index("tags")] = pa.StructArray.from_arrays([inner, inner], names=["genre", "genre"])
        named = ("tags.genre: stands twice",)
    elif kind == "folder":
        name = random.choice(NAMES)
        path = path.parent / f"{name}=test" / path.name
        path.parent.mkdir(exist_ok=True)
    if kind == "place":
        return packed("PAR1 text", path, random)
    pq.write_table(pa.Table.from_arrays(arrays, names=names), path)
    if kind == "cut":
        data = path.read_bytes()
        path.write_bytes(data[: random.randint(0, len(data) - 1)])
        named = (path.name,)
    elif kind == "text":
        path.write_text(csv_of([list(NAMES)]))
        named = (path.name,)
    return Case(kind, path, named, rows)


def as_file(path: Path, text: str) -> Path:
    """Write a text, with its line ends as they are."""
    path.write_bytes(text.encode())
    return path


def _written(path: Path, text: str, rows: list[Row], kind: str) -> Case:
    """Return the case of a text that holds what is meant."""
    return Case(kind, as_file(path, text), (), rows)

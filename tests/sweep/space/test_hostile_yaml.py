"""Hostile spaces, recipes, settings and files of words: a fault that names its key and line, or what was meant."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from adsw.augment.captions.prompt import prompt_named
from adsw.augment.terms import read_terms
from adsw.errors import InputError
from adsw.evaluate.tagging_prompts import Templates
from adsw.train.recipe import dotted, read_recipe
from sweep.space.load import load_space
from tests.adsw.corpus.test_hostile_files import limited
from tests.adsw.test_yaml_file import BOMB, TWO_MEANINGS

CASES, SEED = 600, 7
SPACE = """\
objective: {metric: valid/t2m/R@10}
trials: 8
confirm: 3
recipe:
  epochs: 4
  text.swap.probability: 0.25
space:
  optim.lr:
    loguniform: [0.001, 0.1]
  head.layers:
    int: [1, 3]
"""
RECIPE = """\
epochs: 4
seed: 3
optim.lr: 0.001
text:
  swap:
    probability: 0.25
"""
WORDS = """\
default:
  - "{tag} music"
genre:
  - "{tag} 8"
"""
VOCABULARY = """\
flavour:
  - sweetish
  - 'sour'
taste:
  - bitter
"""
PROMPT = """\
description: plain
system: Write.
user: "Tags: {tags}"
"""
KINDS = (
    *("spelling", "two", "twice", "key", "ending"),
    *("bytes", "utf-16", "gzip", "NUL", "pipe", "missing", "broken", "empty"),
)
LINE_ENDS = ("\x85", "\u2028", "\u2029")
SPELLINGS = {
    "8": ["+8"],
    "3": ["+3"],
    "4": ["+4"],
    "0.25": [".25", "25e-2", "2.5E-1", "00.25", "+.25"],
    "0.001": ["1e-3", "1.E-3", ".001", "0.1e-2"],
    "0.1": ["1e-1", ".1", "10e-2"],
}
"""Number -> other ways to write it."""
BROKEN = ["a: [", "a: &x [*x]", "'", "\tb", "%YAML 3", "[" * 9000, "a: " + "[" * 80 + "]" * 80, BOMB]
READERS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "space": (SPACE, lambda path: load_space(path).document()),
    "recipe": (RECIPE, lambda path: dotted(read_recipe(path, []))),
    "templates": (WORDS, lambda path: dict(Templates.read(path).by_category)),
    "vocabulary": (VOCABULARY, lambda path: [term.term for term in read_terms(path, "user").terms]),
    "prompt": (PROMPT, lambda path: prompt_named(str(path))),
}


def test_hostile_yaml_is_a_fault_or_read_as_meant(tmp_path: Path) -> None:
    random = Random(SEED)
    wrong: list[str] = []
    for number in range(CASES):
        name = random.choice(list(READERS))
        text, read = READERS[name]
        path = tmp_path / f"{name}.yaml"
        path.write_text(text)
        meant = read(path)
        kind, content, named = damaged(text, random)
        path = tmp_path / f"{number}" / path.name
        path.parent.mkdir()
        if kind == "pipe":
            os.mkfifo(path)
        elif kind != "missing":
            path.write_bytes(content)
        wrong += judged(f"case {number}, {name}, {kind}", lambda read=read, path=path: read(path), meant, named)  # type: ignore[misc]
    assert not wrong, "\n".join(wrong)


def test_hostile_settings_are_faults_or_read_as_meant() -> None:
    random = Random(SEED)
    wrong: list[str] = []
    names = {"epochs": "4", "seed": "3", "optim.lr": "0.001", "text.swap.probability": "0.25"}
    for number in range(200):
        name, value = random.choice(list(names.items()))
        meant = dotted(read_recipe(None, [f"{name}={value}"]))
        written, named = random.choice(
            [
                *((spelling, ()) for spelling in SPELLINGS[value]),
                *((hostile, (f"--set {name}",)) for hostile in [*TWO_MEANINGS, *BROKEN, "{a: 1, a: 2}", '"\\ud800"']),
            ]
        )
        read = lambda setting=f"{name}={written}": dotted(read_recipe(None, [setting]))  # noqa: E731
        wrong += judged(f"case {number}, {name}={written[:40]}", read, meant, named)
    assert not wrong, "\n".join(wrong)


def damaged(text: str, random: Random) -> tuple[str, bytes, tuple[str, ...]]:
    """Return a kind of damage, the damaged text, and parts of which one must be told; none: it is read as before."""
    lines = text.splitlines()
    number = random.randrange(len(lines))
    line = lines[number]
    indent, is_item = line[: len(line) - len(line.lstrip())], line.lstrip().startswith("-")
    kind = random.choice(KINDS)
    named: tuple[str, ...] = (f"(line {number + 1})",)
    if kind == "spelling":
        named, value = (), line.rpartition(" ")[2]
        if value in SPELLINGS:
            lines[number] = line.removesuffix(value) + random.choice(SPELLINGS[value])
    elif kind == "two":
        hostile = random.choice(list(TWO_MEANINGS))
        lines[number] = f"{indent}- {hostile}" if is_item else f"{line.partition(':')[0]}: {hostile}"
        if line.endswith(":"):
            del lines[number + 1 :]
    elif kind == "twice" and not is_item:
        indents = [len(each) - len(each.lstrip()) for each in lines]
        rest = range(number + 1, len(lines))
        end = next((other for other in rest if indents[other] <= indents[number]), len(lines))
        lines.insert(end, f"{line.partition(':')[0]}: 1")
        named = (f"(line {end + 1}): stands on line {number + 1} already",)
    elif kind == "key" and not is_item:
        lines.insert(number, f"{indent}{random.choice(['on', '010', '1_000', '.inf', '9' * 400])}: 1")
    elif kind == "ending":
        lines[number] += f"  # a{random.choice(LINE_ENDS)}b"
        named = (f"line {number + 1}",)
    elif kind in ("twice", "key"):
        named = ()
    else:
        return kind, *whole(kind, text.encode(), random)
    return kind, "\n".join(lines).encode(), named


def whole(kind: str, data: bytes, random: Random) -> tuple[bytes, tuple[str, ...]]:
    """Return the bytes of a file that is damaged as a whole, and parts of which one must be told."""
    return {
        "bytes": (data + "# é".encode("latin-1"), ("is no text in UTF-8",)),
        "utf-16": (data.decode().encode("utf-16"), ("is in UTF-16",)),
        "gzip": (b"\x1f\x8b" + data, ("is packed by gzip",)),
        "NUL": (data[:5] + b"\0" + data[5:], ("line 1 has a NUL character",)),
        "pipe": (data, ("a pipe or a device",)),
        "missing": (data, ("there is no such file",)),
        "empty": (random.choice([b"", b"# none\n", b"\xef\xbb\xbf"]), ("is empty",)),
        "broken": (random.choice(BROKEN).encode(), ("line", "aliases", "nested")),
    }[kind]


def judged(what: str, read: Callable[[], Any], meant: Any, named: tuple[str, ...]) -> list[str]:
    """Return what is wrong with the outcome of a reading, in words; nothing if it is right."""
    try:
        with limited():
            found = read()
    except InputError as error:
        told = str(error)
        right = named and any(part in told for part in named)
        return [] if right else [f"{what}: should tell {named or 'nothing'}, tells {told[:400]}"]
    except BaseException as error:
        return [f"{what}: {type(error).__name__}: {str(error)[:300]}"]
    return [] if not named and found == meant else [f"{what}: should tell {named}, is read as {str(found)[:300]}"]

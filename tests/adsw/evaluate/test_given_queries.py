"""Retrieval by given texts: from files and in other languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.encoders import registry
from adsw.errors import InputError
from adsw.evaluate import given_queries
from adsw.evaluate.given_queries import GivenQuery, read_given, report
from adsw.retrieval.queries import QuerySet
from adsw.store.store import Store
from adsw.train.checkpoint import untrained_heads
from adsw.train.recipe import resolve
from tests.adsw.small_stores import DIMENSIONS, Eye

Make = Callable[..., Any]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def store(tmp_path: Path, make_store: Make, make_usual_row: Make) -> Store:
    made = [make_usual_row(f"t{n}", [f"tag {n} {part}" for part in range(4)]) for n in range(24)]
    tags = {"mode": ["major"], "tempo": ["slow"], "instrument": ["flute"]}
    made = [row | {"tags": json.dumps(tags)} for row in made]
    return Store.open(make_store(tmp_path / "store", {"train": made[:12], "test": made[12:]}))


@pytest.fixture
def checkpoint(tmp_path: Path, store: Store, make_checkpoint: Make, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(registry, "text_encoder", lambda _: Eye())
    path: Path = make_checkpoint(tmp_path / "checkpoint", store)
    return path


def of_texts(texts: dict[str, list[str]], store: Store) -> given_queries.GivenReport:
    """The report of sets, each a text for every track of the test split."""
    queries = QuerySet.from_table(store.table("test"), DIMENSIONS)
    given = [
        GivenQuery(track, words, name)
        for name, of_set in texts.items()
        for track, words in zip(queries.track_ids, of_set, strict=True)
    ]
    heads = untrained_heads(DIMENSIONS, resolve({"head.width": 8, "head.out": 4}))
    return report(heads, heads, queries, Eye(), given, "test")


def test_every_line_is_a_query_and_sets_are_paired_line_by_line(store: Store) -> None:
    names = [f"text {n}" for n in range(12)]
    made = of_texts({"a": names, "same": names, "b": [f"other {n}" for n in range(12)], "one": ["text"] * 12}, store)
    assert {name: (part.queries, part.pool) for name, part in made.sets.items()} == dict.fromkeys(
        ("a", "same", "b", "one"), (12, 12)
    )
    same = made.differences["same"]["mAP@10"]
    assert (same.value, same.low, same.high) == (0, 0, 0)
    gap, a, b = made.differences["b"]["mAP@10"], *(made.sets[name].figures["mAP@10"].interval for name in "ab")
    assert gap.value == pytest.approx(b.value - a.value)
    assert gap.low <= gap.value <= gap.high
    # One text for all tracks is right for all of them: nothing is left to rank.
    assert made.sets["one"].figures["mAP@10"].interval.value == 1
    assert made.document()["reference"] == "a"
    (table,) = made.tables()
    assert len(table.rows) == 4


def test_sets_of_other_tracks_are_not_paired(store: Store) -> None:
    queries = QuerySet.from_table(store.table("test"), DIMENSIONS)
    given = [GivenQuery(track, f"x {track}", "all") for track in queries.track_ids]
    given += [GivenQuery(queries.track_ids[0], "y", "one"), GivenQuery("t0", "z", "one")]
    heads = untrained_heads(DIMENSIONS, resolve({"head.width": 8, "head.out": 4}))
    made = report(heads, heads, queries, Eye(), given, "test", frozenset({"t0"}))
    assert made.differences == {}
    assert (made.sets["one"].queries, made.left_out) == (1, 1)
    assert "1 lines are of tracks of other splits" in made.tables()[0].caption


def test_the_order_of_the_lines_makes_no_difference(store: Store) -> None:
    queries = QuerySet.from_table(store.table("test"), DIMENSIONS)
    heads = untrained_heads(DIMENSIONS, resolve({"head.width": 8, "head.out": 4}))
    given = [GivenQuery(track, f"{name} {track}", name) for track in queries.track_ids for name in ("a", "b")]
    one, other = (report(heads, heads, queries, Eye(), lines, "test") for lines in (given, given[::-1]))
    assert one.sets == dict(sorted(other.sets.items()))


def test_bad_lines_are_all_told(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text(
        '{"track_id": "a", "text": " "}\n{"text": "b", "txet": 1}\n[1]\n{"track_id": "a", "text": "ok"}\n{"tr'
    )
    with pytest.raises(InputError) as caught:
        read_given(file)
    said = str(caught.value)
    for words in ("row 1 text", "row 2 track_id", "txet", "row 3", "row 5"):
        assert words in said
    assert str(file) in said
    file.write_text("")
    with pytest.raises(InputError, match="must hold queries"):
        read_given(file)
    with pytest.raises(InputError, match="does not exist"):
        read_given(tmp_path / "none.jsonl")


def test_the_file_names_a_set_that_has_no_name(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("track_id,text,set\na,slow,\nb,fast,quick\n")
    assert [query.set for query in read_given(file)] == ["mine", "quick"]


def test_the_command_evaluates_a_file_and_languages(run: Run, tmp_path: Path, checkpoint: Path, store: Store) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text("".join(json.dumps({"track_id": f"t{n}", "text": f"words {n}"}) + "\n" for n in range(10, 24)))
    given = ("evaluate", checkpoint, "--store", store.path, "--queries", file)
    status, out, err = run(*given, "--languages", "de,zh", "--json")
    assert status == 0, err
    (of_set,) = json.loads(out)["sets"]
    assert list(of_set["given"]["sets"]) == ["mine", "en", "de", "zh"]
    assert of_set["given"]["left_out"] == 2
    status, out, _ = run(*given)
    assert status == 0
    assert "text to music by given queries" in " ".join(out.split())


def test_the_command_tells_all_faults(run: Run, tmp_path: Path, checkpoint: Path, store: Store) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text('{"track_id": "nobody", "text": "words"}\n')
    given = ("evaluate", checkpoint, "--store", store.path, "--queries")
    status, out, err = run(*given, file)
    assert (status, out) == (2, "")
    assert "track_id nobody: is no track of the store" in " ".join(err.split())
    status, out, err = run(*given, tmp_path / "none.jsonl", "--languages", "de,fr")
    assert (status, out) == (2, "")
    assert "does not exist" in err
    assert "--languages: must be one of en, de, es, zh" in " ".join(err.split())

"""Previews and `adsw augment`."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from adsw.augment.bank import BankConfig, track_texts
from adsw.augment.captions.template import TemplateCaptioner
from adsw.augment.preview import bank_preview, changes_between, evenly, parse_tags, stored_texts, text_preview
from adsw.augment.vocabulary import builtin
from adsw.cli.app import app
from adsw.cli.augment import show_bank
from adsw.corpus.track import Track
from adsw.errors import Faults, InputError

TEXT = "A slow Irish jig on an oboe, in 6/8 time."


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["augment", *arguments])


def shown(*arguments: str) -> str:
    done = run(*arguments)
    assert done.exit_code == 0, done.exception
    return str(done.stdout)


def document(*arguments: str) -> Any:
    return json.loads(shown(*arguments, "--json"))


def faults(*arguments: str) -> str:
    done = run(*arguments)
    assert isinstance(done.exception, InputError)
    return str(done.exception)


def bank() -> list[Any]:
    tags = {"instrument": ("flute", "piano"), "tempo": ("slow",)}
    track = Track("t1", None, None, None, tags, ("A slow flute.",), "train", "t1", "d")
    return track_texts(track, BankConfig(), builtin(), TemplateCaptioner())


def test_a_text_with_its_terms_and_swaps() -> None:
    made = document("--text", TEXT, "--n", "5", "--seed", "2")
    assert [term["surface"] for term in made["terms"]] == ["slow", "Irish", "jig", "oboe", "6/8 time"]
    assert all(TEXT[term["start"] : term["end"]] == term["surface"] for term in made["terms"])
    assert 1 < len(made["swaps"]) <= 5
    for swapped in made["swaps"]:
        assert {"from", "to", "category"} == set(swapped["terms"][0])
        for start, end, new_start, new_end in swapped["changes"]:
            assert TEXT[start:end] != swapped["text"][new_start:new_end]
    assert made == document("--text", TEXT, "--n", "5", "--seed", "2")
    assert made != document("--text", TEXT, "--n", "5", "--seed", "3")


def test_a_text_for_people() -> None:
    out = shown("--text", TEXT, "--n", "3")
    assert out.splitlines()[0] == TEXT
    assert out.count("swap") >= 2
    assert "→" in out
    assert "Nothing in it can be swapped" in shown("--text", "zebra")


def test_options_of_a_swap() -> None:
    made = document("--text", TEXT, "--n", "20", "--categories", "tempo, mode", "--max-terms", "1")
    assert {term["category"] for swapped in made["swaps"] for term in swapped["terms"]} == {"tempo"}


def test_tags_with_their_views() -> None:
    made = document("--tags", "instrument:flute, mode---minor, slow, zebra", "--n", "0")
    assert made["tags"] == {"instrument": ["flute"], "mode": ["minor"], "tempo": ["slow"], "other": ["zebra"]}
    assert made["views_in_all"] == len(made["views"])
    assert {view["kept"] for view in made["views"]} == {1, 2, 3, 4}
    for view in made["views"]:
        assert [text["source"] for text in view["texts"]] == ["tags", "caption"]
    fewer = document("--tags", "instrument:flute, mode---minor, slow, zebra", "--n", "2")
    assert [view["kept"] for view in fewer["views"]] == [1, 4]
    out = shown("--tags", "instrument:flute,mode:minor,tempo:slow", "--n", "2")
    assert "more views" in out
    assert "1 kept" in out


def test_a_bounded_bank_of_tags() -> None:
    tags = "a, b, c, d, e, f, g, h"
    paper = document("--tags", tags, "--views", "paper", "--n", "0")
    assert paper["views_in_all"] <= 10
    assert paper["views"][-1]["kept"] == 8
    three = document("--tags", tags, "--levels", "3", "--views", "1", "--n", "0")
    assert {view["kept"] for view in three["views"]} == {1, 5, 8} or {view["kept"] for view in three["views"]} == {
        1,
        4,
        8,
    }


def test_what_captions_state_is_shown() -> None:
    made = document("--tags", "instrument:flute,mode:minor", "--n", "0")
    captions = [text for view in made["views"] for text in view["texts"] if text["source"] == "caption"]
    assert all((text["coverage"], text["added"], text["attempts"]) == (1, 0, 1) for text in captions)
    assert all(text["captioner"].startswith("template@") for text in captions)
    assert shown("--tags", "instrument:flute,mode:minor").count("states all tags") == 3
    poor = replace(bank()[1], coverage=0.5, added=2, attempts=3)
    out = Console(record=True, width=200)
    show_bank({"tags": {}, **bank_preview([poor]), "views_in_all": 1}, out)
    assert "states 50% of the tags, adds 2 terms, attempt 3" in out.export_text()


def test_a_track_of_a_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = [asdict(text) for text in bank()]
    row = {"track_id": "t1", "tags": {"tempo": ["slow"]}, "texts": rows}
    monkeypatch.setattr("adsw.store.store.Store.open", lambda path: path)
    monkeypatch.setattr("adsw.cli.inspect.one_track", lambda _, track_id: {**row, "track_id": track_id})
    made = document("--store", str(tmp_path), "--track", "t1", "--n", "0")
    assert made["track_id"] == "t1"
    assert [text["text"] for text in made["human"]] == ["A slow flute."]
    texts = [text for view in made["views"] for text in view["texts"]]
    assert len(texts) == sum(row["swap_of"] < 0 and row["view"] >= 0 for row in rows)
    assert "human captions" in shown("--store", str(tmp_path), "--track", "t1")


def test_a_vocabulary_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("flavour: [sweetish, sour]\ntheme: [flute]", encoding="utf-8")
    made = document("--text", "a sweetish zebra", "--vocabulary", str(path))
    assert [swapped["text"] for swapped in made["swaps"]] == ["a sour zebra"]
    assert any(conflict["chosen"] == "theme:flute" for conflict in made["conflicts"])
    assert "theme:flute" in run("--text", "a sweetish zebra", "--vocabulary", str(path)).stderr


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ([], ["exactly one"]),
        (["--text", "x", "--tags", "y", "--n", "-1", "--max-terms", "0"], ["exactly one", "--n", "--max-terms"]),
        (["--store", "x"], ["go together"]),
        (["--text", "x", "--track", "t"], ["go together"]),
        (["--tags", "instrument:flute,,:x"], ["given: ''", "given: ':x'"]),
        (["--tags", "a:b", "--max-terms", "17"], ["at most 16"]),
        (["--tags", "a:b", "--views", "many", "--levels", "0"], ["--views", "--levels"]),
        (["--text", "x", "--categories", "moood,tempo"], ["moood", "Did you mean 'mood'"]),
        (["--tags", "a:b", "--captioner", "templete"], ["Did you mean 'template'"]),
        (["--text", "x", "--vocabulary", "/nowhere.yaml"], ["there is no such file"]),
    ],
)
def test_wrong_input(arguments: list[str], parts: list[str]) -> None:
    told = faults(*arguments)
    assert all(part in told for part in parts), told


def test_hostile_texts_are_shown() -> None:
    for text in ("", "🎻 flute مرحبا", "[bold]flute[/bold]", "flute " * 3000):
        assert "flute" in shown("--text", text, "--n", "1") or not text


def test_a_surrogate_is_previewed() -> None:
    assert text_preview("\ud800 flute", builtin(), 2, 0)["swaps"]
    assert "\ufffd flute" in shown("--text", "\udcff flute")


def test_bank_previews_hold_every_text() -> None:
    texts = bank()
    made = bank_preview(stored_texts([asdict(text) for text in texts]))
    originals = [text for view in made["views"] for text in view["texts"]] + made["human"]
    assert sum(1 + len(text["swaps"]) for text in originals) == len(texts)
    for text in originals:
        for swapped in text["swaps"]:
            assert swapped["changes"]


def test_changes_touch_and_merge() -> None:
    assert changes_between("slow rock, here", "medium fast folk, here") == [(0, 9, 0, 16)]
    assert changes_between("in 2/4 time", "in 6/2 time") == [(3, 6, 3, 6)]
    assert changes_between("a hip-hop song", "a trip-hop song") == [(2, 9, 2, 10)]
    assert changes_between("same", "same") == []
    assert changes_between("", "new") == [(0, 0, 0, 3)]


def test_evenly_spread() -> None:
    items: list[dict[str, Any]] = [{"n": n} for n in range(7)]
    assert [item["n"] for item in evenly(items, 3)] == [0, 3, 6]
    assert evenly(items, 1) == [{"n": 6}]
    assert evenly(items, 0) == evenly(items, 9) == items


def test_tags_of_a_command_line() -> None:
    noted = Faults("x")
    assert parse_tags("flute,mode:minor,mode:major,mode:minor", builtin(), noted) == {
        "instrument": ("flute",),
        "mode": ("minor", "major"),
    }
    assert not noted.found


def test_what_is_typed_is_one_text() -> None:
    plain = document("--text", "a slow café jig")
    assert document("--text", "a  slow cafe\u0301\u00a0jig") == plain
    assert document("--tags", "genre:jazz,genre: Jazz,genre:hard\u00a0bop")["tags"] == {"genre": ["jazz", "hard bop"]}

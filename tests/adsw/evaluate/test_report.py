from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from adsw.errors import Fault, InputError
from adsw.evaluate.html import render, sections_of
from adsw.evaluate.novelty import Training
from adsw.evaluate.report import FURTHER, FullReport, full_report
from adsw.report.section import every_table
from adsw.report.table import TableModel, head_columns, row
from adsw.retrieval.queries import QuerySet
from adsw.store.duplicates import Duplicates
from adsw.store.store import Store
from adsw.train import checkpoint as checkpoints

Make = Callable[..., Any]


@pytest.fixture
def store(tmp_path: Path, make_store: Make, make_usual_row: Make) -> Store:
    made = [
        make_usual_row(f"t{number}", [f"tag {number % 5}", "slow", f"<b>{number}</b>"][:: -1 if number % 2 else 1])
        | {"tags": json.dumps({"mood": [f"tag {number % 5}", "slow"], "name": [f"<b>{number}</b>"]})}
        for number in range(30)
    ]
    return Store.open(make_store(tmp_path / "store", {"train": made[:15], "test": made[15:]}))


@pytest.fixture
def trained(tmp_path: Path, store: Store, make_checkpoint: Make) -> checkpoints.Checkpoint:
    return checkpoints.load(make_checkpoint(tmp_path / "checkpoint", store))


class Stub:
    """A part that holds what it was made with."""

    title = "Stub"

    def __init__(self, *given: Any, **options: Any) -> None:
        self.given, self.options = given, options

    def document(self) -> dict[str, Any]:
        return {"split": self.given[2]}

    def tables(self) -> list[TableModel]:
        return [TableModel("stub", "Stubbed", "", head_columns("a"), (row("b"),))]


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FURTHER.values():
        module = ModuleType(name)
        module.report = Stub  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, module)


def made(trained: checkpoints.Checkpoint, store: Store, *others: Any) -> FullReport:
    queries = QuerySet.from_table(store.table("test"), store.info.dimensions)
    return full_report(trained, store, "test", "far", queries, *others)


def test_recordings_that_were_trained_on_under_other_ids_are_told(
    tmp_path: Path, make_store: Make, make_usual_row: Make, make_checkpoint: Make
) -> None:
    def rows(name: str, digests: list[str | None]) -> list[dict[str, Any]]:
        return [
            make_usual_row(f"{name}{n}", [f"tag {n}", "slow"]) | {"audio_sha256": digest, "duration_s": 10.0}
            for n, digest in enumerate(digests)
        ]

    alike = Duplicates(recordings=2, tracks={"train": 2, "test": 2}, examples=({"a0": "train", "b1": "test"},))
    splits = {"train": rows("a", ["x", "y", "z", None]), "test": rows("b", ["w", "x", "y", None])}
    own = Store.open(make_store(tmp_path / "own", splits, duplicates=alike))
    heads = checkpoints.load(make_checkpoint(tmp_path / "heads", own))
    told = made(heads, own, Training.of(own)).figures.remarks
    assert "2 of the 4 tracks are recordings that were trained on under other ids, such as b1 and b2" in " ".join(told)
    # Without the training what the store says of itself remains.
    assert alike.sentences()[0] in made(heads, own).figures.remarks
    # Another store's: told by what is heard, though it was never prepared together with the training.
    other = Store.open(make_store(tmp_path / "other", {"test": rows("c", ["z", "v"])}, fingerprint="e" * 64))
    assert any("1 of the 2 tracks are" in remark for remark in made(heads, other, Training.of(own)).figures.remarks)


def test_parts_stand_under_their_names(trained: checkpoints.Checkpoint, store: Store) -> None:
    document = json.loads(json.dumps(made(trained, store, Training.of(store)).document(), allow_nan=False))
    assert document["name"] == "far"
    assert set(document["categories"]["stating"]) == {"mood", "name"}
    assert set(document["baselines"]["figures"]) == set(document["metrics"])
    assert len(document["novelty"]["quarters"]) == 4
    assert document["remarks"] == ["The pool has 15 tracks: figures on fewer than 20 mean nothing."]


def test_truth_by_tags_stands_beside_the_strict_figures_or_its_lack_is_said(
    trained: checkpoints.Checkpoint, store: Store
) -> None:
    report = made(trained, store, Training.of(store))
    assert {f"far/{way}/mAP@10.tags" for way in ("t2m", "m2t")} <= set(report.document()["metrics"])
    shown = [cells[0].text for table in report.tables() for cells in table.rows]
    assert shown.count("t2m/R@1.tags") == shown.count("m2t/R@1.tags") == 2  # figures, and against baselines
    assert any(".tags" in text for text in report.figures.conventions)
    queries = replace(QuerySet.from_table(store.table("test"), store.info.dimensions), truth=None)
    without = full_report(trained, store, "test", "far", queries, Training.of(store))
    assert ["truth by tags" in remark for remark in without.figures.remarks] == [True, False]  # a small pool, too
    assert not any(name.endswith(".tags") for name in without.document()["metrics"])


def test_without_the_training_there_are_no_baselines_and_it_is_said(
    trained: checkpoints.Checkpoint, store: Store
) -> None:
    document = made(trained, store).document()
    assert "baselines" not in document
    assert "novelty" not in document
    assert "Without the store of the training" in document["remarks"][0]


def test_tracks_of_the_training_are_noticed(
    tmp_path: Path, trained: checkpoints.Checkpoint, store: Store, make_store: Make, make_usual_row: Make
) -> None:
    rows = [make_usual_row(f"t{number}", [f"tag {number}", "x"]) for number in (1, 2, 20)]
    other = Store.open(make_store(tmp_path / "other", {"test": rows}, fingerprint="e" * 64))
    said = made(trained, other, Training.of(store)).document()["remarks"]
    assert "another store" in said[0]
    assert said[1] == "2 of the 3 tracks are among the training tracks."
    said = made(trained, other, Training.of(store, most=2)).document()["remarks"]
    assert said[1] == "1 of the 3 tracks are among the first 2 training tracks."


@pytest.mark.usefixtures("stubbed")
def test_further_parts_are_made_of_checkpoint_store_split_and_encoder(
    trained: checkpoints.Checkpoint, store: Store, text_encoder: Any
) -> None:
    report = made(trained, store, None, list(FURTHER), text_encoder)
    for name in FURTHER:
        part = report.parts[name]
        assert isinstance(part, Stub)
        assert part.given == (trained, store, "test", text_encoder)
    assert report.document()["probes"] == {"split": "test"}


def test_further_parts_need_the_encoder(trained: checkpoints.Checkpoint, store: Store) -> None:
    with pytest.raises(ValueError, match="probes: the text encoder is needed"):
        made(trained, store, None, ["probes"])


@pytest.mark.usefixtures("stubbed")
def test_the_page_holds_everything_and_loads_nothing(
    trained: checkpoints.Checkpoint, store: Store, text_encoder: Any
) -> None:
    reports = [made(trained, store, Training.of(store), ["probes"], text_encoder), made(trained, store)]
    page = render("runs/<one>", trained, reports)
    assert len(page.encode()) < 5_000_000
    body = page[: page.index('id="plotly"')]
    for words in ("runs/&lt;one&gt;", "Stubbed", "m2t/meanR", "against rankings that know less", "Ranks start at 1"):
        assert words in body
    assert "&lt;b&gt;16&lt;/b&gt;" in body
    assert "<b>16</b>" not in body
    assert not re.search(r'(src|href)="(?!#)', body)
    drawn = set(re.findall(r'data-figure="([^"]+)"', body))
    given = json.loads(re.search(r'id="figures">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
    assert drawn == set(given)
    assert {name.split("-")[1] for name in drawn} == {"ranks", "sources", "worth", "alone", "baselines", "novelty"}
    anchors = set(re.findall(r'<section id="([^"]+)"', body))
    assert set(re.findall(r'<a href="#([^"]+)"', body)) == anchors


def test_what_a_set_does_not_allow_is_a_remark_where_all_was_asked_for(
    trained: checkpoints.Checkpoint, store: Store, stubbed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stubbed is None

    def refusing(*_: Any, **__: Any) -> None:
        raise InputError("No", [Fault("STORE", "must have tags", None, "Add some.")])

    monkeypatch.setattr(sys.modules[FURTHER["probes"]], "report", refusing)
    queries = QuerySet.from_table(store.table("test"), store.info.dimensions)
    asked: dict[str, Any] = {"further": ["tagging", "probes"], "encoder": object(), "templates": "mine"}
    with pytest.raises(InputError, match="must have tags"):
        full_report(trained, store, "test", "far", queries, **asked)
    report = full_report(trained, store, "test", "far", queries, **asked, as_far_as_possible=True)
    assert "No probes: STORE must have tags." in report.figures.remarks
    assert "probes" not in report.parts
    part = report.parts["tagging"]
    assert isinstance(part, Stub)
    assert part.options == {"templates": "mine"}


def test_the_sections_of_one_set_do_not_name_it(trained: checkpoints.Checkpoint, store: Store) -> None:
    report = made(trained, store)
    alone, beside = list(sections_of(report)), list(sections_of(report, 1, 2))
    assert [section.title for section in alone] == ["far", "Retrieval", "By category", "How it was counted"]
    assert [section.title for section in beside][1:3] == ["Retrieval on far", "By category on far"]
    assert [section.link for section in beside][1:3] == ["far: Retrieval", "far: By category"]
    assert [section.key for section in beside] == ["set-1", "retrieval-1", "categories-1", "counted-1"]
    assert every_table(alone) == tuple(report.tables())

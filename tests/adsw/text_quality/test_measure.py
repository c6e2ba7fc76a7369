from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.store.plan import vocabulary_identity
from adsw.store.store import Store
from adsw.text_quality.measure import Quality, measure_quality, store_vocabulary
from adsw.text_quality.report import GroupReport
from adsw.text_quality.tables import FIGURES, OF_LEVELS

Make = Callable[..., Any]


@pytest.fixture
def quality(store: Store) -> Quality:
    return measure_quality(store)


def value(report: GroupReport, name: str) -> float:
    found = report.figures[name]
    assert found is not None
    return found.value


def test_figures_are_those_reckoned_by_hand(quality: Quality) -> None:
    by_name = {report.group.name: report for report in quality.groups}
    model, stand_in = by_name["caption by local:model@1"], by_name["stand-in by template@1"]
    assert (model.texts, model.distinct, model.tracks) == (23, 12, 12)
    assert value(model, "coverage") == 1.0
    assert value(model, "hallucinated") == pytest.approx(1 / 23)
    assert value(model, "added") == pytest.approx(1 / 23)
    assert value(model, "shared") == pytest.approx(12 / 23)
    assert model.added_terms == (("sitar", 1 / 23),)
    assert (value(stand_in, "attempts"), value(stand_in, "retried")) == (3.0, 1.0)
    human = by_name["human"]
    assert value(human, "coverage") == 0.5
    assert human.figures["attempts"] is None
    assert by_name["tags"].figures["coverage"] is None
    assert human.lengths == (0, 12, 0, 0, 12)
    assert human.length[2] == 2.5


def test_sparse_views_are_the_generic_ones(quality: Quality) -> None:
    one, two = quality.level_reports(quality.groups[1].group)
    assert (one.group.level, two.group.level) == ("1", "2")
    assert (value(one, "shared"), value(two, "shared")) == (1.0, 0.0)
    assert (value(one, "fits"), value(two, "fits")) == pytest.approx((1.0, 1 / 11))
    assert one.usage is None


def test_the_document_is_whole_and_says_how_it_was_counted(quality: Quality, store: Store) -> None:
    document = quality.document()
    assert (document["tracks"], document["of_tracks"], document["splits"]) == (12, 12, ["train", "test"])
    assert document["fingerprint"] == store.info.fingerprint
    group = document["groups"][2]
    assert group["hallucinated"].keys() == {"value", "low", "high", "n"}
    assert {figure.name for figure in FIGURES} <= group.keys()
    assert group["usage"]["categories"]["genre"]["top"] == {"jazz": 1.0}
    assert document["by_kept"][0]["kept"] == "1"
    assert any("self-BLEU" in line for line in document["conventions"])
    assert {figure.name for figure in OF_LEVELS} <= document["by_kept"][0].keys()


def test_the_same_seed_gives_the_same_report(store: Store, quality: Quality) -> None:
    assert measure_quality(store).document() == quality.document()
    assert measure_quality(store, seed=1).document() != quality.document()


def test_remarks_tell_what_is_out_of_the_ordinary(
    store: Store, quality: Quality, tmp_path: Path, make_store: Make, track_row: Make
) -> None:
    assert len(quality.remarks) == 2
    assert quality.remarks[0].startswith("The vocabulary at hand is not the one")
    assert quality.remarks[1].startswith("1 of 24 captions (4.2%) were worded by a stand-in")
    assert measure_quality(store, ["train"], most=2).remarks[0].startswith("Measured on 2 of 8 tracks")
    rows = [track_row(f"t{number}", {"genre": ["jazz"]}, [("A jazz tune.", ["jazz"], {})]) for number in range(3)]
    plain = Store.open(make_store(tmp_path / "plain", {"train": rows}, captioner="local:model@1"))
    known = vocabulary_identity(store_vocabulary(plain))
    exact = Store.open(make_store(tmp_path / "exact", {"train": rows}, captioner="local:model@1", vocabulary=known))
    assert measure_quality(exact).remarks == ("There are no human captions, so nothing is compared with them.",)


def test_progress_is_told_by_stage(store: Store) -> None:
    told: list[tuple[str, int, int]] = []
    measure_quality(store, ["test"], tell=lambda *step: told.append(step))
    assert ("read", 4, 4) in told
    assert ("state", 24, 24) in told
    last = told[-1]
    assert last[0] == "measure"
    assert last[1] == last[2]


def test_a_store_of_human_captions_alone_is_measured(tmp_path: Path, make_store: Make, track_row: Make) -> None:
    rows = [track_row(f"t{number}", {}, (), [(f"A tune, number {number}.", {})]) for number in range(3)]
    found = measure_quality(Store.open(make_store(tmp_path / "human", {"test": rows})))
    assert [report.group.name for report in found.groups] == ["human"]
    assert found.groups[0].figures["coverage"] is None
    assert found.levels == ()
    assert found.examples == ()

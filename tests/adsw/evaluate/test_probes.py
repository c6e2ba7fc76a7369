from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from adsw.errors import InputError
from adsw.evaluate import probes
from adsw.evaluate.probe_model import ENCODER, HEAD, held_back
from adsw.evaluate.probes import ProbeReport, report
from adsw.report.terminal import captioned_table
from adsw.store.store import Store
from tests.adsw.evaluate.oracle import Constant, Knowing, Speaker, checkpoint_of, world_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return world_store(tmp_path_factory.mktemp("world") / "store", 150)


@pytest.fixture(scope="module")
def found(store: Store, tmp_path_factory: pytest.TempPathFactory) -> ProbeReport:
    return report(checkpoint_of(tmp_path_factory.mktemp("one") / "run", store, Knowing()), store, "test")


def test_what_can_be_read_is_read_and_by_the_right_kind_of_question(found: ProbeReport) -> None:
    kinds = {category: part.kind for category, part in found.categories.items()}
    single, multi = "single-label", "multi-label"
    assert kinds == {"genre": single, "instrument": multi, "mood": single, "tempo": single}
    for part in found.categories.values():
        assert part.learnt_from == 90
        assert part.tracks == 30
        for name, figure in part.figures[HEAD].items():
            assert figure.interval.value > 0.8, (part.category, name)
            assert figure.interval.low > figure.chance
            assert figure.untrained is not None
            gain = part.gains[name]
            assert gain.value == pytest.approx(figure.interval.value - part.figures[ENCODER][name].interval.value)
            assert gain.low <= gain.value + 1e-12
            assert gain.value <= gain.high + 1e-12


def test_a_head_that_has_thrown_all_away_answers_by_chance(store: Store, tmp_path: Path) -> None:
    part = report(checkpoint_of(tmp_path / "run", store, Constant()), store, "test").categories["genre"]
    head = part.figures[HEAD]["accuracy"]
    assert head.interval.value == head.chance
    assert part.gains["accuracy"].high < 0


def test_document_and_tables(found: ProbeReport) -> None:
    document = json.loads(json.dumps(found.document(), allow_nan=False))
    assert document["kind"] == "probes"
    assert document["categories"]["genre"]["metrics"]["head"]["accuracy"]["chance"] < 0.4
    assert set(document["categories"]["genre"]["strengths"]) == {"encoder", "head", "untrained head"}
    console = Console(width=80, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    for table in found.tables():
        console.print(captioned_table(table))
    shown = console.export_text()
    for word in ("single-label", "multi-label", "ROC-AUC", "90 learnt", "logistic regression"):
        assert word in shown
    assert "…│" not in shown.replace(" ", "")


def test_left_out_categories_are_named_under_the_table(found: ProbeReport) -> None:
    part = replace(found.categories["genre"], left_out={"of few": ("jazz",)})
    told = replace(found, categories={"genre": part}, without=("era",)).tables()
    assert len(told) == 1
    assert "left out of genre, of few: jazz" in told[0].notes
    assert "era" in str(told[0].notes)


def test_groups_are_held_back_whole() -> None:
    groups = [f"group {number % 50}" for number in range(500)]
    aside = held_back(groups, 0.2)
    assert 0 < aside.mean() < 0.5
    assert (aside[:50] == aside[50:100]).all()


def test_what_cannot_be_probed_is_refused_all_at_once(store: Store, tmp_path: Path) -> None:
    trained = checkpoint_of(tmp_path / "run", store)
    other = Speaker(store.info.text_encoder.model_copy(update={"name": "other"}))
    with pytest.raises(InputError) as caught:
        report(trained, store, "train", other)
    assert len(caught.value.faults) == 2
    splits = {name: info for name, info in store.info.splits.items() if name != "train"}
    with pytest.raises(InputError, match="must have a train split"):
        report(trained, replace(store, info=store.info.model_copy(update={"splits": splits})), "test")


def test_a_store_without_tags_is_refused(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "questions", lambda *_: ([], ["genre"]))
    with pytest.raises(InputError, match="must have tags that at least 5 training tracks have"):
        report(checkpoint_of(tmp_path / "run", store), store, "test")

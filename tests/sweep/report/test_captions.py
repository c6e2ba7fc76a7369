"""Caption quality against retrieval, over the stores of an ablation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.store.store import Store
from sweep.report.captions import CACHE, caption_quality, measured, statements
from sweep.report.document import write_report
from sweep.report.report import Report
from sweep.run.sweep_record import StoreRecord

from .ablated import Ablated
from .test_page import Page, offered


def entry(captioner: str, path: str = "/nowhere") -> dict[str, Any]:
    encoders = {"audio_encoder": "ear@1", "text_encoder": "eye@1"}
    return {"path": path, "fingerprint": captioner, "captioner": captioner, "splits": {}, **encoders}


def cached(captioner: str, coverage: float) -> dict[str, Any]:
    figure = {"value": coverage, "low": coverage - 0.01, "high": coverage + 0.01, "n": 100}
    about = {"fingerprint": captioner, "captioner": captioner, "tracks": 50, "captions": 100}
    return {**about, "coverage": figure, "added": figure, "distinct": None}


def written(tmp_path: Path, captioners: tuple[str, ...], known: dict[str, float], **fields: Any) -> tuple[Report, Path]:
    arms = {name: {"store": name} for name in captioners}
    stores = {name: entry(name) for name in captioners}
    quality = {name: 0.4 * place for place, name in enumerate(captioners)}
    folder = Ablated(arms=arms, stores=stores, quality=quality, seeds=(0, 1, 2), **fields).write(tmp_path)
    (folder.path / CACHE).write_text(json.dumps({name: cached(name, value) for name, value in known.items()}))
    return write_report(folder.path, resamples=2), folder.path


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path]:
    """Three captioners, of one of which the store is gone."""
    return written(tmp_path_factory.mktemp("runs"), ("template", "qwen", "gemma"), {"template": 1.0, "qwen": 0.9})


def test_arms_are_set_against_their_stores(few: tuple[Report, Path]) -> None:
    found = few[0].captioners
    assert found is not None
    assert few[0].ablation is not None
    means = {score.name: score.value for score in few[0].ablation.primary.arms}
    assert {arm.name: arm.value for arm in found.arms} == means
    template = next(arm for arm in found.arms if arm.name == "template")
    figure = template.figure("coverage")
    assert figure is not None
    assert figure.value == 1.0
    assert [store.name for store in found.unknown] == ["gemma"]
    assert all(agreement is None for _, agreement in found.agreements)


def test_few_stores_decide_nothing_and_a_lost_one_is_said_to_be(few: tuple[Report, Path]) -> None:
    text = " ".join(few[0].verdict.lines())
    assert "not decided by 2 stores" in text
    assert "Caption quality could not be read of 1 store of 3" in text
    page = Page((few[1] / "report.html").read_text())
    assert "gemma (the store cannot be read at /nowhere)" in page.text
    assert "captions-coverage" in page.values("data-figure")
    assert "captions-distinct" not in page.values("data-figure")
    assert "caption-quality" in offered(page)
    assert json.loads((few[1] / "statistics.json").read_text())["caption_quality"]["arms"][0]["name"] == "template"


def test_five_stores_have_a_rank_correlation(tmp_path: Path) -> None:
    known = {f"model{place}": 0.5 + place / 10 for place in range(5)}
    report, _ = written(tmp_path, tuple(known), known)
    assert report.captioners is not None
    agreement = dict(report.captioners.agreements)["coverage"]
    assert agreement is not None
    assert agreement.rho.value == pytest.approx(1.0)
    assert "over 5 stores: tags that a caption states +1.00" in statements(report.captioners)[0].text


def test_stores_of_one_captioner_have_no_such_section(tmp_path: Path) -> None:
    arms = {"one": {"store": "one"}, "two": {"store": "two"}}
    stores = {name: entry("template") for name in arms}
    folder = Ablated(arms=arms, stores=stores, seeds=(0, 1)).write(tmp_path)
    report = write_report(folder.path, resamples=2)
    assert report.captioners is None
    assert report.ablation is not None
    assert len({arm.name for arm in report.ablation.primary.arms}) == 2
    assert "Caption quality" not in " ".join(report.verdict.lines())


def _captioned(row: dict[str, Any]) -> None:
    """Captions state half of their tags, and every second track's invent a term."""
    even = row["dataset"] == "even"
    for text in row["texts"]:
        if text["source"] == "caption":
            text |= {"coverage": 0.5, "added": 1 if even else 0}


def test_a_store_is_measured_once_and_remembered(make_store: Callable[..., Store], tmp_path: Path) -> None:
    store = make_store(_captioned)
    found = measured(store)
    assert (found.tracks, found.captions) == (40, 80)
    assert found.coverage is not None
    assert found.coverage.value == 0.5
    assert found.added is not None
    assert found.added.value == 0.5
    known = entry("template@1", str(store.path)) | {"fingerprint": store.info.fingerprint}
    stores = {"mine": StoreRecord.model_validate(known)}
    (first,) = caption_quality(stores, tmp_path)
    assert first.quality == found
    gone = {"mine": StoreRecord.model_validate(known | {"path": "/nowhere"})}
    assert caption_quality(gone, tmp_path)[0].quality == found
    (tmp_path / CACHE).write_text("no JSON")
    assert caption_quality(gone, tmp_path)[0].quality is None


def test_another_store_at_the_same_place_is_not_measured(make_store: Callable[..., Store]) -> None:
    store = make_store(_captioned)
    (found,) = caption_quality({"mine": StoreRecord.model_validate(entry("other", str(store.path)))}, None)
    assert found.quality is None
    assert "another store lies at" in found.why


def test_a_store_without_captions_has_no_figures(make_store: Callable[..., Store]) -> None:
    def silent(row: dict[str, Any]) -> None:
        for text in row["texts"]:
            text["source"] = "tags"

    found = measured(make_store(silent))
    assert found.captions == 0
    assert found.coverage is None
    assert found.distinct is None

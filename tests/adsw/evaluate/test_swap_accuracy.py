from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from adsw.errors import InputError
from adsw.evaluate import swap_accuracy
from adsw.evaluate.swap_accuracy import SwapReport, report
from adsw.report.terminal import captioned_table
from adsw.store.store import Store
from tests.adsw.evaluate.oracle import Constant, Knowing, Speaker, checkpoint_of, world_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return world_store(tmp_path_factory.mktemp("world") / "store", 150)


@pytest.fixture(scope="module")
def found(store: Store, tmp_path_factory: pytest.TempPathFactory) -> SwapReport:
    trained = checkpoint_of(tmp_path_factory.mktemp("one") / "run", store, Knowing())
    return report(trained, store, "test", Speaker(store.info.text_encoder))


def test_heads_that_know_tell_swaps_and_neither_untrained_nor_deaf_ones_do(found: SwapReport) -> None:
    assert found.overall.figure.interval.value > 0.97
    assert found.overall.figure.untrained == pytest.approx(0.5, abs=0.1)
    assert found.overall.blind < 0.8
    assert found.overall.gain.value == pytest.approx(found.overall.figure.interval.value - found.overall.blind)
    assert set(found.categories) == {"genre", "instrument", "mood", "tempo"}
    assert sum(part.pairs for part in found.categories.values()) == found.overall.pairs
    assert sum(part.pairs for part in found.sources.values()) == found.overall.pairs
    assert list(found.terms) == ["1"]
    assert found.texts[1] == 0


def test_held_out_terms_were_never_in_training(store: Store, found: SwapReport) -> None:
    held = found.held_out
    assert held is not None
    train = {text["text"] for row in store.table("train", ["texts"])["texts"].to_pylist() for text in row}
    words = {word.strip(",") for text in train for word in text.split()}
    assert held.used
    assert not words & set(held.used)
    assert not {f"{name}{number}" for name in ("genre", "instrument", "mood") for number in range(8)} & set(held.used)
    assert held.overall.unseen.pairs == held.overall.seen.pairs > 50
    # An unknown word takes the meaning off the text that it is put in: those who listen notice.
    assert held.overall.unseen.figure.interval.value > 0.9
    assert held.overall.seen.figure.interval.value > 0.97
    assert sum(part.unseen.pairs for part in held.categories.values()) == held.overall.unseen.pairs
    assert held.unseen_terms["genre"] > 50


def test_constant_heads_tie_everywhere(store: Store, tmp_path: Path) -> None:
    told = report(checkpoint_of(tmp_path / "run", store, Constant()), store, "test", Speaker(store.info.text_encoder))
    assert told.held_out is not None
    held = [part for name in ("unseen", "seen") for part in [getattr(told.held_out.overall, name)]]
    for part in (told.overall, *told.categories.values(), *told.sources.values(), *held):
        interval = part.figure.interval
        assert (interval.value, interval.low, interval.high) == (0.5, 0.5, 0.5)
        assert part.blind == 0.5
    assert told.held_out.overall.difference.value == 0


def test_document_and_tables(found: SwapReport) -> None:
    document = json.loads(json.dumps(found.document(), allow_nan=False))
    assert document["kind"] == "swap accuracy"
    assert document["overall"]["chance"] == 0.5
    assert document["held_out"]["overall"]["difference"]["value"] <= 0.05
    console = Console(width=80, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    for table in (*found.tables(), *replace(found, held_out=None, remarks=("A remark.",)).tables()):
        console.print(captioned_table(table))
    shown = console.export_text()
    for word in ("Swap accuracy, split test", "in human", "terms: 1", "held-out terms", "ties count half", "A remark."):
        assert word in shown


def test_what_must_be_known_is_remarked(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained, speaker = checkpoint_of(tmp_path / "run", store, Knowing()), Speaker(store.info.text_encoder)
    other = replace(store, info=store.info.model_copy(update={"fingerprint": "another"}))
    remarks = report(trained, other, "test", speaker).remarks
    assert [words in remark for words, remark in zip(("another store", "vocabulary"), remarks, strict=True)] == [
        True
    ] * 2
    splits = {name: info for name, info in store.info.splits.items() if name != "train"}
    without = report(trained, replace(store, info=store.info.model_copy(update={"splits": splits})), "test", speaker)
    assert without.held_out is None
    assert "no train split" in without.remarks[0]
    monkeypatch.setattr(swap_accuracy, "filled_places", lambda *_: None)
    assert "no text has a place" in report(trained, store, "test", speaker).remarks[-1]


def test_what_cannot_be_judged_is_refused(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained, info = checkpoint_of(tmp_path / "run", store), store.info.text_encoder
    with pytest.raises(InputError, match="text encoder must be"):
        report(trained, store, "test", Speaker(info.model_copy(update={"revision": "x"})))
    with pytest.raises(InputError, match="unknown split"):
        report(trained, store, "tset", Speaker(info))
    whole = swap_accuracy.stored_pairs

    def none(block: object) -> object:
        stored = whole(block)  # type: ignore[arg-type]
        nothing = np.zeros(0, dtype=np.int64)
        return replace(stored, pairs=replace(stored.pairs, tracks=nothing))

    monkeypatch.setattr(swap_accuracy, "stored_pairs", none)
    with pytest.raises(InputError, match="must hold swapped texts"):
        report(trained, store, "test", Speaker(info))

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from sklearn.metrics import average_precision_score, roc_auc_score

from adsw.errors import InputError
from adsw.evaluate.tagging import CONVENTIONS, TaggingReport, report
from adsw.evaluate.tagging_metrics import credits
from adsw.evaluate.tagging_prompts import Labels, Templates, cosines, tags_of
from adsw.report.terminal import captioned_table
from adsw.store.store import TRACKS, Store, audio_of
from tests.adsw.evaluate.oracle import Constant, Knowing, Speaker, checkpoint_of, world_store

ONE = Templates({"default": ("{tag}",)})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return world_store(tmp_path_factory.mktemp("world") / "store")


@pytest.fixture(scope="module")
def knowing(store: Store, tmp_path_factory: pytest.TempPathFactory) -> TaggingReport:
    trained = checkpoint_of(tmp_path_factory.mktemp("one") / "run", store, Knowing())
    return report(trained, store, "test", Speaker(store.info.text_encoder))


def test_heads_that_know_tag_well_and_untrained_ones_do_not(knowing: TaggingReport) -> None:
    for name, figure in knowing.overall.figures.items():
        assert figure.interval.value > (0.95 if "ROC" in name else 0.75), name
        assert figure.interval.low <= figure.interval.value <= figure.interval.high
        assert figure.untrained is not None
        assert figure.untrained < (0.62 if "ROC" in name else figure.interval.value / 2), name
    assert set(knowing.categories) == {"genre", "instrument", "mood", "tempo"}
    assert knowing.categories["genre"].figures["accuracy"].interval.value > 0.9
    assert knowing.categories["genre"].figures["accuracy"].chance == 1 / 8
    assert "accuracy" not in knowing.categories["instrument"].figures
    assert knowing.categories["instrument"].majority is None


def test_constant_heads_score_chance_on_every_figure(store: Store, tmp_path: Path) -> None:
    trained = checkpoint_of(tmp_path / "run", store, Constant())
    found = report(trained, store, "test", Speaker(store.info.text_encoder))
    for part in (found.overall, found.closed, *found.categories.values()):
        for figure in part.figures.values():
            assert figure.interval.value == pytest.approx(figure.chance)
    for tag in found.tags:
        for figure in tag.figures.values():
            assert figure.interval.value == pytest.approx(figure.chance)
            assert figure.interval.low == pytest.approx(figure.interval.high) or figure.chance != 0.5


def test_figures_are_scikit_learns_on_the_same_scores(store: Store, tmp_path: Path) -> None:
    speaker, heads = Speaker(store.info.text_encoder), Knowing()
    found = report(checkpoint_of(tmp_path / "run", store, heads), store, "test", speaker, ONE)
    table = store.table("test", TRACKS)
    labels = Labels.of(tags_of(table))
    prompts = heads.text(torch.from_numpy(speaker.encode([tag for _, tag in labels.tags]).astype(np.float16)))
    audio = heads.audio(torch.from_numpy(audio_of(table, store.info.dimensions)))
    scores = (audio.double() @ prompts.double().T).numpy()
    own = [roc_auc_score(labels.truth[:, k], scores[:, k]) for k in range(len(labels.tags))]
    assert found.overall.figures["macro/ROC-AUC"].interval.value == pytest.approx(np.mean(own))
    micro = average_precision_score(labels.truth.ravel(), scores.ravel())
    assert found.overall.figures["micro/PR-AUC"].interval.value == pytest.approx(micro)
    assert [tag.figures["ROC-AUC"].interval.value for tag in found.tags] == pytest.approx(own)
    genre = labels.of_category("genre")
    right = scores[:, genre].argmax(1) == labels.truth[:, genre].argmax(1)
    assert found.categories["genre"].figures["accuracy"].interval.value == pytest.approx(right.mean())


def test_the_document_is_json_and_the_tables_say_how_it_was_counted(knowing: TaggingReport) -> None:
    document = json.loads(json.dumps(knowing.document(), allow_nan=False))
    assert document["kind"] == "tagging"
    assert len(document["tags"]) == document["overall"]["tags"] == 28
    assert document["overall"]["tracks"] == 50
    console = Console(width=110, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    for table in knowing.tables():
        console.print(captioned_table(table))
    shown = console.export_text()
    for word in ("macro/ROC-AUC", "every track counts", "genre", "resampled by leakage group", "{tag}"):
        assert word in shown
    assert " ".join(CONVENTIONS[0].split()[:6]) in " ".join(shown.split())


def test_rare_and_one_sided_tags_are_left_out_by_name(store: Store, tmp_path: Path) -> None:
    trained = checkpoint_of(tmp_path / "run", store, Knowing())
    found = report(trained, store, "test", Speaker(store.info.text_encoder), ONE, most_tags=20)
    assert len(found.tags) == 20
    assert len(found.left_out["rarer than the 20 most frequent"]) == 8
    assert "accuracy" not in found.categories["genre"].figures or found.categories["genre"].tags == 8


def test_equal_scores_share_the_answer() -> None:
    truth = np.array([[True, False, False], [False, True, False], [False, False, True]])
    scores = np.array([[1.0, 1.0, 0.0], [0.0, 2.0, 1.0], [3.0, 0.0, 0.0]])
    assert credits(scores, truth).tolist() == [0.5, 1.0, 0.0]


def test_equal_vectors_score_the_same_wherever_they_stand() -> None:
    rows = torch.randn(37, 19)
    scores = cosines(torch.cat([rows, rows.flip(0)]), rows[:5])
    assert (scores[:37] == scores[37:][::-1]).all()


@pytest.mark.parametrize(
    ("split", "name", "rule"),
    [
        ("tset", None, "unknown split"),
        ("test", "other", "text encoder must be"),
    ],
)
def test_what_cannot_be_tagged_is_refused(store: Store, tmp_path: Path, split: str, name: str, rule: str) -> None:
    info = store.info.text_encoder.model_copy(update={"name": name} if name else {})
    with pytest.raises(InputError, match=rule):
        report(checkpoint_of(tmp_path / "run", store), store, split, Speaker(info))


def test_all_faults_at_once(store: Store, tmp_path: Path) -> None:
    trained = checkpoint_of(tmp_path / "run", store)
    foreign = store.info.audio_encoder.model_copy(update={"revision": "another"})
    other = replace(store, info=store.info.model_copy(update={"audio_encoder": foreign}))
    speaker = Speaker(store.info.text_encoder.model_copy(update={"revision": "another"}))
    with pytest.raises(InputError) as caught:
        report(trained, other, "nowhere", speaker)
    assert len(caught.value.faults) == 3


def test_a_split_without_tracks_or_tags_is_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained, speaker = checkpoint_of(tmp_path / "run", store), Speaker(store.info.text_encoder)
    splits = store.info.splits | {"test": store.info.splits["test"].model_copy(update={"tracks": 0})}
    with pytest.raises(InputError, match="must hold tracks"):
        report(trained, replace(store, info=store.info.model_copy(update={"splits": splits})), "test", speaker)
    monkeypatch.setattr("adsw.evaluate.tagging.tags_of", lambda table: [{"genre": ["jazz"]}] * len(table))
    with pytest.raises(InputError, match="must have tags that some tracks have"):
        report(trained, store, "test", speaker)

"""The model card says what the checkpoint is, in words and in metadata that the Hub's own client reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard

from adsw.augment.captions.protocol import CaptionModel
from adsw.train import checkpoint
from adsw.train.checkpoint import CARD_FILE, untrained_heads
from adsw.train.checkpoint_info import CheckpointInfo
from adsw.train.model_card import Licence, card, changed_settings, figure_sets
from adsw.train.recipe import Recipe, resolve

from .synthetic import DIMENSIONS, synthetic_store

METRICS = {"valid/t2m/R@10": 0.25, "test/t2m/R@10": 0.5, "test/t2m/MedR": 12.5, "test/m2t/R@10": 0.125, "seconds": 3.0}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("card")
    recipe = resolve({"head.width": 8, "head.out": 4, "optim.lr": 1e-3, "seed": 3})
    store = synthetic_store(folder / "store", 10)
    checkpoint.save(folder / "saved", recipe, untrained_heads(DIMENSIONS, recipe), store.info, METRICS)
    return folder / "saved"


@pytest.fixture
def info(saved: Path) -> CheckpointInfo:
    return checkpoint.load(saved).info


def metadata(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return found


def test_the_card_of_a_checkpoint_is_the_one_saved_with_it(saved: Path, info: CheckpointInfo) -> None:
    assert (saved / CARD_FILE).read_text() == card(info)


def test_the_hub_reads_its_figures(info: CheckpointInfo) -> None:
    data = ModelCard(card(info, "me/heads")).data
    assert data.model_name == "me/heads"
    assert data.eval_results is not None
    found = {(r.dataset_split, r.dataset_config, r.metric_type): r.metric_value for r in data.eval_results}
    assert found == {
        ("valid", "t2m", "r_at_10"): 0.25,
        ("test", "t2m", "r_at_10"): 0.5,
        ("test", "t2m", "median_rank"): 12.5,
        ("test", "m2t", "r_at_10"): 0.125,
    }
    assert {r.dataset_name for r in data.eval_results} == {"valid, 2 tracks", "test, 2 tracks"}
    given = metadata(card(info))
    assert (given["license"], given["library_name"]) == ("unknown", "adsw")
    assert given["metrics"] == ["r_at_10", "median_rank"]
    assert "arxiv:2409.11498" in given["tags"]


def test_it_names_the_pretrained_weights_by_their_checksums(info: CheckpointInfo) -> None:
    assert "Pretrained weights" not in card(info)
    sha256 = "ab" * 32
    heard = info.audio_encoder.model_copy(update={"package": "musicnn 0.1.0", "weights": {"a.npz": sha256}})
    model = CaptionModel(model="local:tiny", revision="c0ffee", weights={"b.safetensors": sha256})
    text = card(info.model_copy(update={"audio_encoder": heard, "caption_model": model}))
    assert f"- {heard.name}: package musicnn 0.1.0: a.npz sha256 {sha256}\n" in text
    assert f"- local:tiny: b.safetensors sha256 {sha256}\n" in text


def test_it_says_what_people_need(info: CheckpointInfo) -> None:
    text = card(info)
    encoders = (info.audio_encoder, info.text_encoder)
    wanted = [f"| {e.kind} | {e.name} | {e.revision} | {e.licence} | {e.source} |" for e in encoders]
    wanted += [
        info.store_fingerprint,
        "train 6, valid 2, test 2",
        f"{info.parameters.trainable:,} of {info.parameters.total:,}",
        "| `optim.lr` | 0.001 |",
        "| `seed` | 3 |",
        "**test**: a pool of 2 tracks",
        "| R@10 | 0.500 | 0.125 |",
        "| MedR | 12.5 |  |",
        "float32 [2, 4]",
        'adsw.load("the/folder/of/this/file")',
        "No licence is stated",
    ]
    assert [words for words in wanted if words not in text] == []
    assert "snapshot_download" not in text


def test_a_repository_and_its_licence_are_named(info: CheckpointInfo) -> None:
    text = card(info, "me/heads", Licence("other", "my terms", "https://example.org/terms"))
    given = metadata(text)
    assert given["license"] == "other"
    assert (given["license_name"], given["license_link"]) == ("my terms", "https://example.org/terms")
    assert 'adsw.load(snapshot_download("me/heads"))' in text
    assert "No licence is stated" not in text


def test_without_figures_and_changes_it_says_so(info: CheckpointInfo) -> None:
    bare = info.model_copy(update={"metrics": {}, "tracks": {}, "recipe": Recipe()})
    text = card(bare)
    assert "model-index" not in metadata(text)
    assert "None were recorded" in text
    assert "The default recipe, unchanged" in text
    assert "| tracks |" not in text


def test_what_stands_in_a_table_cannot_break_it(info: CheckpointInfo) -> None:
    text = card(info.model_copy(update={"captioner": "a|b\nc"}))
    assert r"| captions by | a\|b c |" in text


def test_figures_of_a_set_outside_the_store_have_no_pool() -> None:
    (found,) = figure_sets({"far/t2m/R@1": 0.5, "loss": 1.0, "far/odd/R@1": 1.0}, {"test": 5})
    assert (found.name, found.tracks) == ("far", None)
    assert [(line.metric, line.t2m, line.m2t) for line in found.lines] == [("R@1", 0.5, None)]


def test_only_changes_of_the_recipe_are_told() -> None:
    assert changed_settings(Recipe()) == {}
    assert changed_settings(resolve({"epochs": 3})) == {"epochs": 3}

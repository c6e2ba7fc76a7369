"""`adsw export`: a folder that the Hub's client and `adsw.load` read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard

from adsw.api.export import export, licences, read_card
from adsw.errors import InputError
from adsw.fingerprint import file_sha256
from adsw.store.store import Store
from adsw.train import checkpoint as checkpoints
from adsw.train.checkpoint import untrained_heads
from adsw.train.model_card import Licence
from adsw.train.recipe import resolve
from tests.adsw.small_stores import DIMENSIONS, store_of

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    info = Store.open(store_of(tmp_path / "store", {"test": []})).info
    recipe = resolve({"head.width": 8, "head.out": 6, "head.layers": 1})
    path = tmp_path / "checkpoint"
    checkpoints.save(path, recipe, untrained_heads(DIMENSIONS, recipe), info, {"test/t2m/R@10": 0.5})
    (path / "test.npz").write_bytes(b"results that stay here")
    return path


def test_the_folder_is_a_repository_and_a_checkpoint(checkpoint: Path, tmp_path: Path) -> None:
    out = tmp_path / "hub" / "one"
    export(checkpoint, out, "me/music-heads", Licence("cc-by-nc-4.0"))
    assert {path.name for path in out.iterdir()} == {".gitattributes", "README.md", "model.safetensors", "recipe.json"}
    assert file_sha256(out / "model.safetensors") == file_sha256(checkpoint / "model.safetensors")
    assert checkpoints.load(out).info == checkpoints.load(checkpoint).info
    data = ModelCard.load(out / "README.md").data
    assert (data.license, data.model_name) == ("cc-by-nc-4.0", "me/music-heads")
    assert data.eval_results is not None
    assert data.eval_results[0].metric_value == 0.5
    assert "*.safetensors filter=lfs" in (out / ".gitattributes").read_text()
    assert [path.name for path in out.parent.iterdir()] == ["one"]


def test_an_exported_folder_can_be_exported_again(checkpoint: Path, tmp_path: Path) -> None:
    export(checkpoint, tmp_path / "one", None, Licence())
    export(tmp_path / "one", tmp_path / "two", "heads", Licence("other", "terms", "https://example.org"))
    given = yaml.safe_load((tmp_path / "two" / "README.md").read_text().split("---\n")[1])
    assert (given["license"], given["license_name"]) == ("other", "terms")


@pytest.mark.parametrize(
    ("name", "licence", "said"),
    [
        ("a/b/c", Licence(), ["--name: must be name or namespace/name"]),
        ("me/heads--x", Licence("mti"), ["--name", "Did you mean 'mit'"]),
        ("heads.git", Licence("mit", "x", None), ["--name", "belong to --licence other"]),
        (None, Licence("other", "mine"), ["needs --licence-name and --licence-link"]),
        (None, Licence("other", "mine", "LICENSE"), ["must be a web address"]),
    ],
)
def test_what_the_hub_would_refuse_is_refused(
    checkpoint: Path, tmp_path: Path, name: str | None, licence: Licence, said: list[str]
) -> None:
    with pytest.raises(InputError) as caught:
        export(checkpoint, tmp_path / "out", name, licence)
    assert [words for words in said if words not in str(caught.value)] == []
    assert len(caught.value.faults) == len(said)
    assert not (tmp_path / "out").exists()


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError) as caught:
        export(tmp_path / "nothing", tmp_path / "file", "--", Licence("none"))
    assert len(caught.value.faults) == 4


def test_a_failed_export_leaves_nothing(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adsw.api.export.card", lambda *_: "---\nmodel-index: 3\n---\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(ValueError, match="model_index"):
        export(checkpoint, tmp_path / "out", None, Licence())
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_card_without_a_header_mapping_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\n- a list\n---\n")
    with pytest.raises(ValueError, match="should be a dict"):
        read_card(tmp_path / "README.md")


def test_the_licences_are_distinct_names() -> None:
    assert {"apache-2.0", "cc-by-nc-4.0", "unknown", "other"} <= set(licences())
    assert len(set(licences())) == len(licences())


def test_the_command_says_what_it_wrote_and_what_is_left_to_do(run: Run, checkpoint: Path, tmp_path: Path) -> None:
    status, out, err = run("export", checkpoint, "--out", tmp_path / "hub", "--name", "me/heads")
    assert status == 0
    for name in ("README.md", "model.safetensors", "recipe.json", ".gitattributes"):
        assert name in out
    assert "states no licence" in err
    assert "hf upload me/heads" in err


def test_the_command_prints_one_json_document(run: Run, checkpoint: Path, tmp_path: Path) -> None:
    status, out, err = run("export", checkpoint, "--out", tmp_path / "hub", "--license", "mit", "--json")
    document = json.loads(out)
    assert status == 0
    assert err == ""
    assert set(document["files"]) == {".gitattributes", "README.md", "model.safetensors", "recipe.json"}
    assert "license: mit" in (tmp_path / "hub" / "README.md").read_text()


def test_the_command_refuses_a_foreign_folder(run: Run, tmp_path: Path) -> None:
    status, out, err = run("export", tmp_path, "--out", tmp_path / "hub")
    assert (status, out) == (2, "")
    assert "recipe.json" in err

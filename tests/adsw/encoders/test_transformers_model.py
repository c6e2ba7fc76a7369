"""Models of transformers from a folder: every fault of its files told, every layer read and none made up."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from transformers import HubertModel

from adsw.encoders.audio.mert import Mert
from adsw.encoders.protocol import NeuralSettings, Parts
from adsw.encoders.transformers_model import model_folder, origin
from adsw.encoders.weights import Weights
from adsw.errors import InputError
from adsw.hub import quiet_transformers
from benchmarks.weights import mert

BIN = "pytorch_model.bin"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mert.write(tmp_path_factory.mktemp("mert"), "mert", tiny=True)


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A copy of the weights that a test may damage."""
    return shutil.copytree(written, tmp_path / "weights")


def parts(path: Path, place: str | None = None) -> Parts:
    return Parts("mert", Weights(path, place or str(path), ("*",)), Mert.Settings())


def encode(path: Path) -> Any:
    wave = np.random.default_rng(0).standard_normal(4000).astype(np.float32)
    return Mert(parts(path)).encode([wave])


def test_all_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        model_folder(parts(tmp_path), ("mert_model",), required=["preprocessor_config.json", "vocab.json"])
    told = str(caught.value)
    assert len(caught.value.faults) == 4
    for part in ("config.json: is missing", "preprocessor_config.json", "vocab.json", "must hold model.safetensors or"):
        assert part in told


def test_a_file_is_no_folder(folder: Path) -> None:
    with pytest.raises(InputError, match=f"Name the folder that holds it: mert={folder}"):
        model_folder(parts(folder / BIN), ("mert_model",))


def test_an_encoder_without_weights_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="is built without weights"):
        model_folder(Parts("mert", None, NeuralSettings()), ("mert_model",))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "cannot be read as JSON"),
        ("[1]", "must hold a JSON object"),
        ("{}", "must hold a JSON object"),
        ('{"model_type": "bert"}', "must have the model_type mert_model"),
    ],
)
def test_configurations_that_are_none(text: str, told: str, folder: Path) -> None:
    (folder / "config.json").write_text(text)
    with pytest.raises(InputError, match=told) as caught:
        model_folder(parts(folder), ("mert_model",))
    assert len(caught.value.faults) == 1


def test_a_named_json_file_is_read_or_told(folder: Path) -> None:
    found = model_folder(parts(folder), ("mert_model",))
    assert found.json("preprocessor_config.json")["sampling_rate"] == 24_000
    with pytest.raises(InputError, match=r"tokenizer\.json: is missing"):
        found.json("tokenizer.json")


def test_a_truncated_checkpoint(folder: Path) -> None:
    whole = (folder / BIN).read_bytes()
    (folder / BIN).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=f"{BIN}: cannot be read: ") as caught:
        encode(folder)
    assert "Fetch them again" in str(caught.value)


@pytest.mark.parametrize("size", [0, 5, 1000])
def test_truncated_safetensors(size: int, folder: Path) -> None:
    safe(folder)
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:size])
    with pytest.raises(InputError, match=r"model.safetensors: cannot be read: "):
        encode(folder)


class Harmful:
    """Pickled, it makes a folder when it is unpickled without care."""

    def __init__(self, made: Path) -> None:
        self.made = made

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (str(self.made),)


def test_a_pickle_runs_no_code(folder: Path, tmp_path: Path) -> None:
    (folder / BIN).write_bytes(pickle.dumps({"weight": Harmful(tmp_path / "harm")}, protocol=2))
    with pytest.raises(InputError, match=f"{BIN}: cannot be read"):
        encode(folder)
    assert not (tmp_path / "harm").exists()


def test_missing_unknown_and_misshapen_layers_are_told_at_once(folder: Path) -> None:
    state = torch.load(folder / BIN, weights_only=True)
    del state["encoder.layers.0.attention.k_proj.weight"], state["encoder.layers.0.attention.k_proj.bias"]
    state["lm_head.weight"] = torch.zeros(2)
    state["encoder.layer_norm.weight"] = torch.zeros(31)
    torch.save(state, folder / BIN)
    with pytest.raises(InputError, match="not those of this model") as caught:
        encode(folder)
    told = [fault.rule for fault in caught.value.faults]
    assert len(told) == 3
    assert "missing: encoder.layers.0.attention.k_proj.bias, encoder.layers.0.attention.k_proj.weight" in told[0]
    assert "unknown: lm_head.weight" in told[1]
    assert "encoder.layer_norm.weight (31,) for (32,)" in told[2]


def test_numbers_that_are_not_finite(folder: Path) -> None:
    state = torch.load(folder / BIN, weights_only=True)
    state["encoder.layer_norm.weight"][3] = torch.nan
    torch.save(state, folder / BIN)
    with pytest.raises(InputError, match="must hold finite numbers in fp32: encoder"):
        encode(folder)


def test_another_models_weights(folder: Path) -> None:
    torch.save({f"vision.layers.{number}": torch.zeros(1) for number in range(9)}, folder / BIN)
    with pytest.raises(InputError, match=r"vision.layers.0, vision.layers.1, vision.layers.2 and 6 more"):
        encode(folder)


def test_safetensors_shards_and_pickles_give_the_same(written: Path, tmp_path: Path) -> None:
    wanted = encode(written)
    single, sharded = (shutil.copytree(written, tmp_path / name) for name in ("single", "sharded"))
    safe(single)
    with quiet_transformers():
        model = HubertModel.from_pretrained(written, config=Mert(parts(written))._config)
        model.save_pretrained(sharded, max_shard_size="50KB")
    shutil.copy(written / "config.json", sharded)
    (sharded / BIN).unlink()
    assert len(list(sharded.glob("model-*.safetensors"))) > 1
    assert np.array_equal(encode(single), wanted)
    assert np.array_equal(encode(sharded), wanted)
    assert model_folder(parts(single), ("mert_model",)).checkpoint.name == "model.safetensors"


def test_a_digest_is_of_the_files_read_alone(folder: Path) -> None:
    before = Mert(parts(folder)).info.revision
    (folder / "README.md").write_text("hello")
    (folder / "pytorch_model_fairseq.pt").write_bytes(b"1")
    assert Mert(parts(folder)).info.revision == before
    state = torch.load(folder / BIN, weights_only=True)
    state["encoder.layer_norm.bias"] += 1
    torch.save(state, folder / BIN)
    assert Mert(parts(folder)).info.revision != before


def test_shards_belong_to_the_digest(folder: Path) -> None:
    (folder / BIN).unlink()
    (folder / "model.safetensors.index.json").write_text("{}")
    (folder / "model-00001-of-00001.safetensors").write_bytes(b"1")
    first = model_folder(parts(folder), ("mert_model",)).parts.revision("1")
    (folder / "model-00001-of-00001.safetensors").write_bytes(b"2")
    assert model_folder(parts(folder), ("mert_model",)).parts.revision("1") != first


def test_origin(folder: Path) -> None:
    published = parts(folder, "m-a-p/MERT-v1-95M@0123abcd")
    assert origin(published) == ("CC-BY-NC-4.0", "Li et al., ICLR 2024; m-a-p/MERT-v1-95M")
    assert origin(parts(folder)) == ("unknown", str(folder))
    assert origin(parts(folder, "m-a-p/MERT-v1-95M-other@1")) == ("unknown", "m-a-p/MERT-v1-95M-other@1")


def safe(folder: Path) -> None:
    """Turn a pickled checkpoint into safetensors."""
    save_file(torch.load(folder / BIN, weights_only=True), folder / "model.safetensors")
    (folder / BIN).unlink()

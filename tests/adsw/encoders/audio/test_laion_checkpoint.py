"""Checkpoints that are not what htsat needs: one clear fault each, and never a random layer."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from adsw.encoders.audio.htsat import Architecture, Htsat, HtsatSettings
from adsw.encoders.protocol import Parts
from adsw.encoders.weights import Weights
from adsw.errors import InputError
from benchmarks.weights.htsat import write

PREFIX = "module.audio_branch."
PUBLISHED = "music_audioset_epoch_15_esc_90.14.pt"
WAVE = np.linspace(-1, 1, 5_000, dtype=np.float32)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("htsat"), "htsat", tiny=True)


@pytest.fixture(scope="module")
def held(checkpoint: Path) -> dict[str, Any]:
    """What a good checkpoint holds."""
    loaded: dict[str, Any] = torch.load(checkpoint, weights_only=False)
    return loaded


@pytest.fixture(scope="module")
def embedding(checkpoint: Path) -> Any:
    """What the good checkpoint makes of `WAVE`."""
    return built(checkpoint).encode([WAVE])


def built(path: Path) -> Htsat:
    return Htsat(Parts("htsat", Weights(path, str(path), (PUBLISHED,)), HtsatSettings()))


def refusal(path: Path) -> str:
    """The one line of the fault that a checkpoint gets when it is opened, after the file's name."""
    with pytest.raises(InputError) as refused:
        built(path)
    assert refused.value.title == "The weights of 'htsat' cannot be used"
    assert all(fault.where == str(path) and fault.fix for fault in refused.value.faults)
    return "\n".join(fault.rule for fault in refused.value.faults)


def saved(path: Path, held: dict[str, Any], state: dict[str, Any]) -> Path:
    torch.save({**held, "state_dict": state}, path)
    return path


def tower(held: dict[str, Any]) -> dict[str, torch.Tensor]:
    state = held["state_dict"]
    return {key.removeprefix(PREFIX): state[key] for key in state if key.startswith(PREFIX)}


def in_one_process(held: dict[str, Any]) -> dict[str, torch.Tensor]:
    return {key.removeprefix("module."): tensor for key, tensor in held["state_dict"].items()}


def as_safetensors(tensors: dict[str, torch.Tensor], path: Path) -> None:
    save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, path)


LAYOUTS: dict[str, tuple[str, Callable[[dict[str, Any], Path], Any]]] = {
    "legacy pickle": ("a.pt", lambda held, path: torch.save(held, path, _use_new_zipfile_serialization=False)),
    "trained in one process": ("a.ckpt", lambda held, path: torch.save({"state_dict": in_one_process(held)}, path)),
    "state alone": ("a.pth", lambda held, path: torch.save(held["state_dict"], path)),
    "tower alone": ("a.bin", lambda held, path: torch.save(tower(held), path)),
    "tower as safetensors": ("a.safetensors", lambda held, path: as_safetensors(tower(held), path)),
    "all as safetensors": ("a.safetensors", lambda held, path: as_safetensors(held["state_dict"], path)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_the_same_weights_gives_the_same(
    layout: str, embedding: Any, held: dict[str, Any], tmp_path: Path
) -> None:
    name, write_as = LAYOUTS[layout]
    write_as(held, tmp_path / name)
    np.testing.assert_array_equal(built(tmp_path).encode([WAVE]), embedding)


def test_a_folder_holds_one_checkpoint_or_the_published_one(checkpoint: Path, tmp_path: Path) -> None:
    assert refusal(tmp_path).startswith("must hold one checkpoint (.pt, ")
    for name in ("a.pt", "b.safetensors"):
        (tmp_path / name).write_bytes(checkpoint.read_bytes())
    assert refusal(tmp_path).startswith("must hold one checkpoint (.pt, ")
    (tmp_path / PUBLISHED).write_bytes(checkpoint.read_bytes())
    assert built(tmp_path).info.features == 128


@pytest.mark.parametrize("name", ["a.pt", "a.safetensors"])
@pytest.mark.parametrize("content", [b"", b"not weights", b"\x80\x02}q\x00."], ids=["empty", "text", "pickle"])
def test_a_file_that_is_no_checkpoint(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    found = refusal(tmp_path / name)
    assert found.startswith(("cannot be read: ", "is not unpickled: ", "holds no audio tower"))
    assert "\n" not in found
    assert "weights_only" not in found


@pytest.mark.parametrize("layout", ["tower as safetensors", "legacy pickle", "tower alone"])
@pytest.mark.parametrize("share", [0.5, 0.999])
def test_a_file_cut_short(layout: str, share: float, held: dict[str, Any], tmp_path: Path) -> None:
    name, write_as = LAYOUTS[layout]
    path = tmp_path / name
    write_as(held, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    assert refusal(path).startswith(("cannot be read: ", "is not unpickled: "))


def test_what_may_be_unpickled_elsewhere_is_not_changed(checkpoint: Path) -> None:
    mine = [np.dtype, datetime.date]
    with torch.serialization.safe_globals(mine):
        before = set(torch.serialization.get_safe_globals())
        built(checkpoint)
        assert set(torch.serialization.get_safe_globals()) == before


def test_nothing_but_weights_and_numbers_is_unpickled(held: dict[str, Any], tmp_path: Path) -> None:
    torch.save({**held, "started": datetime.date(2023, 3, 1)}, tmp_path / "a.pt")
    assert refusal(tmp_path / "a.pt") == "is not unpickled: Unsupported global: GLOBAL datetime.date"
    epoch = {**held, "epoch": np.int64(15), "lr": np.float32(1e-4), "best": np.bool_(True)}
    torch.save(epoch, tmp_path / "b.pt")
    assert built(tmp_path / "b.pt").info.features == 128


@pytest.mark.parametrize(
    "content", [{}, {"state_dict": []}, [], torch.zeros(3), {0: torch.ones(1), "encoder.weight": torch.zeros(3)}]
)
def test_a_checkpoint_of_something_else(content: Any, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "a.pt")
    assert refusal(tmp_path / "a.pt").startswith("holds no audio tower of LAION-CLAP's HTS-AT")


def test_a_checkpoint_with_feature_fusion(held: dict[str, Any], tmp_path: Path) -> None:
    state = {**held["state_dict"], PREFIX + "patch_embed.mel_conv2d.weight": torch.zeros(2)}
    assert refusal(saved(tmp_path / "a.pt", held, state)).startswith("was trained with feature fusion")


def test_layers_missing_unknown_and_misshapen_are_told_together(held: dict[str, Any], tmp_path: Path) -> None:
    state = dict(held["state_dict"])
    for layer in ("norm.weight", "norm.bias", "bn0.bias", "bn0.weight"):
        del state[PREFIX + layer]
    state[PREFIX + "decoder.weight"] = torch.zeros(2)
    state[PREFIX + "layers.0.blocks.0.norm1.weight"] = torch.zeros(17)
    assert refusal(saved(tmp_path / "a.pt", held, state)).splitlines() == [
        "lacks layers: bn0.bias, bn0.weight, norm.bias and 1 more",
        "has layers that HTS-AT has not: decoder.weight",
        "has layers of another shape: layers.0.blocks.0.norm1.weight (17,) for (16,)",
    ]


@pytest.mark.parametrize(
    ("layer", "changed", "why"),
    [
        ("head.weight", None, "no 'head.weight'"),
        ("layers.0.blocks.0.attn.relative_position_bias_table", torch.zeros(225, 3), "(3, 2, 4, 8) heads cannot share"),
        ("layers.0.blocks.0.attn.relative_position_bias_table", torch.zeros(225), "tuple index out of range"),
    ],
)
def test_sizes_that_no_model_can_have(layer: str, changed: Any, why: str, held: dict[str, Any], tmp_path: Path) -> None:
    state = {**held["state_dict"], PREFIX + layer: changed}
    found = refusal(saved(tmp_path / "a.pt", held, state))
    assert found.startswith(f"describes no HTS-AT that can be built: {why}")


def test_weights_that_are_not_finite_are_refused_when_they_are_read(held: dict[str, Any], tmp_path: Path) -> None:
    layer = "layers.3.blocks.1.mlp.fc2.weight"
    state = {**held["state_dict"], PREFIX + layer: held["state_dict"][PREFIX + layer].clone().fill_(torch.nan)}
    encoder = built(saved(tmp_path / "a.pt", held, state))
    with pytest.raises(InputError, match=f"holds NaN or infinite weights: {layer}"):
        encoder.encode([WAVE])


def test_the_size_is_told_from_the_weights() -> None:
    large_frames = Architecture(width=32, depths=(2, 2, 6, 2), heads=(4, 8, 16, 32), classes=7, fft=1536)
    shapes = {key: tuple(tensor.shape) for key, tensor in large_frames.unset().state_dict().items()}
    assert Architecture.of(shapes) == large_frames
    assert large_frames.features == 256


def test_it_is_not_built_without_weights() -> None:
    with pytest.raises(ValueError, match="without weights"):
        Htsat(Parts("htsat", None, HtsatSettings()))

"""musicnn against what the original's graphs gave, and with files that are not the original's."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from adsw.encoders import registry
from adsw.encoders.audio import musicnn, musicnn_model
from adsw.encoders.audio.musicnn import DATA, FOLDERS, INDEX, TAGS, Musicnn, MusicnnSettings
from adsw.encoders.protocol import Parts
from adsw.encoders.weights import Reference
from adsw.errors import InputError
from adsw.fingerprint import file_sha256
from adsw.packaged import package_folder
from tests.adsw.encoders.audio.musicnn_original import clips

GOLDEN = Path(__file__).parent / "musicnn_golden.npz"


@pytest.fixture(scope="module")
def golden() -> dict[str, NDArray[np.float32]]:
    with np.load(GOLDEN) as file:
        return dict(file)


def built(name: str, **settings: object) -> Musicnn:
    return Musicnn(Parts(name, None, MusicnnSettings.model_validate(settings)))


@pytest.mark.parametrize("name", sorted(FOLDERS))
@pytest.mark.parametrize("clip", ["chord", "beat", "sweep"])
def test_network_equals_the_original_graph(name: str, clip: str, golden: dict[str, NDArray[np.float32]]) -> None:
    mel = musicnn_model.log_mel(clips()[clip])
    np.testing.assert_allclose(mel.mean(axis=0), golden[f"{clip}/mel"], atol=1e-4)
    network = built(name)._network
    with torch.inference_mode():
        midend = network.midend(torch.from_numpy(mel)[None])
        penultimate = network.penultimate(midend)
        tags = network.tags(penultimate)
    for part, value in (("midend", midend.mean(dim=1)), ("penultimate", penultimate), ("tags", tags)):
        np.testing.assert_allclose(value[0], golden[f"{clip}/{FOLDERS[name]}/{part}"], atol=1e-4)


def test_window_of_a_patch_is_the_patch_of_the_original(golden: dict[str, NDArray[np.float32]]) -> None:
    """A clip of one patch's length: every window is all of it."""
    tokens = built("musicnn").encode([clips()["chord"]])[0]
    expected = golden["chord/MTT_musicnn/penultimate"]
    np.testing.assert_allclose(tokens, np.broadcast_to(expected, tokens.shape), atol=1e-4)


def test_one_token_spans_the_clip(golden: dict[str, NDArray[np.float32]]) -> None:
    tokens = built("musicnn", tokens=1).encode([clips()["sweep"]])
    np.testing.assert_allclose(tokens[0, 0], golden["sweep/MTT_musicnn/penultimate"], atol=1e-4)


def test_midend_features_are_means_over_time(golden: dict[str, NDArray[np.float32]]) -> None:
    tokens = built("musicnn-msd", tokens=1, features="midend").encode([clips()["sweep"]])
    assert tokens.shape == (1, 1, 753)
    np.testing.assert_allclose(tokens[0, 0], golden["sweep/MSD_musicnn/midend"], atol=1e-4)


def test_tags_are_named_the_best_first(golden: dict[str, NDArray[np.float32]]) -> None:
    scores = built("musicnn").tag_scores(clips()["beat"])
    expected = dict(zip(TAGS["MTT_musicnn"], golden["beat/MTT_musicnn/tags"].tolist(), strict=True))
    assert scores == pytest.approx(expected, abs=1e-4)
    assert list(scores) == sorted(scores, key=lambda tag: -scores[tag])


def test_models_and_settings_have_different_revisions() -> None:
    revisions = [
        built(name, **settings).info.revision
        for name in FOLDERS
        for settings in ({}, {"tokens": 8}, {"features": "midend"}, {"long": "chunks"})
    ]
    assert len(set(revisions)) == len(revisions)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package's data files that a test may damage."""
    installed = package_folder("musicnn", "audio", "musicnn", "")
    shutil.copytree(installed / "MTT_musicnn", tmp_path / "MTT_musicnn")
    return tmp_path


@pytest.mark.parametrize("name", [INDEX, DATA])
def test_a_cut_off_file_is_refused(package: Path, name: str) -> None:
    path = package / "MTT_musicnn" / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match="SHA-256") as caught:
        Musicnn(Parts("musicnn", None, MusicnnSettings()), package)
    assert "--force-reinstall" in str(caught.value)


def test_an_altered_file_is_refused(package: Path) -> None:
    path = package / "MTT_musicnn" / DATA
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="SHA-256") as caught:
        Musicnn(Parts("musicnn", None, MusicnnSettings()), package)
    assert [Path(fault.where).name for fault in caught.value.faults] == [DATA]


@pytest.mark.parametrize("name", sorted(FOLDERS))
def test_the_weights_are_told_with_their_package_and_whole_checksums(name: str) -> None:
    info = built(name).info
    folder = package_folder("musicnn", "audio", name, "")
    assert info.package == "musicnn 0.1.0"
    assert info.weights == {file: file_sha256(folder / file) for file in info.weights}
    assert {Path(file).name for file in info.weights} == {INDEX, DATA}


def test_all_missing_files_are_named_at_once(package: Path) -> None:
    shutil.rmtree(package / "MTT_musicnn")
    with pytest.raises(InputError, match="pip install --no-deps") as caught:
        Musicnn(Parts("musicnn", None, MusicnnSettings()), package)
    assert [Path(fault.where).name for fault in caught.value.faults] == [INDEX, DATA]


def test_without_the_package_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(musicnn, "PACKAGE", "no_such_package")
    with pytest.raises(InputError, match=r"pip install --no-deps musicnn==0\.1\.0"):
        built("musicnn")


def test_registry_takes_settings() -> None:
    encoder = registry.audio_encoder(Reference.parse("musicnn", ["tokens=4", "features=midend"]))
    assert (encoder.info.tokens, encoder.info.features) == (4, 753)

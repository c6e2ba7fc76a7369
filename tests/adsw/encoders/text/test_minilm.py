"""The sentence encoder is the original, and nothing but the original."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from adsw.encoders.protocol import Parts, Settings
from adsw.encoders.text.minilm import PACKAGE, SHA256, MiniLM
from adsw.errors import InputError
from adsw.packaged import package_folder

PARTS = Parts("minilm", None, Settings())


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM(PARTS)


def test_it_equals_the_original(minilm: MiniLM) -> None:
    """First values as sentence-transformers 6.2.0 gives them for the model itself."""
    sentences = ["A slow minor waltz on the church organ from Ireland", ""]
    expected = [
        [0.01264249, 0.06820998, 0.00732067, -0.02348942, -0.03243821, 0.00486535],
        [-0.11883832, 0.04829871, -0.00254813, -0.01101117, 0.05195079, 0.01029173],
    ]
    assert np.allclose(minilm.encode(sentences)[:, 0, :6], expected, atol=2e-6)


def test_it_is_normalised_and_knows_what_is_alike(minilm: MiniLM) -> None:
    organ, pipes, drums = minilm.encode(["slow church organ", "quiet pipe organ", "fast drums and bass"])[:, 0]
    assert np.allclose([organ @ organ, pipes @ pipes, drums @ drums], 1, atol=1e-6)
    assert organ @ pipes > organ @ drums + 0.1


def test_text_beyond_256_word_pieces_is_cut(minilm: MiniLM) -> None:
    kept = " ".join(["waltz"] * 254)
    long, longer = minilm.encode([kept, kept + " drum" * 200])
    assert np.abs(long - longer).max() < 1e-5


def test_parameters_are_counted_right(minilm: MiniLM) -> None:
    _, model = minilm._loaded
    assert sum(p.numel() for p in model.parameters()) == minilm.info.parameters
    assert not model.training


def test_the_process_is_left_as_it_was() -> None:
    from transformers.utils import logging

    before = torch.get_num_threads(), logging.get_verbosity(), logging.is_progress_bar_enabled()
    MiniLM(PARTS).encode(["flute"])
    assert before == (torch.get_num_threads(), logging.get_verbosity(), logging.is_progress_bar_enabled())


def test_loading_is_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    MiniLM(PARTS).encode(["flute"])
    assert capfd.readouterr() == ("", "")


def test_other_files_are_refused(tmp_path: Path) -> None:
    for name in SHA256:
        shutil.copy(package_folder(PACKAGE, "text", "minilm", "") / "model" / name, tmp_path)
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "vocab.txt").unlink()
    with pytest.raises(InputError) as caught:
        MiniLM(PARTS, tmp_path)
    assert [(Path(fault.where).name, fault.rule.split()[0]) for fault in caught.value.faults] == [
        ("config.json", "must"),
        ("vocab.txt", "is"),
    ]


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(InputError, match="pip install"):
        MiniLM(PARTS)
